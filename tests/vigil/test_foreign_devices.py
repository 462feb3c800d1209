"""Devices of other makers from end to end: published over MQTT, seen in alarms, events and the series of the API."""

import json
from collections.abc import Iterator

import pytest

from domain.instant import MINUTE, SECOND, to_iso
from domain.observations import AccessEvent, AccessKind, CheckpointScan
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import SITE, RunningService, SetClock, write_site

FOREIGN = """\
foreign:
  - format: zigbee2mqtt
    devices:
      back-door: {device: z-door, door: d-1}
  - format: tasmota
    tags: {04A1B2C3: officer-1}
    devices:
      gate: {checkpoint: cp-1}
  - format: esp_rfid
    topic: doors
    devices:
      reader-east: {door: d-1}
  - format: chirpstack
    devices:
      "0102030405060708": {device: lora, points: {temperature: room-t}}
"""
WITH_MORE = (
    SITE.replace("name: Flow}]", "name: Flow}, {id: room-t, equipment: pump, unit: degC, name: Room}]")
    .replace("  tours:", "  people: [{id: officer-1, role: officer}]\n  tours:")
    .replace(
        "rules:\n", "rules:\n  - {id: burst, kind: denied_burst, name: Burst, priority: medium, makes_order: false}\n"
    )
)


class Building:
    """A running service, and one publisher for all foreign devices."""

    def __init__(self, running: RunningService, publisher: MqttClient) -> None:
        self.running, self.api, self.clock, self._publisher = running, running.api, running.clock, publisher

    def send(self, topic: str, body: object) -> None:
        self._publisher.publish_and_wait(topic, json.dumps(body))

    def bodies(self, sort: type) -> list[object]:
        records = self.running.service.journal.read(0, 10_000)
        return [record.body for record in records if isinstance(record.body, sort)]


@pytest.fixture(scope="module")
def building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    folder = tmp_path_factory.mktemp("foreign")
    configuration = write_site(folder / "mapped", WITH_MORE)
    (configuration / "foreign.yaml").write_text(FOREIGN)
    with (
        RunningService(folder, None, SetClock(), config=str(configuration), home_assistant=True) as running,
        MqttClient(running.started.devices, "gateway") as publisher,
    ):
        yield Building(running, publisher)


def test_a_zigbee_door_that_is_held_open_raises_and_clears(building: Building) -> None:
    api, clock = building.api, building.clock

    def held() -> list[str]:
        return [str(each["condition"]) for each in api.items("alarms") if each["rule"] == "held"]

    building.send("zigbee2mqtt/back-door", {"contact": False, "battery": 90})
    wait_until(lambda: len(building.bodies(AccessEvent)) == 1, "the opening in the journal")
    building.running.settle()
    clock.at += 2 * MINUTE
    wait_until(lambda: held() == ["active"], f"the alarm; {api.items('alarms')}")
    building.send("zigbee2mqtt/back-door", {"contact": True, "battery": 90})
    wait_until(lambda: held() == ["inactive"], f"the alarm to clear; {api.items('alarms')}")


def test_denials_at_an_esp_rfid_reader_are_access_events_and_raise(building: Building) -> None:
    before = len(building.bodies(AccessEvent))
    denied = {"type": "access", "isKnown": "false", "access": "Denied", "uid": "04ffee01", "hostname": "reader-east"}
    for _ in range(5):
        building.send("doors/send", denied)
    wait_until(lambda: len(building.bodies(AccessEvent)) == before + 5, "five denials in the journal")
    events = building.bodies(AccessEvent)[before:]
    assert {event.kind for event in events if isinstance(event, AccessEvent)} == {AccessKind.DENIED}
    alarms = building.api.wait_for("alarms", 1, rule="burst")
    assert [(alarm["subject"]["id"], alarm["condition"]) for alarm in alarms] == [("d-1", "active")]


def test_a_tasmota_tag_counts_as_a_scan_of_its_officer(building: Building) -> None:
    building.send("tele/gate/SENSOR", {"Time": "2026-11-23T10:00:00", "RC522": {"UID": "04A1B2C3", "Data": ""}})
    wait_until(lambda: bool(building.bodies(CheckpointScan)), "the scan in the journal")
    (scan,) = building.bodies(CheckpointScan)
    assert isinstance(scan, CheckpointScan)
    assert (scan.officer, scan.checkpoint) == ("officer-1", "cp-1")


def test_a_chirpstack_reading_appears_in_the_series_of_the_api(building: Building) -> None:
    api, at = building.api, building.clock.at
    uplink = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": to_iso(at - SECOND),
        "deviceInfo": {"devEui": "0102030405060708"},
        "object": {"temperature": 21.5},
    }
    span = {"start": to_iso(at - MINUTE), "end": to_iso(at + MINUTE)}
    for _ in range(2):  # What comes twice is taken once.
        building.send("application/a1/device/0102030405060708/event/up", uplink)
    wait_until(lambda: "21.5" in json.dumps(api.get("points/room-t/readings", **span)), "the value in the series")


def test_an_unmapped_device_is_acknowledged_counted_and_listed(building: Building) -> None:
    collector = building.running.service.collector
    building.send("zigbee2mqtt/lamp", {"state": "ON"})
    wait_until(lambda: collector.stats().passed_over.get("zigbee2mqtt.unmapped") == 1, "the lamp to be counted")
    (lamp,) = [each for each in building.api.get("unmapped")["items"] if each["name"] == "lamp"]
    assert (lamp["mapped"], lamp["messages"], lamp["values"][0]["sample"]) == (False, 1, "ON")
    assert lamp["proposal"].startswith("foreign:\n  - format: zigbee2mqtt\n")


def test_a_topic_that_nobody_hears_is_denied_and_counted(building: Building) -> None:
    broker = building.running.service
    building.send("vigil/v1/hq/ctl/scann", {"device": "ctl"})
    wait_until(lambda: broker._refusals().get("publish_denied", 0) >= 1, f"the refusal; {broker._refusals()}")


def test_home_assistant_finds_the_door_and_how_it_stands(building: Building) -> None:
    with MqttClient(building.running.started.panels, "home-assistant") as panel:
        assert panel.subscribe("homeassistant/+/vigil/+/config", "vigil/status/#") == [True, True]

        def retained() -> dict[str, str]:
            return {message.topic: message.payload.decode() for message in panel.received}

        topic = "homeassistant/binary_sensor/vigil/hq-door-d-1/config"
        wait_until(lambda: topic in retained(), f"the door; {sorted(retained())}")
        state_topic = json.loads(retained()[topic])["state_topic"]
        wait_until(lambda: state_topic in retained(), f"its state; {sorted(retained())}")
        assert json.loads(retained()[state_topic])["state"] in {"open", "closed"}
        assert retained()["vigil/status/vigil/presence"] == "online"
