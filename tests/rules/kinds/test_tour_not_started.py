"""Tours that nobody begins: one alarm for a run, also when nobody walks it at all; late starts and late uploads."""

from msgspec.structs import replace

from domain.commands import AbandonTourRun
from domain.effects import AlarmChange, AlarmChanged, TourRunChanged
from domain.instant import HOUR, MINUTE
from domain.site import Tour, TourStop
from domain.text import Text, same
from rules.kinds.tour_not_started import KEPT, STOPS_NAMED, Begin, TourNotStarted, TourState, TourWatch
from rules.patrol_news import StopChange, StopNews
from tests.rules.estate import MISSED, NIGHT, SITE, a_rule, configured
from tests.rules.playbook import Playbook, instant, line

UNSTARTED = a_rule("unstarted", "tour_not_started")
RAISED = "22:15:00 alarm raised unstarted tour:night #1 (Night round not started) UNACK"

GATE_MISSED = "22:15:00 alarm raised missed tour_stop:night/gate #1 (Night round: Gate missed) UNACK"


def playbook() -> Playbook:
    return Playbook(configured(MISSED, UNSTARTED), "21:00")


def cleared(clock: str, number: int = 1) -> str:
    return f"{clock} alarm cleared unstarted tour:night #{number} (Night round not started) RTNUN"


def corrected(clock: str, begun: str, uploaded: str) -> str:
    return f"{clock} alarm corrected unstarted tour:night #1 (Night round: begun {begun}, uploaded {uploaded}) RTNUN"


def test_a_run_that_nobody_walks_is_one_alarm() -> None:
    book = playbook().tick("22:14:59").says_nothing()
    book.tick("22:15").says(RAISED)
    book.tick("23:59").says_nothing()
    assert str(book.latest(TourRunChanged).run.state) == "missed"


def test_runs_that_nobody_walks_are_one_alarm_until_the_tour_is_begun() -> None:
    book = playbook().tick("22:15").tick("2026-11-24 02:30").says(RAISED)
    book.tick("2026-11-24 22:00").at("2026-11-24 22:03").scan("gate").says(cleared("11-24 22:03:00"))


def test_a_late_start_ends_it_and_tells_of_the_stops_missed_until_then_once_no_upload_can_prove_them() -> None:
    book = playbook().tick("22:16").at("22:20").scan("roof").says(RAISED, cleared("22:20:00"))
    book.restarts().tick("22:22").says(GATE_MISSED)
    book.at("22:25").scan("gate").says(
        "22:25:00 alarm cleared missed tour_stop:night/gate #1 (Night round: Gate missed) RTNUN"
    )
    run = next(each.body.run for each in reversed(book.effects) if isinstance(each.body, TourRunChanged))
    assert (run.tardy, run.begun_at) == (True, instant("22:20"))


def test_a_late_start_is_seen_without_any_tick() -> None:
    book = playbook().tick("22:00").at("22:20").scan("roof")
    assert [each for each in said(book) if "unstarted" in each] == [RAISED, cleared("22:20:00")]


def test_a_start_within_the_grace_is_no_alarm() -> None:
    playbook().at("22:15:00").scan("roof").tick("22:15:30").says(GATE_MISSED)


def test_a_late_upload_corrects_by_name_and_leaves_what_was_really_missed() -> None:
    book = playbook().tick("22:40").says(RAISED)
    book.at("22:55").scan("roof", "22:14").says(corrected("22:55:00", "22:14", "22:55"))
    book.tick("22:57").says(GATE_MISSED)
    changes = [each.body for each in book.effects if isinstance(each.body, AlarmChanged)]
    [change] = [each for each in changes if each.change is AlarmChange.CORRECTED]
    assert change.occurrence.correction == Text(
        "Night round: begun 22:14, uploaded 22:55", "夜巡：22:14 开始，22:55 上传"
    )


def test_a_whole_night_uploaded_late_leaves_nothing_but_the_correction() -> None:
    book = playbook().tick("22:40").restarts().says(RAISED)
    book.at("23:30").scan("gate", "22:05").scan("roof", "22:25").tick("23:59")
    book.says(corrected("23:30:00", "22:05", "23:30"))
    assert str(book.latest(TourRunChanged).run.state) == "completed"


def test_an_earlier_begin_that_comes_after_a_late_one_still_corrects() -> None:
    book = playbook().tick("22:16").at("22:20").scan("roof")
    book.unread.clear()
    book.at("22:55").scan("gate", "22:10")
    assert corrected("22:55:00", "22:10", "22:55") in said(book)


