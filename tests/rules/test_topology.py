from domain.alarm import Subject, SubjectKind
from rules.topology import Topology, failing, thing_of
from tests.rules.powered import SITE


def topology() -> Topology:
    made = Topology()
    made.configure([SITE])
    return made


def ancestors(kind: str, name: str) -> list[str]:
    return [f"{kind}:{name}" for _, kind, name in topology().ancestors(("tower", kind, name))]


def test_a_point_depends_on_its_machine_its_gateway_and_all_that_feeds_them() -> None:
    found = ancestors("point", "flow")
    assert found[:2] == ["equipment:pump", "device:gateway"]
    assert set(found) == {"equipment:pump", "device:gateway", "equipment:panel", "site:tower", "equipment:mains"}


def test_doors_depend_on_their_controller_and_their_power() -> None:
    assert set(ancestors("door", "front")) == {"equipment:panel", "device:panel", "equipment:mains", "site:tower"}


def test_what_feeds_nothing_is_above_nothing() -> None:
    assert ancestors("equipment", "mains") == []
    assert ancestors("point", "level") == [
        "equipment:tank",
        "device:gateway",
        "equipment:panel",
        "site:tower",
        "equipment:mains",
    ]
    assert ancestors("point", "unknown") == []


def test_what_an_alarm_is_about_and_what_has_failed_with_it() -> None:
    flow = Subject(SubjectKind.POINT, "flow")
    assert thing_of("tower", flow) == ("tower", "point", "flow")
    assert failing("tower", flow, "pump") == ("tower", "equipment", "pump")
    door = Subject(SubjectKind.DOOR, "front")
    assert failing("tower", door, "front") == thing_of("tower", door) == ("tower", "door", "front")
    assert thing_of("tower", Subject(SubjectKind.TOUR_STOP, "night/gate")) is None


def test_an_alarm_about_a_machine_says_that_it_is_not_watched_and_not_that_it_failed() -> None:
    pump = Subject(SubjectKind.EQUIPMENT, "pump")
    assert thing_of("tower", pump) == ("tower", "equipment", "pump")
    assert failing("tower", pump, "pump") is None
