"""Tells the engine how a channel does, from what becomes of its messages: it raises the alarm, and clears it."""

from typing import Final

from domain.instant import MINUTE, Duration
from domain.record import ChannelReported, ChannelState, Record, Urgency
from journal.ports import Journal, JournalUnavailable
from notify.sender import Verdict
from runtime.clock import Clock
from runtime.deliver import Fault, Settled

FAILING_AFTER: Final[Duration] = 15 * MINUTE
"""A message that has not gone out for so long: whoever should know does not, and somebody must tell him another way."""

SOURCE: Final = "vigil"


class ChannelWatch:
    """Watches one channel; each change of its state becomes a record, the first success after a start too.

    That one is told although nothing may have failed: an alarm of before the start could be standing.
    """

    def __init__(self, channel: str, journal: Journal, clock: Clock, on_fault: Fault) -> None:
        """Know nothing yet. `clock` is the engine's."""
        self._channel = channel
        self._journal = journal
        self._clock = clock
        self._on_fault = on_fault
        self._state: ChannelState | None = None

    def __call__(self, settled: Settled) -> None:
        """Note what became of an attempt."""
        state = self._judged(settled)
        if state is None or state is self._state:
            return
        now = self._clock()
        report = ChannelReported(channel=self._channel, state=state, detail=settled.attempt.detail)
        try:
            record = Record(seq=0, body=report, event_time=now, received_at=now, source=SOURCE)
            self._journal.append(record, Urgency.EVENT)
        except JournalUnavailable as error:
            self._on_fault(f"channel {self._channel}", f"is {state}, which could not be recorded: {error}")
        else:
            self._state = state

    def _judged(self, settled: Settled) -> ChannelState | None:
        match settled.attempt.verdict:
            case Verdict.SENT:
                return ChannelState.WORKING
            case Verdict.REFUSED:
                return ChannelState.REFUSING
            case Verdict.RETRY if settled.waited >= FAILING_AFTER and self._state is not ChannelState.REFUSING:
                return ChannelState.FAILING
            case _:
                return None
