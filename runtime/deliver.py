"""Takes outbox messages to their senders: at least once, oldest first, one thread per channel.

A sender says sent, retry or refused; when to try again is decided here and nowhere else.
"""

import threading
from collections.abc import Callable
from typing import Final

from domain.instant import SECOND, Duration
from notify.sender import Attempt, Sender, Verdict
from runtime.clock import Clock
from stores.ports import ClaimedMessage, Outbox, PartitionLost, StoreUnavailable

BATCH: Final = 100
FIRST_RETRY: Final[Duration] = 1 * SECOND
LONGEST_RETRY: Final[Duration] = 300 * SECOND

Fault = Callable[[str, str], None]
"""Told `(where, what)` when something failed that nobody else will report."""


def retry_delay(attempt: int) -> Duration:
    """Double from one second to five minutes: attempt 1 failed, wait 1 s; attempt 10 failed, wait 300 s."""
    doubled: Duration = FIRST_RETRY << min(attempt - 1, 16)
    return min(LONGEST_RETRY, doubled)


class Delivery:
    """Delivers one channel's messages on its own thread, so that a slow channel delays no other."""

    def __init__(self, outbox: Outbox, sender: Sender, epoch: int, clock: Clock, on_fault: Fault) -> None:
        """Serve `sender.channel` under this engine's epoch; nothing is sent once another owns the partition."""
        self._outbox = outbox
        self._sender = sender
        self._epoch = epoch
        self._clock = clock
        self._on_fault = on_fault
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"deliver-{sender.channel}", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Something may be waiting now."""
        self._wake.set()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the message in hand, leave the rest in the outbox."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._sender.close()

    def deliver_due(self) -> int:
        """Deliver what is due now, until told to stop; gives how many messages were claimed.

        Raises:
            PartitionLost: another engine owns the partition.
            StoreUnavailable: the outbox cannot be read or written now.
        """
        claimed = self._outbox.claim_messages(self._epoch, self._sender.channel, BATCH, self._clock())
        for message in claimed:
            if self._stopping.is_set():
                break  # what is left is due again at once for the next owner
            self._settle(message, self._attempt(message))
        return len(claimed)

    def _attempt(self, claimed: ClaimedMessage) -> Attempt:
        message = claimed.message
        try:
            return self._sender.send(message.id, message.address, message.payload, retain=message.retain)
        # supervision: a sender's bug is told to on_fault, and the message is tried again
        except Exception as error:
            self._on_fault(f"sender {self._sender.channel}", f"{type(error).__name__}: {error}")
            return Attempt(Verdict.RETRY, f"{type(error).__name__}: {error}")

    def _settle(self, claimed: ClaimedMessage, attempt: Attempt) -> None:
        now = self._clock()
        message_id = claimed.message.id
        if attempt.verdict is Verdict.SENT:
            self._outbox.mark_sent(message_id, now)
        elif attempt.verdict is Verdict.REFUSED:
            self._outbox.mark_refused(message_id, now, attempt.error)
        else:
            self._outbox.mark_retry(message_id, now + retry_delay(claimed.attempt), attempt.error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                busy = self.deliver_due() > 0
            except PartitionLost as lost:
                self._on_fault(f"deliver {self._sender.channel}", str(lost))
                return
            except StoreUnavailable as error:
                self._on_fault(f"deliver {self._sender.channel}", str(error))
                busy = False
            if not busy:
                self._wake.wait(timeout=1.0)
