"""Rows of (rule, point): their order, and how readings find them."""

import numpy as np

from rules.reading_rows import RowTable


def a_table(pairs: list[tuple[int, int]], points: tuple[str, ...] = ("z", "a", "m")) -> RowTable:
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return RowTable(("r1", "r2"), points, columns[:, 0], columns[:, 1])


def test_rows_of_a_point_are_neighbours() -> None:
    table = a_table([(1, 0), (0, 2), (0, 0)])
    assert table.pairs() == [("r1", "z"), ("r2", "z"), ("r1", "m")]
    assert len(table) == 3


def test_rank_is_by_rule_then_point_id() -> None:
    table = a_table([(0, 0), (0, 1), (1, 0), (1, 1)])
    by_rank = [pair for _, pair in sorted(zip(table.rank.tolist(), table.pairs(), strict=True))]
    assert by_rank == [("r1", "a"), ("r1", "z"), ("r2", "a"), ("r2", "z")]


def test_expand_gives_each_reading_its_rows() -> None:
    table = a_table([(0, 0), (1, 0), (0, 2)])
    reading, row = table.expand(np.array([2, 0, 1], dtype=np.int32))
    assert reading is not None
    assert reading.tolist() == [0, 1, 1]
    assert row.tolist() == [2, 0, 1]


def test_expand_keeps_readings_where_each_has_one_row() -> None:
    reading, row = a_table([(0, 0), (1, 2)]).expand(np.array([2, 0, 2], dtype=np.int32))
    assert reading is None
    assert row.tolist() == [1, 0, 1]


def test_expand_of_unwatched_points_is_empty() -> None:
    _, row = a_table([]).expand(np.array([0, 1], dtype=np.int32))
    assert row.tolist() == []


def test_row_of_finds_a_pair_or_nothing() -> None:
    table = a_table([(0, 0), (1, 2)])
    assert table.row_of("r2", "m") == 1
    assert table.row_of("r1", "m") is None
    assert table.row_of("r3", "m") is None
    assert table.row_of("r1", "x") is None


def test_kept_rows_are_found_by_name_in_a_reordered_table() -> None:
    before = a_table([(0, 0), (1, 0), (0, 2)])
    after = a_table([(0, 0), (0, 1), (1, 2)], points=("m", "q", "z"))
    kept, theirs = after.kept_from(before)
    names = [(after.pairs()[row], before.pairs()[old]) for row, old in zip(kept.tolist(), theirs.tolist(), strict=True)]
    assert names == [(("r1", "m"), ("r1", "m")), (("r2", "z"), ("r2", "z"))]
