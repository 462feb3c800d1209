"""F21 in simulated time: a receiver that is away for hours or days, on the real outbox; with planted bugs."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from notify.sender import Attempt, Verdict
from runtime import deliver
from runtime.deliver import NOTIFYING, Delivery
from stores.ports import MessageState, Page
from stores.state.opening import StateStore, open_state_store
from tests.samples import NOW
from tests.stores.commits import Owner, a_message


class Try(NamedTuple):
    at: Instant
    message: str


class Receiver:
    """Takes nothing until a time; keeps what was tried."""

    channel = "hook"

    def __init__(self, clock: list[Instant], back_at: Instant) -> None:
        self._clock = clock
        self._back_at = back_at
        self.tries: list[Try] = []
        self.taken: list[str] = []

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:
        self.tries.append(Try(self._clock[0], message_id))
        if self._clock[0] < self._back_at:
            return Attempt(Verdict.RETRY, "HTTP 500")
        self.taken.append(message_id)
        return Attempt(Verdict.SENT)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with open_state_store(tmp_path / "state.sqlite") as opened:
        yield opened


def live(store: StateStore, away: int, span: int, messages: int = 3) -> Receiver:
    """Let simulated time pass from one due message to the next."""
    owner = Owner(store.writer)
    owner.commit(outbox=[a_message(f"m{n}", "hook", channel="hook") for n in range(messages)])
    clock = [NOW + SECOND]
    receiver = Receiver(clock, NOW + away)
    delivery = Delivery(
        store.outbox,
        receiver,
        owner.epoch,
        lambda: clock[0],
        lambda *told: pytest.fail(str(told)),
        persistence=NOTIFYING,
    )
    while clock[0] < NOW + span:
        while delivery.deliver_due():
            """Until nothing is due."""
        waiting, _ = store.messages.messages(MessageState.WAITING, "hook", Page())
        clock[0] = min((message.due for message in waiting), default=NOW + span)
    return receiver


def complaints(receiver: Receiver, away: int, messages: int = 3) -> Iterator[str]:
    """What the row F21 promises and was not kept."""
    expected = {f"m{n}" for n in range(messages)}
    if sorted(receiver.taken) != sorted(expected):
        yield f"taken: {sorted(receiver.taken)}"
    if {attempt.message for attempt in receiver.tries} != expected:
        yield "an attempt bore another id"
    for message in expected:
        times = [attempt.at for attempt in receiver.tries if attempt.message == message]
        if any(later - earlier > HOUR * 3 // 2 for earlier, later in itertools.pairwise(times)):
            yield f"{message} was left alone for longer than an hour and a half"
        if len(times) > 20 + away // (HOUR // 2):
            yield f"{message} was tried {len(times)} times"
    together = [attempt.at for attempt in receiver.tries]
    if len(set(together)) < len(together) - 2 * messages:
        yield "attempts come together"


@pytest.mark.parametrize("away", [3 * HOUR, 70 * HOUR])
def test_a_receiver_that_comes_back_gets_each_message_once_with_its_id(store: StateStore, away: int) -> None:
    receiver = live(store, away, 4 * DAY)
    assert list(complaints(receiver, away)) == []
    last = max(attempt.at for attempt in receiver.tries)
    assert NOW + away <= last <= NOW + away + HOUR * 3 // 2
    assert store.outbox.counts() == {"waiting": 0, "sent": 3, "refused": 0}


def test_after_72_hours_each_is_a_refused_message_with_its_attempts(store: StateStore) -> None:
    receiver = live(store, 100 * HOUR, 5 * DAY, messages=1)
    (refused,), _ = store.messages.messages(MessageState.REFUSED, "hook", Page())
    assert refused.settled_at is not None
    assert NOW + 70 * HOUR < refused.settled_at <= NOW + 72 * HOUR + MINUTE
    assert refused.detail.startswith("given up after 7")
    attempts = store.messages.attempts("m0")
    assert len(attempts) == len(receiver.tries) == refused.attempts
    assert [attempt.verdict for attempt in attempts] == ["retry"] * (len(attempts) - 1) + ["refused"]


def never_again(message_id: str, attempt: int, longest: int) -> int:
    return 4 * DAY


def in_lockstep(message_id: str, attempt: int, longest: int) -> int:
    return min(longest, SECOND << attempt)


@pytest.mark.parametrize(
    ("bug", "found"),
    [(never_again, "taken: []"), (in_lockstep, "attempts come together")],
)
def test_planted_bugs_are_found(
    store: StateStore, monkeypatch: pytest.MonkeyPatch, bug: Callable[[str, int, int], int], found: str
) -> None:
    monkeypatch.setattr(deliver, "retry_delay", bug)
    receiver = live(store, 3 * HOUR, DAY)
    assert found in list(complaints(receiver, 3 * HOUR))
