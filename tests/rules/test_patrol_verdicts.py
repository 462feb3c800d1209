"""Nights on the estate, one per verdict and per state of a run, as the control room sees them."""

import pytest
from msgspec.structs import replace

from domain.commands import AbandonTourRun, HandOverTourRun
from domain.effects import CommandOutcome, ScanJudged, TourRunChanged
from domain.identity import derive_id
from domain.observations import DeviceStatus
from domain.site import Site, Tour, TourOrder, TourStop, Walk, WeeklyTime
from domain.text import same
from tests.rules.estate import DAILY, MISSED, NIGHT, SITE, configured
from tests.rules.playbook import Playbook, instant

RUN = derive_id("run", "tower", "night", instant("22:00"))


def site(*others: Tour, **fields: object) -> Site:
    night = replace(NIGHT, starts=NIGHT.starts[:1], **fields)
    return replace(SITE, tours=(night, *others))


def night(*others: Tour, **fields: object) -> Playbook:
    return Playbook(configured(MISSED, site=site(*others, **fields)), "21:00").tick("22:00")


def other_tour(tour: str, **fields: object) -> Tour:
    stop = TourStop(checkpoint="gate", due_seconds=600)
    starts = (WeeklyTime(weekdays=DAILY, at="22:00"),)
    return replace(Tour(id=tour, name=same(tour), stops=(stop,), starts=starts), **fields)


def scans(book: Playbook) -> list[tuple[str, str, str | None]]:
    """Of each scan judged: checkpoint, verdict, and the start of its run's id where there is one."""
    return [
        (effect.body.checkpoint, str(effect.body.verdict), effect.body.run)
        for effect in book.effects
        if isinstance(effect.body, ScanJudged)
    ]


def verdicts(book: Playbook) -> list[str]:
    return [verdict for _, verdict, _ in scans(book)]


def state(book: Playbook, tour: str = "night") -> str:
    """The state of a tour's run of tonight."""
    runs = [effect.body.run for effect in book.effects if isinstance(effect.body, TourRunChanged)]
    return str(next(run.state for run in reversed(runs) if run.tour == tour and run.starts_at == instant("22:00")))


def test_on_time_and_completed() -> None:
    book = night().at("22:08").scan("gate").at("22:29").scan("roof")
    assert (verdicts(book), state(book)) == (["on_time", "on_time"], "completed")


def test_late_and_completed_late() -> None:
    book = night().at("22:12").scan("gate").at("22:29").scan("roof")
    assert (verdicts(book), state(book)) == (["late", "on_time"], "completed_late")


def test_missed_and_incomplete() -> None:
    book = night().at("22:08").scan("gate").tick("22:40")
    assert (verdicts(book), state(book)) == (["on_time"], "incomplete")


def test_scheduled_due_in_progress_and_missed() -> None:
    book = Playbook(configured(MISSED, site=site()), "21:00")
    assert state(book) == "scheduled"
    assert state(book.tick("22:00")) == "due"
    assert state(book.tick("22:40")) == "missed"
    walking = night().at("22:08").scan("gate")
    assert state(walking) == "in_progress"


def test_early() -> None:
    stops = (replace(NIGHT.stops[0], not_before_seconds=300.0), NIGHT.stops[1])
    book = night(stops=stops).at("22:02").scan("gate").at("22:20").scan("roof")
    assert (verdicts(book), state(book)) == (["early", "on_time"], "completed")


def test_out_of_order() -> None:
    book = night(order=TourOrder.STRICT).at("22:02").scan("roof").at("22:05").scan("gate")
    assert (verdicts(book), state(book)) == (["on_time", "out_of_order"], "completed")


def test_in_a_drawn_order_too() -> None:
    book = night(order=TourOrder.RANDOM, seed="s")
    first, second = (stop.checkpoint for stop in book.latest(TourRunChanged).run.stops)
    assert {first, second} == {"gate", "roof"}
    run = next(e.body.run for e in book.effects if isinstance(e.body, TourRunChanged) and e.body.run.id == RUN)
    planned = [stop.checkpoint for stop in run.stops]
    book.at("22:02").scan(planned[1]).at("22:05").scan(planned[0])
    assert verdicts(book) == ["on_time", "out_of_order"]


