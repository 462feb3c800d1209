"""W3, W4, B6: a device speaks for itself only, hears its own receipts only, and reaches no control plane."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.directory import MessageKind
from tests import brokers
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient, is_acknowledged
from tests.security.guarded import A_SCAN, B_SCAN, A, B, Guarded, end_without_goodbye, guarded
from vigil import broker_config, broker_users
from vigil.broker import BrokerEvent
from vigil.broker_config import BrokerUser
from vigil.broker_process import may_log_in
from vigil.device_credentials import DeviceCredential

Holds = Callable[[Guarded], None]

OF_B = tuple(f"vigil/v1/hq/{B}/{kind}" for kind in MessageKind)
CONTROL = (
    "$JS/API/STREAM/DELETE/$MQTT_msgs",
    "$JS/API/STREAM/PURGE/$MQTT_msgs",
    "$JS/API/CONSUMER/DELETE/$MQTT_msgs/x",
    "$JS/ACK/$MQTT_msgs/x/1/1/1/1/1",
    "$MQTT/msgs/vigil/v1/hq/gw-4/scan",
    "$MQTT/sess/x",
    "$MQTT/rmsgs/x",
    "$SYS/REQ/SERVER/PING",
)
FOREIGN = (
    "vigil/status/hq",
    f"vigil/v1/hq/{A}/receipt",
    f"vigil/v1/other/{A}/scan",
    f"vigil/v1/hq/{A}",
    f"vigil/v1/hq/{A}/scan/more",
    f"vigil-drill/night/v1/hq/{A}/scan",
    "other",
)
ODD = (
    "vigil/v1/hq/*/scan",
    "vigil/v1/hq/>",
    "vigil/v1/hq/$a/scan",
    f"vigil.v1.hq.{B}.scan",
    f"vigil.v1.hq.{B}/scan",
    f"vigil/v1/hq/{A}.{B}/scan",
    f"/vigil/v1/hq/{A}/scan",
    f"vigil//v1/hq/{A}/scan",
    f"vigil/v1/hq/{A}/scan/",
    f"vigil/v1/hq/{A}//scan",
    f"$share/g/vigil/v1/hq/{B}/scan",
    "/".join(["x"] * 128),
    "y" * 65_535,
)
FILTERS = (
    "#",
    "+/#",
    "vigil/#",
    "vigil/v1/#",
    "vigil/v1/hq/#",
    "vigil/v1/hq/+/receipt",
    "vigil/v1/+/+/receipt",
    f"vigil/v1/hq/{B}/receipt",
    f"vigil/v1/hq/{B}/scan",
    f"vigil/v1/hq/{A}/#",
    A_SCAN,
    "vigil/status/#",
    "$SYS/#",
    "$JS/#",
    "$JS/API/#",
    "$MQTT/#",
    "$MQTT/sub/+",
    "$MQTT/msgs/#",
    f"$share/g/vigil/v1/hq/{B}/receipt",
)


def publishing_reaches_nothing_but_its_own_topics(guard: Guarded) -> None:
    topics = (*OF_B, *CONTROL, *FOREIGN, *ODD)
    with guard.device(A) as link:
        for topic in topics:
            link.publish_and_wait(topic, "attack", retain=True)
    assert {payload for _, payload in guard.received(until="last")} == {"last"}
    guard.wait_for_refusals("publish_denied", len(topics))


def each_kind_of_its_own_arrives(guard: Guarded) -> None:
    with guard.device(A) as link:
        for kind in MessageKind:
            link.publish_and_wait(f"vigil/v1/hq/{A}/{kind}", kind)
    got = set(guard.received(until="last"))
    assert got >= {(f"vigil/v1/hq/{A}/{kind}", kind) for kind in ("scan", "access", "status")}
    assert guard.broker.refusals["publish_denied"] == 0


def a_will_for_another_is_not_sent(guard: Guarded) -> None:
    with guard.device(B) as other:
        for topic in (B_SCAN, "$JS/API/STREAM/DELETE/$MQTT_msgs", "vigil/status/hq"):
            link = guard.device(A)
            link.paho.will_set(topic, "attack", qos=1, retain=True)
            with link:
                end_without_goodbye(link)
        guard.wait_for_refusals("publish_denied", 3)
        assert other.paho.is_connected()
    assert {payload for _, payload in guard.received(until="last", sender=B)} == {"last"}


def subscribing_is_granted_for_its_own_receipts_only(guard: Guarded) -> None:
    with guard.device(A) as link:
        granted = dict(zip(FILTERS, link.subscribe(*FILTERS), strict=True))
        assert not any(granted.values()), granted
        assert link.subscribe(f"vigil/v1/hq/{A}/receipt") == [True]
        with guard.device(B) as other, MqttClient(guard.broker.address, "sender") as vigil:
            other.subscribe(f"vigil/v1/hq/{B}/receipt")
            vigil.publish_and_wait(f"vigil/v1/hq/{B}/receipt", "for b")
            vigil.publish_and_wait(f"vigil/v1/hq/{A}/receipt", "for a")
            assert (link.wait_for(1), other.wait_for(1)) == (["for a"], ["for b"])
    guard.wait_for_refusals("subscribe_denied", 1)


def the_shared_login_does_not_speak_for_who_has_a_credential(guard: Guarded) -> None:
    with guard.shared() as link:
        link.publish_and_wait("vigil/v1/hq/phone-8/scan", "of one without")
        link.publish_and_wait(A_SCAN, "attack")
        link.publish_and_wait(B_SCAN, "attack")
        assert link.subscribe(f"vigil/v1/hq/{A}/receipt") == [False]
    assert {payload for _, payload in guard.received(until="last")} == {"of one without", "last"}


ALL: tuple[Holds, ...] = (
    publishing_reaches_nothing_but_its_own_topics,
    each_kind_of_its_own_arrives,
    a_will_for_another_is_not_sent,
    subscribing_is_granted_for_its_own_receipts_only,
    the_shared_login_does_not_speak_for_who_has_a_credential,
)


@pytest.mark.parametrize("holds", ALL, ids=lambda holds: str(holds.__name__))
def test_it_holds(tmp_path: Path, holds: Holds) -> None:
    with guarded(tmp_path) as guard:
        holds(guard)


@pytest.mark.parametrize(
    ("holds", "plant"),
    [
        (publishing_reaches_nothing_but_its_own_topics, "no allow list"),
        (publishing_reaches_nothing_but_its_own_topics, "wildcard"),
        (a_will_for_another_is_not_sent, "no allow list"),
        (subscribing_is_granted_for_its_own_receipts_only, "no allow list"),
        (subscribing_is_granted_for_its_own_receipts_only, "wildcard"),
        (the_shared_login_does_not_speak_for_who_has_a_credential, "nothing denied"),
    ],
)
def test_it_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: Holds, plant: str) -> None:
    """A planted bug turns each of them red."""
    match plant:
        case "no allow list":
            monkeypatch.setattr(broker_config, "_allowed", lambda *_: {"allow": [">"]})
        case "wildcard":
            monkeypatch.setattr(broker_users, "device_user", with_the_rights_of_all)
        case _:
            allowed = broker_config._allowed
            monkeypatch.setattr(broker_config, "_allowed", lambda filters, _: allowed(filters, ()))
    # What the bug keeps from coming is not waited for with patience.
    monkeypatch.setattr(brokers, "PATIENCE_SECONDS", 5.0)
    with guarded(tmp_path) as guard, pytest.raises((AssertionError, pytest.fail.Exception)):
        holds(guard)


def test_a_password_opens_its_own_name_only(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        of_a, of_b = guard.addresses[A], guard.addresses[B]
        assert may_log_in(of_a)
        assert may_log_in(of_b)
        assert not may_log_in(of_b.with_login(B, of_a.password or ""))
        assert not may_log_in(of_b.with_login("collector", of_a.password or ""))
        assert not may_log_in(of_a.with_login(A, ""))
        hashed = guard.credentials.read()[0].password_hash
        assert not may_log_in(of_a.with_login(A, hashed))
        guard.wait_for_refusals("login_refused", 4)
        wait_until(lambda: guard.told(BrokerEvent.REFUSED) != [], "somebody to be told of the refusals")
        assert "log-ins were refused" in guard.told(BrokerEvent.REFUSED)[0]


def test_a_topic_with_a_space_ends_the_link_unacknowledged(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard, guard.device(A) as link:
        info = link.publish("vigil/v1/hq/phone 7/scan", "attack")
        wait_until(lambda: not link.paho.is_connected(), "the broker to end the link")
        assert not is_acknowledged(info)


def with_the_rights_of_all(credential: DeviceCredential, _mapping: object = ()) -> BrokerUser:
    everything, receipts = ("vigil/v1/#",), ("vigil/v1/+/+/receipt",)
    return BrokerUser(credential.device, credential.password_hash, publish=everything, subscribe=receipts)
