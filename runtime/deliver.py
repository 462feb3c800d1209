"""Takes outbox messages to their senders: at least once, oldest first, one thread per channel.

A sender says sent, retry or refused; when to try again is decided here and nowhere else.
"""

import hashlib
import threading
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from domain.instant import HOUR, SECOND, Duration
from notify.sender import Attempt, Sender, Verdict
from runtime.clock import Clock
from stores.ports import ClaimedMessage, Outbox, PartitionLost, StoreUnavailable

FIRST_RETRY: Final[Duration] = 1 * SECOND


class Persistence(Struct, frozen=True, kw_only=True):
    """How long and how often a channel's messages are tried, and how many are claimed at a time.

    A claim must outlast its batch: a channel that may take seconds for each message claims one at a time.
    """

    longest_retry: Duration
    give_up_after: Duration | None
    batch: int


STATUS: Final = Persistence(longest_retry=300 * SECOND, give_up_after=None, batch=100)
"""For what shows states: there is always a next one, and nobody is called when one does not arrive."""

NOTIFYING: Final = Persistence(longest_retry=HOUR, give_up_after=72 * HOUR, batch=1)
"""For what tells people: over a long weekend of the receiver, then somebody has to know."""


class Settled(Struct, frozen=True, kw_only=True):
    """What became of one attempt, of a message that has waited for so long."""

    attempt: Attempt
    waited: Duration


Watch = Callable[[Settled], None]

Fault = Callable[[str, str], None]
"""Told `(where, what)` when something failed that nobody else will report."""


def retry_delay(message_id: str, attempt: int, longest: Duration) -> Duration:
    """About 1 s after the first failed attempt, then twice as long each time up to `longest`, give or take a half.

    The jitter follows from the message and the attempt, so that what failed together does not come back together.
    """
    doubled: Duration = min(longest, FIRST_RETRY << min(attempt - 1, 32))
    drawn = int.from_bytes(hashlib.blake2b(f"{message_id}/{attempt}".encode(), digest_size=4).digest())
    return doubled // 2 + doubled * drawn // (1 << 32)


class Delivery:
    """Delivers one channel's messages on its own thread, so that a slow channel delays no other."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        epoch: int,
        clock: Clock,
        on_fault: Fault,
        *,
        persistence: Persistence = STATUS,
        watch: Watch = lambda _: None,
    ) -> None:
        """Serve `sender.channel` under this engine's epoch; nothing is sent once another owns the partition.

        `watch` is told what became of each attempt.
        """
        self._outbox = outbox
        self._sender = sender
        self._epoch = epoch
        self._clock = clock
        self._on_fault = on_fault
        self._persistence = persistence
        self._watch = watch
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
        claimed = self._outbox.claim_messages(self._epoch, self._sender.channel, self._persistence.batch, self._clock())
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
        now, persistence = self._clock(), self._persistence
        message_id = claimed.message.id
        due = now + retry_delay(message_id, claimed.attempt, persistence.longest_retry)
        end = None if persistence.give_up_after is None else claimed.since + persistence.give_up_after
        if attempt.verdict is Verdict.RETRY and end is not None and due > end:
            attempt = Attempt(Verdict.REFUSED, f"given up after {(now - claimed.since) // HOUR} h: {attempt.detail}")
        if attempt.verdict is Verdict.SENT:
            self._outbox.mark_sent(message_id, now, attempt.detail)
        elif attempt.verdict is Verdict.REFUSED:
            self._outbox.mark_refused(message_id, now, attempt.detail)
        else:
            self._outbox.mark_retry(message_id, now, due, attempt.detail)
        self._watch(Settled(attempt=attempt, waited=now - claimed.since))

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
