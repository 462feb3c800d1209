from typing import Any

import pytest
from msgspec.structs import replace

from domain.commands import DecideProposal, ProposePatrol
from domain.effects import AlarmChanged, CommandOutcome, Effect, PatrolProposalChanged, TourRunChanged
from domain.patrol_proposal import PatrolProposal, ProposalKind, ProposalState, ProposalTrigger, ProposedPlan
from domain.site import Tour, TourStop, WeeklyTime
from domain.text import same
from rules.patrol_proposals import MOST_OPEN, Proposals
from tests.rules.estate import MISSED, NIGHT, SITE, changed_site, configured
from tests.rules.playbook import Playbook, line

TURNED = replace(NIGHT, stops=NIGHT.stops[::-1])
ORDER = ProposedPlan(kind=ProposalKind.TOUR_ORDER, tours=(TURNED,), before=(NIGHT,), why=same("shorter"))
VISIT = Tour(
    id="visit-plant",
    name=same("Visit: Plant"),
    stops=(TourStop(checkpoint="roof"),),
    starts=(WeeklyTime(at="23:00"),),
    maximum_seconds=1800.0,
)
WEEK = ProposedPlan(kind=ProposalKind.WEEK, tours=(VISIT,), why=same("drawn"))
SAID = (PatrolProposalChanged, CommandOutcome)


def book() -> Playbook:
    made = Playbook(configured(MISSED), "21:00")
    made.unread.clear()
    return made


def propose(plan: ProposedPlan = ORDER, number: int = 1, **fields: Any) -> ProposePatrol:  # noqa: ANN401 - any field
    return replace(ProposePatrol(id=f"p{number}", actor="planner", site="tower", plan=plan), **fields)


def decide(made: Playbook, trigger: str = "accept", **fields: Any) -> DecideProposal:  # noqa: ANN401 - any field
    plain = DecideProposal(
        id=f"d{len(made.records)}",
        actor="chief",
        roles=("supervisor",),
        proposal=latest(made).id,
        trigger=ProposalTrigger(trigger),
    )
    return replace(plain, **fields)


def latest(made: Playbook) -> PatrolProposal:
    found = made.latest(PatrolProposalChanged).proposal
    assert isinstance(found, PatrolProposal)
    return found


def runs(made: Playbook) -> list[str]:
    said = [line(effect) for effect in made.unread if isinstance(effect.body, TourRunChanged)]
    made.unread.clear()
    return said


def test_an_accepted_order_is_walked_from_the_next_run_that_has_not_begun() -> None:
    made = book().tick("22:00").command(propose())
    made.says("22:00:00 proposal proposed ()", "22:00:00 command p1 accepted", about=SAID)
    made.at("22:05").scan("gate").command(decide(made, reason="shorter"))
    assert runs(made) == [
        "22:05:00 run night 22:00 in_progress gate=on_time roof=pending",
        "22:05:00 run night 11-24 02:00 scheduled roof=pending gate=pending",
    ]
    held = latest(made)
    assert (held.state, held.decided_by, held.reason, held.version) == ("accepted", "chief", "shorter", 2)
    made.restarts().at("22:20").scan("roof")
    assert runs(made) == ["22:20:00 run night 22:00 completed gate=on_time roof=on_time"]
    made.tick("2026-11-24 02:00")
    assert runs(made)[-1].endswith("scheduled roof=pending gate=pending")


def test_an_accepted_week_adds_tours_whose_stops_rules_watch_until_it_is_withdrawn() -> None:
    made = book().command(propose(WEEK))
    made.command(decide(made)).restarts().tick("22:59").unread.clear()
    made.tick("2026-11-24 00:00")
    assert any("visit-plant" in line(each) for each in made.unread if isinstance(each.body, AlarmChanged))
    made.unread.clear()
    made.command(decide(made, "withdraw", reason="no staff"))
    said = [line(each) for each in made.unread if isinstance(each.body, (AlarmChanged, *SAID, TourRunChanged))]
    assert said[0] == "11-24 00:00:00 proposal withdrawn (no staff)"
    assert "11-24 00:00:00 run visit-plant 11-24 23:00 abandoned roof=pending" in said
    assert any("alarm closed missed" in each for each in said)
    assert said[-1].endswith("accepted")


