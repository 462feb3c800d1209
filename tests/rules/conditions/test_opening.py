"""Hours over columns."""

import numpy as np

from domain.instant import DAY, HOUR, from_iso
from rules.conditions.opening import Opening

MONDAY = from_iso("2026-11-23T00:00:00Z")
OPENING = Opening("mon-fri 08:00-18:00", "UTC")


def test_instants_are_within_from_the_beginning_until_before_the_end() -> None:
    at = MONDAY + np.array([7, 8, 12, 18, 5 * 24 + 12]) * HOUR
    assert OPENING.is_open(at).tolist() == [False, True, True, False, False]


def test_changes_come_after_the_beginning_and_up_to_the_end() -> None:
    changes = OPENING.changes(MONDAY + 8 * HOUR, MONDAY + 32 * HOUR)
    assert ((changes - MONDAY) // HOUR).tolist() == [18, 32]


def test_the_next_change_is_found_across_the_weekend() -> None:
    at = np.array([MONDAY, MONDAY + 8 * HOUR, MONDAY + 4 * DAY + 18 * HOUR])
    assert ((OPENING.next_change(at) - MONDAY) // HOUR).tolist() == [8, 18, 7 * 24 + 8]
