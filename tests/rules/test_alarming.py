import pytest
from msgspec.structs import replace

from domain.alarm import Acknowledgement, Condition, DecisionKind, OccurrenceState, Subject, SubjectKind, Why
from domain.commands import CommentAlarm, Disposition
from domain.effects import AlarmChange
from domain.errors import IllegalTransition
from domain.instant import MINUTE, SECOND
from domain.priority import Priority
from domain.text import same
from rules.alarm_book import Change
from rules.alarm_steps import Under
from rules.alarming import MOST_EVIDENCE, UNCLOSED_KEPT
from tests.rules.alarm_life import DOOR, RULE, WHY, Life, ack, close, finding


def raised(at: int = 10) -> tuple[Life, Change]:
    life = Life()
    return life, life.change("raise", at)


def test_a_first_raise_makes_alarm_and_occurrence() -> None:
    _, made = raised()
    alarm, occurrence = made.alarm, made.occurrence
    assert made.change is AlarmChange.RAISED
    assert (alarm.condition, alarm.acknowledgement, alarm.version) == (Condition.ACTIVE, Acknowledgement.UNACKED, 1)
    assert (alarm.asset, alarm.zone, alarm.name, alarm.priority) == (
        "front",
        "ground",
        same("held at 10"),
        Priority.HIGH,
    )
    assert (alarm.fault, alarm.procedure, alarm.latest) == ("door.closer", RULE.procedure, occurrence)
    assert (occurrence.number, occurrence.state, occurrence.raised_at) == (1, OccurrenceState.ACTIVE, 10)
    assert (occurrence.why, occurrence.configuration) == (WHY, "digest")


def test_ids_follow_from_lane_rule_and_subject() -> None:
    _, made = raised()
    _, again = raised(77)
    drill = Life("drill-1").change("raise", 10)
    assert (made.alarm.id, made.occurrence.id) == (again.alarm.id, again.occurrence.id)
    assert made.alarm.id != drill.alarm.id


def test_clearing_ends_the_occurrence_and_still_asks_for_acknowledgement() -> None:
    alarms, _ = raised()
    cleared = alarms.change("clear", 20)
    assert (cleared.alarm.condition, cleared.alarm.display_state) == (Condition.INACTIVE, "RTNUN")
    assert (cleared.occurrence.state, cleared.occurrence.cleared_at) == (OccurrenceState.CLEARED, 20)


def test_raising_again_is_a_new_occurrence_that_asks_again() -> None:
    alarms, made = raised()
    alarms.obey(ack(made.alarm.id), 15)
    alarms.change("clear", 20)
    again = alarms.change("raise", 30)
    assert (again.occurrence.number, again.alarm.occurrences, again.alarm.version) == (2, 2, 4)
    assert again.occurrence.id != made.occurrence.id
    assert (again.alarm.acknowledgement, again.alarm.acknowledged_by) == (Acknowledgement.UNACKED, None)


def test_sight_lost_and_regained_is_the_same_occurrence() -> None:
    alarms, made = raised()
    alarms.obey(ack(made.alarm.id), 11)
    lost = alarms.change("lose_sight", 12)
    back = alarms.change("raise", 13)
    assert (lost.change, lost.alarm.condition) == (AlarmChange.SIGHT_LOST, Condition.UNKNOWN)
    assert (back.change, back.alarm.condition) == (AlarmChange.SIGHT_REGAINED, Condition.ACTIVE)
    assert back.occurrence.id == made.occurrence.id
    assert back.alarm.acknowledgement is Acknowledgement.ACKED


def test_an_unknown_condition_can_clear() -> None:
    alarms, _ = raised()
    alarms.change("lose_sight", 12)
    assert alarms.change("clear", 13).alarm.condition is Condition.INACTIVE


def test_what_does_not_fit_changes_nothing() -> None:
    alarms, _ = raised()
    before = alarms.state()
    with pytest.raises(IllegalTransition):
        alarms.apply("raise", 11)
    assert alarms.state() == before
    assert Life().apply("clear", 1) is None


def test_a_correction_clears_and_says_what_was_wrong() -> None:
    alarms, made = raised()
    fixed = alarms.change("clear", 20, correction=same("walked"), corrects=10)
    assert (fixed.change, fixed.alarm.condition) == (AlarmChange.CORRECTED, Condition.INACTIVE)
    assert (fixed.occurrence.id, fixed.occurrence.cleared_at) == (made.occurrence.id, 20)
    assert fixed.occurrence.correction == same("walked")


