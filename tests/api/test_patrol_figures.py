from typing import Any

from msgspec.structs import replace

from api.patrol_figures import mark_words, report, walked_stops
from domain.effects import ScanJudged
from domain.fraud import FraudKind, FraudMark
from domain.instant import HOUR, MINUTE, Instant, from_iso
from domain.site import Checkpoint, Site, Zone
from domain.text import Text, same
from domain.tour_run import RunStop, StopVerdict, TourRun, TourRunState

START: Instant = from_iso("2026-11-23T14:00:00Z")
SITE = Site(
    id="s",
    name=same("s"),
    timezone="Asia/Shanghai",
    zones=(Zone(id="z", name=same("z")), Zone(id="y", name=same("y"))),
    checkpoints=(
        Checkpoint(id="a", name=same("A"), zone="z"),
        Checkpoint(id="b", name=same("B"), zone="z"),
        Checkpoint(id="c", name=same("C"), zone="y"),
    ),
)
WEAK = FraudMark(kind=FraudKind.WEAK_METHOD, value=0.0, limit=0.0, other="qr")


def a_stop(checkpoint: str, at: int | None, verdict: StopVerdict = StopVerdict.ON_TIME, **more: Any) -> RunStop:  # noqa: ANN401
    stop = RunStop(checkpoint=checkpoint, due_at=START, missed_at=START + HOUR, verdict=verdict)
    if at is None:
        return replace(stop, verdict=StopVerdict.MISSED)
    return replace(stop, **{"scanned_at": at, "received_at": at, "officer": "li", "seq": at, **more})


def a_run(number: int, *stops: RunStop, state: TourRunState = TourRunState.COMPLETED, **more: Any) -> TourRun:  # noqa: ANN401
    begin = START + number * HOUR
    return TourRun(
        id=f"run-{number}",
        site="s",
        tour="night",
        name=Text("Night", "夜巡"),
        state=state,
        starts_at=begin,
        ends_at=begin + HOUR,
        stops=stops,
        **more,
    )


RUNS = [
    a_run(0, a_stop("a", START + MINUTE), a_stop("b", START + 2 * MINUTE, marks=(WEAK,)), suspicion=0.4),
    a_run(
        1,
        a_stop("a", START + HOUR, StopVerdict.LATE, deviations=(StopVerdict.LATE,), received_at=START + 3 * HOUR),
        a_stop("b", None),
        state=TourRunState.INCOMPLETE,
        tardy=True,
        corrections=(same("x"),),
    ),
    a_run(2, a_stop("a", None), a_stop("b", None), state=TourRunState.MISSED),
]


def test_scans_without_a_run_count_as_coverage_each_once() -> None:
    def scan(checkpoint: str, at: Instant, seq: int) -> ScanJudged:
        verdict = StopVerdict.OUTSIDE_TOUR
        return ScanJudged(
            site="s", checkpoint=checkpoint, officer="li", scanned_at=at, verdict=verdict, run=None, seq=seq
        )

    taken_later = scan("a", START + MINUTE, START + MINUTE)
    outside = [scan("c", START + HOUR, 7), taken_later, scan("gone", START, 8)]
    found = report(SITE, RUNS, START, START + 4 * HOUR, outside)
    coverage = {each.zone: each for each in found.coverage}
    assert (coverage["y"].visits, coverage["y"].outside_tours, coverage["y"].longest_gap_seconds) == (1, 1, 10_800.0)
    assert (coverage["z"].visits, coverage["z"].outside_tours) == (3, 0)
    assert [(each.zone, each.hour) for each in found.hours if each.zone == "y"] == [("y", 23)]


def test_figures_per_tour_and_officer() -> None:
    found = report(SITE, RUNS, START, START + 4 * HOUR)
    (tour,) = found.tours
    assert (tour.runs, tour.completed, tour.incomplete, tour.missed, tour.tardy) == (3, 1, 1, 1, 1)
    assert (tour.stops, tour.stops_on_time, tour.stops_missed, tour.stops_corrected) == (6, 2, 3, 1)
    assert (tour.completion_share, tour.on_time_share, tour.suspicious_runs) == (0.3333, 0.3333, 1)
    (officer,) = found.officers
    assert (officer.officer, officer.runs, officer.stops, officer.on_time) == ("li", 2, 3, 2)
    assert (officer.late, officer.uploaded_late, officer.marks) == (1, 1, 1)


def test_coverage_per_zone_and_hour_and_the_longest_gap() -> None:
    found = report(SITE, RUNS, START, START + 4 * HOUR)
    zones = {each.zone: each for each in found.coverage}
    assert (zones["z"].visits, zones["z"].longest_gap_seconds, zones["z"].since) == (3, 10_800.0, START + HOUR)
    assert (zones["y"].visits, zones["y"].longest_gap_seconds, zones["y"].since) == (0, 14_400.0, None)
    assert [(each.zone, each.hour, each.visits) for each in found.hours] == [("z", 22, 2), ("z", 23, 1)]


def test_a_tag_that_fails_often_is_suspect() -> None:
    others = [a_stop("a", START + n) for n in range(1, 5)]
    fine = [
        a_run(n, *(replace(each, checkpoint=f"{n}x{each.seq}") for each in others), a_stop("c", None)) for n in range(6)
    ]
    tags = {each.checkpoint: each for each in report(SITE, fine, START, START + HOUR).tags}
    assert (tags["c"].missed_in_walked_runs, tags["c"].suspect) == (6, True)
    assert not tags["a"].suspect


def test_each_stop_tells_its_reasons_in_words() -> None:
    first, second, late, missed, *_ = walked_stops(SITE, RUNS)
    assert first.reasons == ()
    assert [text.en for text in second.reasons] == ["scanned by qr"]
    assert [text.en for text in late.reasons] == ["due 22:00, scanned 23:00"]
    assert [text.zh for text in missed.reasons] == ["截至 23:00 无人打卡"]


def test_every_mark_has_words() -> None:
    for kind in FraudKind:
        words = mark_words(FraudMark(kind=kind, value=1.5, limit=2.0, other="x"))
        assert words.en
        assert words.zh
