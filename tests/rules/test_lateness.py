import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rules.lateness import is_late, lateness
from rules.point_table import NEVER

READINGS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=40)


def scalar(readings: list[tuple[int, int]]) -> tuple[list[bool], list[int]]:
    judged = [NEVER] * 4
    late = []
    for point, at in readings:
        late.append(at < judged[point])
        judged[point] = max(judged[point], at)
    return late, judged


@given(READINGS, st.data())
def test_lateness_equals_its_scalar_reference_however_the_batch_is_cut(
    readings: list[tuple[int, int]], data: st.DataObject
) -> None:
    expected, expected_judged = scalar(readings)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(readings)), max_size=4)))
    judged = np.full(4, NEVER, dtype=np.int64)
    found: list[bool] = []
    for begin, end in zip([0, *cuts], [*cuts, len(readings)], strict=True):
        part = readings[begin:end]
        if part:
            points = np.array([point for point, _ in part], dtype=np.int32)
            found += is_late(points, np.array([at for _, at in part], dtype=np.int64), judged).tolist()
    assert found == expected
    assert judged.tolist() == expected_judged


@given(READINGS)
def test_what_is_as_old_as_the_newest_of_its_point_is_again(readings: list[tuple[int, int]]) -> None:
    points, at = (np.array(column) for column in zip(*readings, strict=True))
    found = lateness(points.astype(np.int32), at, np.full(4, NEVER, dtype=np.int64))
    again = np.empty(len(readings), dtype=np.bool_)
    again[found.order] = found.is_again
    expected = [
        at == max((earlier for other, earlier in readings[:place] if other == point), default=None)
        for place, (point, at) in enumerate(readings)
    ]
    assert again.tolist() == expected