def test_a_correction_reaches_an_older_occurrence_and_leaves_the_newer_active() -> None:
    alarms, made = raised()
    alarms.change("clear", 20)
    newer = alarms.change("raise", 30)
    fixed = alarms.change("clear", 40, correction=same("walked"), corrects=10)
    assert fixed.occurrence.id == made.occurrence.id
    assert (fixed.alarm.condition, fixed.alarm.latest) == (Condition.ACTIVE, newer.occurrence)


def test_a_correction_without_a_time_is_about_the_latest_and_one_of_a_closed_occurrence_is_nothing() -> None:
    alarms, made = raised()
    assert alarms.change("clear", 20, correction=same("x")).occurrence.id == made.occurrence.id
    alarms.obey(close(made.occurrence.id), 30)
    assert alarms.apply("clear", 40, correction=same("y"), corrects=10) is None


def test_acknowledging() -> None:
    alarms, made = raised()
    done = alarms.obey(ack(made.alarm.id, expected=1), 15)
    assert (done.alarm.acknowledged_by, done.alarm.acknowledged_at, done.alarm.version) == ("op", 15, 2)
    assert done.alarm.display_state == "ACKED"
    assert alarms.refusal(ack(made.alarm.id)) == "already_acknowledged"


def test_what_cannot_be_acknowledged() -> None:
    alarms, made = raised()
    assert alarms.refusal(ack("alarm-0")) == "unknown_alarm"
    assert alarms.refusal(ack(made.alarm.id, expected=9)) == "version_conflict"
    alarms.change("clear", 20)
    alarms.obey(close(made.occurrence.id), 30)
    assert alarms.refusal(ack(made.alarm.id)) == "nothing_to_acknowledge"


def test_commenting_changes_nothing_but_the_version() -> None:
    alarms, made = raised()
    done = alarms.obey(CommentAlarm(id="c", actor="op", alarm=made.alarm.id, comment="seen"))
    assert done.alarm == replace(made.alarm, version=2)
    assert alarms.refusal(CommentAlarm(id="c", actor="op", alarm=made.alarm.id, comment=" ")) == "comment_needed"


def test_closing_needs_the_condition_to_be_over() -> None:
    alarms, made = raised()
    assert alarms.refusal(close(made.occurrence.id)) == "condition_active"
    alarms.change("lose_sight", 12)
    assert alarms.refusal(close(made.occurrence.id)) == "condition_active"
    alarms.change("clear", 20)
    done = alarms.obey(close(made.occurrence.id, cause="closer"), 30)
    closed = done.occurrence
    assert (closed.state, closed.closed_at, closed.closed_by) == (OccurrenceState.CLOSED, 30, "op")
    assert (closed.disposition, closed.disposition_cause) == (Disposition.REAL, "closer")
    assert (done.alarm.acknowledgement, done.alarm.display_state) == (Acknowledgement.NOT_NEEDED, "NORM")


def test_what_cannot_be_closed() -> None:
    alarms, made = raised()
    alarms.change("clear", 20)
    assert alarms.refusal(close("occurrence-0")) == "unknown_occurrence"
    assert alarms.refusal(close(made.occurrence.id, expected_version=9)) == "version_conflict"
    assert alarms.refusal(close(made.occurrence.id, Disposition.FALSE, cause=" ")) == "cause_needed"
    alarms.obey(close(made.occurrence.id, Disposition.FALSE, cause="wind"), 30)
    assert alarms.refusal(close(made.occurrence.id)) == "already_closed"


def test_closing_an_older_occurrence_leaves_the_newer_unacknowledged() -> None:
    alarms, made = raised()
    alarms.change("clear", 20)
    alarms.change("raise", 30)
    done = alarms.obey(close(made.occurrence.id), 40)
    assert (done.alarm.acknowledgement, done.alarm.latest.number) == (Acknowledgement.UNACKED, 2)


def test_occurrences_nobody_closes_do_not_pile_up() -> None:
    alarms, made = raised(0)
    closed = []
    for at in range(MINUTE, (UNCLOSED_KEPT + 2) * MINUTE, MINUTE):
        alarms.change("clear", at)
        alarms.change("raise", at + 1)
        overfull = alarms.alarms.overfull(made.alarm.id, at + 1)
        closed += [] if overfull is None else [overfull.occurrence]
    assert [(each.number, each.disposition, each.closed_by) for each in closed] == [
        (1, Disposition.UNKNOWN, "vigil"),
        (2, Disposition.UNKNOWN, "vigil"),
    ]
    assert len(alarms.state()[0].unclosed) == UNCLOSED_KEPT


