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
