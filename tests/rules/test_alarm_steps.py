import msgspec
import pytest

from domain.alarm import Acknowledgement
from domain.axes.inhibition import Inhibition
from domain.configuration import RuleSpec
from domain.errors import IllegalTransition
from domain.priority import Priority
from domain.text import same
from rules import alarm_steps
from rules.alarm_steps import Under
from tests.rules.alarm_life import RULE, WHY, finding
from tests.samples import an_alarm, an_occurrence

UNDER = Under("parent", same("no power"))


def test_inhibition_begins_is_handed_over_and_ends() -> None:
    under = alarm_steps.inhibited(an_alarm(), UNDER)
    assert (under.inhibition, under.inhibited_under) == (Inhibition.INHIBITED, "parent")
    other = alarm_steps.inhibited(under, Under("other", same("no gateway")))
    assert (other.inhibition, other.inhibited_under) == (Inhibition.INHIBITED, "other")
    free = alarm_steps.inhibited(other, None)
    assert (free.inhibition, free.inhibited_under) == (Inhibition.FREE, None)
    assert alarm_steps.inhibited(free, None) is free


def test_asking_forgets_who_acknowledged() -> None:
    acked = msgspec.structs.replace(
        an_alarm(), acknowledgement=Acknowledgement.ACKED, acknowledged_by="op", acknowledged_until=9
    )
    asked = alarm_steps.asked(acked)
    assert (asked.acknowledgement, asked.acknowledged_by, asked.acknowledged_until) == ("unacked", None, None)


def test_an_ended_condition_cannot_end_again() -> None:
    over = alarm_steps.ended(an_alarm(), 20)
    assert over.latest.cleared_at == 20
    with pytest.raises(IllegalTransition):
        alarm_steps.ended(over, 30)


def test_a_new_activation_keeps_what_operators_said() -> None:
    spec: RuleSpec = msgspec.structs.replace(RULE, latch=True, inhibits=True)
    before = msgspec.structs.replace(alarm_steps.ended(an_alarm(), 20), assignee="li", occurrences=4)
    made = alarm_steps.activated(before, before.id, finding("raise", 30), spec, WHY, "digest")
    assert (made.assignee, made.occurrences, made.latest.number, made.latch) == ("li", 5, 5, "latched")
    assert (made.inhibits, made.version, made.latest.configuration) == (True, before.version, "digest")


def test_the_worst_priority_is_kept() -> None:
    occurrence = an_occurrence()
    assert alarm_steps.at_worst(occurrence, Priority.LOW).priority is Priority.HIGH
    assert alarm_steps.at_worst(occurrence, Priority.CRITICAL).priority is Priority.CRITICAL
