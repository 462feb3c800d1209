"""What the patrol tells rules: news of one stop of a tour, from which kinds of rules judge."""

from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant
from domain.text import Text


class StopChange(StrEnum):
    """What can be said of a stop of a tour."""

    MISSED = "missed"
    VISITED = "visited"
    CORRECTED = "corrected"


class StopNews(Struct, frozen=True, kw_only=True):
    """News of one stop; `cause` is the seq of the record that brought it.

    MISSED: nobody came until `at`, when the stop was missed. VISITED: somebody was there at `at`, whatever it counts
    for. CORRECTED: at `at` it became known that the stop said to be missed at `missed_at` had been walked in time.
    """

    change: StopChange
    site: str
    tour: str
    checkpoint: str
    at: Instant
    cause: int
    due_at: Instant = 0
    missed_at: Instant = 0
    correction: Text | None = None
