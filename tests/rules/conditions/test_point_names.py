"""What points are called in expressions."""

from msgspec.structs import replace

from domain.site import Equipment, Point
from domain.text import Text, same
from rules.conditions.point_names import measured_points
from rules.expressions.words import Measured

FLOW = Point(id="a-flow", name=Text("Flow", "流量"), equipment="a", unit="m3/h")
OTHER = replace(FLOW, id="b-flow", equipment="b")
DOOR = Point(
    id="door",
    name=Text("CO2 door", "门"),
    equipment="a",
    unit="1",
    states={str(value): same(str(value)) for value in (10, 2)},
)
MACHINES = {
    "a": Equipment(id="a", name=Text("Pump A", "甲泵"), zone="z", equipment_class="pump"),
    "b": Equipment(id="b", name=Text("Pump B", "乙泵"), zone="z", equipment_class="pump"),
}


def test_a_point_has_its_name_as_within_a_sentence_its_unit_and_its_states_in_order() -> None:
    assert measured_points([FLOW, DOOR], MACHINES) == (
        Measured(Text("flow", "流量"), "m3/h"),
        Measured(Text("CO2 door", "门"), "1", (("2", same("2")), ("10", same("10")))),
    )


def test_points_of_one_name_are_told_apart_by_their_machines() -> None:
    found = measured_points([FLOW, OTHER, DOOR], MACHINES)
    assert found is not None
    assert [each.name for each in found] == [
        Text("Pump A flow", "甲泵流量"),
        Text("Pump B flow", "乙泵流量"),
        Text("CO2 door", "门"),
    ]
    chinese_alone = replace(OTHER, name=Text("Throughput", "流量"))
    found = measured_points([FLOW, chinese_alone], MACHINES)
    assert found is not None
    assert [each.name.zh for each in found] == ["甲泵流量", "乙泵流量"]


def test_points_that_names_cannot_tell_apart_have_none() -> None:
    assert measured_points([FLOW, replace(OTHER, equipment="a")], MACHINES) is None
    assert measured_points([FLOW, OTHER], {}) is None
