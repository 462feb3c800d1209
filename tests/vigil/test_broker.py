"""The bundled broker and its messages: none lost around its starts and deaths, and who may send and hear what."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.mqtt_clients import MqttClient, is_acknowledged
from tests.vigil.watched_broker import SCANS, Watched
from vigil.broker import BrokerEvent
from vigil.broker_config import BrokerLimits
from vigil.broker_process import may_log_in


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path / "broker")
    try:
        watched.start()
        yield watched
    finally:
        watched.broker.stop()


def test_a_message_published_right_after_start_reaches_a_collector_that_comes_later(watched: Watched) -> None:
    with watched.device() as device:
        device.publish_and_wait("vigil/v1/hq/gate/scan", "first")
    with watched.collector() as collector:
        assert collector.session_present
        assert collector.wait_for(1) == ["first"]


def test_without_prepared_sessions_an_acknowledged_message_is_gone(tmp_path: Path) -> None:
    """Why `prepare` exists: should this ever fail, nats-server keeps such messages and the two steps may go."""
    watched = Watched(tmp_path / "broker")
    watched.broker.start()
    try:
        with watched.device() as device, watched.collector() as collector:
            device.publish_and_wait("vigil/v1/hq/gate/scan", "dropped")
            assert collector.subscribe(SCANS) == [True]
            device.publish_and_wait("vigil/v1/hq/gate/scan", "kept")
            assert collector.wait_for(1) == ["kept"]
    finally:
        watched.broker.stop()


def test_no_device_is_admitted_before_the_sessions_exist(watched: Watched) -> None:
    assert watched.device_admitted_while_preparing == [False]
    assert may_log_in(watched.broker.device_address)
    assert watched.told() == [BrokerEvent.STARTED]


def test_the_collectors_connection_survives_the_admission_of_devices(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "broker")
    held: list[MqttClient] = []

    def connect_for_good(address: BrokerAddress) -> None:
        collector = MqttClient(address, "collector-events", persistent=True).__enter__()
        held.append(collector)
        collector.subscribe(SCANS)

    try:
        watched.broker.start(connect_for_good)
        with watched.device() as device:
            device.publish_and_wait("vigil/v1/hq/gate/scan", "first")
        assert held[0].wait_for(1) == ["first"]
    finally:
        for client in held:
            client.__exit__(None, None, None)
        watched.broker.stop()


def test_kill_9_between_publish_and_delivery_loses_nothing(watched: Watched) -> None:
    address = watched.broker.address
    acknowledged: set[str] = set()
    for round_number in range(3):
        with watched.device() as device:
            sent = {
                f"{round_number}-{n}": device.publish("vigil/v1/hq/gate/scan", f"{round_number}-{n}")
                for n in range(300)
            }
            wait_until(lambda: sum(is_acknowledged(info) for info in sent.values()) >= 100, "100 acknowledged messages")  # noqa: B023
            watched.kill_and_wait()
            acknowledged |= {payload for payload, info in sent.items() if is_acknowledged(info)}
    assert watched.broker.address == address
    assert watched.told().count(BrokerEvent.DIED) == 3
    assert len(watched.prepared_at) == 1
    with watched.collector() as collector:
        wait_until(lambda: acknowledged <= set(collector.payloads), "every acknowledged message")


def test_what_the_collector_did_not_acknowledge_comes_back(watched: Watched) -> None:
    with watched.device() as device:
        device.publish_and_wait("vigil/v1/hq/gate/scan", "held")
    with watched.collector(acknowledge=False) as collector:
        collector.wait_for(1)
    watched.kill_and_wait()
    with watched.collector() as collector:
        assert collector.wait_for(1) == ["held"]


def test_a_flooded_filter_does_not_delay_another_of_its_session(tmp_path: Path) -> None:
    # Without the larger session window the access event would wait for ack_wait, a minute here.
    limits = BrokerLimits(filter_window=10, session_window=40, ack_wait_seconds=60)
    watched = Watched(tmp_path / "broker", limits=limits)
    try:
        watched.start()
        with watched.device() as device:
            for n in range(50):
                device.publish_and_wait("vigil/v1/hq/gate/scan", f"scan {n}")
            device.publish_and_wait("vigil/v1/hq/door/access", "forced")
        with watched.collector(acknowledge=False) as collector:
            assert set(collector.wait_for(11)) == {*(f"scan {n}" for n in range(10)), "forced"}
    finally:
        watched.broker.stop()


def test_a_full_store_acknowledges_nothing_more_and_can_be_drained_after_a_restart(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "broker", limits=BrokerLimits(max_store_bytes=1 << 20))
    try:
        watched.start()
        with watched.device() as device:
            sent = {f"{n:04}" + "x" * 1000: n for n in range(2000)}
            infos = {payload: device.publish("vigil/v1/hq/gate/scan", payload) for payload in sent}
            wait_until(lambda: not device.paho.is_connected(), "the full broker to close the connection")
            acknowledged = {payload for payload, info in infos.items() if is_acknowledged(info)}
        assert 100 < len(acknowledged) < 2000
        assert not may_log_in(watched.broker.address)
        watched.broker.stop()
        watched.start()
        with watched.collector() as collector:
            wait_until(lambda: acknowledged <= set(collector.payloads), "the collector to drain the full store")
        assert may_log_in(watched.broker.device_address)
    finally:
        watched.broker.stop()


def test_a_device_reaches_neither_the_control_plane_nor_others_messages(watched: Watched) -> None:
    control = ("$JS/API/STREAM/DELETE/$MQTT_msgs", "$JS/API/STREAM/PURGE/$MQTT_msgs", "$MQTT/sess/x", "$SYS/REQ/x")
    foreign = ("vigil/status/hq", "vigil/v1/hq/gate/receipt", "other/topic")
    with MqttClient(watched.broker.address, "receipts") as listener, watched.device() as device:
        assert listener.subscribe("vigil/v1/+/+/receipt") == [True]
        device.publish_and_wait("vigil/v1/hq/gate/scan", "before")
        for topic in (*control, *foreign):
            device.publish_and_wait(topic, "attack", retain=True)
        filters = (
            "#",
            "+/#",
            "vigil/#",
            "vigil/v1/#",
            SCANS,
            "vigil/status/#",
            "$SYS/#",
            "$JS/#",
            "$MQTT/#",
            "$JS/API/+",
        )
        assert device.subscribe(*filters) == [False] * len(filters)
        assert device.subscribe("vigil/v1/hq/gate/receipt") == [True]
        device.publish_and_wait("vigil/v1/hq/gate/scan", "after")
        with watched.collector() as collector:
            assert collector.wait_for(2) == ["before", "after"]
            assert collector.subscribe("vigil/status/#", "#", "$SYS/#", "$JS/#") == [False] * 4
        assert listener.payloads == []


def test_the_collector_sends_receipts_and_status_and_nothing_else(watched: Watched) -> None:
    with watched.device() as device, MqttClient(watched.broker.address, "sender") as sender:
        device.subscribe("vigil/v1/hq/gate/receipt")
        sender.publish_and_wait("vigil/v1/hq/gate/scan", "invented")
        sender.publish_and_wait("vigil/status/hq", "on watch", retain=True)
        sender.publish_and_wait("vigil/v1/hq/gate/receipt", "stored")
        assert device.wait_for(1) == ["stored"]
        device.publish_and_wait("vigil/v1/hq/gate/scan", "real")
        with watched.collector() as collector:
            assert collector.wait_for(1) == ["real"]


def test_only_known_credentials_enter_and_only_by_mqtt(watched: Watched) -> None:
    address = watched.broker.address
    assert not may_log_in(address.with_login("collector", "wrong"))
    assert not may_log_in(address.with_login("devices", ""))
    assert not may_log_in(BrokerAddress(address.host, address.port))
    assert watched.broker.pid is not None
    listeners = [c for c in psutil.Process(watched.broker.pid).net_connections("inet") if c.status == "LISTEN"]
    assert {c.laddr.ip for c in listeners} == {"127.0.0.1"}
    (native,) = [c.laddr.port for c in listeners if c.laddr.port != address.port]
    with socket.create_connection(("127.0.0.1", native), PATIENCE_SECONDS) as stream:
        request = {"user": "collector", "pass": address.password, "verbose": False, "protocol": 1}
        stream.sendall(b"CONNECT " + msgspec.json.encode(request) + b"\r\nPING\r\n")
        stream.settimeout(5)
        answer = b""
        while chunk := stream.recv(4096):
            answer += chunk
    assert b"Authorization Violation" in answer
    # As an answer: the name that the server draws for itself may hold these letters.
    assert b"\nPONG" not in answer


def test_topics_that_mean_something_else_to_nats(watched: Watched) -> None:
    """What `vigil/v1/+/+/scan` receives of them; the collector must refuse what arrives, and the rest is dropped."""
    with watched.device() as device:
        for topic in (
            "vigil/v1/*/gate/scan",
            "vigil/v1/>/gate/scan",
            "vigil/v1/a.b/gate/scan",
            "vigil/v1/hq/gate/scan",
        ):
            device.publish_and_wait(topic, topic)
        assert device.paho.is_connected()
    with watched.collector() as collector:
        assert collector.wait_for(3) == ["vigil/v1/*/gate/scan", "vigil/v1/a.b/gate/scan", "vigil/v1/hq/gate/scan"]
        assert [message.topic for message in collector.received] == collector.payloads
    with watched.device() as device:
        device.publish("vigil/v1/h q/gate/scan", "space")
        wait_until(lambda: not device.paho.is_connected(), "the broker to close a connection that sent a space")


def test_a_second_start_needs_no_preparation_and_keeps_what_waits(watched: Watched) -> None:
    with watched.device() as device:
        device.publish_and_wait("vigil/v1/hq/gate/scan", "waits")
    watched.broker.stop()
    watched.start()
    assert len(watched.prepared_at) == 1
    with watched.collector() as collector:
        assert collector.session_present
        assert collector.wait_for(1) == ["waits"]
    watched.broker.stop()
    watched.broker.start(watched.prepare, sessions="other subscriptions")
    assert len(watched.prepared_at) == 2


def test_a_lost_store_is_prepared_again(watched: Watched, tmp_path: Path) -> None:
    watched.broker.stop()
    (tmp_path / "broker" / "store").rename(tmp_path / "gone")
    watched.start()
    assert watched.device_admitted_while_preparing == [False, False]


def test_a_store_that_is_lost_while_the_broker_runs_is_told_once_and_prepared_again(
    watched: Watched, tmp_path: Path
) -> None:
    store = tmp_path / "broker" / "store"
    assert watched.broker.pid is not None
    os.kill(watched.broker.pid, signal.SIGSTOP)
    store.rename(tmp_path / "gone")
    watched.kill_and_wait()
    assert watched.told().count(BrokerEvent.STORE_LOST) == 1
    assert len(watched.prepared_at) == 2
    watched.kill_and_wait()
    assert watched.told().count(BrokerEvent.STORE_LOST) == 1


def test_secrets_stay_in_private_files(watched: Watched, tmp_path: Path) -> None:
    passwords = {watched.broker.address.password or "", watched.broker.device_address.password or ""}
    for path in (tmp_path / "broker").rglob("*"):
        if path.is_file() and any(password.encode() in path.read_bytes() for password in passwords):
            assert path.name in {"nats.conf", "passwords.json"}
            assert path.stat().st_mode & 0o077 == 0
    assert not any(password in detail for password in passwords for _, detail in watched.events)
    assert watched.broker.pid is not None
    assert not any(password in word for password in passwords for word in psutil.Process(watched.broker.pid).cmdline())
