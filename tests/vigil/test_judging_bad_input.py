"""Bad rows at `vigil judge`: each is told with file, line and what became of it; what is good is judged as ever."""

import time
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from simulators.recording_map import RecordingRefused
from tests.vigil.test_judging import MAP, ROWS, SITE, folder, judged, occurrences
from vigil.commands.judge import JudgeOptions, run
from vigil.judging.occurrences import NothingToJudge

__all__ = ["folder"]

MANY_SECONDS = 30.0
"""About ten times what it takes."""


class Told(Struct):
    """What a summary says of a flaw."""

    file: str
    line: int
    what: str
    times: int


def flaws(summary: dict[str, object]) -> list[Told]:
    return msgspec.convert(summary["flaws"], list[Told])


HALF_PAST = "".join(f"2026-01-01T00:{minute:02}:00,50,9\n" for minute in range(4, 30))


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("2026-01-01T00:04:00,NaN,9\n", 6, "'NaN' in column 'flow': a reading of bad quality"),
        ("2026-01-01T00:04:00,wet,9\n", 6, "column 'flow': a reading of bad quality (the first: 'wet' is no number)"),
        ("2026-01-01T00:04:00,1e400,9\n", 6, "not finite"),
        ("2026-01-01T00:04:00,99999999999999999999,9\n", 6, "beyond 9007199254740991"),
        ("2026-01-01T00:04:00,1_0,9\n", 6, "'1_0' is no number"),
        ('2026-01-01T00:04:00,"5,5",9\n', 6, "write `decimal: ','` in the map"),
        ("2026-01-01T00:03:00,49,1\n", 6, "another value in column 'flow' than the row before it with the same time"),
        ("2026-01-01T00:04:00,1\n", 6, "has not the header's 3 cells"),
        ('"2026-01-01T00:04:00,1,1\n2026-01-01T00:05:00,50,9\n', 6, "no CSV: left out"),
        (f'2026-01-01T00:04:00,"{"5" * 200_000}",9\n', 6, "field larger than field limit"),
        (
            "2099-01-01T00:00:00,50,9\n2026-01-01T00:05:00,50,9\n",
            7,
            "where its point was at 2099-01-01T00:00:00Z before",
        ),
        ("3000-01-01T00:00:00,50,9\n", 6, "outside 1990 to 2100"),
        ("1970-01-01T00:00:00,50,9\n", 6, "outside 1990 to 2100"),
        ("-1,50,9\n", 6, "write its form under `formats` in the map"),
        ("2026/01/01 00:04,50,9\n", 6, "write its form under `formats` in the map"),
    ],
)
def test_a_bad_row_is_told_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], rows: str, line: int, said: str
) -> None:
    good = occurrences(judged(folder, capsys, ROWS)[1])
    status, summary = judged(folder, capsys, ROWS + rows)
    assert status == 1
    assert [(each.file, each.line) for each in flaws(summary)] == [(str(folder / "rows.csv"), line)]
    assert said in flaws(summary)[0].what
    assert occurrences(summary) == good, "what came before it is judged as ever"


def test_a_quote_left_open_does_not_swallow_the_rows_behind_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, summary = judged(folder, capsys, ROWS + '"2026-01-01T00:04:00,50,9\n' + "2026-01-01T00:05:00,50,9\n")
    assert summary["readings"] == 10


