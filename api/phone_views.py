"""What an officer's phone gets for an answer."""

from msgspec import Struct


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of one observation: `stored`, or `quarantined` with the reason; `record` is its seq."""

    boot: str | None
    seq: int | None
    outcome: str
    reason: str
    detail: str
    record: int


class Receipts(Struct, frozen=True, kw_only=True):
    """A receipt for each observation, in their order."""

    receipts: tuple[Receipt, ...]


class PhotoStored(Struct, frozen=True, kw_only=True):
    """A photograph that is kept now; `reference` is what a scan says of it."""

    reference: str
    size: int
