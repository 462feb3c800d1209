"""Two clients with one client id: the broker throws each off for the other, and the session says what to do."""

import time
from unittest.mock import Mock

import pytest

from collector.link import Link
from collector.session import ContestedId, SessionEvent
from collector.settings import Protocol
from tests.brokers import RunningBroker, wait_until
from tests.collector.scripted_broker import ACCEPTED_5, CONNECT, SESSION_TAKEN_OVER, ScriptedBroker
from tests.collector.test_session import Told, grants, session_at

REMEDY = "(setting `instance`: `--instance` or VIGIL_INSTANCE)"


def said(told: Told) -> list[str]:
    return told.details(SessionEvent.TAKEN_OVER)


@pytest.mark.parametrize("protocol", [Protocol.V5, Protocol.V311])
def test_two_sessions_with_one_client_id_say_so_with_the_remedy(
    mosquitto_broker: RunningBroker, protocol: Protocol
) -> None:
    address = mosquitto_broker.collector
    with session_at(address, protocol=protocol) as one, session_at(address, protocol=protocol) as other:
        wait_until(lambda: bool(said(one) and said(other)), "both to say why they are thrown off")
        for told in (one, other):
            assert "same client id" in said(told)[0]
            assert REMEDY in said(told)[0]


def test_two_sessions_with_names_of_their_own_leave_each_other_alone(mosquitto_broker: RunningBroker) -> None:
    address = mosquitto_broker.collector
    with session_at(address, instance="north") as one, session_at(address, instance="south") as other:
        wait_until(lambda: one.session.connected() and other.session.connected(), "both to connect")
        for told in (one, other):
            assert [event for event, _ in told.events] == [SessionEvent.CONNECTED]


def test_a_broker_that_gives_the_reason_is_believed_at_once_and_told_once() -> None:
    def answer(kind: int, _body: bytes) -> bytes:
        return ACCEPTED_5 + SESSION_TAKEN_OVER if kind == CONNECT else b""

    with ScriptedBroker(answer) as broker, session_at(broker.address, protocol=Protocol.V5) as told:
        wait_until(lambda: len(told.details(SessionEvent.DISCONNECTED)) >= 3, "three connections to end")
        assert "Session taken over" in told.details(SessionEvent.DISCONNECTED)[0]
        assert len(said(told)) == 1
        assert "another client connected" in said(told)[0]
        assert REMEDY in said(told)[0]


def test_a_broker_that_refuses_is_no_other_client() -> None:
    with ScriptedBroker(lambda *packet: grants(0x80, *packet)) as broker, session_at(broker.address) as told:
        wait_until(lambda: len(told.details(SessionEvent.DISCONNECTED)) >= 5, "five connections to end")
        assert said(told) == []


def ended(*, lasted: float = 1.0, is_cut: bool = True, taken_over: bool = False) -> Link:
    ready_at = time.monotonic() - lasted
    return Mock(ready=True, ready_at=ready_at, is_cut=is_cut, taken_over=taken_over)


def test_three_cuts_in_a_row_are_told_once_until_a_connection_lasts() -> None:
    contested = ContestedId()
    assert [contested.learn(ended()) is not None for _ in range(5)] == [False, False, True, False, False]
    assert contested.learn(ended(lasted=3600.0)) is None
    assert [contested.learn(ended()) is not None for _ in range(3)] == [False, False, True]


def test_a_broker_that_was_away_in_between_explains_the_cuts() -> None:
    contested = ContestedId()
    for _ in range(4):
        assert contested.learn(ended()) is None
        assert contested.learn(ended()) is None
        contested.unreachable()


def test_what_we_ended_ourselves_is_no_cut() -> None:
    contested = ContestedId()
    assert [contested.learn(ended(is_cut=False)) for _ in range(5)] == [None] * 5
