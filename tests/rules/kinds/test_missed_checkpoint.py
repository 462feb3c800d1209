from msgspec.structs import replace

from domain.effects import AlarmChanged
from domain.instant import HOUR, MINUTE, Instant
from domain.site import Tour, TourStop
from domain.text import Text, same
from rules.kinds.missed_checkpoint import KEPT, Miss, MissedCheckpoint, StopState, StopWatch
from rules.patrol_news import StopChange, StopNews
from tests.rules.estate import MISSED, NIGHT, SITE, a_rule, configured
from tests.rules.playbook import Playbook, instant

GATE_RAISED = "22:15:00 alarm raised missed tour_stop:night/gate #1 (Night round: Gate missed) UNACK"
ROOF_RAISED = "22:35:00 alarm raised missed tour_stop:night/roof #1 (Night round: Roof missed) UNACK"
GATE_AGAIN = "11-24 02:15:00 alarm raised missed tour_stop:night/gate #2 (Night round: Gate missed) UNACK"


def playbook() -> Playbook:
    return Playbook(configured(MISSED), "21:00")


def cleared(clock: str, stop: str = "gate", number: int = 1) -> str:
    name = stop.capitalize()
    return f"{clock} alarm cleared missed tour_stop:night/{stop} #{number} (Night round: {name} missed) RTNUN"


def corrected(clock: str, walked: str, uploaded: str, state: str = "RTNUN") -> str:
    said = f"(Gate: walked {walked}, uploaded {uploaded})"
    return f"{clock} alarm corrected missed tour_stop:night/gate #1 {said} {state}"


def test_a_stop_nobody_walks_is_missed_by_the_clock() -> None:
    book = playbook().tick("22:14:59").says_nothing()
    book.tick("22:16").says(GATE_RAISED)
    book.tick("22:40").says(ROOF_RAISED)


def test_a_stop_walked_until_the_last_moment_is_not_missed() -> None:
    playbook().at("22:15:00").scan("gate").at("22:35").scan("roof").tick("23:00").says_nothing()


def test_the_next_scan_of_the_checkpoint_clears() -> None:
    playbook().tick("22:16").at("22:20").scan("gate").says(GATE_RAISED, cleared("22:20:00"))


def test_a_scan_that_counts_for_another_run_clears_too() -> None:
    book = playbook().tick("22:16").at("2026-11-24 01:58").scan("gate")
    book.says(GATE_RAISED, cleared("11-24 01:58:00"))


def test_a_miss_and_the_scan_after_it_come_in_order_without_any_tick() -> None:
    playbook().at("22:20").scan("gate").says(GATE_RAISED, cleared("22:20:00"))


def test_a_late_upload_corrects_by_name() -> None:
    book = playbook().tick("22:16").at("22:55").scan("gate", "22:10")
    book.says(GATE_RAISED, corrected("22:55:00", "22:10", "22:55"))
    change = book.latest(AlarmChanged)
    assert change.occurrence.correction.zh == "大门：22:10 巡到，22:55 上传"
    assert change.occurrence.state == "cleared"
    assert change.alarm.condition == "inactive"


def test_a_late_upload_corrects_an_occurrence_that_has_cleared() -> None:
    book = playbook().tick("22:16").at("22:20").scan("gate").at("22:55").scan("gate", "22:10")
    book.says(GATE_RAISED, cleared("22:20:00"), corrected("22:55:00", "22:10", "22:55"))


def test_missing_the_stop_again_while_it_stands_raises_no_second_alarm() -> None:
    book = playbook().tick("22:16").tick("2026-11-24 02:16")
    book.says(GATE_RAISED, ROOF_RAISED)


def test_a_correction_leaves_a_later_miss_standing_for_itself() -> None:
    book = playbook().tick("22:16").tick("2026-11-24 02:16").at("2026-11-24 03:00").scan("gate", "22:10")
    book.says(GATE_RAISED, ROOF_RAISED, corrected("11-24 03:00:00", "22:10", "03:00"), GATE_AGAIN)


def test_a_correction_of_a_miss_in_the_shadow_of_another_says_nothing() -> None:
    book = playbook().tick("22:16").tick("2026-11-24 02:16")
    book.at("2026-11-24 03:00").scan("gate", "2026-11-24 02:10")
    book.says(GATE_RAISED, ROOF_RAISED, cleared("11-24 02:10:00"))
    book.at("2026-11-24 03:10").scan("gate", "2026-11-24 02:12").says_nothing()


def test_a_late_visit_between_two_misses_ends_the_first_and_leaves_the_second() -> None:
    book = playbook().tick("22:16").tick("2026-11-24 02:16").at("2026-11-24 03:00").scan("gate", "23:30")
    book.says(GATE_RAISED, ROOF_RAISED, cleared("23:30:00"), GATE_AGAIN)


def test_absence_in_a_gap_is_judged_when_the_backlog_is_drained() -> None:
    book = playbook().tick("22:05").gap("22:05", "23:30").tick("23:30").says_nothing()
    book.at("23:31").scan("gate", "22:08").says_nothing()
    book.at("23:31").scan("roof", "22:50").says_nothing()
    book.drained("23:32").says(ROOF_RAISED, cleared("22:50:00", "roof"))


