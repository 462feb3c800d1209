"""Who may say what."""

import msgspec

from domain.configuration import Configuration
from domain.directory import SENDS, Directory, MessageKind
from domain.site import Device, DeviceKind, Site
from domain.text import same


def device(device_id: str, kind: DeviceKind, **carries: tuple[str, ...]) -> Device:
    bare = Device(id=device_id, name=same(device_id), kind=kind)
    return msgspec.structs.replace(bare, **carries)


PHONE = device("phone-1", DeviceKind.PHONE)
READER = device("reader-1", DeviceKind.READER, checkpoints=("cp-1",))
CONTROLLER = device("ctl-1", DeviceKind.CONTROLLER, doors=("d1",))
GATEWAY = device("gw-1", DeviceKind.GATEWAY, points=("flow",))
TOWER = Site(id="tower", name=same("Tower"), timezone="UTC", devices=(PHONE, READER, CONTROLLER, GATEWAY))
DIRECTORY = Directory(Configuration(sites=(TOWER,)))


def test_devices_are_known_at_their_own_site_only() -> None:
    assert DIRECTORY.device("tower", "phone-1") is PHONE
    assert DIRECTORY.device("tower", "phone-9") is None
    assert DIRECTORY.device("elsewhere", "phone-1") is None
    assert DIRECTORY.site("elsewhere") is None
    assert DIRECTORY.site("tower") is not None


def test_a_controller_speaks_for_its_own_doors() -> None:
    assert DIRECTORY.carries_door(CONTROLLER, "d1")
    assert not DIRECTORY.carries_door(CONTROLLER, "d2")


def test_a_gateway_speaks_for_listed_points() -> None:
    assert DIRECTORY.carried_points("tower", "gw-1") == {"flow"}
    assert DIRECTORY.carried_points("elsewhere", "gw-1") == frozenset()
    assert DIRECTORY.carried_points("tower", "gw-9") == frozenset()


def test_a_phone_scans_anywhere_and_a_fixed_reader_at_its_own_checkpoint() -> None:
    assert DIRECTORY.may_scan(PHONE, "cp-7")
    assert DIRECTORY.may_scan(READER, "cp-1")
    assert not DIRECTORY.may_scan(READER, "cp-7")


def test_the_kind_of_a_device_decides_what_it_may_send() -> None:
    assert set(SENDS) == set(DeviceKind)
    assert SENDS[DeviceKind.GATEWAY] == set(MessageKind)
    assert all(MessageKind.STATUS in kinds for kinds in SENDS.values())
    assert DIRECTORY.may_send(PHONE, MessageKind.SCAN)
    assert not DIRECTORY.may_send(PHONE, MessageKind.READINGS)


def test_it_names_the_configuration_it_came_from() -> None:
    assert DIRECTORY.digest == Configuration(sites=(TOWER,)).digest()