def test_too_fast_and_too_slow() -> None:
    stops = (NIGHT.stops[0], replace(NIGHT.stops[1], leg_min_seconds=120.0, leg_max_seconds=600.0))
    fast = night(stops=stops).at("22:02").scan("gate").at("22:03").scan("roof")
    assert verdicts(fast) == ["on_time", "too_fast"]
    slow = night(stops=stops).at("22:02").scan("gate").at("22:20").scan("roof")
    assert (verdicts(slow), state(slow)) == (["on_time", "too_slow"], "completed")


def test_a_stay_that_is_too_short() -> None:
    stops = (replace(NIGHT.stops[0], dwell_seconds=180.0), NIGHT.stops[1])
    assert verdicts(night(stops=stops).at("22:02").scan("gate").at("22:04").scan("roof")) == ["on_time", "too_fast"]


def test_an_officer_who_walks_somebody_elses_tour() -> None:
    book = night(officers=("li",)).at("22:02").scan("gate", officer="wang").at("22:10").scan("roof", officer="wang")
    assert (verdicts(book), state(book)) == (["wrong_officer", "wrong_officer"], "completed")
    book.tick("22:50").says_nothing()


def test_duplicate_unknown_tag_and_outside_any_tour() -> None:
    book = night().at("22:02").scan("gate").at("22:03").scan("gate").scan("cellar").at("23:30").scan("gate")
    assert scans(book) == [
        ("gate", "on_time", RUN),
        ("gate", "duplicate", RUN),
        ("cellar", "unknown_tag", None),
        ("gate", "outside_tour", None),
    ]


def test_two_identical_scans_and_the_same_scan_from_two_devices_count_once() -> None:
    book = night().at("22:02").scan("gate").scan("gate").scan("gate", device="phone2")
    assert verdicts(book) == ["on_time", "duplicate", "duplicate"]


def test_a_scan_of_last_week_and_one_from_the_future_count_for_nothing() -> None:
    book = night().at("22:05").scan("gate", "2026-11-14 22:05").scan("gate", "2026-11-25 03:00")
    assert verdicts(book) == ["outside_tour", "outside_tour"]


def test_overlapping_tours_of_two_officers_keep_their_scans_apart() -> None:
    book = night(other_tour("fire", officers=("wang",)), officers=("li",))
    book.at("22:02").scan("gate", officer="wang").at("22:04").scan("gate").at("22:10").scan("roof").tick("23:00")
    assert verdicts(book) == ["on_time", "on_time", "on_time"]
    assert (state(book, "fire"), state(book)) == ("completed", "completed")


def test_overlapping_tours_that_anybody_may_walk_share_their_scans() -> None:
    book = night(other_tour("fire")).at("22:02").scan("gate")
    assert verdicts(book) == ["on_time", "on_time"]


def test_a_tour_chosen_on_the_phone_is_the_one_that_is_walked() -> None:
    book = night(other_tour("fire")).at("22:02").scan("gate", tour="fire")
    assert (state(book), state(book, "fire")) == ("due", "completed")


def test_a_tour_handed_over_in_the_middle() -> None:
    book = night(officers=("li",)).at("22:02").scan("gate").at("22:10")
    book.command(HandOverTourRun(id="c1", actor="op", run=RUN, officer="wang", reason="shift ends"))
    book.at("22:20").scan("roof", officer="wang")
    assert (verdicts(book), state(book)) == (["on_time", "on_time"], "completed")
    run = book.latest(TourRunChanged).run
    assert [(each.officer, each.reason) for each in run.handovers] == [("wang", "shift ends")]
    assert [stop.officer for stop in run.stops] == ["li", "wang"]


@pytest.mark.parametrize(("run", "version", "code"), [("run-0", None, "unknown_run"), (RUN, 9, "version_conflict")])
def test_a_handover_that_is_refused(run: str, version: int | None, code: str) -> None:
    book = night().command(HandOverTourRun(id="c1", actor="op", run=run, officer="wang", expected_version=version))
    assert book.latest(CommandOutcome).code == code