def test_an_earlier_begin_corrects_also_where_a_late_scan_told_of_it_first() -> None:
    """Nobody watched when the run should have begun, so only the late scan says that it had not."""
    book = playbook().tick("22:05").gap("22:05", "22:19").at("22:20").scan("roof")
    book.unread.clear()
    book.at("22:21").scan("gate", "22:10").says(corrected("22:21:00", "22:10", "22:21"))


def test_what_stands_at_the_end_does_not_depend_on_the_order_of_arrival() -> None:
    ends = []
    for order in (("22:05", "22:20"), ("22:20", "22:05")):
        book = playbook().tick("2026-11-24 00:30")
        for walked in order:
            book.at("2026-11-24 01:00").scan("gate", walked, device=f"p{walked[-2:]}")
        book.tick("2026-11-24 01:10")
        ends.append((verdicts(book), standing(book)))
    assert ends[0] == ends[1]


def test_absence_in_a_gap_is_judged_when_the_backlog_is_drained() -> None:
    book = playbook().tick("22:05").gap("22:05", "23:30").tick("23:30").says_nothing()
    book.at("23:31").scan("gate", "22:08").scan("roof", "22:30").drained("23:32").says_nothing()
    book = playbook().tick("22:05").gap("22:05", "23:30").drained("23:32").says(RAISED)


def test_a_run_over_before_its_grace_is_told_when_it_is_over() -> None:
    short = replace(NIGHT, stops=(TourStop(checkpoint="gate", due_seconds=60.0),), grace_seconds=60.0)
    site = replace(SITE, tours=(short,))
    Playbook(configured(MISSED, UNSTARTED, site=site), "21:00").tick("22:03").says(
        "22:02:00 alarm raised unstarted tour:night #1 (Night round not started) UNACK"
    )


def test_an_abandoned_run_is_no_alarm() -> None:
    book = playbook().tick("22:05")
    run = next(each.body.run for each in book.effects if isinstance(each.body, TourRunChanged))
    book.command(AbandonTourRun(id="a", actor="op", run=run.id, reason="storm")).tick("23:00").says_nothing()


def test_abandoning_the_run_ends_it_and_the_next_run_is_an_alarm_anew() -> None:
    book = playbook().tick("22:16").says(RAISED).restarts()
    abandon(book, at="22:30").says(cleared("22:30:00"))
    book.tick("2026-11-24 02:16").says(
        "11-24 02:15:00 alarm raised unstarted tour:night #2 (Night round not started) UNACK"
    )


def test_it_goes_on_for_the_run_before_that_is_over_and_that_nobody_walked() -> None:
    book = playbook().tick("2026-11-24 02:16").says(RAISED)
    abandon(book, at="2026-11-24 02:30").says_nothing()
    assert standing(book) == [("night", True)]


def test_runs_side_by_side_are_one_alarm_until_all_are_abandoned() -> None:
    watch, state = tour_watch(), TourState()
    later = instant("22:10")
    steps: list[tuple[StopNews, list[str]]] = [
        (news(StopChange.NOT_BEGUN), ["raise"]),
        (news(StopChange.NOT_BEGUN, later), []),
        (replace(news(StopChange.ABANDONED), at=instant("22:30")), []),
        (replace(news(StopChange.ABANDONED, later), at=instant("22:40")), ["clear"]),
    ]
    for each, expected in steps:
        state, found = watch.observe(state, each)
        assert [str(finding.trigger) for finding in found] == expected
    assert found[0].at == instant("22:40")


def test_an_upload_shows_that_an_abandoned_run_was_begun_in_time() -> None:
    book = playbook().tick("22:16")
    abandon(book, at="22:30").unread.clear()
    book.at("22:55").scan("roof", "22:14")
    changes = [each.body for each in book.effects if isinstance(each.body, AlarmChanged)]
    assert (changes[-1].change, changes[-1].alarm.is_standing) == (AlarmChange.CORRECTED, False)


def test_abandoning_a_run_that_somebody_began_late_changes_nothing_about_it() -> None:
    book = playbook().tick("22:16").at("22:20").scan("roof").says(RAISED, cleared("22:20:00"))
    abandon(book, at="22:21").says_nothing()


