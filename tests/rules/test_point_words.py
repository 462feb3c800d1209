"""How a point's values are said."""

from msgspec.structs import replace

from domain.site import Point
from domain.text import Text, same
from rules.point_words import measured, states_between, value_words, within_sentence

FLOW = Point(id="flow", name=Text("Motor flow", "流量"), equipment="pump", unit="m3/h", low=0.0, high=1.0)
DOOR = replace(
    FLOW, name=Text("Car door", "轿门"), unit="1", states={"0": Text("closed", "关闭"), "1": Text("open", "开启")}
)
FAN = replace(FLOW, unit="1")
MODE = replace(DOOR, states={"0": same("off"), "1": same("heating"), "2": same("cooling")})


def test_a_value_has_its_unit_or_the_name_of_its_state() -> None:
    assert value_words(FLOW, 1.0).en == "1 m³/h"
    assert value_words(DOOR, 1.0) == Text("open", "开启")
    assert value_words(FAN, -0.0) == Text("off", "关")
    assert value_words(FAN, 0.5).en == "0.5"
    assert value_words(DOOR, 2.0).en == "2"
    assert value_words(DOOR, float("nan")) == Text("unknown", "未知")


def test_a_point_is_said_with_its_value() -> None:
    assert measured(FLOW, 20.0) == Text("Motor flow 20 m³/h", "流量 20 m³/h")
    assert measured(DOOR, 0.0, within=True) == Text("car door: closed", "轿门：关闭")
    assert measured(FLOW, float("inf"), within=True) == Text("motor flow unknown", "流量未知")
    assert within_sentence("CO2") == "CO2"


def test_limits_that_part_states_are_said_by_their_names() -> None:
    assert states_between(FAN, 0.5, None) == Text("on", "开")
    assert states_between(MODE, None, 1.5) == Text("off or heating", "off或heating")
    assert states_between(MODE, 0.0, 2.0) is None
    assert states_between(FAN, 2.0, None) is None
    assert states_between(FLOW, 0.5, None) is None
