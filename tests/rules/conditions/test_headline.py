"""What alarms are called."""

from msgspec.structs import replace

from domain.text import Text
from rules.conditions.headline import headline, in_unit
from tests.reference.limit_world import a_rule, a_site

SITE = a_site()


def test_the_machine_is_named_first_and_once() -> None:
    machine, point = SITE.equipment[0], SITE.points[0]
    assert headline(a_rule(), point, machine).en == "Pump 1: flow out of range, flow"
    named = replace(a_rule(), name=Text("Pump 1 runs dry", "1 号泵干转"))
    assert headline(named, point, machine) == Text("Pump 1 runs dry, flow", "1 号泵干转，流量")
    assert headline(a_rule(), point, None).en == "Flow out of range, flow"


def test_numbers_have_their_unit() -> None:
    assert (in_unit("value", "kPa"), in_unit("times", "")) == ("value (kPa)", "times")
