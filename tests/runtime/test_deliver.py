"""Delivery settles each message by what its sender said, and survives the sender's bugs."""

from collections.abc import Mapping, Sequence

import pytest

from domain.instant import HOUR, SECOND, Instant
from notify.sender import Attempt, Verdict
from runtime.deliver import NOTIFYING, STATUS, Delivery, Settled, retry_delay
from stores.ports import ClaimedMessage, OutboxMessage, PartitionLost
from tests.samples import NOW


class FakeOutbox:
    """Two messages and a notebook."""

    def __init__(self) -> None:
        self.waiting = [OutboxMessage(id=name, channel="fake", address="a", payload=b"{}") for name in ("m1", "m2")]
        self.settled: list[tuple[str, str, Instant | str]] = []
        self.epoch = 3
        self.since = NOW

    def claim_messages(self, epoch: int, channel: str, limit: int, now: Instant) -> Sequence[ClaimedMessage]:
        if epoch != self.epoch:
            raise PartitionLost("epoch 3 is the partition's own now")
        claimed = [ClaimedMessage(message=message, attempt=2, since=self.since) for message in self.waiting[:limit]]
        self.waiting = self.waiting[limit:]
        return claimed

    def mark_sent(self, message_id: str, now: Instant, detail: str = "") -> None:
        self.settled.append((message_id, "sent", now))

    def mark_retry(self, message_id: str, now: Instant, due: Instant, detail: str) -> None:
        self.settled.append((message_id, f"retry: {detail}", due))

    def mark_refused(self, message_id: str, now: Instant, detail: str) -> None:
        self.settled.append((message_id, f"refused: {detail}", now))

    def counts(self) -> Mapping[str, int]:
        return {"waiting": len(self.waiting)}


class FakeSender:
    """Answers as it is told."""

    channel = "fake"

    def __init__(self, answers: dict[str, Attempt | Exception]) -> None:
        self._answers = answers
        self.closed = False

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:
        answer = self._answers[message_id]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True


def deliver(answers: dict[str, Attempt | Exception], epoch: int = 3) -> tuple[FakeOutbox, list[tuple[str, str]]]:
    outbox = FakeOutbox()
    faults: list[tuple[str, str]] = []
    delivery = Delivery(outbox, FakeSender(answers), epoch, lambda: NOW, lambda *told: faults.append(told))
    delivery.deliver_due()
    return outbox, faults


def test_each_message_is_settled_by_its_own_answer() -> None:
    outbox, faults = deliver({"m1": Attempt(Verdict.SENT), "m2": Attempt(Verdict.REFUSED, "no such topic")})
    assert outbox.settled == [("m1", "sent", NOW), ("m2", "refused: no such topic", NOW)]
    assert faults == []


def test_a_retry_is_due_later_the_more_attempts_there_were() -> None:
    outbox, _ = deliver({"m1": Attempt(Verdict.RETRY, "away"), "m2": Attempt(Verdict.SENT)})
    assert outbox.settled[0] == ("m1", "retry: away", NOW + retry_delay("m1", 2, STATUS.longest_retry))


def test_a_sender_that_raises_is_told_and_tried_again_and_the_next_message_goes_out() -> None:
    outbox, faults = deliver({"m1": ZeroDivisionError("oops"), "m2": Attempt(Verdict.SENT)})
    assert faults == [("sender fake", "ZeroDivisionError: oops")]
    assert [settled[0] for settled in outbox.settled] == ["m1", "m2"]


def test_an_engine_that_lost_its_partition_sends_nothing() -> None:
    with pytest.raises(PartitionLost):
        deliver({}, epoch=2)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (99, 300)])
def test_retries_double_up_to_the_longest_give_or_take_a_half(attempt: int, seconds: int) -> None:
    delays = [retry_delay(f"message-{n}", attempt, 300 * SECOND) for n in range(200)]
    assert seconds * SECOND // 2 <= min(delays) < max(delays) < seconds * SECOND * 3 // 2
    assert max(delays) - min(delays) > seconds * SECOND * 3 // 4
    assert retry_delay("message-1", attempt, 300 * SECOND) == delays[1]


def test_people_are_told_for_72_hours_and_then_it_is_a_refused_message() -> None:
    outbox, told = FakeOutbox(), list[Settled]()
    sender = FakeSender({"m1": Attempt(Verdict.RETRY, "away"), "m2": Attempt(Verdict.SENT)})
    clock = [NOW + 71 * HOUR]
    delivery = Delivery(outbox, sender, 3, lambda: clock[0], lambda *_: None, persistence=NOTIFYING, watch=told.append)
    assert delivery.deliver_due() == 1
    assert outbox.settled[-1][1] == "retry: away"
    outbox.waiting.insert(0, OutboxMessage(id="m1", channel="fake", address="a", payload=b"{}"))
    clock[0] = NOW + 72 * HOUR
    delivery.deliver_due()
    assert outbox.settled[-1] == ("m1", "refused: given up after 72 h: away", NOW + 72 * HOUR)
    assert [(each.attempt.verdict, each.waited) for each in told] == [
        (Verdict.RETRY, 71 * HOUR),
        (Verdict.REFUSED, 72 * HOUR),
    ]


def test_stop_closes_the_sender_and_ends_the_thread() -> None:
    sender = FakeSender({"m1": Attempt(Verdict.SENT), "m2": Attempt(Verdict.SENT)})
    delivery = Delivery(FakeOutbox(), sender, 3, lambda: NOW, lambda *_: None)
    delivery.start()
    delivery.stop()
    assert sender.closed


def test_stop_leaves_the_rest_of_a_batch_in_the_outbox() -> None:
    """A broker that is away costs seconds a message: a hundred of them must not outlive the stop."""
    outbox = FakeOutbox()
    delivery: list[Delivery] = []

    class StoppedMeanwhile(FakeSender):
        def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:
            delivery[0].stop()
            return super().send(message_id, address, payload, retain=retain)

    sender = StoppedMeanwhile({"m1": Attempt(Verdict.SENT), "m2": Attempt(Verdict.SENT)})
    delivery.append(Delivery(outbox, sender, 3, lambda: NOW, lambda *_: None))
    delivery[0].deliver_due()
    assert outbox.settled == [("m1", "sent", NOW)]