def test_a_rule_that_failed_loses_sight_of_an_active_alarm() -> None:
    alarms, _ = raised()
    lost = alarms.alarms.lose_sight(RULE, DOOR, 20)
    assert lost is not None
    assert lost.alarm.condition is Condition.UNKNOWN
    assert alarms.alarms.lose_sight(RULE, DOOR, 20) is None
    assert Life().alarms.lose_sight(RULE, DOOR, 20) is None


def test_what_no_rule_watches_any_more_is_cleared_and_closed() -> None:
    alarms, _ = raised()
    assert list(alarms.alarms.retire(lambda rule, subject: True, 50)) == []
    told = list(alarms.alarms.retire(lambda rule, subject: False, 50))
    assert [each.change for each in told] == [AlarmChange.CLEARED, AlarmChange.CLOSED]
    assert (told[1].occurrence.disposition, told[1].occurrence.disposition_cause) == (
        Disposition.UNKNOWN,
        "rule removed",
    )
    assert list(alarms.alarms.retire(lambda rule, subject: False, 60)) == []
    assert alarms.change("raise", 70).occurrence.number == 2


def test_an_effect_says_who_and_what() -> None:
    _, made = raised()
    effect = made.effect("op", "on my way")
    assert (effect.change, effect.actor, effect.comment) == (AlarmChange.RAISED, "op", "on my way")


def test_an_alarm_that_stands_is_ended_once() -> None:
    alarms, made = raised()
    assert alarms.alarms.is_active(RULE, DOOR)
    ended = alarms.alarms.end(RULE, DOOR, 20)
    assert ended is not None
    assert (ended.change, ended.occurrence.cleared_at, ended.alarm.version) == (AlarmChange.CLEARED, 20, 2)
    assert not alarms.alarms.is_active(RULE, DOOR)
    assert alarms.alarms.end(RULE, DOOR, 30) is None
    other = Subject(SubjectKind.DOOR, "server")
    assert (alarms.alarms.is_active(RULE, other), alarms.alarms.end(RULE, other, 30)) == (False, None)
    assert made.alarm.version == 1


def test_closing_ends_the_condition_of_rules_that_say_so() -> None:
    alarms = Life(closable=("r",))
    alarms.change("raise", 10)
    first = alarms.change("clear", 20).occurrence
    standing = alarms.change("raise", 30)
    assert alarms.refusal(close(standing.occurrence.id, expected_version=1)) == "version_conflict"
    assert alarms.refusal(close(standing.occurrence.id, Disposition.FALSE)) == "cause_needed"
    assert alarms.alarms.is_active(RULE, DOOR)
    older = alarms.obey(close(first.id))
    assert (older.alarm.condition, older.alarm.version) == (Condition.ACTIVE, 4)
    closed = alarms.obey(close(standing.occurrence.id))
    assert (closed.change, closed.alarm.condition, closed.alarm.version) == (AlarmChange.CLOSED, Condition.INACTIVE, 5)
    assert (closed.occurrence.state, closed.alarm.latest) == (OccurrenceState.CLOSED, closed.occurrence)
    assert closed.occurrence.cleared_at == closed.occurrence.closed_at
    assert alarms.change("raise", 50).occurrence.number == 3


def test_a_worse_level_asks_again_and_an_easier_one_does_not() -> None:
    alarms, made = raised()
    alarms.obey(ack(made.alarm.id), 11)
    worse = alarms.change("worsen", 12, priority=Priority.CRITICAL, level="high_high")
    assert (worse.change, worse.alarm.priority, worse.alarm.level) == (
        AlarmChange.WORSENED,
        Priority.CRITICAL,
        "high_high",
    )
    assert (worse.alarm.acknowledgement, worse.alarm.acknowledged_by) == (Acknowledgement.UNACKED, None)
    alarms.obey(ack(made.alarm.id), 13)
    easier = alarms.change("ease", 14, priority=Priority.MEDIUM, level="high")
    assert (easier.change, easier.alarm.priority, easier.alarm.level) == (AlarmChange.EASED, Priority.MEDIUM, "high")
    assert easier.alarm.acknowledgement is Acknowledgement.ACKED
    assert (easier.occurrence.id, easier.occurrence.priority) == (made.occurrence.id, Priority.CRITICAL)


def test_whoever_does_not_know_how_an_alarm_stood_says_only_where_it_stands() -> None:
    alarms, _ = raised()
    higher = finding("raise", 12, priority=Priority.CRITICAL, level="full")
    worse = alarms.alarms.regrade(higher, RULE)
    assert worse is not None
    assert (worse.change, worse.alarm.level) == (AlarmChange.WORSENED, "full")
    assert alarms.alarms.regrade(higher, RULE) is None
    easier = alarms.alarms.regrade(finding("raise", 14, priority=Priority.LOW, level="filling"), RULE)
    assert easier is not None
    assert (easier.change, easier.alarm.priority) == (AlarmChange.EASED, Priority.LOW)
    assert alarms.alarms.regrade(replace(higher, subject=Subject(SubjectKind.DOOR, "other")), RULE) is None


