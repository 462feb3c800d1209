"""What else tells of a point: a rule on its silence, its devices, a mode of its place."""

import numpy as np
from msgspec.structs import replace

from domain.alarm import Subject
from domain.configuration import Configuration, RuleSpec
from domain.instant import MINUTE, SECOND
from domain.site import Device, DeviceKind, Equipment
from domain.text import same
from rules.point_table import NEVER
from rules.undecided.choice import NOTHING
from rules.undecided.estate import Estate, ModesInForce, Surroundings
from tests.rules.estate import SITE, a_rule

STALE = a_rule("stale", "stale", subjects=("flow",), parameters={"silent_seconds": 60.0})
EVERYWHERE = Configuration(sites=(SITE,))


def told(*rules: RuleSpec, site: Configuration = EVERYWHERE, silent: frozenset[tuple[str, str]] = frozenset()) -> bool:
    estate = Estate(site, rules)
    return bool(estate.told(silent)[estate.rows["flow"]])


def test_a_rule_on_its_silence_tells_unless_something_can_keep_it_quiet() -> None:
    assert told(STALE)
    assert Estate(EVERYWHERE, [STALE]).told(frozenset()).sum() == 1
    guarded = replace(STALE, parameters={**STALE.parameters, "only_while": "value > 0"})
    within_hours = replace(STALE, parameters={**STALE.parameters, "hours": "daily 08:00-20:00"})
    of_equipment = replace(STALE, inputs={"other": "heat"})
    another_kind = replace(STALE, kind="limit")
    for rule in (guarded, within_hours, of_equipment, another_kind):
        assert not told(rule)


def test_its_devices_tell_once_all_of_them_are_silent() -> None:
    spare = replace(SITE.devices[3], id="spare")
    twice = Configuration(sites=(replace(SITE, devices=(*SITE.devices, spare)),))
    gateway, other = ("tower", "gateway"), ("tower", "spare")
    assert told(silent=frozenset({gateway}))
    assert not told(site=twice, silent=frozenset({gateway}))
    assert told(site=twice, silent=frozenset({gateway, other}))
    nobody = Configuration(sites=(replace(SITE, devices=()),))
    assert not told(site=nobody, silent=frozenset({gateway}))


class Asked:
    """Surroundings that say yes to some points, and remember who was asked for."""

    def __init__(self, *points: str) -> None:
        self.points = points
        self.asked: list[tuple[str, str, str, str | None]] = []

    def around(self, modes: ModesInForce) -> Surroundings:
        return Surroundings(silent=frozenset(), alarmed=lambda _: (), modes=modes, is_in_mode=self.is_in_mode)

    def is_in_mode(self, site: str, subject: Subject, asset: str, zone: str | None) -> bool:
        self.asked.append((site, subject.id, asset, zone))
        return subject.id in self.points


PUMP_IN_MODE: ModesInForce = ((("tower", "equipment", "pump"), False),)
FLOW_IN_MODE: ModesInForce = ((("tower", "point", "flow"), False),)


def test_a_mode_is_asked_for_with_the_points_machine_and_zone_and_once_while_it_lasts() -> None:
    estate, modes = Estate(EVERYWHERE, ()), Asked("flow")
    flow = np.array([estate.rows["flow"]])
    assert estate.in_mode(flow, modes.around(())).tolist() == [False]
    assert modes.asked == []
    for _ in range(3):
        assert estate.in_mode(flow, modes.around(PUMP_IN_MODE)).tolist() == [True]
    assert modes.asked == [("tower", "flow", "pump", "plant")]
    estate.in_mode(flow, modes.around((*PUMP_IN_MODE, *PUMP_IN_MODE)))
    assert len(modes.asked) == 2


def test_points_at_one_machine_of_one_device_are_asked_for_together_but_one_that_is_in_a_mode_itself() -> None:
    points = tuple(replace(SITE.points[0], id=name) for name in ("flow", "level", "speed"))
    gateway = Device(id="gateway", name=same("G"), kind=DeviceKind.GATEWAY, points=("flow", "level", "speed"))
    estate = Estate(Configuration(sites=(replace(SITE, points=points, devices=(gateway,)),)), ())
    everything = np.arange(3)
    itself = Asked("flow")
    assert estate.in_mode(everything, itself.around(FLOW_IN_MODE)).tolist() == [True, False, False]
    assert sorted(asked[1] for asked in itself.asked) == ["flow", "level"]
    together = Asked("flow", "level", "speed")
    assert estate.in_mode(everything, together.around(PUMP_IN_MODE)).all()
    assert len(together.asked) == 1


def test_values_hold_in_the_order_of_the_points() -> None:
    points = (replace(SITE.points[0], stale_seconds=60.0), replace(SITE.points[1], stale_seconds=1e12))
    short, long = Estate(Configuration(sites=(replace(SITE, points=points),)), ()).holds.tolist()
    assert short == MINUTE
    assert 0 < long < 2**62


def test_a_silent_device_explains_its_points_unless_it_spoke_without_them() -> None:
    points = tuple(
        replace(SITE.points[0], id=name, stale_seconds=seconds)
        for name, seconds in (("quick", 60.0), ("slow", 3600.0), ("other", 60.0), ("nobodys", 60.0))
    )
    devices = (
        Device(id="a", name=same("A"), kind=DeviceKind.GATEWAY, points=("quick", "slow")),
        Device(id="b", name=same("B"), kind=DeviceKind.GATEWAY, points=("other",)),
    )
    estate = Estate(Configuration(sites=(replace(SITE, points=points, devices=devices),)), ())

    def silenced(**heard: int) -> list[int]:
        found: list[int] = estate.silenced(
            np.array([heard.get(point.id, NEVER) for point in points]), 3600 * SECOND * 2
        ).tolist()
        return found

    assert silenced(quick=0, slow=-MINUTE, other=0, nobodys=0) == [0, 0, 1, NOTHING]
    assert silenced(quick=0, slow=2 * MINUTE, other=0)[:2] == [NOTHING, 0], "the quick one is missing alone"
    assert silenced() == [0, 0, 1, NOTHING], "who never spoke"
    assert silenced(slow=0)[:2] == [NOTHING, 0], "it spoke, but never of this point"
    assert silenced(quick=7200 * SECOND, slow=7200 * SECOND, other=7199 * SECOND)[:3] == [NOTHING] * 3, "not silent"


def test_machines_and_their_classes_are_numbered_as_points_name_them() -> None:
    rooms = tuple(
        Equipment(id=name, name=same(name), zone="plant", equipment_class=of)
        for name, of in (("a", "ahu"), ("b", "fan"), ("c", "ahu"))
    )
    points = tuple(replace(SITE.points[0], id=f"p{name}", equipment=name) for name in ("c", "a", "nobody", "c", "b"))
    points = tuple(replace(point, id=f"{number}") for number, point in enumerate(points))
    site = replace(SITE, equipment=rooms, points=points, devices=())
    other = replace(site, id="other", points=tuple(replace(point, id=f"o{point.id}") for point in points[:1]))
    estate = Estate(Configuration(sites=(site, other)), ())
    assert estate.machine_of.tolist() == [0, 1, NOTHING, 0, 2, 3]
    assert [machine.id for _, machine in estate.machines] == ["c", "a", "b", "c"]
    assert estate.class_of.tolist() == [0, 0, 1, 2]
    assert [(where.id, name) for where, name in estate.classes] == [
        ("tower", "ahu"),
        ("tower", "fan"),
        ("other", "ahu"),
    ]
