"""Which few alarms tell of many undecided rows, each of which its rule can tell, or one source that it lacks."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from rules.segments import Positions

NOTHING: Final = -1
"""Stands where a row has no source, or an alarm is not one of a rule, or not one of a source."""

MOST_CHOSEN: Final = 50
"""Choices by how much each tells; what is left then goes by source, or by rule where there is none."""


def chosen(rule: Positions, source: Positions, preferred: int = 0) -> Iterator[tuple[int, int, Positions]]:
    """The choice for n rows of that rule and that source (or `NOTHING`): (rule, `NOTHING`, places) or (`NOTHING`,
    source, places), each row in one of them.

    The next choice is always what tells of most rows that are left; of equals a source below `preferred`, then a rule,
    then another source, and the lower number.
    """
    if not rule.size:
        return
    sources = int(source.max()) + 2
    pairs, pair_of, count = np.unique(rule * sources + source + 1, return_inverse=True, return_counts=True)
    of_rule, of_source = pairs // sources, pairs % sources - 1
    owner = np.full(pairs.size, NOTHING)
    choices: list[tuple[int, int]] = []
    while bool((left := owner == NOTHING).any()) and len(choices) < MOST_CHOSEN:
        by_rule = _totals(of_rule[left], count[left])
        has_source = left & (of_source != NOTHING)
        by_source = _totals(of_source[has_source], count[has_source])
        best, cause = int(by_rule.argmax()), int(by_source.argmax())
        is_rule = by_rule[best] > by_source[cause] or (by_rule[best] == by_source[cause] and cause >= preferred)
        owner[left & (of_rule == best if is_rule else of_source == cause)] = len(choices)
        choices.append((best, NOTHING) if is_rule else (NOTHING, cause))
    with_source = left & (of_source != NOTHING)
    numbers, number_of = np.unique(of_source[with_source], return_inverse=True)
    owner[with_source] = len(choices) + number_of
    choices += [(NOTHING, number) for number in numbers.tolist()]
    others = left & ~with_source
    numbers, number_of = np.unique(of_rule[others], return_inverse=True)
    owner[others] = len(choices) + number_of
    choices += [(number, NOTHING) for number in numbers.tolist()]
    yield from _with_places(choices, owner[pair_of])


def _with_places(choices: list[tuple[int, int]], owners: Positions) -> Iterator[tuple[int, int, Positions]]:
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=len(choices)))
    for choice, places in zip(choices, np.split(order, ends[:-1]), strict=True):
        yield (*choice, places)


def _totals(number: Positions, count: Positions) -> Positions:
    """The sum of the counts of each number, from 0 on."""
    total = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int64)
    np.add.at(total, number, count)
    return total