def test_sight_regained_at_a_worse_level_asks_again() -> None:
    alarms, made = raised()
    alarms.obey(ack(made.alarm.id), 11)
    alarms.change("lose_sight", 12)
    back = alarms.change("raise", 13, priority=Priority.CRITICAL, level="high_high")
    assert (back.change, back.alarm.level) == (AlarmChange.SIGHT_REGAINED, "high_high")
    assert (back.alarm.acknowledgement, back.occurrence.priority) == (Acknowledgement.UNACKED, Priority.CRITICAL)


@pytest.mark.parametrize(("before", "trigger"), [((), "worsen"), ((), "ease"), (("lose_sight",), "raise")])
def test_at_another_level_an_alarm_answers_for_that_level(before: tuple[str, ...], trigger: str) -> None:
    alarms, made = raised()
    for each in before:
        alarms.change(each, 11)
    there = replace(WHY, seen=same("9, was above 8"), clears=same("at most 7"), since=12, evidence=(*WHY.evidence, 77))
    changed = alarms.change(trigger, 12, level="high", why=there, name=same("held at 9"))
    assert (changed.alarm.name, changed.alarm.level) == (same("held at 9"), "high")
    assert changed.occurrence.why == replace(there, since=made.occurrence.why.since)
    assert changed.alarm.latest == changed.occurrence


def test_sight_regained_at_the_same_level_answers_as_before() -> None:
    alarms, made = raised()
    alarms.change("lose_sight", 11)
    back = alarms.change("raise", 12, why=replace(WHY, seen=same("another value")), name=same("another value"))
    assert (back.alarm.name, back.occurrence.why) == (made.alarm.name, made.occurrence.why)


def test_an_alarm_that_moves_between_its_levels_for_long_names_the_first_and_the_latest_records() -> None:
    alarms, made = raised()
    for turn in range(100):
        why = replace(WHY, evidence=(1000 + turn,))
        changed = alarms.change("worsen" if turn % 2 else "ease", 11 + turn, level=str(turn % 2), why=why)
    named = changed.occurrence.why.evidence
    assert len(named) == MOST_EVIDENCE
    assert named[: len(made.occurrence.why.evidence)] == made.occurrence.why.evidence
    assert named[-1] == 1099


@pytest.mark.parametrize("trigger", ["worsen", "ease"])
def test_a_level_changes_only_while_the_alarm_is_active(trigger: str) -> None:
    alarms, _ = raised()
    alarms.change("clear", 12)
    with pytest.raises(IllegalTransition):
        alarms.apply(trigger, 13, level="high_high")


def chattering(*, until: int = 50 * SECOND) -> tuple[Life, Change]:
    """Raised at 10, 30 and 50 s, and cleared at 20 and 40 s."""
    life = Life()
    last = life.change("raise", 10 * SECOND)
    for at in range(20 * SECOND, until, 20 * SECOND):
        life.change("clear", at)
        last = life.change("raise", at + 10 * SECOND)
    return life, last


def test_three_in_a_minute_make_one_standing_alarm_with_a_count() -> None:
    life, third = chattering()
    assert (third.alarm.chatter, third.occurrence.number, third.occurrence.count) == ("chattering", 3, 1)
    assert [decision.kind for decision in third.occurrence.decisions] == ["chatter"]
    assert life.apply("clear", 52 * SECOND) is None
    assert life.apply("raise", 54 * SECOND) is None
    held = life.held
    assert (held.alarm.condition, held.alarm.latest.count, held.alarm.occurrences) == (Condition.ACTIVE, 2, 3)
    assert life.apply("clear", 100 * SECOND) is None
    told = life.change("raise", 110 * SECOND)
    assert (told.change, told.occurrence.count, told.occurrence.number) == (AlarmChange.COUNTED, 3, 3)


def test_two_in_a_minute_or_three_in_more_are_told_one_by_one() -> None:
    life = Life()
    for at in (0, 31 * SECOND, 62 * SECOND):
        assert life.change("raise", at).alarm.chatter == "steady"
        life.change("clear", at + SECOND)


