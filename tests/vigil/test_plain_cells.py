"""Plain numbers of many lines at once are what `float` makes of them; everything else is left alone."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vigil.judging.plain_cells import PlainCells, read_plain

PLAIN = st.from_regex(r"-?[0-9]{1,8}(\.[0-9]{0,7})?", fullmatch=True)
ANYTHING = st.text(alphabet="0123456789.-+eE ninaß/:", max_size=20)
LINES = st.lists(st.tuples(PLAIN | ANYTHING, PLAIN | ANYTHING), min_size=1, max_size=6)


def read(rows: list[tuple[str, str]], end: str = "\n") -> PlainCells:
    lines = [f"{one},2026-01-01T00:00:00.5,{other}{end}" for one, other in rows]
    cells = read_plain(lines, ",", 3, 1, [0, 2])
    assert cells is not None
    assert cells.moments == ["2026-01-01T00:00:00.5"] * len(rows)
    return cells


@given(LINES)
@example([("9007199254740991", "9007199254740992"), ("0.1", "-0.0"), ("", "-"), (".", "1.2.3"), (".5", "5.")])
@example([("123456789.0123456", "12345678.9"), ("00000000000000001", "-12345678"), ("/:", "1:2"), ("٣", "1_0")])
def test_what_is_plain_is_what_float_says_and_the_rest_can_be_read_as_text(rows: list[tuple[str, str]]) -> None:
    cells = read(rows)
    for line, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if cells.are_plain[line, column]:
                found = float(cells.values[line, column])
                assert (found, math.copysign(1, found)) == (float(text), math.copysign(1, float(text)))
            assert cells.text(line, column) == text


@given(st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_numbers_of_up_to_fifteen_digits_are_plain(rows: list[tuple[str, str]], end: str) -> None:
    assert read(rows, end).are_plain.all()


@pytest.mark.parametrize("line", ["1,2\n", "1,2,3,4\n", '1,"2",3\n', "\n", "1,2\n3,4,5,6\n"])
def test_lines_of_another_form_are_left_to_whoever_reads_cell_by_cell(line: str) -> None:
    assert read_plain(["1,2,3\n", *line.splitlines(keepends=True)], ",", 3, 1, [0, 2]) is None


@pytest.mark.parametrize("delimiter", [".", "-", "1", "，"])
def test_delimiters_that_numbers_are_written_with_are_not_for_this(delimiter: str) -> None:
    assert read_plain([f"a{delimiter}b\n"], delimiter, 2, 0, [1]) is None


def test_a_line_without_an_end_is_read_too() -> None:
    cells = read_plain(["a;1.5;7\n", "b;2.5;8"], ";", 3, 0, [1])
    assert cells is not None
    assert cells.values.tolist() == [[1.5], [2.5]]
    assert cells.moments == ["a", "b"]
