"""What a sender promises: say what became of one message, and decide nothing about trying again."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Verdict(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"


class Attempt(Struct, frozen=True):
    """The outcome of one attempt, with what the receiver said or what went wrong."""

    verdict: Verdict
    detail: str = ""


class Sender(Protocol):
    """Delivers messages of one channel. May block for seconds; never raises for what the receiver did."""

    @property
    def channel(self) -> str:
        """The outbox channel this sender serves."""

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:
        """Try once. `message_id` is the idempotency key to hand on."""

    def close(self) -> None:
        """Let go of connections."""
