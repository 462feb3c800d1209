import pytest
from msgspec.structs import replace

from domain.commands import AbandonTourRun
from domain.effects import CommandOutcome, Effect, ScanJudged, TourRunChanged
from domain.errors import CommandRefused, IllegalTransition
from domain.identity import derive_id
from domain.site import Site, Tour, TourStop, WeeklyTime
from domain.text import same
from rules.patrol import Patrol
from tests.rules.estate import DAILY, MISSED, NIGHT, SITE, changed_site, configured
from tests.rules.playbook import Playbook, instant, line

RUNS = (TourRunChanged, ScanJudged)


def playbook(site: Site = SITE, start: str = "21:00") -> Playbook:
    return Playbook(configured(MISSED, site=site), start)


def runs(effects: list[Effect]) -> list[str]:
    return [line(effect) for effect in effects if isinstance(effect.body, TourRunChanged)]


def test_a_night_without_any_guard() -> None:
    book = playbook()
    for clock in ("22:00:30", "22:15:30", "22:35:30"):
        book.tick(clock)
    book.says(
        "22:00:00 run night 22:00 due gate=pending roof=pending",
        "22:00:00 run night 11-24 02:00 scheduled gate=pending roof=pending",
        "22:15:00 run night 22:00 due gate=missed roof=pending",
        "22:35:00 run night 22:00 missed gate=missed roof=missed",
        about=RUNS,
    )


def test_a_night_well_walked() -> None:
    book = playbook().tick("22:00").at("22:08").scan("gate").at("22:29").scan("roof").tick("23:00")
    book.says(
        "22:00:00 run night 22:00 due gate=pending roof=pending",
        "22:00:00 run night 11-24 02:00 scheduled gate=pending roof=pending",
        "22:08:00 run night 22:00 in_progress gate=on_time roof=pending",
        "22:08:00 scan gate by li: on_time",
        "22:29:00 run night 22:00 completed gate=on_time roof=on_time",
        "22:29:00 scan roof by li: on_time",
        about=RUNS,
    )


def test_a_night_walked_and_uploaded_in_the_morning() -> None:
    book = playbook().tick("22:40").tick("2026-11-24 02:40")
    book.unread.clear()
    book.at("2026-11-24 06:00").scan("roof", "22:25").scan("gate", "22:07")
    book.says(
        "11-24 06:00:00 run night 22:00 incomplete gate=missed roof=on_time corrected",
        "22:25:00 scan roof by li: on_time",
        "11-24 06:00:00 run night 22:00 completed gate=on_time roof=on_time corrected",
        "22:07:00 scan gate by li: on_time",
        about=RUNS,
    )
    run = book.latest(TourRunChanged).run
    assert [text.en for text in run.corrections] == [
        "Roof: walked 22:25, uploaded 06:00",
        "Gate: walked 22:07, uploaded 06:00",
    ]


def test_a_scan_of_an_unknown_checkpoint_and_one_outside_any_tour() -> None:
    book = playbook().at("21:10").scan("cellar").scan("gate")
    book.says("21:10:00 scan cellar by li: unknown_tag", "21:10:00 scan gate by li: outside_tour", about=(ScanJudged,))


def test_a_scan_counts_for_every_tour_that_wants_it() -> None:
    starts = (WeeklyTime(weekdays=DAILY, at="22:00"),)
    second = Tour(id="fire", name=same("Fire"), stops=(TourStop(checkpoint="gate", due_seconds=60),), starts=starts)
    book = playbook(replace(SITE, tours=(NIGHT, second))).at("22:05").scan("gate")
    assert [(told.run is None, told.verdict) for told in scans(book)] == [(False, "on_time"), (False, "late")]


def scans(book: Playbook) -> list[ScanJudged]:
    return [effect.body for effect in book.effects if isinstance(effect.body, ScanJudged)]


def test_runs_whose_start_lies_in_a_gap_take_their_scans() -> None:
    book = playbook(start="12:00").gap("12:00", "23:00").at("23:00").scan("gate", "22:05").scan("roof", "22:20")
    book.drained("23:01")
    assert runs(book.effects)[-1] == "22:20:00 run night 22:00 completed gate=on_time roof=on_time"


def test_after_a_month_away_only_the_last_week_is_judged() -> None:
    book = playbook().tick("2026-12-23 21:00")
    missed = [text for text in runs(book.effects) if " missed " in text]
    assert len(missed) == 1 + 2 * 7


