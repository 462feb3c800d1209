"""Foreign messages on real brokers: which session brings them, how often, and what the sessions give back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from collector.foreign.mapping import ForeignDevice, ForeignFormat, PointField
from collector.foreign.sources import foreign_filters
from collector.ingest import Collector, prepare_sessions, session_layout
from collector.settings import CollectorSettings, SessionSettings
from domain.broker_address import BrokerAddress
from domain.observations import AccessEvent, Quarantined
from domain.readings import Readings
from domain.record import Urgency
from journal.memory import MemoryJournal
from tests.brokers import BundledForTests, MosquittoForTests, RunningBroker, wait_until
from tests.collector.building import DIRECTORY, KEY, NOW
from tests.collector.formats.test_sparkplug import BIRTH, data
from tests.collector.running import FAST
from tests.mqtt_clients import MqttClient
from vigil.broker import BundledBroker

DOOR = ForeignDevice(device="z", door="d-lobby", points={"temperature": PointField(point="room-t")})
POINTS = ForeignDevice(device="s", points={"Boiler/Flow": PointField(point="room-t")})
ZIGBEE = ForeignFormat(format="zigbee2mqtt", site="hq", devices={"door": DOOR})
PLANT = ForeignFormat(format="sparkplug", site="hq", devices={"g/n": POINTS})
BOTH = (ZIGBEE, PLANT)


def settings_for(mapping: tuple[ForeignFormat, ...], instance: str = "foreign") -> SessionSettings:
    return replace(
        FAST,
        instance=instance,
        foreign_events=foreign_filters(mapping, Urgency.EVENT),
        foreign_readings=foreign_filters(mapping, Urgency.READING),
    )


class Foreign(BundledForTests):
    """The bundled broker under a mapping."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.broker = BundledBroker(directory / "data", mapping=BOTH)


@pytest.fixture(params=["bundled", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    made: RunningBroker = Foreign(tmp_path) if request.param == "bundled" else MosquittoForTests(tmp_path)
    made.start()
    yield made
    made.stop()


def collector(
    broker: RunningBroker, journal: MemoryJournal, mapping: tuple[ForeignFormat, ...], settings: SessionSettings
) -> Collector:
    made = CollectorSettings(session=settings, mapping=mapping)
    return Collector(own_address(broker), lambda: DIRECTORY, journal, lambda: NOW, made, key=KEY)


def own_address(broker: RunningBroker) -> BrokerAddress:
    """Vigil's own login, on Mosquitto one that may hear foreign topics."""
    return broker.everything if isinstance(broker, MosquittoForTests) else broker.collector


def publisher(broker: RunningBroker) -> MqttClient:
    address = broker.everything if isinstance(broker, MosquittoForTests) else broker.devices
    return MqttClient(address, "gateway")


def test_each_foreign_message_comes_once_and_is_acknowledged(broker: RunningBroker) -> None:
    journal = MemoryJournal()
    made = collector(broker, journal, BOTH, settings_for(BOTH))
    made.start()
    try:
        wait_until(made.connected, "both sessions")
        with publisher(broker) as gateway:
            gateway.publish_and_wait("zigbee2mqtt/door", json.dumps({"contact": False, "temperature": 21}))
            gateway.publish_and_wait("zigbee2mqtt/lamp", json.dumps({"state": "ON"}))
            gateway.publish_and_wait("spBv1.0/g/NBIRTH/n", BIRTH)
            gateway.publish_and_wait("spBv1.0/g/NDATA/n", data(62.5, 1))
            wait_until(lambda: made.stats().acknowledged == 4, f"4 PUBACKs; {made.stats()}")
        stats = made.stats()
        assert stats.received == 4
        assert stats.passed_over == {"zigbee2mqtt.unmapped": 1}
        records = journal.read(0, 20)
        assert [record.decoder for record in records if isinstance(record.body, AccessEvent)] == ["zigbee2mqtt/1"]
        readings = [record.body for record in records if isinstance(record.body, Readings)]
        assert sorted(each.numbers().tolist() for each in readings) == [[21.0], [61.5], [62.5]]
        assert [device.name for device in made.unmapped.known()] == ["lamp"]
    finally:
        made.stop()
        journal.close()


def test_a_node_whose_birth_was_not_heard_is_asked_for_it(mosquitto_broker: MosquittoForTests) -> None:
    """Devices of the bundled broker hear nothing but receipts, so a node there must be born again by itself."""
    broker, journal = mosquitto_broker, MemoryJournal()
    made = collector(broker, journal, BOTH, settings_for(BOTH))
    made.start()
    try:
        wait_until(made.connected, "both sessions")
        with publisher(broker) as node:
            node.subscribe("spBv1.0/g/NCMD/n")
            node.publish_and_wait("spBv1.0/g/NDATA/n", data(62.5, 1))
            wait_until(lambda: bool(node.received), "the command to be born again")
        wait_until(lambda: journal.last_seq == 1, "the data in quarantine")
        (record,) = journal.read(0, 5)
        assert isinstance(record.body, Quarantined)
        assert record.body.reason == "before_birth"
    finally:
        made.stop()
        journal.close()


def test_filters_of_an_earlier_mapping_are_given_back(broker: RunningBroker) -> None:
    """Without that, what moved from one session to the other would come twice."""
    only_points = (changed_door(ZIGBEE),)
    first, second = settings_for(BOTH), settings_for(only_points)
    assert "zigbee2mqtt/#" in first.foreign_events
    assert "zigbee2mqtt/#" in second.foreign_readings
    prepare_sessions(own_address(broker), first)
    second = replace(second, forgotten=(*first.foreign_events, *first.foreign_readings))
    journal = MemoryJournal()
    made = collector(broker, journal, only_points, second)
    made.start()
    try:
        wait_until(made.connected, "both sessions")
        with publisher(broker) as gateway:
            gateway.publish_and_wait("zigbee2mqtt/door", json.dumps({"temperature": 21}))
            gateway.publish_and_wait("vigil/v1/hq/gw-4/status", json.dumps({"device": "gw-4", "online": True}))
            wait_until(lambda: made.stats().acknowledged >= 2, f"2 PUBACKs; {made.stats()}")
        assert made.stats().received == 2
    finally:
        made.stop()
        journal.close()


def changed_door(block: ForeignFormat) -> ForeignFormat:
    return replace(block, devices={"door": replace(DOOR, door=None)})


def test_the_layout_of_the_sessions_changes_with_the_mapping() -> None:
    assert session_layout(settings_for(BOTH)) != session_layout(settings_for((ZIGBEE,)))
