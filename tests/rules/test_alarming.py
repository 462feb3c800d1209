import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm import Acknowledgement, Condition, ConditionTrigger, OccurrenceState, Subject, SubjectKind, Why
from domain.commands import AcknowledgeAlarm, CloseOccurrence, CommentAlarm, Disposition
from domain.effects import AlarmChange
from domain.errors import CommandRefused, IllegalTransition
from domain.priority import Priority
from domain.text import Text, same
from rules.alarming import UNCLOSED_KEPT, Alarms, Change
from rules.rule import Finding
from tests.rules.estate import a_rule

RULE = a_rule("r", "door_held", priority=Priority.HIGH, fault="door.closer", procedure=Text("look", "看"))
DOOR = Subject(SubjectKind.DOOR, "front")
WHY = Why(seen=same("open"), expected=same("closed"), since=1, clears=same("closing"))


def finding(trigger: ConditionTrigger, at: int, correction: Text | None = None, corrects: int | None = None) -> Finding:
    return Finding(
        rule="r",
        subject=DOOR,
        trigger=trigger,
        at=at,
        cause=at,
        index=0,
        asset="front",
        zone="ground",
        name=same(f"held at {at}"),
        why=WHY,
        correction=correction,
        corrects=corrects,
    )


def apply(alarms: Alarms, trigger: str, at: int, **fields: object) -> Change | None:
    found = replace(finding(ConditionTrigger(trigger), at), **fields)
    return alarms.apply(found, RULE, WHY, "digest")


def change(alarms: Alarms, trigger: str, at: int, **fields: object) -> Change:
    changed = apply(alarms, trigger, at, **fields)
    assert changed is not None
    return changed


def raised(at: int = 10) -> tuple[Alarms, Change]:
    alarms = Alarms("real")
    return alarms, change(alarms, "raise", at)


def ack(alarm: str, expected: int | None = None) -> AcknowledgeAlarm:
    return AcknowledgeAlarm(id="c", actor="op", alarm=alarm, expected_version=expected)


def close(occurrence: str, disposition: Disposition = Disposition.REAL, **fields: object) -> CloseOccurrence:
    return replace(CloseOccurrence(id="c", actor="op", occurrence=occurrence, disposition=disposition), **fields)


def refusal(alarms: Alarms, command: AcknowledgeAlarm | CloseOccurrence | CommentAlarm) -> str:
    with pytest.raises(CommandRefused) as refused:
        obey(alarms, command)
    return refused.value.code


def obey(alarms: Alarms, command: AcknowledgeAlarm | CloseOccurrence | CommentAlarm) -> Change:
    match command:
        case AcknowledgeAlarm():
            return alarms.acknowledge(command, 99)
        case CloseOccurrence():
            return alarms.close(command, 99)
        case CommentAlarm():
            return alarms.comment(command)


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
    drill = change(Alarms("drill-1"), "raise", 10)
    assert (made.alarm.id, made.occurrence.id) == (again.alarm.id, again.occurrence.id)
    assert made.alarm.id != drill.alarm.id


def test_clearing_ends_the_occurrence_and_still_asks_for_acknowledgement() -> None:
    alarms, _ = raised()
    cleared = change(alarms, "clear", 20)
    assert (cleared.alarm.condition, cleared.alarm.display_state) == (Condition.INACTIVE, "RTNUN")
    assert (cleared.occurrence.state, cleared.occurrence.cleared_at) == (OccurrenceState.CLEARED, 20)


def test_raising_again_is_a_new_occurrence_that_asks_again() -> None:
    alarms, made = raised()
    alarms.acknowledge(ack(made.alarm.id), 15)
    change(alarms, "clear", 20)
    again = change(alarms, "raise", 30)
    assert (again.occurrence.number, again.alarm.occurrences, again.alarm.version) == (2, 2, 4)
    assert again.occurrence.id != made.occurrence.id
    assert (again.alarm.acknowledgement, again.alarm.acknowledged_by) == (Acknowledgement.UNACKED, None)


