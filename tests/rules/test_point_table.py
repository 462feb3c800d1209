import numpy as np

from domain.readings import readings_from
from rules.point_table import LISTS_KEPT, LONGEST_LIST_KEPT, NEVER, PointTable


def table(*ids: str) -> PointTable:
    made = PointTable()
    made.configure(ids)
    return made


def rows(made: PointTable, *points: str) -> list[int]:
    count = len(points)
    return [int(row) for row in made.rows(readings_from(points, [0] * count, [0.0] * count, [0] * count))]


def test_each_point_has_the_row_of_its_place() -> None:
    assert rows(table("a", "b"), "b", "a", "b", "z") == [1, 0, 1, -1]
    assert rows(table("a"), *[]) == []
    assert rows(PointTable(), "a") == [-1]


def test_a_list_is_looked_up_once() -> None:
    made = table("a", "b")
    body = readings_from(["a", "b"], [0, 0], [0.0, 0.0], [0, 0])
    assert made.rows(body) is made.rows(body)


def test_lists_kept_are_bounded() -> None:
    made = table("a")
    for number in range(LISTS_KEPT + 5):
        rows(made, f"p{number}")
    rows(made, *(["a"] * LONGEST_LIST_KEPT))
    assert len(made._lists) == 5


def test_a_new_configuration_keeps_how_far_points_were_judged() -> None:
    made = table("a", "b")
    made.judged_to[:] = [5, 7]
    rows(made, "a")
    made.configure(["b", "c"])
    assert made.judged_to.tolist() == [7, NEVER]
    assert rows(made, "a", "b") == [-1, 0]


def test_state_names_the_points_that_were_ever_judged() -> None:
    made = table("a", "b")
    made.judged_to[1] = 7
    assert made.state() == {"b": 7}
    other = table("b", "a")
    other.restore(made.state())
    assert other.judged_to.tolist() == [7, NEVER]


def noted(made: PointTable, *readings: tuple[int, int, bool]) -> PointTable:
    rows, at, good = zip(*readings, strict=True)
    made.note(np.array(rows, dtype=np.int32), np.array(at, dtype=np.int64), np.array(at) / 2, np.array(good))
    return made


def test_a_value_can_be_used_while_it_is_the_latest_and_holds() -> None:
    made = noted(table("a", "b", "c"), (0, 10, True), (1, 10, True), (1, 12, False))
    holds = np.array([5, 5, 5])
    assert [made.usable(at, holds).tolist() for at in (14, 15)] == [[True, False, False], [False, False, False]]
    assert noted(made, (1, 14, False), (1, 14, True)).usable(14, holds).tolist() == [True, True, False]
    assert made.good_at.tolist() == [10, 14, NEVER]


def test_what_was_good_outlives_a_configuration_and_a_restart() -> None:
    made = noted(table("a", "b"), (0, 10, True), (1, 11, True), (1, 12, False))
    made.judged_to[:] = [10, 12]
    made.configure(["b", "z", "a"])
    other = table("b", "z", "a")
    other.restore(made.state(), made.qualities())
    for each in (made, other):
        assert (each.good_at.tolist(), each.is_good.tolist()) == ([11, NEVER, 10], [False, False, True])
        assert np.array_equal(each.value, [6.0, np.nan, 5.0], equal_nan=True)
    before = table("b", "z", "a")
    before.restore(made.state())
    assert before.is_good.tolist() == [True, False, True], "that was not kept at first"