def test_an_acknowledged_alarm_that_chatters_stays_acknowledged() -> None:
    life, third = chattering()
    life.obey(ack(third.alarm.id), 51 * SECOND)
    life.apply("clear", 52 * SECOND)
    life.apply("raise", 53 * SECOND)
    assert life.held.alarm.display_state == "ACKED"


def test_chatter_ends_after_ten_quiet_minutes_as_its_rule_last_said() -> None:
    life, _ = chattering()
    life.apply("clear", 60 * SECOND)
    life.restart()
    assert life.tick(60 * SECOND + 10 * MINUTE - 1) == []
    assert life.tick(99 * MINUTE) == [("cleared", 60 * SECOND + 10 * MINUTE)]
    assert (life.held.alarm.chatter, life.held.alarm.condition) == ("steady", Condition.INACTIVE)
    assert life.change("raise", 100 * MINUTE).alarm.chatter == "steady"
    still, _ = chattering()
    assert still.tick(99 * MINUTE) == [("steadied", 50 * SECOND + 10 * MINUTE)]
    assert still.held.alarm.condition is Condition.ACTIVE
    unseen, _ = chattering()
    assert unseen.apply("lose_sight", 51 * SECOND) is None
    assert unseen.tick(99 * MINUTE) == [("steadied", 50 * SECOND + 10 * MINUTE)]
    assert unseen.held.alarm.condition is Condition.UNKNOWN


def test_a_correction_while_it_chatters_takes_back_the_latest_activation_in_silence() -> None:
    life, third = chattering()
    assert life.apply("clear", 55 * SECOND, correction=same("late"), corrects=50 * SECOND) is None
    assert life.held.seen is Condition.INACTIVE
    older = life.change("clear", 56 * SECOND, correction=same("late"), corrects=30 * SECOND)
    assert (older.change, older.occurrence.number, third.occurrence.number) == (AlarmChange.CORRECTED, 2, 3)


def test_what_another_alarm_stands_for_asks_for_nothing_until_it_is_over() -> None:
    life = Life()
    under = Under("alarm-parent", same("the power is off"))
    made = life.change("raise", 10, under=under)
    assert (made.alarm.display_state, made.alarm.inhibited_under) == ("DSUPR", "alarm-parent")
    assert (made.alarm.acknowledgement, made.occurrence.announced_at) == (Acknowledgement.NOT_NEEDED, None)
    assert made.occurrence.decisions[0].reason == same("the power is off")
    over = life.change("clear", 20)
    assert (over.alarm.display_state, over.alarm.inhibited_under) == ("NORM", None)
    assert life.change("raise", 30).alarm.display_state == "UNACK"


def test_a_latched_alarm_stays_until_it_is_reset() -> None:
    life = Life(rule=replace(RULE, latch=True))
    made = life.change("raise", 10)
    over = life.change("clear", 20)
    assert (over.alarm.latch, over.alarm.condition, over.alarm.display_state) == ("latched", "inactive", "UNACK")
    life.obey(ack(made.alarm.id), 21)
    assert life.held.alarm.display_state == "ACKED"


def test_the_priority_that_follows_from_the_stakes_is_explained() -> None:
    life = Life(rule=replace(RULE, consequence="damage", act_within="hour"))
    decisions = life.change("raise", 10).occurrence.decisions
    assert [decision.kind for decision in decisions] == ["priority"]
    assert "damage" in decisions[0].reason.en


def seeing(words: str) -> Why:
    return replace(finding("raise", 0).why, seen=same(words))


def test_why_it_is_over_or_out_of_sight_is_told() -> None:
    alarms, _ = raised()
    alarms.change("lose_sight", 11, why=seeing("its latest reading is unusable"))
    alarms.change("raise", 12)
    alarms.change("lose_sight", 13, why=seeing("no reading for 3 min"))
    over = alarms.change("clear", 14, why=seeing("no longer judged: only while fan > 0"))
    assert [(each.kind, each.at, each.reason.en) for each in over.occurrence.decisions] == [
        (DecisionKind.SIGHT_LOST, 13, "no reading for 3 min"),
        (DecisionKind.CLEARED, 14, "no longer judged: only while fan > 0"),
    ]
    assert over.alarm.latest == over.occurrence


def test_where_a_rule_fails_or_an_alarm_of_vigils_own_ends_nothing_is_explained() -> None:
    alarms, _ = raised()
    spec, subject = RULE, finding("raise", 0).subject
    lost = alarms.alarms.lose_sight(spec, subject, 11)
    assert lost is not None
    assert lost.occurrence.decisions == ()
    alarms.change("raise", 12)
    over = alarms.alarms.end(spec, subject, 13)
    assert over is not None
    assert over.occurrence.decisions == ()