def test_without_the_rule_each_stop_is_an_alarm_of_its_own() -> None:
    book = Playbook(configured(MISSED), "21:00").tick("22:40")
    assert len(said(book)) == 2


def test_why_names_the_stops_and_the_times() -> None:
    book = playbook().tick("22:15")
    alarm = book.latest(AlarmChanged).alarm
    why = alarm.latest.why
    assert why.seen == Text(
        "no scan for the run of 22:00 until 22:15; its stops: Gate, Roof",
        "截至 22:15，22:00 的班次无人打卡；站点：大门、屋顶",
    )
    assert why.expected.en == "a first scan by 22:15"
    assert (why.values["stops"], why.values["begun_by"]) == (2.0, "2026-11-23T14:15:00Z")
    assert (alarm.asset, alarm.zone, alarm.name.zh) == ("night", "ground", "夜巡：未按时开始")


def test_a_long_tour_names_its_first_stops() -> None:
    checkpoints = tuple(replace(SITE.checkpoints[0], id=f"c{n}", name=same(f"C{n}")) for n in range(STOPS_NAMED + 3))
    stops = tuple(TourStop(checkpoint=each.id, due_seconds=60) for each in checkpoints)
    site = replace(SITE, checkpoints=checkpoints, tours=(replace(NIGHT, stops=stops),))
    [watch] = TourNotStarted().watches(site, UNSTARTED)
    _, [found] = watch.observe(TourState(), news(StopChange.NOT_BEGUN))
    assert found.why.seen.en.endswith("C10, C11 and 3 more")


def test_a_rule_watches_the_tours_it_names() -> None:
    day = Tour(id="day", name=same("Day"), stops=(TourStop(checkpoint="roof", due_seconds=0),), every_seconds=3600)
    site = replace(SITE, tours=(NIGHT, day))
    named = TourNotStarted().watches(site, a_rule("unstarted", "tour_not_started", subjects=("day",)))
    assert [watch.subject.id for watch in named] == ["day"]


def test_runs_are_remembered_for_seven_days_and_the_standing_one_longer() -> None:
    watch, state = tour_watch(), TourState()
    state, _ = watch.observe(state, news(StopChange.NOT_BEGUN))
    standing_since = instant("22:15")
    for hour in range(1, 24 * 9):
        at = instant("22:00") + hour * HOUR
        state, _ = watch.observe(state, news(StopChange.NOT_BEGUN, at))
    assert state.told.standing == standing_since
    assert state.runs[0] == Begin(standing_since, instant("22:00"))
    assert len(state.runs) == 7 * 24 + 2


def test_only_so_many_runs_are_remembered() -> None:
    watch, state = tour_watch(), TourState()
    runs = tuple(Begin(instant("22:00") + n * MINUTE, n, instant("22:00") + n * MINUTE) for n in range(KEPT))
    state, _ = watch.observe(
        replace(state, runs=runs), news(StopChange.NOT_BEGUN, instant("22:00") + (KEPT + 1) * MINUTE)
    )
    assert len(state.runs) == KEPT


def tour_watch() -> TourWatch:
    return TourNotStarted().watches(SITE, UNSTARTED)[0]


def news(change: StopChange, starts_at: int = instant("22:00")) -> StopNews:
    return StopNews(
        change=change,
        site="tower",
        tour="night",
        checkpoint="",
        at=starts_at + 15 * MINUTE,
        cause=7,
        due_at=starts_at,
        missed_at=starts_at + 15 * MINUTE,
    )


def abandon(book: Playbook, at: str) -> Playbook:
    """Abandon the run that has started last."""
    runs = {each.body.run.starts_at: each.body.run.id for each in book.effects if isinstance(each.body, TourRunChanged)}
    run = runs[max(start for start in runs if start <= instant(at))]
    return book.at(at).command(AbandonTourRun(id=f"a-{run}", actor="op", run=run, reason="storm"))


def said(book: Playbook) -> list[str]:
    found = [line(effect) for effect in book.unread if isinstance(effect.body, AlarmChanged)]
    book.unread.clear()
    return found


def verdicts(book: Playbook) -> list[str]:
    return [str(stop.verdict) for stop in book.latest(TourRunChanged).run.stops]


def standing(book: Playbook) -> list[tuple[str, bool]]:
    alarms = {each.body.alarm.id: each.body.alarm for each in book.effects if isinstance(each.body, AlarmChanged)}
    return sorted((alarm.subject.id, alarm.is_standing) for alarm in alarms.values())