def test_a_refused_proposal_changes_nothing() -> None:
    made = book().command(propose())
    made.unread.clear()
    made.command(decide(made, "refuse", reason="the yard is closed"))
    assert [line(each) for each in made.unread] == [
        "21:00:00 proposal refused (the yard is closed)",
        f"21:00:00 command d{len(made.records) - 1} accepted",
    ]


def test_a_newer_accepted_proposal_replaces_what_it_contradicts() -> None:
    made = book().command(propose(WEEK))
    made.command(decide(made))
    other = replace(WEEK, tours=(replace(VISIT, id="visit-ground"),))
    made.command(propose(other, 2)).unread.clear()
    made.command(decide(made))
    said = [line(each) for each in made.unread if isinstance(each.body, PatrolProposalChanged)]
    assert said[0] == "21:00:00 proposal accepted ()"
    assert said[1].startswith("21:00:00 proposal replaced (proposal '")
    made.command(propose(number=3))
    made.unread.clear()
    made.command(decide(made))
    assert [line(each) for each in made.unread if isinstance(each.body, PatrolProposalChanged)] == [
        "21:00:00 proposal accepted ()"
    ]


def test_what_somebody_writes_into_the_configuration_ends_a_proposal_about_it() -> None:
    made = book().command(propose())
    made.command(decide(made)).unread.clear()
    made.configure(configured(MISSED))
    assert not [each for each in made.unread if isinstance(each.body, PatrolProposalChanged)]
    changed = changed_site("tours", "night", grace_seconds=120.0)
    made.unread.clear()
    made.configure(configured(MISSED, site=changed))
    assert runs_and_news(made.unread) == [
        "21:00:00 proposal lapsed (tour 'night' has been changed in the configuration since: plan again)",
        "21:00:00 run night 22:00 scheduled gate=pending roof=pending",
    ]


def test_a_proposal_lapses_with_its_site() -> None:
    proposals = Proposals("real")
    proposals.configure([SITE], 0)
    proposals.propose(propose(), 1)
    (told,) = proposals.configure([], 2)
    body = told[1]
    assert isinstance(body, PatrolProposalChanged)
    assert (body.proposal.state, body.proposal.reason) == ("lapsed", "site 'tower' is not configured any more")
    assert proposals.state() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"roles": ("operator",)}, "forbidden"),
        ({"expected_version": 7}, "version_conflict"),
        ({"proposal": "none"}, "unknown_proposal"),
        ({"trigger": ProposalTrigger.REFUSE, "reason": " "}, "reason_needed"),
        ({"trigger": ProposalTrigger.LAPSE, "reason": "x"}, "no_decision"),
        ({"trigger": ProposalTrigger.WITHDRAW, "reason": "x"}, "illegal_transition"),
    ],
)
def test_decisions_that_are_refused(fields: dict[str, Any], code: str) -> None:
    made = book().command(propose())
    made.command(decide(made, **fields))
    assert made.latest(CommandOutcome).code == code
    assert latest(made).state is ProposalState.PROPOSED


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"site": "elsewhere"}, "unknown_site"),
        ({"plan": replace(ORDER, tours=())}, "unfit_proposal"),
        ({"plan": replace(ORDER, before=())}, "unfit_proposal"),
    ],
)
def test_proposals_that_are_refused(fields: dict[str, Any], code: str) -> None:
    assert book().command(propose(**fields)).latest(CommandOutcome).code == code


def test_only_so_many_wait_for_a_decision() -> None:
    made = book()
    for number in range(MOST_OPEN + 1):
        made.command(propose(number=number))
    assert made.latest(CommandOutcome).code == "too_many_proposals"


def test_what_no_longer_fits_beside_others_cannot_be_accepted() -> None:
    alone = replace(VISIT, officers=("li",), starts=(WeeklyTime(at="22:10"),))
    made = book().command(propose(replace(WEEK, tours=(alone,))))
    waiting = latest(made).id
    made.command(propose(replace(ORDER, tours=(replace(TURNED, officers=("li",)),)), 2))
    made.command(decide(made))
    made.command(decide(made, proposal=waiting))
    outcome = made.latest(CommandOutcome)
    assert (outcome.code, "'li' alone may walk both" in outcome.detail) == ("unfit_proposal", True)


def runs_and_news(effects: list[Effect]) -> list[str]:
    return [line(each) for each in effects if isinstance(each.body, (PatrolProposalChanged, TourRunChanged))]
