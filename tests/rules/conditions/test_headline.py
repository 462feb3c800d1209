"""What alarms are called."""

import math

from msgspec.structs import replace

from domain.text import Text
from rules.conditions.headline import crowded, headline, in_unit
from tests.reference.limit_world import a_rule, a_site

SITE = a_site()
FLOW = 12.0


def test_the_machine_is_named_first_and_once() -> None:
    machine, point = SITE.equipment[0], SITE.points[0]
    assert headline(a_rule(), point, machine, FLOW, is_alone=True).en == "Pump 1: flow out of range, flow 12 l/min"
    named = replace(a_rule(), name=Text("Pump 1 runs dry", "1 号泵干转"))
    assert headline(named, point, machine, FLOW, is_alone=True) == Text(
        "Pump 1 runs dry, flow 12 l/min", "1 号泵干转，流量 12 l/min"
    )
    assert headline(a_rule(), point, None, FLOW, is_alone=True).en == "Flow out of range, flow 12 l/min"


def test_a_state_is_not_said_again_behind_the_rule_that_is_named_for_it() -> None:
    machine, point = SITE.equipment[0], SITE.points[0]
    state = replace(point, unit="1", low=0.0, high=1.0)
    assert headline(a_rule(), state, machine, 1.0, is_alone=True).en == "Pump 1: flow out of range"
    assert headline(a_rule(), state, None, 1.0, is_alone=True).en == "Flow out of range, flow: on"
    floor = replace(point, unit="1", low=-2.0, high=11.0)
    assert headline(a_rule(), floor, machine, 9.0, is_alone=True).en == "Pump 1: flow out of range, flow 9"


def test_a_value_that_is_unknown_is_not_said_to_be() -> None:
    machine, point = SITE.equipment[0], SITE.points[0]
    assert headline(a_rule(), point, machine, math.nan, is_alone=True).en == "Pump 1: flow out of range"
    assert headline(a_rule(), point, machine, math.nan, is_alone=False).en == "Pump 1: flow out of range, flow"
    assert headline(a_rule(), point, None, math.nan, is_alone=True).en == "Flow out of range, flow unknown"


def test_of_several_states_of_a_machine_the_alarm_says_which() -> None:
    machine, point = SITE.equipment[0], replace(SITE.points[0], unit="1", low=0.0, high=1.0)
    said = headline(a_rule(), point, machine, 1.0, is_alone=False)
    assert (said.en, said.zh) == ("Pump 1: flow out of range, flow", f"1 号泵：{a_rule().name.zh}，流量")
    other = replace(point, id="other", equipment="fan")
    assert crowded([point, replace(point, id="second"), other]) == {point.equipment}
    assert crowded([point, other]) == frozenset()


def test_numbers_have_their_unit() -> None:
    assert (in_unit("value", "kPa"), in_unit("times", "")) == ("value (kPa)", "times")


def test_of_more_than_two_states_the_alarm_says_which_it_is() -> None:
    states = {"0": Text("off", "停"), "1": Text("heating", "制热"), "2": Text("cooling", "制冷")}
    point = replace(SITE.points[0], name=Text("Mode", "模式"), unit="1", states=states)
    said = headline(a_rule(), point, SITE.equipment[0], 2.0, is_alone=True)
    assert (said.en, said.zh) == ("Pump 1: flow out of range, mode: cooling", f"1 号泵：{a_rule().name.zh}，模式：制冷")
