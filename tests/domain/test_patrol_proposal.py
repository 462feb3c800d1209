from msgspec.structs import replace

from domain.patrol_proposal import MOST_TIMES, MOST_TOURS, ProposalKind, ProposedPlan, amended, misfit
from domain.site import Tour, TourStop, WeeklyTime
from domain.text import same
from tests.rules.estate import NIGHT, SITE

TURNED = replace(NIGHT, stops=NIGHT.stops[::-1])
PLAN = ProposedPlan(kind=ProposalKind.TOUR_ORDER, tours=(TURNED,), before=(NIGHT,), why=same("shorter"))


def test_an_accepted_tour_stands_in_the_place_of_the_configured_one_and_a_new_one_behind() -> None:
    new = replace(NIGHT, id="visit-plant")
    site = amended(SITE, [PLAN, replace(PLAN, tours=(new,), before=())])
    assert site.tours == (TURNED, new)
    assert amended(SITE, []) == SITE


def test_a_plan_fits_where_the_tours_are_as_it_took_them() -> None:
    assert misfit(SITE, PLAN) == ""
    for site in (replace(SITE, tours=(replace(NIGHT, grace_seconds=60),)), replace(SITE, tours=())):
        assert misfit(site, PLAN) == "tour 'night' has been changed in the configuration since: plan again"
    assert "has been changed" in misfit(SITE, replace(PLAN, before=()))


def test_a_plan_is_held_against_the_checks_of_the_configuration_and_beside_others() -> None:
    cellar = replace(TURNED, stops=(TourStop(checkpoint="cellar", due_seconds=60),))
    said = misfit(SITE, replace(PLAN, tours=(cellar,)))
    assert said.startswith("checkpoint 'cellar' is not configured: add it, or name one of: gate, roof")
    one = replace(PLAN, tours=(replace(TURNED, officers=("li",)),))
    starts = (WeeklyTime(at="22:00"),)
    other = ProposedPlan(
        kind=ProposalKind.WEEK,
        tours=(Tour(id="fire", name=same("Fire"), stops=NIGHT.stops, starts=starts, officers=("li",)),),
        why=same("more"),
    )
    assert misfit(SITE, other) == ""
    assert "'li' alone may walk both" in misfit(SITE, other, [one])


def test_what_is_no_plan() -> None:
    assert misfit(SITE, replace(PLAN, tours=())) == "the proposal has no tours"
    assert "no id of a tour" in misfit(SITE, replace(PLAN, tours=(replace(NIGHT, id="a b"),)))
    many = tuple(replace(NIGHT, id=f"t{number}") for number in range(MOST_TOURS + 1))
    long = replace(NIGHT, stops=NIGHT.stops * MOST_TIMES)
    for tours in (many, (long,)):
        assert "too large" in misfit(SITE, replace(PLAN, tours=tours))
