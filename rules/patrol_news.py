"""What the patrol tells rules: news of a tour's runs and of their stops, from which kinds of rules judge."""

from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant
from domain.text import Text


class StopChange(StrEnum):
    """What can be said of a stop of a tour, and of a run of it."""

    MISSED = "missed"
    VISITED = "visited"
    CORRECTED = "corrected"
    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    ABANDONED = "abandoned"


class StopNews(Struct, frozen=True, kw_only=True):
    """News of one stop, or (NOT_BEGUN, BEGUN, ABANDONED) of a run; `cause` is the seq of the record that brought it.

    MISSED: nobody came until `at`, when the stop was missed. VISITED: somebody was there at `at`, whatever it counts
    for. CORRECTED: at `at` it became known that the stop said to be missed at `missed_at` had been walked in time.

    NOT_BEGUN: nobody had begun the run that was due at `due_at` until `missed_at`, the last time for it. BEGUN: at `at`
    it became known that it was begun at `begun_at`; `correction` says so where that was in time after all. ABANDONED:
    at `at` a run that nobody had begun was called off, so that nobody is waited for any more.
    """

    change: StopChange
    site: str
    tour: str
    checkpoint: str
    at: Instant
    cause: int
    due_at: Instant = 0
    missed_at: Instant = 0
    begun_at: Instant = 0
    correction: Text | None = None

    @property
    def subject(self) -> str:
        """The id of what it is about: a stop of the tour, or the tour."""
        return f"{self.tour}/{self.checkpoint}" if self.checkpoint else self.tour
