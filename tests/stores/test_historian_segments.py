"""Names of segments, which hold and which were replaced, and what is merged or retired."""

import pytest

from domain.instant import DAY
from stores.historian_segments import Segment, hold_apart, parse_segment
from stores.historian_upkeep import MERGED_BYTES, segments_to_merge, segments_to_retire
from tests.stores.historian_columns import T0

START = T0 // DAY * DAY


def segment(first: int, last: int, day: float | None = 0, size: int = 1000) -> Segment:
    at = None if day is None else START + round(day * DAY)
    return Segment(seq_first=first, seq_last=last, oldest=at, newest=at, size=size, crc=first % 2**32)


def names(runs: list[tuple[Segment, ...]]) -> list[list[int]]:
    return [[part.seq_first for part in run] for run in runs]


@pytest.mark.parametrize("made", [segment(1, 5), segment(7, 7, None), segment(10**15, 10**15 + 1)])
def test_a_name_says_all(made: Segment) -> None:
    assert parse_segment(made.name) == made


@pytest.mark.parametrize(
    "name", ["", "writer.lock", "x.parquet", segment(1, 2).name + ".damaged", segment(1, 2).name + "~"]
)
def test_other_names_are_no_segments(name: str) -> None:
    assert parse_segment(name) is None


def test_a_larger_range_replaces_those_inside_it() -> None:
    parts = [segment(1, 5), segment(6, 9), segment(10, 12)]
    merged, alone = segment(1, 12), segment(13, 20)
    assert hold_apart([*parts, alone, merged]) == ([merged, alone], parts)


def test_of_equal_ranges_the_one_without_readings_holds() -> None:
    full, retired = segment(1, 5), segment(1, 5, None)
    assert hold_apart([full, retired]) == ([retired], [full])


def test_a_past_day_is_merged() -> None:
    parts = [segment(1, 5, 0.1), segment(6, 9, 0.9), segment(10, 12, 1.1), segment(13, 20, 1.2)]
    assert names(list(map(tuple, segments_to_merge(parts, START + DAY)))) == [[1, 6]]
    assert names(list(map(tuple, segments_to_merge(parts, START + 2 * DAY)))) == [[1, 6], [10, 13]]


def test_merging_stops_at_a_hole_and_at_a_size() -> None:
    parts = [segment(1, 5), segment(7, 9), segment(10, 12, size=MERGED_BYTES), segment(13, 20)]
    assert list(segments_to_merge(parts, START + DAY)) == []


def test_segments_without_readings_go_with_their_neighbours() -> None:
    parts = [segment(1, 5, None), segment(6, 9, 0), segment(10, 12, None), segment(13, 20, 1)]
    assert names(list(map(tuple, segments_to_merge(parts, START + 2 * DAY)))) == [[1, 6, 10]]


def test_retirement_takes_old_ones_with_the_empty_ones_beside_them() -> None:
    parts = [segment(1, 5, None), segment(6, 9, 0), segment(10, 12, 5), segment(13, 20, 0), segment(22, 30, 0)]
    assert names(list(map(tuple, segments_to_retire(parts, START + DAY)))) == [[1, 6], [13], [22]]


def test_what_was_retired_is_not_retired_again() -> None:
    assert list(segments_to_retire([segment(1, 9, None), segment(10, 12, 5)], START + DAY)) == []
