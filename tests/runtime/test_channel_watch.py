"""A channel's state becomes a record at each change, so that the engine may raise and clear the alarm."""

import pytest

from domain.instant import MINUTE, SECOND
from domain.record import ChannelReported, ChannelState, Record, Urgency
from journal.memory import MemoryJournal
from journal.ports import JournalUnavailable
from notify.sender import Attempt, Verdict
from runtime.channel_watch import FAILING_AFTER, ChannelWatch
from runtime.deliver import Settled
from tests.samples import NOW

SENT = Settled(attempt=Attempt(Verdict.SENT), waited=SECOND)
BUSY = Settled(attempt=Attempt(Verdict.RETRY, "busy"), waited=MINUTE)
AWAY = Settled(attempt=Attempt(Verdict.RETRY, "away"), waited=FAILING_AFTER)
REFUSED = Settled(attempt=Attempt(Verdict.REFUSED, "no such mailbox"), waited=SECOND)


def reported(*settled: Settled) -> list[tuple[str, str]]:
    journal = MemoryJournal()
    watch = ChannelWatch("mail", journal, lambda: NOW, lambda *told: pytest.fail(str(told)))
    for each in settled:
        watch(each)
    bodies = [record.body for record in journal.read(0, 100)]
    assert all(isinstance(body, ChannelReported) and body.channel == "mail" for body in bodies)
    return [(body.state, body.detail) for body in bodies if isinstance(body, ChannelReported)]


def test_each_change_is_told_once_and_the_first_success_too() -> None:
    assert reported(SENT, SENT, BUSY, SENT) == [(ChannelState.WORKING, "")]
    assert reported(BUSY) == []
    assert reported(REFUSED, SENT, SENT) == [(ChannelState.REFUSING, "no such mailbox"), (ChannelState.WORKING, "")]


def test_a_message_that_has_waited_for_long_says_that_the_channel_fails() -> None:
    assert reported(BUSY, AWAY, AWAY, REFUSED, AWAY) == [
        (ChannelState.FAILING, "away"),
        (ChannelState.REFUSING, "no such mailbox"),
    ]


def test_what_could_not_be_recorded_is_told_and_tried_again() -> None:
    class Full(MemoryJournal):
        is_full = True

        def append(self, record: Record, urgency: Urgency = Urgency.COMMAND, timeout: float = 10.0) -> int:
            if self.is_full:
                raise JournalUnavailable("disk full")
            return super().append(record, urgency, timeout)

    journal, faults = Full(), list[tuple[str, str]]()
    watch = ChannelWatch("mail", journal, lambda: NOW, lambda *told: faults.append(told))
    watch(REFUSED)
    assert faults == [("channel mail", "is refusing, which could not be recorded: disk full")]
    journal.is_full = False
    watch(REFUSED)
    assert journal.last_seq == 1
