"""Publishing over a real broker: everything acknowledged is in the ledger, and each device keeps its order."""

import asyncio

from domain.instant import SECOND
from simulators.device import Message, SimulatedDevice
from simulators.publishing import LINKS, Ledger, Pace, link_of, publish
from tests.brokers import RunningBroker
from tests.mqtt_clients import MqttClient
from tests.samples import NOW

EVENTS = "vigil/v1/+/+/scan"


def scans(devices: int, each: int) -> list[Message]:
    phones = [SimulatedDevice("tower", f"phone-{number}", "b1") for number in range(devices)]
    return [phone.scan(NOW, "officer-1", f"cp-{turn}") for turn in range(each) for phone in phones]


def run(messages: list[Message], broker: RunningBroker, stop_set: bool = False) -> Ledger:
    ledger = Ledger()

    async def go() -> None:
        stop = asyncio.Event()
        if stop_set:
            stop.set()
        await publish(messages, broker.devices, Pace(lambda: NOW + SECOND, 1.0), ledger, stop)

    asyncio.run(go())
    return ledger


def test_all_are_acknowledged_and_each_device_keeps_its_order(any_broker: RunningBroker) -> None:
    messages = scans(devices=5, each=20)
    with MqttClient(any_broker.collector, "watcher") as watcher:
        assert watcher.subscribe(EVENTS) == [True]
        ledger = run(messages, any_broker)
        received = watcher.wait_for(len(messages))
    assert ledger.sent == ledger.acknowledged_count == len(messages)
    assert set(ledger.acknowledged) == {message.identity for message in messages}
    for device in {message.topic for message in messages}:
        sent = [message.payload.decode() for message in messages if message.topic == device]
        assert [payload for payload in received if payload in sent] == sent


def test_nothing_is_published_once_asked_to_stop(bundled_broker: RunningBroker) -> None:
    assert run(scans(1, 3), bundled_broker, stop_set=True).sent == 0


def test_a_device_always_uses_the_same_link() -> None:
    assert link_of("vigil/v1/tower/phone-1/scan") == link_of("vigil/v1/tower/phone-1/status")
    assert {link_of(f"vigil/v1/tower/phone-{number}/scan") for number in range(50)} == set(range(LINKS))


def test_the_pace_counts_real_seconds() -> None:
    assert Pace(lambda: NOW, 60.0).seconds_until(NOW + 30 * SECOND) == 0.5
