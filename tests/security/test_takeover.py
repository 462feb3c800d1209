"""W5: to MQTT a session is its client id. Nobody can know the collector's, and taking a device's over gains nothing.

nats-server has no option that binds a client id to a user. What it does when another user presents the id of a session
was measured: it closes the older link, and with a clean session throws away what waits there; the topics are judged
by the newcomer's own rights, so nothing is delivered that it may not hear.
"""

import socket
from pathlib import Path

import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.security.guarded import A_SCAN, A, B, Guarded, guarded
from tests.security.raw_link import connect
from vigil.broker import BrokerEvent

GUESSES = ("vigil-events", "vigil-readings", "vigil-status", "vigil", "collector", "vigil-events-", "VIGIL-EVENTS")


def no_guess_touches_the_collectors_session(guard: Guarded) -> None:
    with guard.collector() as collector, guard.device(A) as link:
        for guess in GUESSES:
            for persistent in (True, False):
                with guard.device(B, guess, persistent=persistent) as impostor:
                    assert not impostor.session_present
        link.publish_and_wait(A_SCAN, "while connected")
        assert collector.wait_for(1) == ["while connected"]
        assert collector.paho.is_connected()
    with guard.device(A) as link:
        link.publish_and_wait(A_SCAN, "while away")
    for guess in GUESSES:
        with guard.device(B, guess):
            pass
    with guard.collector() as collector:
        assert collector.session_present
        assert collector.wait_for(1) == ["while away"]


def test_no_guess_touches_the_collectors_session(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        no_guess_touches_the_collectors_session(guard)


def test_a_client_id_that_can_be_guessed_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug, and why the id is secret: an impostor wipes what waits for the collector."""
    monkeypatch.setattr(Guarded, "secret_id", "vigil-events")
    with guarded(tmp_path) as guard, pytest.raises(AssertionError):
        no_guess_touches_the_collectors_session(guard)


def test_the_secret_part_is_random_and_never_told(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        secret = guard.broker.claim().sessions
        assert len(secret) == 32
        fight(guard, guard.broker.address, guard.secret_id)
        assert '"vigil-events-***" was taken over 3 times' in guard.told(BrokerEvent.CLIENT_ID_TAKEN)[0]
        assert not any(secret in detail for _, detail in guard.events)


def test_whoever_takes_a_devices_id_hears_nothing_of_it(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        with guard.device(A, "known-to-all", persistent=True) as link:
            assert link.subscribe(f"vigil/v1/hq/{A}/receipt") == [True]
        with guard.device(B, "known-to-all", persistent=True) as impostor:
            send_receipt(guard, "for a")
            impostor.publish_and_wait(A_SCAN, "attack")
            guard.wait_for_refusals("publish_denied", 1)
            guard.wait_for_refusals("subscribe_denied", 1)
            assert impostor.payloads == []
        with guard.device(A, "known-to-all", persistent=True) as link:
            assert link.wait_for(1) == ["for a"]


def test_two_that_fight_for_an_id_are_told(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        fight(guard, guard.addresses[A], "known-to-all")
        assert guard.broker.refusals["client_id_taken"] == 3
        assert '"known-to-all" was taken over 3 times' in guard.told(BrokerEvent.CLIENT_ID_TAKEN)[0]


def fight(guard: Guarded, address: BrokerAddress, client_id: str) -> None:
    """Take an id over three times; the broker lets it happen once a second."""
    links: list[socket.socket] = []

    def one_more() -> bool:
        link = connect(address, client_id)
        links.extend([] if link is None else [link])
        return link is not None

    try:
        for _ in range(4):
            wait_until(one_more, "the broker to accept the id again")
        wait_until(lambda: guard.told(BrokerEvent.CLIENT_ID_TAKEN) != [], "the fight to be told")
    finally:
        for link in links:
            link.close()


def send_receipt(guard: Guarded, payload: str) -> None:
    with MqttClient(guard.broker.address, "sender") as sender:
        sender.publish_and_wait(f"vigil/v1/hq/{A}/receipt", payload)
