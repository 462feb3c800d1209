import msgspec

from domain.alarm import Alarm, Condition, Subject, SubjectKind
from domain.priority import Priority
from rules.parents import Parents, may_stand_for_others
from tests.rules.powered import SITE
from tests.samples import an_alarm


def alarm(rule: str, point: str, asset: str, **fields: object) -> Alarm:
    subject = Subject(SubjectKind.POINT, point)
    made = msgspec.structs.replace(an_alarm(f"alarm-{rule}"), rule=rule, subject=subject, asset=asset)
    return msgspec.structs.replace(made, **fields)


POWER = alarm("power", "volts", "mains", inhibits=True)
BUS = alarm("bus", "bus", "panel", inhibits=True)
FLOW = ("tower", "point", "flow")


def parents(*alarms: Alarm) -> Parents:
    made = Parents()
    made.topology.configure([SITE])
    for each in alarms:
        made.note(each)
    return made


def test_the_highest_failed_thing_stands_for_what_is_below() -> None:
    assert parents(BUS).topmost(FLOW, "own", inhibiting=True) == BUS
    assert parents(BUS, POWER).topmost(FLOW, "own", inhibiting=True) == POWER
    assert parents(POWER, BUS).topmost(FLOW, "own", inhibiting=True) == POWER
    assert parents(POWER).topmost(("tower", "point", "volts"), POWER.id, inhibiting=True) is None
    assert parents(POWER).topmost(None, "own", inhibiting=True) is None


def test_what_is_over_stands_for_nothing() -> None:
    known = parents(POWER)
    known.note(msgspec.structs.replace(POWER, condition=Condition.INACTIVE))
    assert known.topmost(FLOW, "own", inhibiting=True) is None
    known.restore([POWER])
    assert known.topmost(FLOW, "own", inhibiting=True) == POWER


def test_grave_alarms_gather_what_is_below_without_standing_for_it() -> None:
    hot = alarm("hot", "bus", "panel", inhibits=False)
    assert parents(hot).topmost(FLOW, "own", inhibiting=False) == hot
    assert parents(hot).topmost(FLOW, "own", inhibiting=True) is None
    light = msgspec.structs.replace(hot, priority=Priority.MEDIUM)
    assert not may_stand_for_others(light)
    assert parents(light).topmost(FLOW, "own", inhibiting=False) is None


def test_rules_that_are_active_at_a_site() -> None:
    known = parents(POWER)
    assert known.active_of("tower", ("other", "power")) == POWER.id
    assert known.active_of("elsewhere", ("power",)) is None
    assert known.is_above(POWER, alarm("flow", "flow", "pump"))
    assert not known.is_above(alarm("flow", "flow", "pump"), POWER)


def raised(made: Alarm, at: int) -> Alarm:
    return msgspec.structs.replace(made, latest=msgspec.structs.replace(made.latest, raised_at=at))


def test_of_several_alarms_the_one_raised_first_stands_for_the_others_whatever_happened_to_them_since() -> None:
    early, late = (raised(alarm("power", point, "mains", id=f"alarm-{point}", inhibits=True), at)
                   for point, at in (("volts", 10), ("amps", 20)))  # fmt: skip
    for noted in ([early, late], [late, early], [early, late, early]):
        known = parents(*noted)
        assert known.topmost(FLOW, "own", inhibiting=True) == early
        assert known.active_of("tower", ("power",)) == early.id
        known.note(msgspec.structs.replace(early, condition=Condition.INACTIVE))
        assert known.topmost(FLOW, "own", inhibiting=True) == late
        assert known.active_of("tower", ("power",)) == late.id