def test_sight_lost_and_regained_is_the_same_occurrence() -> None:
    alarms, made = raised()
    alarms.acknowledge(ack(made.alarm.id), 11)
    lost = change(alarms, "lose_sight", 12)
    back = change(alarms, "raise", 13)
    assert (lost.change, lost.alarm.condition) == (AlarmChange.SIGHT_LOST, Condition.UNKNOWN)
    assert (back.change, back.alarm.condition) == (AlarmChange.SIGHT_REGAINED, Condition.ACTIVE)
    assert back.occurrence.id == made.occurrence.id
    assert back.alarm.acknowledgement is Acknowledgement.ACKED


def test_an_unknown_condition_can_clear() -> None:
    alarms, _ = raised()
    change(alarms, "lose_sight", 12)
    assert change(alarms, "clear", 13).alarm.condition is Condition.INACTIVE


def test_what_does_not_fit_changes_nothing() -> None:
    alarms, _ = raised()
    before = alarms.state()
    with pytest.raises(IllegalTransition):
        apply(alarms, "raise", 11)
    assert alarms.state() == before
    assert apply(Alarms("real"), "clear", 1) is None


def test_a_correction_clears_and_says_what_was_wrong() -> None:
    alarms, made = raised()
    fixed = change(alarms, "clear", 20, correction=same("walked"), corrects=10)
    assert (fixed.change, fixed.alarm.condition) == (AlarmChange.CORRECTED, Condition.INACTIVE)
    assert (fixed.occurrence.id, fixed.occurrence.cleared_at) == (made.occurrence.id, 20)
    assert fixed.occurrence.correction == same("walked")


def test_a_correction_reaches_an_older_occurrence_and_leaves_the_newer_active() -> None:
    alarms, made = raised()
    change(alarms, "clear", 20)
    newer = change(alarms, "raise", 30)
    fixed = change(alarms, "clear", 40, correction=same("walked"), corrects=10)
    assert fixed.occurrence.id == made.occurrence.id
    assert (fixed.alarm.condition, fixed.alarm.latest) == (Condition.ACTIVE, newer.occurrence)


def test_a_correction_without_a_time_is_about_the_latest_and_one_of_a_closed_occurrence_is_nothing() -> None:
    alarms, made = raised()
    assert change(alarms, "clear", 20, correction=same("x")).occurrence.id == made.occurrence.id
    alarms.close(close(made.occurrence.id), 30)
    assert apply(alarms, "clear", 40, correction=same("y"), corrects=10) is None


def test_acknowledging() -> None:
    alarms, made = raised()
    done = alarms.acknowledge(ack(made.alarm.id, expected=1), 15)
    assert (done.alarm.acknowledged_by, done.alarm.acknowledged_at, done.alarm.version) == ("op", 15, 2)
    assert done.alarm.display_state == "ACKED"
    assert refusal(alarms, ack(made.alarm.id)) == "already_acknowledged"


def test_what_cannot_be_acknowledged() -> None:
    alarms, made = raised()
    assert refusal(alarms, ack("alarm-0")) == "unknown_alarm"
    assert refusal(alarms, ack(made.alarm.id, expected=9)) == "version_conflict"
    change(alarms, "clear", 20)
    alarms.close(close(made.occurrence.id), 30)
    assert refusal(alarms, ack(made.alarm.id)) == "nothing_to_acknowledge"


def test_commenting_changes_nothing_but_the_version() -> None:
    alarms, made = raised()
    done = alarms.comment(CommentAlarm(id="c", actor="op", alarm=made.alarm.id, comment="seen"))
    assert done.alarm == replace(made.alarm, version=2)
    assert refusal(alarms, CommentAlarm(id="c", actor="op", alarm=made.alarm.id, comment=" ")) == "comment_needed"


def test_closing_needs_the_condition_to_be_over() -> None:
    alarms, made = raised()
    assert refusal(alarms, close(made.occurrence.id)) == "condition_active"
    change(alarms, "lose_sight", 12)
    assert refusal(alarms, close(made.occurrence.id)) == "condition_active"
    change(alarms, "clear", 20)
    done = alarms.close(close(made.occurrence.id, cause="closer"), 30)
    closed = done.occurrence
    assert (closed.state, closed.closed_at, closed.closed_by) == (OccurrenceState.CLOSED, 30, "op")
    assert (closed.disposition, closed.disposition_cause) == (Disposition.REAL, "closer")
    assert (done.alarm.acknowledgement, done.alarm.display_state) == (Acknowledgement.NOT_NEEDED, "NORM")