def test_runs_are_forgotten_after_a_week() -> None:
    book = playbook()
    for day in range(24, 31):
        book.tick(f"2026-11-{day} 12:00")
    for day in range(1, 10):
        book.tick(f"2026-12-{day:02} 12:00")
    (track,) = book.engine._judgement.state().patrol.tracks
    assert len(track.runs) == 2 * 7 + 1
    book.at("2026-12-09 12:00").scan("gate", "2026-11-24 22:05")
    assert scans(book)[-1].run is None


def test_a_phone_from_the_future_brings_up_no_endless_runs() -> None:
    book = playbook().at("21:30").scan("gate", "2030-01-01 00:00")
    assert len(book.engine._judgement.state().patrol.tracks[0].runs) == 2


def test_a_run_is_abandoned_with_a_reason() -> None:
    book = playbook().tick("22:00")
    run = derive_id("run", "tower", "night", instant("22:00"))
    book.command(AbandonTourRun(id="c1", actor="op", run=run, reason="typhoon"))
    assert runs(book.effects)[-1] == "22:00:00 run night 22:00 abandoned gate=pending roof=pending"
    assert book.latest(CommandOutcome).accepted
    book.tick("23:00").says_nothing()


def test_what_cannot_be_abandoned() -> None:
    def abandon(run: str, version: int | None) -> None:
        command = AbandonTourRun(id="c1", actor="op", run=run, reason="why", expected_version=version)
        patrol.abandon(command, instant("21:00"), 7)

    patrol = Patrol()
    (_, scheduled), *_ = patrol.configure([SITE], instant("21:00"))
    assert isinstance(scheduled, TourRunChanged)
    with pytest.raises(CommandRefused, match="not known") as unknown:
        abandon("run-0", None)
    assert unknown.value.code == "unknown_run"
    with pytest.raises(CommandRefused) as conflict:
        abandon(scheduled.run.id, 7)
    assert conflict.value.code == "version_conflict"
    abandon(scheduled.run.id, 1)
    with pytest.raises(IllegalTransition):
        abandon(scheduled.run.id, None)


def test_a_changed_plan_withdraws_what_was_scheduled() -> None:
    later = changed_site("tours", "night", starts=(WeeklyTime(weekdays=DAILY, at="23:00"),))
    book = playbook().configure(configured(MISSED, site=later))
    assert runs(book.effects)[1:] == [
        "21:00:00 run night 23:00 scheduled gate=pending roof=pending",
        "21:00:00 run night 22:00 abandoned gate=pending roof=pending",
    ]


def test_a_changed_stop_is_planned_into_the_next_run() -> None:
    shorter = changed_site("tours", "night", stops=NIGHT.stops[:1])
    book = playbook().configure(configured(MISSED, site=shorter))
    assert runs(book.effects)[1:] == ["21:00:00 run night 22:00 scheduled gate=pending"]
    assert book.latest(TourRunChanged).run.version == 2


def test_a_run_under_way_keeps_its_plan() -> None:
    later = changed_site("tours", "night", starts=(WeeklyTime(weekdays=DAILY, at="23:00"),))
    book = playbook().tick("22:00").configure(configured(MISSED, site=later)).tick("22:20")
    assert "22:15:00 run night 22:00 due gate=missed roof=pending" in runs(book.effects)


def test_a_removed_tour_ends_its_runs() -> None:
    book = playbook().tick("22:00").configure(configured(MISSED, site=replace(SITE, tours=())))
    abandoned = [text for text in runs(book.effects) if "abandoned" in text]
    assert abandoned == [
        "22:00:00 run night 22:00 abandoned gate=pending roof=pending",
        "22:00:00 run night 11-24 02:00 abandoned gate=pending roof=pending",
    ]
    assert book.engine.next_deadline() is None


def test_an_unchanged_tour_is_not_planned_again() -> None:
    book = playbook().configure(configured(MISSED))
    assert len(runs(book.effects)) == 1


def test_state_survives_a_restart() -> None:
    book = playbook().tick("22:16").restarts().at("22:30").scan("gate", "22:05").restarts().tick("22:40")
    assert runs(book.effects)[-1] == "22:35:00 run night 22:00 incomplete gate=on_time roof=missed"
