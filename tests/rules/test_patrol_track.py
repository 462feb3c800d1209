from domain.effects import ScanJudged, TourRunChanged
from domain.instant import DAY, MINUTE, Instant
from domain.site import Tour
from domain.text import Text
from rules.patrol_news import StopChange
from rules.patrol_plan import Visit
from rules.patrol_track import PatrolStep, Track
from tests.rules.estate import NIGHT, SITE
from tests.rules.playbook import instant

GATE = Text("Gate", "大门")


def track() -> Track:
    made = Track(SITE, NIGHT)
    made.plan_ahead(instant("21:00"), 0, {})
    return made


def a_visit(clock: str, number: int = 1, received: str | None = None, *, checkpoint: str = "gate") -> Visit:
    return Visit(instant(clock), "phone", "b", number, number, "li", instant(received or clock), checkpoint)


def count(made: Track, visit: Visit, step: PatrolStep, *, is_holding: bool = False) -> None:
    made.arrive(GATE, visit, step, counts=True, is_holding=is_holding)


def starts(planned: Track) -> list[Instant]:
    return [each.run.starts_at for each in planned.runs]


def test_one_run_lies_ahead_of_what_is_known() -> None:
    made = track()
    assert starts(made) == [instant("22:00")]
    assert made.plan_ahead(instant("21:54"), 0, {}) == []
    made.plan_ahead(instant("21:55"), 0, {})
    assert starts(made) == [instant("22:00"), instant("2026-11-24 02:00")]


def test_starts_that_are_too_old_are_skipped() -> None:
    made = track()
    made.plan_ahead(instant("2026-12-24 21:00"), instant("2026-12-24 12:00"), {})
    assert starts(made) == [instant("22:00"), instant("2026-12-24 22:00")]


def test_a_tour_without_starts_has_no_runs() -> None:
    made = Track(SITE, Tour(id="t", name=GATE, stops=NIGHT.stops))
    assert made.plan_ahead(0, 0, {}) == []
    assert made.next_judgement() is None
    assert made.key == ("tower", "t")


def test_the_clock_opens_a_run_and_judges_its_stops() -> None:
    made, step = track(), PatrolStep([], [])
    assert made.next_judgement() == instant("22:00")
    made.fire(instant("22:00"), 1, step)
    assert made.next_judgement() == instant("22:15")
    made.fire(instant("22:15"), 2, step)
    made.fire(instant("22:35"), 3, step)
    states = [body.run.state for _, body in step.told if isinstance(body, TourRunChanged)]
    assert states == ["due", "due", "missed"]
    assert [(news.change, news.checkpoint, news.at, news.cause) for news in step.news] == [
        (StopChange.MISSED, "gate", instant("22:15"), 2),
        (StopChange.MISSED, "roof", instant("22:35"), 3),
    ]
    assert made.next_judgement() is None


def test_a_repeated_scan_belongs_to_the_run_but_counts_for_nothing() -> None:
    made, step = track(), PatrolStep([], [])
    for number, clock in enumerate(("22:01", "22:03"), start=1):
        count(made, a_visit(clock, number), step)
    judged = [(body.verdict, body.run is None) for _, body in step.told if isinstance(body, ScanJudged)]
    assert judged == [("on_time", False), ("duplicate", False)]
    assert [news.change for news in step.news] == [StopChange.VISITED, StopChange.VISITED]


def test_an_earlier_scan_that_arrives_later_turns_late_into_on_time_with_a_trace() -> None:
    made, step = track(), PatrolStep([], [])
    count(made, a_visit("22:12", 2), step)
    count(made, a_visit("22:08", 1, "22:30"), step)
    run = made.runs[0].run
    assert (run.stops[0].verdict, run.stops[0].seq) == ("on_time", 1)
    assert [text.en for text in run.corrections] == ["Gate: walked 22:08, uploaded 22:30"]
    assert [at for at, body in step.told if isinstance(body, TourRunChanged) and body.corrected] == [instant("22:30")]
    assert StopChange.CORRECTED not in [news.change for news in step.news]


def test_while_absence_is_held_a_scan_after_the_miss_judges_nothing() -> None:
    made, step = track(), PatrolStep([], [])
    count(made, a_visit("22:20"), step, is_holding=True)
    assert made.runs[0].run.stops[0].verdict == "pending"
    assert [news.change for news in step.news] == [StopChange.VISITED]
    made.fire(instant("22:15"), 9, step)
    assert made.runs[0].run.stops[0].verdict == "missed"


def test_runs_that_are_over_long_ago_are_forgotten() -> None:
    made, step = track(), PatrolStep([], [])
    assert made.forget(instant("22:00") + 30 * DAY) == []
    for clock in ("22:00", "22:15", "22:35"):
        made.fire(instant(clock), 1, step)
    assert made.forget(instant("22:35")) == []
    assert len(made.forget(instant("22:35") + MINUTE)) == 1
    assert made.runs == []


def test_only_runs_that_nobody_has_begun_are_withdrawn() -> None:
    made, step = track(), PatrolStep([], [])
    made.plan_ahead(instant("2026-11-24 01:59"), 0, {})
    count(made, a_visit("21:58"), step)
    withdrawn = made.withdraw(instant("21:59"))
    assert [planned.run.starts_at for planned in withdrawn] == [
        instant("2026-11-24 02:00"),
        instant("2026-11-24 22:00"),
    ]
    assert starts(made) == [instant("22:00")]
    made.plan_ahead(instant("2026-11-24 01:00"), 0, {instant("2026-11-24 02:00"): 4})
    assert made.runs[-1].run.version == 5
