"""How a rehearsal keeps a fast clock honest, and counts what the devices know against what Vigil stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.forgetting import SessionsNotForgotten, forget_sessions
from collector.ingest import prepare_sessions
from collector.settings import SessionSettings
from domain.configuration import Configuration
from domain.instant import HOUR, MINUTE, SECOND, Instant
from domain.readings import Readings
from domain.record import MonitorGap, Tick
from runtime.clock import ScaledClock
from simulators.device import Message, SimulatedDevice
from tests.brokers import MosquittoForTests, RunningBroker
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import SITE, START, url_of, write_site
from vigil.configuration.loading import load_configuration
from vigil.rehearsal import (
    LONGEST_HOLD_SECONDS,
    MOST_AHEAD,
    Rehearsal,
    Underway,
    leaving_no_sessions,
    may_run_ahead,
)
from vigil.service import Service
from vigil.settings import Settings
from vigil.tallying import Tally

INSTANCE = SessionSettings(instance="vigil-test")


class Stage:
    """A rehearsal on the bundled broker, and its clock."""

    def __init__(self, folder: Path, speed: float, start: Instant = START) -> None:
        settings = Settings(
            data=str(folder / "data"), config=str(write_site(folder / "config")), port=0, mqtt_port=0, channels=()
        )
        self.clock = ScaledClock(start, speed)
        self.service = Service(settings, load_configuration(Path(settings.config)), clock=self.clock)
        self.rehearsal = Rehearsal(self.service, self.clock)

    def run(self, messages: Iterator[Message]) -> Tally:
        with self.service:
            self.rehearsal.publish(messages, self.rehearsal.start(), None)
            return self.rehearsal.tally()


def flow(
    gateway: SimulatedDevice, start: Instant, count: int, value: float, every: int = 10 * SECOND
) -> Iterator[Message]:
    for number in range(count):
        at = start + number * every
        yield gateway.readings(at, ["flow"], [value])


def test_what_was_sent_is_held_against_what_was_stored(tmp_path: Path) -> None:
    gateway, phone = SimulatedDevice("hq", "gw", "b1"), SimulatedDevice("hq", "phone", "b1")

    def messages() -> Iterator[Message]:
        yield from flow(gateway, START, 3, 62.0)
        scan = phone.scan(START + MINUTE, "officer-1", "cp-1")
        yield scan
        yield scan
        yield phone.garbled(START + MINUTE, "scan")
        yield from flow(gateway, START + MINUTE, 2, 5.0)

    tally = Stage(tmp_path, 600.0).run(messages())
    assert (tally.sent, tally.acknowledged, tally.lost) == (8, 8, ())
    assert (tally.journalled, tally.duplicates, tally.quarantined) == (6, 1, 1)
    assert (tally.alarms, tally.work_orders) == ({"no-flow": 1}, 1)
    assert tally.latency_ms["p50"] is not None


def test_at_any_speed_nothing_on_its_way_counts_as_absent(tmp_path: Path) -> None:
    """At speed 20000 a value is stale after 1.5 ms of real time; that the machine needs longer must not show."""
    stage = Stage(tmp_path, 20_000.0)
    gateway = SimulatedDevice("hq", "gw", "b1")
    with stage.service:
        stage.rehearsal.publish(flow(gateway, START, 60, 5.0), stage.rehearsal.start(), None)
        tally = stage.rehearsal.tally()
        changes = [str(getattr(each.effect.body, "change", "")) for each in stage.rehearsal.told]
        records = stage.service.journal.read(0, 10_000)
    gaps = [each for each in records if isinstance(each.body, MonitorGap)]
    ticked = 0
    for each in records:
        ticked = max(ticked, each.event_time if isinstance(each.body, Tick) else 0)
        assert not isinstance(each.body, Readings) or ticked < each.event_time, "a tick came before what was on its way"
    assert ticked > START
    assert tally.alarms == {"no-flow": 1}
    assert "lost_sight" not in changes
    assert gaps == []


def test_a_pause_is_skipped_and_raises_nothing_false(tmp_path: Path) -> None:
    """Thirty days without a row: the values go stale, the tours of that time are missed, and no flow is ever low."""
    stage = Stage(tmp_path, 600.0)
    gateway = SimulatedDevice("hq", "gw", "b1")
    later = START + 30 * 24 * HOUR

    def messages() -> Iterator[Message]:
        yield from flow(gateway, START, 20, 62.0)
        yield from flow(gateway, later, 20, 62.0)

    tally = stage.run(messages())
    assert tally.journalled == 40
    assert "no-flow" not in tally.alarms
    assert stage.rehearsal.silent_from is not None
    assert 0 <= stage.rehearsal.silent_from - (later + 190 * SECOND) < MINUTE
    assert stage.clock() == stage.rehearsal.silent_from, "what comes after the last message is not lived through"


def test_the_clock_is_held_at_the_first_message_on_its_way() -> None:
    class Collector:
        acknowledged = 3

        def stats(self) -> "Collector":
            return self

    class Taking:
        collector = Collector()
        configuration = Configuration()

    underway = Underway(Taking(), START - SECOND)  # type: ignore[arg-type]
    assert underway.ceiling() == START - SECOND
    phone = SimulatedDevice("hq", "phone", "b1")
    notes = underway.note([phone.scan(START + each * MINUTE, "officer-1", "cp-1") for each in (0, 5, 2)])
    next(notes)
    next(notes)
    assert underway.ceiling() == START + MOST_AHEAD
    assert underway.unread() == START
    Taking.collector.acknowledged = 4
    assert underway.unread() == START + 5 * MINUTE
    assert underway.ceiling() == START + 5 * MINUTE + MOST_AHEAD
    next(notes)
    Taking.collector.acknowledged = 5
    assert underway.ceiling() == START + 5 * MINUTE + MOST_AHEAD, "time never runs back, even where a recording does"
    Taking.collector.acknowledged = 6
    assert underway.ceiling() == START + 5 * MINUTE + MOST_AHEAD, "there is nothing more to wait for"
    assert underway.unread() is None


def test_where_values_live_short_the_clock_runs_less_far_ahead(tmp_path: Path) -> None:
    """A value each second is known for three: the next one may be two seconds late, and is not stale before."""
    site = write_site(tmp_path, SITE.replace("interval_seconds: 10", "interval_seconds: 1"))
    assert may_run_ahead(load_configuration(site).configuration) == 3 * SECOND // 4
    assert may_run_ahead(load_configuration(write_site(tmp_path)).configuration) == MOST_AHEAD


def test_a_message_that_is_never_taken_does_not_hold_the_clock_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Collector:
        acknowledged = 0

        def stats(self) -> "Collector":
            return self

    class Deaf:
        collector = Collector()
        configuration = Configuration()

    now = 100.0
    monkeypatch.setattr("vigil.rehearsal.time.monotonic", lambda: now)
    underway = Underway(Deaf(), START)  # type: ignore[arg-type]
    notes = underway.note([SimulatedDevice("hq", "phone", "b1").scan(START, "officer-1", "cp-1")])
    next(notes)
    now += LONGEST_HOLD_SECONDS
    assert underway.ceiling() == START + MOST_AHEAD
    assert underway.unread() == START
    now += 0.1
    assert underway.ceiling() is None
    assert underway.unread() is None


def test_sessions_are_forgotten_with_what_waits_in_them(any_broker: RunningBroker) -> None:
    prepare_sessions(any_broker.collector, INSTANCE)
    with MqttClient(any_broker.devices, "device") as device:
        device.publish_and_wait("vigil/v1/hq/phone/scan", "nobody will read this")
    forget_sessions(any_broker.collector, INSTANCE)
    for name in ("vigil-test-events", "vigil-test-readings"):
        with MqttClient(any_broker.collector, name, persistent=True) as client:
            assert not client.session_present
            assert client.subscribe("vigil/v1/+/+/scan") == [True]
            assert client.received == []


def test_a_broker_that_does_not_let_us_in_is_named(mosquitto_broker: MosquittoForTests) -> None:
    stranger = mosquitto_broker.collector.with_login("collector", "wrong")
    with pytest.raises(SessionsNotForgotten, match=r"vigil-test-events.*Not authorized.*credential right\?"):
        forget_sessions(stranger, INSTANCE)
    mosquitto_broker.kill()
    with pytest.raises(SessionsNotForgotten, match="is the broker up"):
        forget_sessions(mosquitto_broker.collector, INSTANCE)


def test_a_broker_that_goes_away_meanwhile_is_no_failure(mosquitto_broker: MosquittoForTests) -> None:
    with leaving_no_sessions(Settings(broker=url_of(mosquitto_broker.collector))):
        mosquitto_broker.kill()
