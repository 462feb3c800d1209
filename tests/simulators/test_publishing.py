"""Publishing over a real broker: everything acknowledged is in the ledger, and each device keeps its order."""

import asyncio
from collections.abc import Iterable, Iterator

import msgspec
import pytest

from domain.broker_address import BrokerAddress
from domain.instant import HOUR, SECOND, Instant
from simulators.device import Message, SimulatedDevice
from simulators.publishing import IN_FLIGHT, LINKS, BrokerRefused, Ledger, Pace, link_of, publish
from tests.brokers import MosquittoForTests, RunningBroker, wait_until
from tests.mqtt_clients import MqttClient
from tests.samples import NOW

EVENTS = "vigil/v1/+/+/scan"


def scans(devices: int, each: int) -> list[Message]:
    phones = [SimulatedDevice("tower", f"phone-{number}", "b1") for number in range(devices)]
    return [phone.scan(NOW, "officer-1", f"cp-{turn}") for turn in range(each) for phone in phones]


def run(messages: Iterable[Message], broker: RunningBroker, stop_set: bool = False) -> Ledger:
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


def test_a_device_repeats_in_order_what_a_broken_link_left_unacknowledged(mosquitto_broker: MosquittoForTests) -> None:
    messages = scans(devices=1, each=4 * IN_FLIGHT)
    ledger = Ledger()

    def with_a_break() -> Iterator[Message]:
        yield from messages[:IN_FLIGHT]
        # Handed out only when the clock says so: by then the links stand and the first messages are acknowledged.
        yield msgspec.structs.replace(messages[IN_FLIGHT], at=NOW + SECOND)
        mosquitto_broker.stop()
        mosquitto_broker.start()
        yield from messages[IN_FLIGHT + 1 :]

    def clock() -> Instant:
        return NOW + SECOND if ledger.acknowledged_count == IN_FLIGHT else NOW

    with MqttClient(mosquitto_broker.collector, "keeper", persistent=True) as keeper:
        assert keeper.subscribe(EVENTS) == [True]
    asyncio.run(publish(with_a_break(), mosquitto_broker.devices, Pace(clock, 1.0), ledger, asyncio.Event()))
    assert ledger.sent == ledger.acknowledged_count == len(messages)
    assert set(ledger.acknowledged) == {message.identity for message in messages}
    with MqttClient(mosquitto_broker.collector, "keeper", persistent=True) as keeper:
        wait_until(lambda: len(set(keeper.payloads)) == len(messages), "every message")
        first_time = list(dict.fromkeys(keeper.payloads))
    assert first_time == [message.payload.decode() for message in messages]


def test_a_broker_that_is_not_there_is_said_at_once(mosquitto_broker: MosquittoForTests) -> None:
    mosquitto_broker.kill()
    with pytest.raises(BrokerRefused, match=r"cannot publish to mqtt://devices:\*\*\*@127\.0\.0\.1"):
        run(scans(1, 1), mosquitto_broker)


def test_a_wrong_password_is_said_at_once(any_broker: RunningBroker) -> None:
    address = any_broker.devices
    wrong = BrokerAddress(address.host, address.port, address.username, "not the password")
    with pytest.raises(BrokerRefused, match="credential"):
        asyncio.run(publish(scans(1, 1), wrong, Pace(lambda: NOW, 1.0), Ledger(), asyncio.Event()))


def test_a_long_pause_is_skipped_where_somebody_may_move_the_clock(bundled_broker: RunningBroker) -> None:
    at = NOW
    skips: list[Instant] = []

    def skip(to: Instant) -> None:
        nonlocal at
        skips.append(to)
        at = NOW + HOUR

    phone = SimulatedDevice("tower", "phone-1", "b1")
    messages = [phone.scan(when, "officer-1", "cp-1") for when in (NOW, NOW + HOUR)]
    ledger = Ledger()
    asyncio.run(publish(messages, bundled_broker.devices, Pace(lambda: at, 10.0, skip), ledger, asyncio.Event()))
    assert ledger.sent == 2
    assert skips == [NOW + HOUR - 10 * SECOND]
