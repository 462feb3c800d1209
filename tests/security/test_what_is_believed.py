"""W3, W6, W20, B6, B8: what gets past the broker is still believed only from whom, where and as often as it may be."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector import message
from collector.topics import filters
from domain.broker_address import BrokerAddress
from domain.effects import AlarmChanged, DuplicateIgnored, EffectBody, ScanJudged
from domain.identity import MessageIdentity
from domain.instant import MINUTE, SECOND, to_iso
from domain.observations import CheckpointScan, DeviceStatus, Quarantined
from domain.record import Record, Urgency
from tests.brokers import MosquittoForTests, wait_until
from tests.mqtt_clients import MqttClient
from tests.security.guarded import NOW, end_without_goodbye
from tests.security.raw_link import connect, publish_packet
from tests.vigil.running_service import START, RunningService, SetClock
from vigil.broker import CREDENTIALS_FILE
from vigil.device_credentials import DeviceCredentials

DAY = 86_400 * SECOND
TEN = START + MINUTE
PHONE_SCAN = "vigil/v1/hq/phone/scan"


class Believing:
    """A whole Vigil, whose devices have credentials of their own."""

    def __init__(self, folder: Path, broker: BrokerAddress | None = None) -> None:
        self.clock = SetClock(TEN)
        credentials = DeviceCredentials(folder / "data" / "broker" / CREDENTIALS_FILE)
        self._passwords = {device: credentials.add("hq", device, NOW).password for device in ("phone", "ctl", "gw")}
        self.running = RunningService(folder, broker, self.clock)

    def address(self, device: str) -> BrokerAddress:
        return self.running.started.broker.with_login(device, self._passwords[device])

    @contextmanager
    def link(self, device: str) -> Iterator[MqttClient]:
        with MqttClient(self.address(device), "") as link:
            yield link

    def records(self) -> list[Record]:
        return list(self.running.service.journal.read(0, 10_000))

    def judged(self) -> int:
        """How many scans had an effect."""
        return sum(isinstance(body, ScanJudged) for body in self.effects())

    def duplicates(self) -> int:
        return sum(isinstance(body, DuplicateIgnored) for body in self.effects())

    def quarantined(self) -> list[tuple[str, str]]:
        """Reasons and topics."""
        bodies = [record.body for record in self.records()]
        return [(body.reason, body.topic) for body in bodies if isinstance(body, Quarantined)]

    def effects(self) -> list[EffectBody]:
        self.running.settle()
        return [stored.effect.body for stored in self.running.service.state.reader.effects_after(0, 1000)]

    def wait_for(self, count: int, kind: type) -> None:
        wait_until(
            lambda: sum(isinstance(record.body, kind) for record in self.records()) >= count, f"{count} {kind.__name__}"
        )


@pytest.fixture
def believing(tmp_path: Path) -> Iterator[Believing]:
    believing = Believing(tmp_path)
    with believing.running:
        yield believing


def access(event: str) -> str:
    return json.dumps({"device": "ctl", "boot": "b1", "seq": 1, "at": to_iso(TEN), "door": "d-1", "event": event})


def scan(device: str = "phone", boot: str = "b1", seq: int = 1) -> str:
    body = {"device": device, "boot": boot, "seq": seq, "at": to_iso(TEN), "officer": "officer-1"}
    return json.dumps({**body, "checkpoint": "cp-1", "method": "nfc"})


def a_body_that_claims_another_is_quarantined(believing: Believing) -> None:
    with believing.link("gw") as link:
        link.publish_and_wait("vigil/v1/hq/gw/scan", scan("phone"))
    believing.wait_for(1, Quarantined)
    assert believing.quarantined() == [("identity_mismatch", "vigil/v1/hq/gw/scan")]
    assert believing.judged() == 0


def test_a_body_that_claims_another_is_quarantined(believing: Believing) -> None:
    a_body_that_claims_another_is_quarantined(believing)


def test_a_collector_that_does_not_compare_would_be_noticed(
    believing: Believing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "require_same_identity", lambda *_: None)
    with pytest.raises(AssertionError):
        a_body_that_claims_another_is_quarantined(believing)


def test_a_captured_scan_counts_once_however_often_and_late_it_comes(believing: Believing) -> None:
    with believing.link("phone") as link:
        link.publish_and_wait(PHONE_SCAN, scan())
        link.publish_and_wait(PHONE_SCAN, scan())
        believing.wait_for(2, CheckpointScan)
        believing.clock.at += 3 * DAY
        link.publish_and_wait(PHONE_SCAN, scan())
        # The phone was restarted meanwhile; its old message is old all the same.
        link.publish_and_wait(PHONE_SCAN, scan(boot="b2"))
        link.publish_and_wait(PHONE_SCAN, scan())
        believing.wait_for(5, CheckpointScan)
        assert (believing.judged(), believing.duplicates()) == (2, 3)
        # The control: with another number it is another message, and does count.
        link.publish_and_wait(PHONE_SCAN, scan(seq=2))
        believing.wait_for(6, CheckpointScan)
        assert (believing.judged(), believing.duplicates()) == (3, 3)


def test_a_captured_scan_sent_by_another_device_counts_nowhere(believing: Believing) -> None:
    with believing.link("ctl") as link:
        link.publish_and_wait(PHONE_SCAN, scan())
        link.publish_and_wait("vigil/v1/hq/ctl/scan", scan())
        link.publish_and_wait("vigil/v1/hq/ctl/scan", scan(boot="b2"))
    believing.wait_for(2, Quarantined)
    assert [topic for _, topic in believing.quarantined()] == ["vigil/v1/hq/ctl/scan"] * 2
    assert believing.judged() == 0
    # The phone itself is not disturbed: its number was not used up.
    with believing.link("phone") as link:
        link.publish_and_wait(PHONE_SCAN, scan())
    believing.wait_for(1, CheckpointScan)
    assert (believing.judged(), believing.duplicates()) == (1, 0)


def drill_traffic_reaches_nothing(believing: Believing, address: BrokerAddress) -> None:
    with MqttClient(address, "") as link:
        for topic in ("vigil-drill/night/v1/hq/phone/scan", "vigil-drill/real/v1/hq/phone/scan"):
            link.publish_and_wait(topic, scan())
        link.publish_and_wait("vigil-drill/night/v1/hq/ctl/access", access("forced"))
    # Said afterwards on a topic that is heard: when it is there, the others would be.
    with MqttClient(address, "") as link:
        link.publish_and_wait("vigil/v1/hq/phone/scan", scan(seq=99))
    last = MessageIdentity("phone", "b1", 99)
    wait_until(lambda: any(record.identity == last for record in believing.records()), "the scan that is heard")
    assert [record.source for record in believing.records() if isinstance(record.body, CheckpointScan)] == ["phone"]
    assert believing.quarantined() == []
    assert not any(isinstance(body, AlarmChanged) for body in believing.effects())


def test_drill_traffic_of_a_device_reaches_nothing_real(believing: Believing) -> None:
    drill_traffic_reaches_nothing(believing, believing.address("phone"))


def test_drill_traffic_reaches_nothing_real_at_a_broker_without_rights(
    tmp_path: Path, mosquitto_broker: MosquittoForTests
) -> None:
    believing = Believing(tmp_path, mosquitto_broker.everything)
    with believing.running:
        drill_traffic_reaches_nothing(believing, mosquitto_broker.everything)


def test_a_collector_that_hears_drills_would_be_noticed(
    tmp_path: Path, mosquitto_broker: MosquittoForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(urgency: Urgency) -> tuple[str, ...]:
        return (*filters(urgency), "vigil-drill/+/v1/+/+/scan")

    monkeypatch.setattr("collector.session.filters", too_many)
    believing = Believing(tmp_path, mosquitto_broker.everything)
    with believing.running, pytest.raises(AssertionError):
        drill_traffic_reaches_nothing(believing, mosquitto_broker.everything)


def test_odd_topics_are_believed_nowhere_even_of_the_shared_login(believing: Believing) -> None:
    odd = (
        "vigil/v1/*/phone-8/scan",
        "vigil/v1/hq/*/scan",
        "vigil/v1/hq/>/scan",
        "vigil/v1/h.q/phone-8/scan",
        "vigil/v1/$hq/phone-8/scan",
        "vigil/v1//phone-8/scan",
        "vigil/v1/hq/phone-8/scan/",
        "vigil/v1/hq//scan",
        "/vigil/v1/hq/phone-8/scan",
        "vigil/v1/hq/phone-8/scan/scan",
        "vigil/v1/" + "x" * 65_000 + "/phone-8/scan",
        "vigil/v1/" + "/".join(["x"] * 124) + "/scan",
        "vigil/v1/hq/" + "x" * 65 + "/scan",
        "vigil/v1/hq/電話/scan",
    )
    with MqttClient(believing.running.started.devices, "") as link:
        for topic in odd:
            link.publish_and_wait(topic, scan("phone-8"))
        assert link.paho.is_connected()
    with believing.link("phone") as link:
        link.publish_and_wait(PHONE_SCAN, scan())
    believing.wait_for(1, CheckpointScan)
    assert {reason for reason, _ in believing.quarantined()} == {"bad_topic"}
    assert {topic for _, topic in believing.quarantined()} <= {topic[:512] for topic in odd}
    assert (believing.judged(), believing.running.api.readyz()) == (1, 200)


def test_a_retained_event_is_quarantined_when_it_is_repeated(
    tmp_path: Path, mosquitto_broker: MosquittoForTests
) -> None:
    with MqttClient(mosquitto_broker.devices, "") as link:
        link.publish_and_wait(PHONE_SCAN, scan(), retain=True)
    believing = Believing(tmp_path, mosquitto_broker.collector)
    with believing.running:
        believing.wait_for(1, Quarantined)
        assert believing.quarantined() == [("retained", PHONE_SCAN)]
        assert believing.judged() == 0


def test_a_retain_flag_on_a_fresh_event_changes_nothing_about_it(believing: Believing) -> None:
    with believing.link("phone") as link:
        link.publish_and_wait(PHONE_SCAN, scan(), retain=True)
    believing.wait_for(1, CheckpointScan)
    assert (believing.judged(), believing.quarantined()) == (1, [])


def test_a_will_is_a_status_like_any_other(believing: Believing) -> None:
    will = json.dumps({"device": "phone", "online": False, "reason": "will"})
    link = MqttClient(believing.address("phone"), "")
    link.paho.will_set("vigil/v1/hq/phone/status", will, qos=1)
    with link:
        end_without_goodbye(link)
    believing.wait_for(1, DeviceStatus)
    assert [record.source for record in believing.records() if isinstance(record.body, DeviceStatus)] == ["phone"]


def test_a_will_that_speaks_of_another_is_quarantined(believing: Believing) -> None:
    link = MqttClient(believing.address("phone"), "")
    link.paho.will_set("vigil/v1/hq/phone/status", json.dumps({"device": "gw", "online": False}), qos=1)
    with link:
        end_without_goodbye(link)
    believing.wait_for(1, Quarantined)
    assert believing.quarantined() == [("identity_mismatch", "vigil/v1/hq/phone/status")]


@pytest.mark.parametrize(("qos", "dup"), [(0, False), (1, True)], ids=["QoS 0", "DUP at once"])
def test_qos_0_and_a_dup_flag_on_the_first_delivery_are_taken_as_they_are(
    believing: Believing, qos: int, *, dup: bool
) -> None:
    link = connect(believing.address("phone"), "phone-raw")
    assert link is not None
    with link:
        link.sendall(publish_packet(PHONE_SCAN, scan(), qos=qos, dup=dup))
        believing.wait_for(1, CheckpointScan)
    assert (believing.judged(), believing.duplicates(), believing.quarantined()) == (1, 0, [])
