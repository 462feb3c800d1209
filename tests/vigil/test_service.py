"""The whole service on real brokers: from MQTT to the API and back, over stops and starts."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from domain.instant import MINUTE, SECOND
from domain.record import BacklogDrained, MonitorGap, Record
from journal.ports import JournalReader
from tests.brokers import RunningBroker, wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import START, Device, RunningService, SetClock

TEN = START + MINUTE


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def devices(any_broker: RunningBroker) -> Iterator[MqttClient]:
    with MqttClient(any_broker.devices, "devices") as client:
        yield client


def records(journal: JournalReader) -> list[Record]:
    return list(journal.read(0, 10_000))


def test_a_forced_door_becomes_an_alarm_and_an_order_and_operators_end_it(
    any_broker: RunningBroker, devices: MqttClient, clock: SetClock, tmp_path: Path
) -> None:
    controller = Device(devices, "ctl")
    with (
        MqttClient(any_broker.panels, "panel") as panel,
        RunningService(tmp_path, any_broker.collector, clock) as running,
    ):
        assert panel.subscribe("vigil/status/#") == [True]
        api = running.api
        controller.access(clock.at, "opened")
        alarm = api.wait_for("alarms", 1, rule="forced")[0]
        order = api.items("work-orders")[0]
        assert (alarm["rule"], alarm["condition"], alarm["acknowledgement"]) == ("forced", "active", "unacked")
        assert (order["asset"], order["fault"], order["state"]) == ("d-1", "door.forced", "requested")
        assert order["occurrences"] == [alarm["latest"]["id"]]

        acknowledged = api.post(f"alarms/{alarm['id']}/acknowledge", {"comment": "on my way"})
        assert acknowledged["alarm"]["acknowledgement"] == "acked"
        clock.at += 30 * SECOND
        controller.access(clock.at, "closed")
        wait_until(lambda: api.get(f"alarms/{alarm['id']}")["condition"] == "inactive", "the alarm to clear")
        closed = api.post(f"occurrences/{alarm['latest']['id']}/close", {"disposition": "false", "cause": "a delivery"})
        assert (closed["occurrence"]["state"], closed["occurrence"]["disposition"]) == ("closed", "false")

        changes = {entry["body"].get("change") for entry in api.items(f"alarms/{alarm['id']}/history")}
        assert changes >= {"raised", "acknowledged", "cleared", "closed"}
        why = api.get(f"alarms/{alarm['id']}/why")
        assert [each["type"] for each in why["evidence"]] == ["access_event"]
        told = [msgspec.json.decode(payload) for payload in panel.wait_for(4)]
        assert any(each.get("order") == order["id"] for each in told)
        states = [each for each in told if each.get("alarm") == alarm["id"]]
        assert states[0]["active"]
        wait_until(
            lambda: msgspec.json.decode(panel.payloads[-1]).get("active") is False, "the panel to see it cleared"
        )
    assert "Forced" in running.console.getvalue() or "forced" in running.console.getvalue()


def test_status_topics_are_retained_for_a_panel_that_comes_later(
    any_broker: RunningBroker, devices: MqttClient, clock: SetClock, tmp_path: Path
) -> None:
    with RunningService(tmp_path, any_broker.collector, clock) as running:
        Device(devices, "ctl").access(clock.at, "opened")
        alarm = running.api.wait_for("alarms", 1, rule="forced")[0]
        counts = running.service.state.outbox.counts
        wait_until(lambda: counts().get("waiting", 0) == 0, f"the outbox to empty: {counts()}")
    with MqttClient(any_broker.panels, "late-panel") as panel:
        assert panel.subscribe(f"vigil/status/hq/alarm/{alarm['id']}") == [True]
        assert msgspec.json.decode(panel.wait_for(1)[0])["active"]


def test_it_stops_within_ten_seconds_and_goes_on_where_it_was(
    any_broker: RunningBroker, devices: MqttClient, clock: SetClock, tmp_path: Path
) -> None:
    controller = Device(devices, "ctl")
    with RunningService(tmp_path, any_broker.collector, clock) as first:
        controller.access(clock.at, "opened")
        alarm = first.api.wait_for("alarms", 1, rule="forced")[0]
        first.api.post(f"alarms/{alarm['id']}/acknowledge", {})
        began = time.monotonic()
        stopped_at = clock.at
    assert time.monotonic() - began < 10.0
    clock.at += 10 * MINUTE
    with RunningService(tmp_path, any_broker.collector, clock, first.token) as second:
        assert second.started.token is None
        again = second.api.items("alarms", rule="forced")
        assert [(each["id"], each["acknowledgement"]) for each in again] == [(alarm["id"], "acked")]
        gaps = [record.body for record in records(second.service.journal) if isinstance(record.body, MonitorGap)]
        assert [(gap.start, gap.end) for gap in gaps] == [(stopped_at, clock.at)]
        controller.access(clock.at, "closed")
        wait_until(lambda: second.api.get(f"alarms/{alarm['id']}")["condition"] == "inactive", "the alarm to clear")
        clock.at += MINUTE
        controller.access(clock.at, "opened")
        wait_until(lambda: second.api.get(f"alarms/{alarm['id']}")["occurrences"] == 2, "the second occurrence")
        orders = [order for order in second.api.items("work-orders") if order["fault"] == "door.forced"]
        assert [len(order["occurrences"]) for order in orders] == [2], "an order that is open takes the next occurrence"


@pytest.mark.parametrize("walked", [True, False])
def test_a_scan_made_while_vigil_was_down_counts_at_its_own_time(
    any_broker: RunningBroker, devices: MqttClient, clock: SetClock, tmp_path: Path, walked: bool
) -> None:
    """The stop is due at 10:10 and missed at 10:11; Vigil is away from 9:59 to 10:30."""
    with RunningService(tmp_path, any_broker.collector, clock) as first:
        pass
    if walked:
        Device(devices, "phone").scan(TEN + 8 * MINUTE)
    clock.at = TEN + 30 * MINUTE
    with RunningService(tmp_path, any_broker.collector, clock, first.token) as second:
        read_up = lambda: any(isinstance(each.body, BacklogDrained) for each in records(second.service.journal))  # noqa: E731
        wait_until(read_up, "the backlog to be read")
        second.settle()
        clock.at += SECOND
        if walked:
            run = second.api.items("tour-runs")[-1]
            assert [stop["verdict"] for stop in run["stops"]] == ["on_time"]
            let_it_look(second, clock)
            assert rules_of(second) == []
        else:
            wait_until(lambda: rules_of(second) != [], "the alarm")
            assert rules_of(second) == ["missed"]


def rules_of(running: RunningService) -> list[str]:
    """The rules of all alarms but those of Vigil's own: that it was away, and that the pump's rule hears nothing."""
    return [alarm["rule"] for alarm in running.api.items("alarms") if not alarm["rule"].startswith("vigil-")]


def let_it_look(running: RunningService, clock: SetClock) -> None:
    """Move the clock to where the next run has begun, and wait until the engine has said so."""
    clock.at = TEN + 65 * MINUTE
    wait_until(lambda: any(run["state"] == "due" for run in running.api.items("tour-runs")), "the run of eleven")
    running.settle()


def test_it_is_ready_only_while_the_broker_is_there(mosquitto_broker: RunningBroker, tmp_path: Path) -> None:
    mosquitto_broker.kill()
    running = RunningService(tmp_path, mosquitto_broker.collector, SetClock())
    api = running.start()
    try:
        assert api.readyz() == 503
        mosquitto_broker.start()
        wait_until(lambda: api.readyz() == 200, "readiness once the broker is there")
        mosquitto_broker.kill()
        wait_until(lambda: api.readyz() == 503, "the missing broker to show")
        assert "not connected" in api.get("status")["ready"]["mqtt"]
    finally:
        running.stop()


POISON = {
    "not_json": b'{"device": "',
    "oversize": b'{"device": "ctl", "pad": "' + b"x" * 70_000 + b'"}',
    "not_utf8": b'{"device": "ctl\xff"}',
    "duplicate_key": b'{"device": "ctl", "device": "ctl", "boot": "p", "seq": 1, "door": "d-1", "event": "closed"}',
    "too_nested": b'{"device": ' + b"[" * 100 + b"]" * 100 + b"}",
    "unknown_field": b'{"device": "ctl", "boot": "p", "seq": 1, "door": "d-1", "event": "closed", "evnt": 1}',
    "identity_mismatch": b'{"device": "phone", "boot": "p", "seq": 1, "door": "d-1", "event": "closed"}',
    "not_carried": b'{"device": "ctl", "boot": "p", "seq": 1, "door": "d-2", "event": "closed"}',
}


def test_poison_is_quarantined_with_its_reason_and_its_neighbours_are_judged(
    any_broker: RunningBroker, devices: MqttClient, clock: SetClock, tmp_path: Path
) -> None:
    controller, gateway = Device(devices, "ctl"), Device(devices, "gw")
    stranger, phone = Device(devices, "stranger"), Device(devices, "phone")
    with RunningService(tmp_path, any_broker.collector, clock) as running:
        expected = list(POISON)
        for payload in POISON.values():
            controller.raw("access", payload)
            clock.at += SECOND
            controller.access(clock.at, "tamper")
        gateway.raw("readings", b'{"device": "gw", "boot": "p", "seq": 1, "points": ["flow"], "values": [NaN]}')
        gateway.send("readings", clock.at, points=["flow"], values=[62.0])
        stranger.scan(clock.at)
        phone.send("access", clock.at, door="d-1", event="closed")
        expected += ["not_json", "unknown_device", "kind_not_allowed"]
        controller.access(clock.at, "opened")

        alarms = running.api.wait_for("alarms", 1, rule="forced")
        assert [alarm["condition"] for alarm in alarms] == ["active"]
        running.api.wait_for("quarantine", len(expected))
        wait_until(lambda: reasons(running) == sorted(expected), f"each reason once: {reasons(running)}")
        # Readings come by a session of their own, which nothing above has waited for.
        wait_until(lambda: kinds(running).count("Readings") == 1, "the reading")
        assert kinds(running).count("AccessEvent") == len(POISON) + 1
        cut = running.api.items("quarantine", reason="oversize")[0]
        assert cut["size"] == len(POISON["oversize"])


def kinds(running: RunningService) -> list[str]:
    return [type(record.body).__name__ for record in records(running.service.journal)]


def reasons(running: RunningService) -> list[str]:
    return sorted(item["reason"] for item in running.api.items("quarantine"))


def test_retained_messages_are_old_news(
    any_broker: RunningBroker, devices: MqttClient, clock: SetClock, tmp_path: Path
) -> None:
    body = b'{"device": "ctl", "boot": "r", "seq": 1, "door": "d-1", "event": "opened"}'
    Device(devices, "ctl").raw("access", body, retain=True)
    with RunningService(tmp_path, any_broker.collector, clock) as running:
        assert [item["reason"] for item in running.api.wait_for("quarantine", 1)] == ["retained"]
        Device(devices, "ctl", boot="b2").access(clock.at, "opened")
        assert len(running.api.wait_for("alarms", 1, rule="forced")) == 1