def test_what_cannot_be_closed() -> None:
    alarms, made = raised()
    change(alarms, "clear", 20)
    assert refusal(alarms, close("occurrence-0")) == "unknown_occurrence"
    assert refusal(alarms, close(made.occurrence.id, expected_version=9)) == "version_conflict"
    assert refusal(alarms, close(made.occurrence.id, Disposition.FALSE, cause=" ")) == "cause_needed"
    alarms.close(close(made.occurrence.id, Disposition.FALSE, cause="wind"), 30)
    assert refusal(alarms, close(made.occurrence.id)) == "already_closed"


def test_closing_an_older_occurrence_leaves_the_newer_unacknowledged() -> None:
    alarms, made = raised()
    change(alarms, "clear", 20)
    change(alarms, "raise", 30)
    done = alarms.close(close(made.occurrence.id), 40)
    assert (done.alarm.acknowledgement, done.alarm.latest.number) == (Acknowledgement.UNACKED, 2)


def test_occurrences_nobody_closes_do_not_pile_up() -> None:
    alarms, made = raised(0)
    closed = []
    for at in range(1, 2 * UNCLOSED_KEPT + 3, 2):
        change(alarms, "clear", at)
        change(alarms, "raise", at + 1)
        overfull = alarms.overfull(made.alarm.id, at + 1)
        closed += [] if overfull is None else [overfull.occurrence]
    assert [(each.number, each.disposition, each.closed_by) for each in closed] == [
        (1, Disposition.UNKNOWN, "vigil"),
        (2, Disposition.UNKNOWN, "vigil"),
    ]
    assert len(alarms.state()[0].unclosed) == UNCLOSED_KEPT


def test_a_rule_that_failed_loses_sight_of_an_active_alarm() -> None:
    alarms, _ = raised()
    lost = alarms.lose_sight(RULE, DOOR)
    assert lost is not None
    assert lost.alarm.condition is Condition.UNKNOWN
    assert alarms.lose_sight(RULE, DOOR) is None
    assert Alarms("real").lose_sight(RULE, DOOR) is None


def test_what_no_rule_watches_any_more_is_cleared_and_closed() -> None:
    alarms, _ = raised()
    assert list(alarms.retire(lambda rule, subject: True, 50)) == []
    told = list(alarms.retire(lambda rule, subject: False, 50))
    assert [each.change for each in told] == [AlarmChange.CLEARED, AlarmChange.CLOSED]
    assert (told[1].occurrence.disposition, told[1].occurrence.disposition_cause) == (
        Disposition.UNKNOWN,
        "rule removed",
    )
    assert list(alarms.retire(lambda rule, subject: False, 60)) == []
    assert change(alarms, "raise", 70).occurrence.number == 2


def test_linking_an_order_is_part_of_the_same_version() -> None:
    alarms, made = raised()
    linked = alarms.link(made, "order-1")
    assert (linked.alarm.version, linked.alarm.latest.order, linked.occurrence.order) == (1, "order-1", "order-1")
    assert change(alarms, "clear", 20).occurrence.order == "order-1"


def test_an_effect_says_who_and_what() -> None:
    _, made = raised()
    effect = made.effect("op", "on my way")
    assert (effect.change, effect.actor, effect.comment) == (AlarmChange.RAISED, "op", "on my way")


STEPS = st.lists(st.sampled_from(["raise", "clear", "lose_sight", "ack", "close", "comment", "restart"]), max_size=40)


@given(STEPS)
def test_whatever_happens_the_tables_hold_and_acknowledged_survives(steps: list[str]) -> None:
    """An acknowledgement ends with a new occurrence or when all are closed, and with nothing else."""
    alarms = Alarms("real")
    made = change(alarms, "raise", 0)
    is_acknowledged = False
    for at, name in enumerate(steps, start=1):
        before = alarms.state()[0]
        try:
            if name == "ack":
                alarms.acknowledge(ack(made.alarm.id), at)
                is_acknowledged = True
            elif name == "close":
                alarms.close(close(before.alarm.latest.id), at)
            elif name == "comment":
                alarms.comment(CommentAlarm(id="c", actor="op", alarm=made.alarm.id, comment="x"))
            elif name == "restart":
                restored = Alarms("real")
                restored.restore(alarms.state())
                alarms = restored
            else:
                changed = apply(alarms, name, at)
                is_acknowledged &= changed is None or changed.change is not AlarmChange.RAISED
        except (IllegalTransition, CommandRefused):
            assert alarms.state()[0] == before
        after = alarms.state()[0]
        is_acknowledged &= bool(after.unclosed)
        assert (after.alarm.acknowledgement is Acknowledgement.ACKED) == is_acknowledged
        assert (after.alarm.acknowledged_by is not None) == is_acknowledged
        assert after.alarm.version - before.alarm.version in (0, 1)