def test_a_run_that_is_over_is_not_handed_over() -> None:
    book = night().tick("23:00").command(HandOverTourRun(id="c1", actor="op", run=RUN, officer="wang"))
    assert book.latest(CommandOutcome).code == "run_over"


def test_abandoned_with_a_reason() -> None:
    book = night().at("22:02").scan("gate").at("22:10")
    book.command(AbandonTourRun(id="c1", actor="li", run=RUN, reason="flood in the lobby"))
    assert (state(book), book.latest(TourRunChanged).run.reason) == ("abandoned", "flood in the lobby")
    book.tick("23:00").says_nothing()


def test_begun_late_is_told_when_the_grace_is_over() -> None:
    book = night(start_grace_seconds=300.0).tick("22:04:59")
    assert not book.latest(TourRunChanged).run.tardy
    assert book.tick("22:05").latest(TourRunChanged).run.tardy
    assert book.at("22:40").scan("gate", "22:03").latest(TourRunChanged).run.tardy is False


def test_a_scan_that_comes_late_changes_the_verdict_on_others_by_name() -> None:
    book = night(order=TourOrder.STRICT).at("22:05").scan("gate")
    book.at("22:40").scan("roof", "22:03")
    run = book.latest(TourRunChanged).run
    assert [str(stop.verdict) for stop in run.stops] == ["out_of_order", "on_time"]
    assert [text.en for text in run.corrections] == [
        "Gate: out of order after all",
    ]
    assert book.restarts().latest(TourRunChanged).corrected


def test_what_looks_faked_is_marked_with_a_score_and_the_verdict_stays() -> None:
    walks = (Walk(a="gate", b="roof", seconds=120.0),)
    book = Playbook(configured(MISSED, site=replace(site(), walks=walks)), "21:00").tick("22:00")
    book.at("22:02:00").scan("gate").at("22:02:05").scan("roof")
    run = book.latest(TourRunChanged).run
    assert (verdicts(book), str(run.state)) == (["on_time", "on_time"], "completed")
    assert [[str(mark.kind) for mark in stop.marks] for stop in run.stops] == [[], ["impossible_speed"]]
    assert run.suspicion == 0.267


def test_a_scan_that_comes_late_marks_the_one_after_it() -> None:
    walks = (Walk(a="gate", b="roof", seconds=120.0),)
    book = Playbook(configured(MISSED, site=replace(site(), walks=walks)), "21:00").tick("22:00")
    book.at("22:02:05").scan("roof").at("22:30").scan("gate", "22:02:00").restarts()
    run = book.latest(TourRunChanged).run
    assert [[str(mark.kind) for mark in stop.marks] for stop in run.stops] == [[], ["impossible_speed"]]


def test_a_scan_from_before_the_phones_boot_is_marked_when_the_boot_is_known() -> None:
    book = night()
    book.counters["phone/b9"] = 1
    book.at("22:30").scan("gate", "22:05", boot="b9")
    book.counters["phone/b9"] = 0
    book.at("22:31").happens(DeviceStatus(site="tower", online=True), made="22:20", source="phone", boot="b9")
    marks = [mark.kind for stop in book.latest(TourRunChanged).run.stops for mark in stop.marks]
    assert marks == ["clock_skew"]


def test_an_upload_takes_back_the_order_that_nobody_accepted_with_the_reason() -> None:
    ordering = replace(MISSED, makes_order=True, fault="patrol.missed")
    book = Playbook(configured(ordering, site=site()), "21:00").tick("22:15")
    book.unread.clear()
    book.at("22:55").scan("gate", "22:10")
    book.says(
        "22:55:00 alarm corrected missed tour_stop:night/gate #1 (Gate: walked 22:10, uploaded 22:55) RTNUN",
        "22:55:00 order moved gate/patrol.missed cancelled x1 (Gate: walked 22:10, uploaded 22:55)",
    )
