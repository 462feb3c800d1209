"""A rule that cannot be decided on a subject: neither that its case is so nor that it is not can be known."""

from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant
from domain.text import Text


class UndecidedCause(StrEnum):
    """Why a rule cannot be decided; `UNEXPLAINED`: Vigil failed when it looked for the reason."""

    NEVER_HEARD = "never_heard"
    SILENT = "silent"
    UNUSABLE = "unusable"
    DIVISION_BY_ZERO = "division_by_zero"
    NOT_FINITE = "not_finite"
    TOO_FEW_READINGS = "too_few_readings"
    UNEXPLAINED = "unexplained"


class Undecided(Struct, frozen=True, kw_only=True):
    """A rule that has been undecided on a subject for longer than `AlarmPolicy.undecided_seconds`.

    `because` says why, `points` are those without a usable value, `since` is when it was decided last as far as was
    seen, `over_at` when it was found to be decided again, or to be gone with its configuration.
    """

    site: str
    rule: str
    subject: str
    cause: UndecidedCause
    because: Text
    since: Instant
    points: tuple[str, ...] = ()
    over_at: Instant | None = None