def test_a_fast_clock_judges_nobodys_absence() -> None:
    book = playbook().at("22:05").scan("gate", "23:00").tick("22:06").says_nothing()
    book.tick("22:16").says(GATE_RAISED, cleared("23:00:00"))


def test_why_says_when_it_was_due() -> None:
    why = playbook().tick("22:16").latest(AlarmChanged).occurrence.why
    assert why.seen == Text("no scan for this stop until 22:15", "截至 22:15 无本点打卡")
    assert why.expected.en == "a scan by 22:10, at the latest 22:15"
    assert why.values == {"due_at": "2026-11-23T14:10:00Z", "missed_at": "2026-11-23T14:15:00Z"}
    assert (why.since, why.evidence, why.received_at) == (instant("22:15"), (2,), instant("22:16"))


def test_alarms_are_about_the_checkpoint_and_where_it_is() -> None:
    alarm = playbook().tick("22:40").latest(AlarmChanged).alarm
    assert (alarm.asset, alarm.zone, alarm.name.zh) == ("roof", "plant", "夜巡：屋顶 漏巡")


def test_a_rule_watches_the_tours_it_names() -> None:
    day = Tour(id="day", name=same("Day"), stops=(TourStop(checkpoint="roof", due_seconds=0),), every_seconds=3600)
    site = replace(SITE, tours=(NIGHT, day))
    named = MissedCheckpoint().watches(site, a_rule("missed", "missed_checkpoint", subjects=("day",)))
    every = MissedCheckpoint().watches(site, MISSED)
    assert [watch.subject.id for watch in named] == ["day/roof"]
    assert [watch.subject.id for watch in every] == ["night/gate", "night/roof", "day/roof"]


def gate_watch() -> StopWatch:
    return MissedCheckpoint().watches(SITE, MISSED)[0]


def news(change: StopChange, at: str, missed_at: str = "22:15") -> StopNews:
    missed = instant(missed_at)
    return StopNews(
        change=change, site="tower", tour="night", checkpoint="gate", at=instant(at), cause=7, missed_at=missed
    )


def visit(at: Instant) -> StopNews:
    return StopNews(change=StopChange.VISITED, site="tower", tour="night", checkpoint="gate", at=at, cause=7)


def test_visits_are_remembered_for_seven_days() -> None:
    watch, state, start = gate_watch(), StopState(), instant("20:00")
    for hour in range(10 * 24):
        state, found = watch.observe(state, visit(start + hour * HOUR))
        assert not found
    assert state.visits == tuple(start + hour * HOUR for hour in range(3 * 24 - 1, 10 * 24))


def test_visits_remembered_are_bounded() -> None:
    watch, state = gate_watch(), StopState(visits=tuple(range(KEPT)))
    state, _ = watch.observe(state, visit(KEPT))
    assert state.visits == tuple(range(1, KEPT + 1))


def test_a_miss_judged_after_many_visits_is_ended_by_the_first_of_them() -> None:
    watch, state, start = gate_watch(), StopState(), instant("22:16")
    for minute in range(100):
        state, _ = watch.observe(state, visit(start + minute * MINUTE))
    _, found = watch.observe(state, news(StopChange.MISSED, "23:59"))
    assert [(each.trigger, each.at) for each in found] == [("raise", instant("22:15")), ("clear", start)]


def test_the_miss_the_alarm_stands_for_is_never_forgotten() -> None:
    watch, state = gate_watch(), StopState()
    for day in (23, 30):
        state, found = watch.observe(state, news(StopChange.MISSED, "22:15", f"2026-11-{day} 22:15"))
        assert len(found) == (day == 23)
    state, _ = watch.observe(state, news(StopChange.MISSED, "22:15", "2026-12-05 22:15"))
    assert [each.missed_at for each in state.misses] == [
        instant(f"2026-{day} 22:15") for day in ("11-23", "11-30", "12-05")
    ]
    _, found = watch.observe(state, visit(instant("2026-12-05 23:00")))
    assert [each.trigger for each in found] == ["clear"]


def test_a_corrected_miss_in_the_shadow_of_another_is_forgotten() -> None:
    watch, state = gate_watch(), StopState()
    for at in ("22:15", "23:15", "23:45"):
        state, _ = watch.observe(state, news(StopChange.MISSED, at, at))
    state, found = watch.observe(state, news(StopChange.CORRECTED, "23:50", "23:15"))
    assert not found
    assert state.misses == (Miss(instant("22:15"), 0), Miss(instant("23:45"), 0))


def test_a_late_visit_shows_that_what_was_one_alarm_were_two() -> None:
    watch, state = gate_watch(), StopState()
    for at in ("22:15", "23:15"):
        state, _ = watch.observe(state, news(StopChange.MISSED, at, at))
    state, _ = watch.observe(state, visit(instant("23:30")))
    state, found = watch.observe(state, visit(instant("22:40")))
    assert [(each.trigger, each.at) for each in found] == [("raise", instant("23:15")), ("clear", instant("23:30"))]


def test_the_patrol_keeps_the_time() -> None:
    watch, state = gate_watch(), StopState()
    assert watch.begin() == state
    assert watch.deadline(state) is None
    assert watch.fire(state, 1) == (state, ())
