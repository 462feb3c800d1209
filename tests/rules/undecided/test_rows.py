"""What is remembered of undecided rows from look to look."""

import numpy as np

from rules.rule import UndecidedRows
from rules.undecided.rows import Doubts, StoredDoubt, after, ended, goes_on, laid, nothing_before, with_untold


def found(*places: int, mark: int = 0) -> UndecidedRows:
    rows = UndecidedRows.blank(len(places))
    rows.place[:], rows.mark[:] = places, mark
    return rows


def look(before: Doubts, rows: UndecidedRows, until: int, seen: int = 1) -> Doubts:
    shown, since = np.full(rows.place.size, seen), np.full(rows.place.size, until - 5)
    return after(before, rows, goes_on(before, rows), shown, since, until)


def test_a_row_keeps_when_it_was_noticed_and_its_cause_when_it_was_first_seen() -> None:
    first = look(nothing_before(), found(3, 7), 100)
    assert (first.noticed.tolist(), first.since.tolist(), first.alone_from.tolist()) == ([100] * 2, [95] * 2, [100] * 2)
    second = look(first, found(3, 5, 7), 200)
    assert (second.noticed.tolist(), second.since.tolist()) == ([100, 200, 100], [95, 195, 95])
    third = look(second, found(3, 5, 7), 300, seen=2)
    assert (third.noticed.tolist(), third.seen_from.tolist()) == ([100, 200, 100], [300] * 3)


def test_a_later_mark_says_that_it_was_decided_in_between_and_none_says_nothing() -> None:
    first = look(nothing_before(), found(3, mark=7), 100)
    assert goes_on(first, found(3, mark=7)).tolist() == [True]
    assert goes_on(first, found(3, mark=9)).tolist() == [False]
    unmarked = look(first, found(3), 200)
    assert (unmarked.noticed.tolist(), unmarked.mark.tolist()) == ([100], [7])


def test_told_rows_that_do_not_go_on_have_ended_and_untold_ones_are_forgotten() -> None:
    first = look(nothing_before(), found(3, 5, 7, mark=7), 100)
    first.told_at[:2] = 100
    rows = found(5, mark=9)
    over = ended(first, rows, goes_on(first, rows), 200)
    assert (over.place.tolist(), over.over_at.tolist()) == ([3, 5], [200, 200])
    both = with_untold(look(first, found(4), 200), over)
    assert both.place.tolist() == [3, 4, 5]
    assert goes_on(both, found(3, 4)).tolist() == [False, True], "what has ended begins anew"
    still = ended(both, found(3, 4), goes_on(both, found(3, 4)), 300)
    assert (still.place.tolist(), still.over_at.tolist()) == ([3, 5], [200, 200])
    assert with_untold(first, Doubts.blank(0)) is first


def test_stored_rows_are_laid_by_the_places_that_they_have_now() -> None:
    stored = [StoredDoubt("limit", "r", point, *range(10, 18)) for point in ("a", "b", "c")]
    rows = laid(stored, [9, None, 2])
    assert [row[:3] for row in rows.rows()] == [(2, 10, 11), (9, 10, 11)]
    assert rows.over_at.tolist() == [0, 0]
    assert laid(stored, [None] * 3).place.size == 0
