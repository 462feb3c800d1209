"""W8: what a revoked device may still do is nothing: link, session, will, retained message, and the shared login."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import brokers
from tests.brokers import wait_until
from tests.security.guarded import A_SCAN, A, B, Chatter, Guarded, guarded, is_cut
from vigil import broker, broker_users
from vigil.broker_process import may_log_in

Holds = Callable[[Guarded], None]


def the_link_is_cut_and_nothing_comes_after(guard: Guarded) -> None:
    with guard.device(A) as link, guard.device(B) as other:
        with Chatter(link, A_SCAN) as chatter:
            wait_until(lambda: len(chatter.acknowledged) >= 20, "the device to be in full flow")
            before, began = list(chatter.acknowledged), time.monotonic()
            guard.revoke(A)
            wait_until(lambda: is_cut(link), "the link to be cut", seconds=5)
        assert time.monotonic() - began < 5
        assert not is_cut(other)
    assert not may_log_in(guard.addresses[A])
    said = [payload for topic, payload in guard.received(until="last", sender=B) if topic == A_SCAN]
    assert said[: len(before)] == before
    # Between losing its rights and its link it is acknowledged and not heard, as MQTT 3.1.1 wants it.
    assert said == [str(number + 1) for number in range(len(said))]
    assert len(said) <= len(chatter.acknowledged) + 1


def its_will_is_not_sent(guard: Guarded) -> None:
    link = guard.device(A)
    link.paho.will_set(A_SCAN, "last will", qos=1)
    with link:
        guard.revoke(A)
        wait_until(lambda: is_cut(link), "the link to be cut")
    guard.wait_for_refusals("publish_denied", 1)
    assert ("last will") not in [payload for _, payload in guard.received(until="last", sender=B)]


def the_shared_login_does_not_speak_for_it(guard: Guarded) -> None:
    guard.revoke(A)
    with guard.shared() as link:
        link.publish_and_wait(A_SCAN, "attack")
        link.publish_and_wait("vigil/v1/hq/phone-8/scan", "of one without")
    assert {payload for _, payload in guard.received(until="last", sender=B)} == {"of one without", "last"}


def its_session_serves_nobody(guard: Guarded) -> None:
    with guard.device(A, "kept", persistent=True) as link:
        assert link.subscribe(f"vigil/v1/hq/{A}/receipt") == [True]
    guard.revoke(A)
    with guard.device(B, "kept", persistent=True) as heir:
        guard.wait_for_refusals("subscribe_denied", 1)
        assert heir.payloads == []


ALL: tuple[Holds, ...] = (
    the_link_is_cut_and_nothing_comes_after,
    its_will_is_not_sent,
    the_shared_login_does_not_speak_for_it,
    its_session_serves_nobody,
)


@pytest.mark.parametrize("holds", ALL, ids=lambda holds: str(holds.__name__))
def test_it_holds(tmp_path: Path, holds: Holds) -> None:
    with guarded(tmp_path) as guard:
        holds(guard)


@pytest.mark.parametrize("holds", ALL[:3], ids=lambda holds: str(holds.__name__))
def test_it_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: Holds) -> None:
    """A planted bug turns each of them red."""
    match holds.__name__:
        case "the_link_is_cut_and_nothing_comes_after":
            monkeypatch.setattr(broker, "_steps", lambda before, _: [before])
        case "its_will_is_not_sent":
            monkeypatch.setattr(broker, "_steps", lambda _, after: [after])
        case _:
            users_of = broker_users.users_of
            monkeypatch.setattr(
                broker,
                "users_of",
                lambda passwords, credentials, *, shared_login, mapping: users_of(
                    passwords,
                    [credential for credential in credentials if credential.revoked_at is None],
                    shared_login=shared_login,
                    mapping=mapping,
                ),
            )
    # What the bug keeps from coming is not waited for with patience.
    monkeypatch.setattr(brokers, "PATIENCE_SECONDS", 5.0)
    with guarded(tmp_path) as guard, pytest.raises((AssertionError, pytest.fail.Exception)):
        holds(guard)


def test_a_credential_that_was_replaced_opens_nothing_and_the_new_one_does(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard, guard.device(A) as link:
        before = guard.addresses[A]
        after = guard.add(A, replace=True)
        wait_until(lambda: is_cut(link), "the link to be cut")
        assert (may_log_in(before), may_log_in(after)) == (False, True)


def test_a_device_that_was_added_speaks_within_two_seconds_and_other_links_stay(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard, guard.device(B) as other, guard.shared() as shared:
        shared.publish_and_wait("vigil/v1/hq/phone-8/scan", "as nobody in particular")
        began = time.monotonic()
        guard.add("phone-8")
        assert time.monotonic() - began < 2
        assert may_log_in(guard.addresses["phone-8"])
        assert (is_cut(other), is_cut(shared)) == (False, False)
        # From now on it is the device's own topic, also on links that were open before.
        shared.publish_and_wait("vigil/v1/hq/phone-8/scan", "attack")
        guard.wait_for_refusals("publish_denied", 1)


def test_a_revocation_outlives_a_restart_and_a_killed_broker(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard:
        guard.revoke(A)
        guard.broker.stop()
        guard.start()
        assert (may_log_in(guard.addresses[A]), may_log_in(guard.addresses[B])) == (False, True)
        pid = guard.broker.pid
        assert guard.broker._server.child is not None
        guard.broker._server.child.kill()
        wait_until(lambda: guard.broker.pid != pid and may_log_in(guard.addresses[B]), "the broker to be back")
        assert not may_log_in(guard.addresses[A])


def test_a_damaged_file_keeps_those_in_who_are_in_and_is_told(tmp_path: Path) -> None:
    with guarded(tmp_path) as guard, guard.device(A) as link:
        sound = guard.credentials.path.read_bytes()
        guard.credentials.path.write_bytes(sound[:40])
        wait_until(lambda: guard.told(broker.BrokerEvent.NOT_LOADED) != [], "the damage to be told")
        assert "cannot be read" in guard.told(broker.BrokerEvent.NOT_LOADED)[0]
        assert not is_cut(link)
        guard.credentials.path.write_bytes(sound)
        wait_until(lambda: guard.told(broker.BrokerEvent.LOADED) != [], "the file to be loaded again")
