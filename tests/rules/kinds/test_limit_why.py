"""The sentences of a limit rule, in both languages, and the numbers beside them."""

import pytest
from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from domain.configuration import Parameter
from domain.instant import SECOND
from domain.text import Text
from rules.conditions import scan as kernel
from rules.kinds.limit_settings import check_parameters
from rules.kinds.limit_why import Event, Watched, finding, watch
from tests.reference.limit_world import START, a_rule, a_site


def watched(unit: str = "l/min", /, **parameters: Parameter) -> Watched:
    spec = a_rule(**parameters)
    site = a_site(unit=unit)
    return watch(spec, check_parameters(spec), site.points[0], site.equipment[0], 60 * SECOND)


def event(kind: int, value: float, *, condition: bool = True) -> Event:
    return Event(
        kind=kind,
        at=START + 40 * SECOND,
        cause=13,
        index=2,
        value=value,
        value_seq=12,
        since=START + 10 * SECOND,
        since_seq=11,
        condition=condition,
    )


LOW: dict[str, Parameter] = {"low": 20.0, "deadband": 2.0, "on_delay_seconds": 30.0, "off_delay_seconds": 10.0}
BOTH: dict[str, Parameter] = {"low": 20.0, "high": 30.0, "deadband": 2.0}


def test_a_raised_alarm_explains_itself() -> None:
    found = finding(watched(**LOW), event(kernel.RAISED, 12.3))
    assert found.trigger is ConditionTrigger.RAISE
    assert (found.at, found.cause, found.index) == (START + 40 * SECOND, 13, 2)
    assert found.name == Text("Pump 1: flow out of range, flow 12.3 l/min", "1 号泵：流量异常，流量 12.3 l/min")
    why = found.why
    assert why.seen == Text("Flow 12.3 l/min, below 20 l/min for 30 s", "流量 12.3 l/min，低于 20 l/min，已持续 30 秒")
    assert why.expected == Text("at least 20 l/min", "不低于 20 l/min")
    assert why.clears == Text("Flow known to be at least 22 l/min for 10 s", "已知流量不低于 22 l/min，持续 10 秒")
    assert (why.since, why.evidence, why.considered) == (START + 10 * SECOND, (11, 12), ())
    assert why.values == {
        "value (l/min)": 12.3,
        "low (l/min)": 20.0,
        "deadband (l/min)": 2.0,
        "on delay (s)": 30.0,
        "off delay (s)": 10.0,
        "value holds (s)": 60.0,
    }


@pytest.mark.parametrize(
    ("kind", "value", "condition", "english"),
    [
        (kernel.RAISED, 31.0, True, "Flow 31 l/min, above 30 l/min"),
        (kernel.RAISED, 29.0, True, "Flow 29 l/min, not yet back to 28 l/min or less"),
        (kernel.RAISED, 21.0, True, "Flow 21 l/min, not yet back to 22 l/min or more"),
        (kernel.CLEARED, 25.0, False, "Flow 25 l/min, back within its limits"),
        (kernel.REGAINED, 31.0, True, "Flow known again: 31 l/min, above 30 l/min"),
        (kernel.REGAINED, 25.0, False, "Flow known again: 25 l/min, back within its limits"),
        (kernel.LOST_STALE, 31.0, True, "Flow not known: no reading for 1 min; last 31 l/min"),
        (kernel.LOST_UNUSABLE, 31.0, True, "Flow not known: its latest reading is unusable; last 31 l/min"),
    ],
)
def test_what_was_seen(kind: int, value: float, condition: bool, english: str) -> None:
    why = finding(watched(**BOTH), event(kind, value, condition=condition)).why
    assert why.seen.en == english
    assert why.seen.zh.startswith("流量")
    assert why.expected == Text("from 20 to 30 l/min", "在 20 至 30 l/min 之间")
    assert why.clears == Text("Flow from 22 to 28 l/min", "流量在 22 至 28 l/min 之间")


@pytest.mark.parametrize(
    ("kind", "trigger"),
    [
        (kernel.RAISED, ConditionTrigger.RAISE),
        (kernel.CLEARED, ConditionTrigger.CLEAR),
        (kernel.LOST_STALE, ConditionTrigger.LOSE_SIGHT),
        (kernel.LOST_UNUSABLE, ConditionTrigger.LOSE_SIGHT),
        (kernel.REGAINED, ConditionTrigger.RAISE),
    ],
)
def test_trigger_of_each_kind_of_event(kind: int, trigger: ConditionTrigger) -> None:
    assert finding(watched(**BOTH), event(kind, 31.0)).trigger is trigger


def test_lost_sight_begins_when_it_is_lost_and_shows_the_unusable_reading() -> None:
    stale = finding(watched(**BOTH), event(kernel.LOST_STALE, 31.0)).why
    assert (stale.since, stale.evidence) == (START + 40 * SECOND, (11, 12))
    unusable = finding(watched(**BOTH), event(kernel.LOST_UNUSABLE, 31.0)).why
    assert (unusable.since, unusable.evidence) == (START + 40 * SECOND, (11, 12, 13))


@pytest.mark.parametrize(
    ("value", "considered"),
    [
        (31.0, ["not below 20 l/min"]),
        (12.0, ["not above 30 l/min"]),
        (25.0, ["not below 20 l/min", "not above 30 l/min"]),
    ],
)
def test_the_other_limit_was_considered(value: float, considered: list[str]) -> None:
    why = finding(watched(**BOTH), event(kernel.RAISED, value)).why
    assert [each.en for each in why.considered] == considered


def test_a_high_limit_alone() -> None:
    why = finding(watched(high=30.0, off_delay_seconds=90.0), event(kernel.CLEARED, 25.0, condition=False)).why
    assert why.seen.en == "Flow 25 l/min, back within its limits for 1 min 30 s"
    assert (why.expected.en, why.expected.zh) == ("at most 30 l/min", "不高于 30 l/min")


def test_values_have_nine_digits_and_need_no_unit() -> None:
    found = finding(watched("", high=0.3), event(kernel.RAISED, 0.1 + 0.2 + 1e-12))
    assert found.why.values["value"] == 0.3
    assert found.name.en == "Pump 1: flow out of range, flow 0.3"


def test_a_value_that_is_a_state_is_told_by_its_name_beside_the_number() -> None:
    door = replace(a_site(unit="1").points[0], states={"0": Text("closed", "关闭"), "1": Text("open", "打开")})
    spec = a_rule(high=0.5)
    of_door = watch(spec, check_parameters(spec), door, None, 60 * SECOND)
    why = finding(of_door, event(kernel.RAISED, 1.0)).why
    assert (why.values["value"], why.states) == (1.0, {"value": Text("open", "打开")})
    assert finding(watched(high=0.5), event(kernel.RAISED, 1.0)).why.states == {}