def test_one_value_twice_is_no_flaw_and_two_values_are_one_also_between_parts(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    same, other = ROWS + ROWS.splitlines()[-1] + "\n", ROWS + "2026-01-01T00:03:00,51,1\n"
    for cells in (2, 100_000):
        monkeypatch.setattr("vigil.judging.recorded_columns.CELLS_PER_PART", cells)
        assert judged(folder, capsys, same)[0] == 0
        assert [each.line for each in flaws(judged(folder, capsys, other)[1])] == [6]


def test_a_clock_set_back_an_hour_is_told_once_with_both_times_and_judged_on_from_where_it_was(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    back = "".join(f"2026-01-01T00:{minute:02}:00,50,9\n" for minute in range(10, 32))
    status, summary = judged(folder, capsys, ROWS + HALF_PAST + back)
    (told,) = flaws(summary)
    assert (status, told.line, told.times) == (1, 32, 38)
    assert "a reading of 2026-01-01T00:10:00Z, where its point was at 2026-01-01T00:29:00Z before" in told.what


def test_gaps_are_told_with_the_longest_and_are_no_flaw(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ROWS + "2026-01-01T01:00:00,50,9\n2026-01-05T00:00:00,50,9\n2026-01-05T01:00:00,50,9\n"
    status, summary = judged(folder, capsys, rows)
    since, until = "2026-01-01T01:00:00Z", "2026-01-05T00:00:00Z"
    told = {"file": str(folder / "rows.csv"), "line": 7, "since": since, "until": until, "times": 3}
    assert (status, summary["gaps"]) == (0, [told])
    (folder / "site" / "lab.yaml").write_text(SITE.replace("timezone: UTC", "timezone: Asia/Shanghai"))
    files, mapping = (folder / "rows.csv",), folder / "map.yaml"
    run(JudgeOptions(files=files, mapping=mapping, config=folder / "site", rules=(), as_json=False))
    said = capsys.readouterr().out
    assert "rows.csv:7: no rows from 2026-01-01 09:00:00 to 2026-01-05 08:00:00: nothing is known of that time" in said
    assert judged(folder, capsys, ROWS)[1]["gaps"] == []


@pytest.mark.parametrize("rows", ["time,flow,amps\n", "time,flow,amps", "time,flow,amps\nx,1,2\n"])
def test_a_file_without_a_usable_reading_is_not_passed_in_silence(
    folder: Path, capsys: pytest.CaptureFixture[str], rows: str
) -> None:
    status, summary = judged(folder, capsys, rows)
    assert status == 1
    assert "no row has a reading that could be used" in flaws(summary)[-1].what


def test_decimal_commas_are_read_where_the_map_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "map.yaml").write_text(MAP + "decimal: ','\n")
    rows = ROWS.replace(",", ";").replace("50;", "50,5;")
    status, summary = judged(folder, capsys, rows)
    assert status == 0
    assert occurrences(summary) == [
        ("dry", "2026-01-01T00:01:00Z", "2026-01-01T00:03:00Z"),
        ("low", "2026-01-01T00:02:00Z", "2026-01-01T00:03:00Z"),
    ]
    status, summary = judged(folder, capsys, rows.replace("50,5;", "1.050;"))
    assert "the map says that a comma parts off decimals" in flaws(summary)[0].what


def test_what_is_told_is_never_taken_for_markup(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rows.csv").write_text(ROWS + "2026-01-01T00:04:00,[red]wet,9\n")
    options = JudgeOptions(
        files=(folder / "rows.csv",), mapping=folder / "map.yaml", config=folder / "site", rules=(), as_json=False
    )
    assert run(options) == 1
    assert "'[red]wet' is no number" in capsys.readouterr().out


def test_another_encoding_than_the_map_says_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "map.yaml").write_text(MAP.replace("flow: flow", "flow: 流量"))
    (folder / "rows.csv").write_bytes(ROWS.replace("flow", "流量").encode("gbk"))
    options = JudgeOptions(
        files=(folder / "rows.csv",), mapping=folder / "map.yaml", config=folder / "site", rules=(), as_json=True
    )
    with pytest.raises(RecordingRefused, match=r"rows.csv:1: .*write `encoding: gb18030` in the map"):
        run(options)
    (folder / "map.yaml").write_text(MAP.replace("flow: flow", "flow: 流量") + "encoding: gb18030\n")
    assert run(options) == 0
    assert capsys.readouterr().out


def test_rules_that_are_not_judged_for_want_of_a_column_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, summary = judged(folder, capsys, ROWS)
    why = "the map has no column for point 'other'"
    assert (status, summary["unjudged"]) == (0, [{"rule": "elsewhere", "why": why, "points": ["other"]}])
    options = JudgeOptions(
        files=(folder / "rows.csv",),
        mapping=folder / "map.yaml",
        config=folder / "site",
        rules=(),
        as_json=False,
        language="zh",
    )
    assert run(options) == 0
    assert "规则 elsewhere 未判断或只判断了一部分：映射中没有测点“other”的列\n" in capsys.readouterr().out
    with pytest.raises(NothingToJudge, match="no column for point 'other': map more columns"):
        judged(folder, capsys, ROWS, "elsewhere")
    site = folder / "site" / "lab.yaml"
    site.write_text(site.read_text().replace("{id: low,", "{id: low, enabled: false,"))
    assert judged(folder, capsys, ROWS)[1]["rules"] == ["dry"]
    with pytest.raises(NothingToJudge, match="rule 'low' is switched off: write `enabled: true`"):
        judged(folder, capsys, ROWS, "low")


def test_a_point_that_nobody_configured_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "map.yaml").write_text(MAP.replace("current: amps", "curent: amps"))
    told = r"map\.yaml:\d+: point 'curent' of the map is not configured .*Did you mean 'current'"
    with pytest.raises(RecordingRefused, match=told) as refused:
        judged(folder, capsys, ROWS)
    line = int(str(refused.value).split("map.yaml:")[1].split(":")[0])
    assert "curent" in (folder / "map.yaml").read_text().splitlines()[line - 1]


def test_a_site_that_nobody_configured_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "map.yaml").write_text(MAP.replace("site: lab", "site: labor"))
    with pytest.raises(RecordingRefused, match=r"map\.yaml:1: site 'labor' of the map is not configured"):
        judged(folder, capsys, ROWS)


def test_ten_thousand_rules_are_judged_in_little_time_and_memory(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "  - {{id: r{}, kind: limit, name: R, priority: low, subjects: [flow], parameters: {{low: {}}}}}\n"
    many = "".join(rule.format(number, number / 1_000) for number in range(10_000))
    (folder / "site" / "many.yaml").write_text("site: lab\nrules:\n" + many)
    begun = time.process_time()
    status, summary = judged(folder, capsys, ROWS)
    assert status == 0
    assert len(occurrences(summary)) == 2 + 4_999
    assert time.process_time() - begun < MANY_SECONDS
