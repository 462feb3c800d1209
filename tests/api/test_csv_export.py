"""What a spreadsheet would take for a formula is text (reliability row B11)."""

import csv
import io

import pytest

from api.csv_export import Cell, csv_response, csv_text, safe_cell


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=cmd()", "'=cmd()"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\x00=1", "'=1"),
        ("＝1", "'＝1"),
        ("<script>", "<script>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("{{7*7}}", "{{7*7}}"),
        ("a=b", "a=b"),
        (-1.5, "-1.5"),
        (3, "3"),
        (True, "yes"),
        (None, ""),
        ("漏巡", "漏巡"),
    ],
)
def test_cells(value: Cell, expected: str) -> None:
    assert safe_cell(value) == expected


def test_a_table_comes_back_as_it_was() -> None:
    text = csv_text(["name", "=n"], [['a "b", c\nd', 1], ["=x", None]])
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert rows == [["name", "'=n"], ['a "b", c\nd', "1"], ["'=x", ""]]


def test_it_is_a_download() -> None:
    answer = csv_response("patrol-tours", ["a"], [["b"]])
    assert answer.headers["content-disposition"] == 'attachment; filename="patrol-tours.csv"'
    assert answer.media_type == "text/csv; charset=utf-8"
