"""What could not be taken in: quarantined messages, and what devices send that nobody mapped."""

from msgspec import Struct

from domain.instant import Instant


class QuarantineItem(Struct, frozen=True, kw_only=True):
    """A message that was not believed. `seq` is its journal record."""

    seq: int
    at: Instant
    reason: str
    detail: str
    topic: str
    size: int
    site: str | None
    device: str | None


class QuarantineDetail(Struct, frozen=True, kw_only=True):
    """A quarantined message with its bytes: in base64, and as text with everything unprintable escaped.

    `size` is the message's true size; `complete` False where only the head of it was kept.
    """

    seq: int
    received_at: Instant
    source: str
    reason: str
    detail: str
    topic: str
    size: int
    complete: bool
    site: str | None
    device: str | None
    payload_base64: str
    payload_text: str


class UnmappedValue(Struct, frozen=True, kw_only=True):
    """One thing an unmapped device says. `sample` is the last value; numbers of tags stand as `token:...`."""

    name: str
    sample: bool | int | float | str | None
    count: int


class UnmappedItem(Struct, frozen=True, kw_only=True):
    """A foreign device that nobody has mapped, with what it sends and a mapping to start from.

    `mapped` is true for a reader that is mapped and read tags that are not. `proposal` is YAML for the configuration.
    """

    format: str
    topic: str
    name: str
    first_seen: Instant
    last_seen: Instant
    last_topic: str
    messages: int
    mapped: bool
    values: tuple[UnmappedValue, ...]
    proposal: str


class ReasonCount(Struct, frozen=True, kw_only=True):
    """How many messages were quarantined for one reason."""

    reason: str
    count: int
