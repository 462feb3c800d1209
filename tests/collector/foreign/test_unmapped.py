"""The memory of unmapped devices: what they send, and no more of them than fit."""

from collector.foreign.unmapped import MOST_DEVICES, MOST_FIELDS, UnmappedDevices
from collector.formats.report import Report, Value
from tests.collector.building import NOW


def note(devices: UnmappedDevices, name: str, fields: int = 1, at: int = NOW) -> None:
    said = [Value(f"f{number}", number) for number in range(fields)]
    devices.note("zigbee2mqtt", "z", f"z/{name}", Report(device=name, said=said), at)


def test_the_last_value_and_time_of_each_field_is_kept() -> None:
    devices = UnmappedDevices()
    note(devices, "lamp")
    note(devices, "lamp", 2, NOW + 5)
    (lamp,) = devices.known()
    assert (lamp.first_seen, lamp.last_seen, lamp.messages, lamp.last_topic) == (NOW, NOW + 5, 2, "z/lamp")
    assert [(field.name, field.count) for field in lamp.fields] == [("f0", 2), ("f1", 1)]


def test_too_many_devices_push_out_who_was_unheard_for_longest() -> None:
    devices = UnmappedDevices()
    for number in range(MOST_DEVICES):
        note(devices, f"d{number:04}")
    note(devices, "d0000")
    note(devices, "newcomer")
    names = {device.name for device in devices.known()}
    assert len(names) == MOST_DEVICES
    assert "d0001" not in names
    assert {"d0000", "newcomer"} <= names
    assert devices.left_off == 1


def test_too_many_fields_are_not_kept() -> None:
    devices = UnmappedDevices()
    note(devices, "chatty", MOST_FIELDS + 10)
    assert len(devices.known()[0].fields) == MOST_FIELDS
