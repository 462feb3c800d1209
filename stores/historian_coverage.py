"""Which seqs the historian has taken: ranges, so that nothing is stored twice and what is missing is known.

The ranges bound records, not readings: `(5, 9)` says that every reading of the records 5 to 9 has been taken, even if
there was none. Seqs increase without being dense, so what is fed next follows upon what was fed before, whatever its
first seq.
"""

from collections.abc import Iterable
from typing import TypeAlias

SeqRange: TypeAlias = tuple[int, int]
"""First and last seq, both included."""


def merge_ranges(ranges: Iterable[SeqRange]) -> list[SeqRange]:
    """Give the same seqs as the fewest ranges, ascending and apart."""
    merged: list[SeqRange] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def subtract_ranges(wanted: SeqRange, taken: Iterable[SeqRange]) -> list[SeqRange]:
    """Give the parts of `wanted` that lie in none of `taken` (ascending and apart)."""
    first, last = wanted
    left: list[SeqRange] = []
    for taken_first, taken_last in taken:
        if taken_last < first:
            continue
        if taken_first > last:
            break
        if taken_first > first:
            left.append((first, taken_first - 1))
        first = taken_last + 1
    if first <= last:
        left.append((first, last))
    return left


def stored_until(stored: Iterable[SeqRange]) -> int:
    """Give the highest seq up to which all is stored, 0 if nothing is.

    The first range ever claimed begins at 1, and retention leaves ranges without readings: whatever is missing was
    lost, at the beginning too.
    """
    runs = merge_ranges(stored)
    return runs[0][1] if runs and runs[0][0] <= 1 else 0


class Coverage:
    """The seqs taken so far, on disk or in memory, and how far the caller has fed."""

    def __init__(self, stored: Iterable[SeqRange], fed: int) -> None:
        """Start from what is on disk; feeding goes on after `fed`."""
        self._taken = merge_ranges(stored)
        self._fed = fed

    def claim(self, first: int, last: int) -> list[SeqRange]:
        """Take the parts of `first` to `last` that were not taken before, and give them (none: all was known).

        A range beyond what was fed reaches down to it: between the two there are no records.
        """
        if first > self._fed:
            first = self._fed + 1
        self._fed = max(self._fed, last)
        if not self._taken or first > self._taken[-1][1]:
            new = [(first, last)]
            self._append(first, last)
        else:
            new = subtract_ranges((first, last), self._taken)
            if new:
                self._taken = merge_ranges([*self._taken, *new])
        return new

    def release(self, ranges: Iterable[SeqRange]) -> None:
        """Give ranges up: their readings are no longer held and have to be fed again."""
        for gone in ranges:
            self._taken = [rest for taken in self._taken for rest in subtract_ranges(taken, [gone])]

    def taken(self) -> list[SeqRange]:
        """What is held, ascending and apart."""
        return list(self._taken)

    def missing(self) -> list[SeqRange]:
        """What was given up and not taken again, up to what was fed."""
        return subtract_ranges((1, self._fed), self._taken)

    def _append(self, first: int, last: int) -> None:
        if self._taken and self._taken[-1][1] + 1 == first:
            self._taken[-1] = (self._taken[-1][0], last)
        else:
            self._taken.append((first, last))