def test_an_alarm_that_stands_is_ended_once() -> None:
    alarms, change = raised()
    assert alarms.is_active(RULE, DOOR)
    ended = alarms.end(RULE, DOOR, 20)
    assert ended is not None
    assert (ended.change, ended.occurrence.cleared_at, ended.alarm.version) == (AlarmChange.CLEARED, 20, 2)
    assert not alarms.is_active(RULE, DOOR)
    assert alarms.end(RULE, DOOR, 30) is None
    other = Subject(SubjectKind.DOOR, "server")
    assert (alarms.is_active(RULE, other), alarms.end(RULE, other, 30)) == (False, None)
    assert change.alarm.version == 1


def test_closing_ends_the_condition_of_rules_that_say_so() -> None:
    alarms = Alarms("real", closable=("r",))
    change(alarms, "raise", 10)
    first = change(alarms, "clear", 20).occurrence
    standing = change(alarms, "raise", 30)
    assert refusal(alarms, close(standing.occurrence.id, expected_version=1)) == "version_conflict"
    assert refusal(alarms, close(standing.occurrence.id, Disposition.FALSE)) == "cause_needed"
    assert alarms.is_active(RULE, DOOR)
    older = obey(alarms, close(first.id))
    assert (older.alarm.condition, older.alarm.version) == (Condition.ACTIVE, 4)
    closed = obey(alarms, close(standing.occurrence.id))
    assert (closed.change, closed.alarm.condition, closed.alarm.version) == (AlarmChange.CLOSED, Condition.INACTIVE, 5)
    assert (closed.occurrence.state, closed.alarm.latest) == (OccurrenceState.CLOSED, closed.occurrence)
    assert closed.occurrence.cleared_at == closed.occurrence.closed_at
    assert change(alarms, "raise", 50).occurrence.number == 3


def test_a_worse_level_asks_again_and_an_easier_one_does_not() -> None:
    alarms, made = raised()
    alarms.acknowledge(ack(made.alarm.id), 11)
    worse = change(alarms, "worsen", 12, priority=Priority.CRITICAL, level="high_high")
    assert (worse.change, worse.alarm.priority, worse.alarm.level) == (
        AlarmChange.WORSENED,
        Priority.CRITICAL,
        "high_high",
    )
    assert (worse.alarm.acknowledgement, worse.alarm.acknowledged_by) == (Acknowledgement.UNACKED, None)
    alarms.acknowledge(ack(made.alarm.id), 13)
    easier = change(alarms, "ease", 14, priority=Priority.MEDIUM, level="high")
    assert (easier.change, easier.alarm.priority, easier.alarm.level) == (AlarmChange.EASED, Priority.MEDIUM, "high")
    assert easier.alarm.acknowledgement is Acknowledgement.ACKED
    assert (easier.occurrence.id, easier.occurrence.priority) == (made.occurrence.id, Priority.CRITICAL)


def test_sight_regained_at_a_worse_level_asks_again() -> None:
    alarms, made = raised()
    alarms.acknowledge(ack(made.alarm.id), 11)
    change(alarms, "lose_sight", 12)
    back = change(alarms, "raise", 13, priority=Priority.CRITICAL, level="high_high")
    assert (back.change, back.alarm.level) == (AlarmChange.SIGHT_REGAINED, "high_high")
    assert (back.alarm.acknowledgement, back.occurrence.priority) == (Acknowledgement.UNACKED, Priority.CRITICAL)


@pytest.mark.parametrize("trigger", ["worsen", "ease"])
def test_a_level_changes_only_while_the_alarm_is_active(trigger: str) -> None:
    alarms, _ = raised()
    change(alarms, "clear", 12)
    with pytest.raises(IllegalTransition):
        apply(alarms, trigger, 13, level="high_high")
