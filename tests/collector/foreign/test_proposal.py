"""The proposed mapping is YAML that Vigil reads, and complains of nothing in it but what only the owner knows."""

from pathlib import Path

import pytest

from collector.foreign.proposal import FILL_IN, proposal
from collector.foreign.unmapped import UnmappedDevices
from collector.formats.report import Crossing, DoorEvent, Fix, Report, Saying, Tag, Value
from domain.observations import AccessKind, GeoPosition
from tests.collector.building import NOW
from tests.vigil.running_service import SITE
from vigil.configuration.loading import load_configuration
from vigil.configuration.problem import ConfigurationInvalid


def noted(form: str, base: str, name: str, *said: Saying) -> UnmappedDevices:
    devices = UnmappedDevices()
    devices.note(form, base, f"{base}/{name}", Report(device=name, said=said), NOW)
    return devices


def test_a_contact_is_a_door_and_numbers_are_points() -> None:
    devices = noted(
        "zigbee2mqtt",
        "zigbee2mqtt",
        "yard gate",
        Value("contact", True),
        Value("temperature", 20.5),
        Value("linkquality", 9),
    )
    assert proposal(devices.known()) == (
        "foreign:\n  - format: zigbee2mqtt\n    devices:\n      yard gate:\n        door: FILL-IN\n"
        "        points:\n          temperature: FILL-IN\n"
    )


def test_tags_are_named_by_their_token() -> None:
    devices = UnmappedDevices()
    report = Report(device="gate", said=[Tag("04A1B2C3")])
    devices.note("tasmota", "%prefix%/%topic%", "tele/gate/SENSOR", report, NOW, ["aabb"])
    text = proposal(devices.known())
    assert '    tags:\n      "token:aabb": FILL-IN\n' in text
    assert "checkpoint: FILL-IN" in text
    assert "04A1B2C3" not in text


def test_nothing_unmapped_proposes_nothing() -> None:
    assert proposal([]) == ""


@pytest.mark.parametrize(
    "devices",
    [
        noted("zigbee2mqtt", "z2m", "前门", Value("contact", False)),
        noted("zigbee2mqtt", "zigbee2mqtt", 'a: "b" #c', Value("x y: z", 1.0), Value("on", 2)),
        noted(
            "owntracks",
            "owntracks",
            "li/phone",
            Crossing("Roof: 1", entered=True),
            Fix(GeoPosition(latitude=1, longitude=1)),
        ),
        noted("esp_rfid", "doors", "east", DoorEvent(kind=AccessKind.DENIED, door="one", number="1")),
        noted("senml", "plant/senml", "urn:dev:a", Value("value", 1.0)),
        noted("tasmota", "%prefix%/%topic%", "off", Value("AM2301.Temperature", 1.0)),
        noted("shelly", "", "lamp", Value("state", "ON")),
    ],
    ids=lambda devices: f"{devices.known()[0].format}-{devices.known()[0].name}",
)
def test_only_what_is_to_be_filled_in_is_missing(tmp_path: Path, devices: UnmappedDevices) -> None:
    text = proposal(devices.known())
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "foreign.yaml").write_text(text)
    if FILL_IN in text:
        with pytest.raises(ConfigurationInvalid) as invalid:
            load_configuration(tmp_path)
        for problem in invalid.value.problems:
            assert FILL_IN in problem.message, problem
    else:
        assert load_configuration(tmp_path).foreign[0].devices
