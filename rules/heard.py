"""What rules about people and places hear: scans and person signals, and whether absence is held meanwhile."""

from msgspec import Struct

from domain.observations import CheckpointScan, PersonSignal
from domain.record import Record


class Heard(Struct, frozen=True):
    """A record about a person or a place. While a gap is read up (`is_holding`) nobody is called absent (Gap law)."""

    record: Record
    is_holding: bool = False


def addressed_to(record: Record) -> list[str]:
    """The ids of those whom a record concerns: a scan's checkpoint, officer and answered questions, a signal's person.

    A question goes by `checkpoint/question`.
    """
    body = record.body
    if isinstance(body, CheckpointScan):
        return [body.checkpoint, body.officer, *(f"{body.checkpoint}/{question}" for question in body.answers)]
    return [body.person] if isinstance(body, PersonSignal) else []
