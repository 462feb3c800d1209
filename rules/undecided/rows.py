"""What is remembered of rows that cannot be decided, from one look to the next, and its stored form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from msgspec import Struct
from msgspec.structs import astuple

from domain.instant import Instant
from domain.readings import Times
from rules.reading_state import INT64, Columns
from rules.rule import UndecidedRows
from rules.segments import Mask, Positions


@dataclass(slots=True)
class Doubts(Columns):
    """What is remembered of the rows of a kind that were undecided at the latest look, by their places, ascending.

    `noticed` is the look that found it so first, `since` when it was decided last, `told_at` when it was told (0: not
    yet) and `cause` the number of the cause that was told. `seen` is the cause as far as the latest look shows it,
    `seen_from` the look that found it so first, and `mark` that of `UndecidedRows`. Since `alone_from` nothing else has
    told of it. `over_at` is the look that found a row decided again of which that is still to be told (else 0).
    """

    place: Positions = field(metadata=INT64)
    noticed: Times = field(metadata=INT64)
    since: Times = field(metadata=INT64)
    mark: Times = field(metadata=INT64)
    told_at: Times = field(metadata=INT64)
    cause: Positions = field(metadata=INT64)
    seen: Positions = field(metadata=INT64)
    seen_from: Times = field(metadata=INT64)
    alone_from: Times = field(metadata=INT64)
    over_at: Times = field(metadata=INT64)

    def rows(self) -> Iterator[tuple[int, ...]]:
        """Every row, its columns in their order."""
        return zip(*(getattr(self, each.name).tolist() for each in fields(self)), strict=True)


class StoredDoubt(Struct, frozen=True, array_like=True):
    """A row of `Doubts` without its place."""

    kind: str
    rule: str
    point: str
    noticed: Instant
    since: Instant
    mark: int
    told_at: Instant
    cause: int
    seen: int
    seen_from: Instant
    alone_from: Instant
    over_at: Instant = 0


def laid(stored: Sequence[StoredDoubt], places: Sequence[int | None]) -> Doubts:
    """Columns of stored rows by the places that they have now; those that have none are left out."""
    kept = sorted((place, *astuple(each)[3:]) for place, each in zip(places, stored, strict=True) if place is not None)
    return Doubts(*np.array(kept, dtype=np.int64).reshape(-1, len(fields(Doubts))).T.copy())


def goes_on(before: Doubts, found: UndecidedRows) -> Mask:
    """Which rows found now were undecided at the look before and ever since."""
    where, is_there = _place_in(before, found.place)
    former = before.mark[where]
    same = is_there & (before.over_at[where] == 0)
    on: Mask = same & ((former == 0) | (found.mark == 0) | (former == found.mark))
    return on


def ended(before: Doubts, found: UndecidedRows, on: Mask, until: Instant) -> Doubts:
    """The rows of which it was told that they are undecided, and is to be told that they are no more."""
    over = before.take(np.flatnonzero((before.told_at > 0) & ~np.isin(before.place, found.place[on])))
    over.over_at = np.where(over.over_at > 0, over.over_at, until)
    return over


def after(before: Doubts, found: UndecidedRows, on: Mask, seen: Positions, since: Times, until: Instant) -> Doubts:
    """What is remembered of the rows found now; those that go `on` keep what was remembered of them."""
    where, _ = _place_in(before, found.place)
    former = before.take(where)
    return Doubts(
        place=found.place,
        noticed=np.where(on, former.noticed, until),
        since=np.where(on, former.since, since),
        mark=np.where((found.mark == 0) & on, former.mark, found.mark),
        told_at=np.where(on, former.told_at, 0),
        cause=np.where(on, former.cause, 0),
        seen=seen,
        seen_from=np.where(on & (former.seen == seen), former.seen_from, until),
        alone_from=np.where(on, former.alone_from, until),
        over_at=np.zeros_like(found.place),
    )


def with_untold(now: Doubts, untold: Doubts) -> Doubts:
    """The rows found now and those whose end is still to be told, by their places; no place may be in both."""
    if not untold.place.size:
        return now
    both = Doubts.joined([now, untold])
    return both.take(np.argsort(both.place, kind="stable"))


def _place_in(before: Doubts, place: Positions) -> tuple[Positions, Mask]:
    """Where rows are remembered, and which are at all; `before` must not be empty."""
    where = np.minimum(np.searchsorted(before.place, place), before.place.size - 1)
    return where, before.place[where] == place


def nothing_before() -> Doubts:
    """One row that no kind has: stands for nothing remembered."""
    before = Doubts.blank(1)
    before.place[:] = -1
    return before
