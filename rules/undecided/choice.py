"""Which few alarms tell of many undecided rows, of each of which its rule can tell, or a device that fell silent."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from rules.segments import Positions

NOTHING: Final = -1
"""Stands where a row has no device, or an alarm is not one of a rule, or not one of a device."""

MOST_CHOSEN: Final = 50
"""Choices by how much each tells; what is left then goes by rule."""


def chosen(rule: Positions, device: Positions) -> Iterator[tuple[int, int, Positions]]:
    """The choice for n rows of that rule and that device (or `NOTHING`): (rule, `NOTHING`, places) or (`NOTHING`,
    device, places), each row in one of them.

    The next choice is always what tells of most rows that are left; of equals a rule before a device, and the lower
    number.
    """
    if not rule.size:
        return
    devices = int(device.max()) + 2
    pairs, pair_of, count = np.unique(rule * devices + device + 1, return_inverse=True, return_counts=True)
    rules, sources = pairs // devices, pairs % devices - 1
    owner = np.full(pairs.size, NOTHING)
    choices: list[tuple[int, int]] = []
    while bool((left := owner == NOTHING).any()):
        by_rule = _totals(rules[left], count[left])
        has_device = left & (sources != NOTHING)
        by_device = _totals(sources[has_device], count[has_device])
        best, silent = int(by_rule.argmax()), int(by_device.argmax())
        is_rule = by_rule[best] >= by_device[silent] or len(choices) >= MOST_CHOSEN
        owner[left & (rules == best if is_rule else sources == silent)] = len(choices)
        choices.append((best, NOTHING) if is_rule else (NOTHING, silent))
    owners = owner[pair_of]
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=len(choices)))
    for choice, places in zip(choices, np.split(order, ends[:-1]), strict=True):
        yield (*choice, places)


def _totals(number: Positions, count: Positions) -> Positions:
    """The sum of the counts of each number, from 0 on."""
    total = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int64)
    np.add.at(total, number, count)
    return total
