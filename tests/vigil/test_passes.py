"""Judging a plain log of passes: each rule with who breaks it and who keeps it, and every row accounted for."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.vigil.recordings import outside
from tests.vigil.running_service import ROOT, vigil_here
from vigil.configuration.problem import ConfigurationInvalid
from vigil.passes.pass_log import BadRow, PassLogUnreadable, read_pass_log
from vigil.passes.pass_map import PassMap, load_pass_map
from vigil.passes.pass_rules import SHOWN_LINES, judge_passes

HEAD = """\
columns: {time: at, who: card, kind: type, checkpoint: gate}
timezone: Asia/Shanghai
kinds: [staff, visitor, van]
checkpoints: [east, west, yard, store, dock]
groups: {gates: [east, west], inside: [yard, store]}
rules:
"""
EXAMPLE = ROOT / "docs" / "passes-example.yaml"


def mapping(folder: Path, *rules: str, head: str = HEAD) -> Path:
    path = folder / "map.yaml"
    path.write_text(head + "".join(f"  - {rule}\n" for rule in rules), encoding="utf-8")
    return path


def log_of(folder: Path, *rows: str, header: str = "at,card,type,gate") -> Path:
    path = folder / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def row(clock: str, who: str, kind: str, gate: str) -> str:
    return f"{clock if '-' in clock else f'2026-11-23 {clock}'},{who},{kind},{gate}"


def judged(folder: Path, rule: str, *rows: str) -> list[tuple[str, int, str, tuple[int, ...]]]:
    mapped = load_pass_map(mapping(folder, rule))
    log = read_pass_log(log_of(folder, *rows), mapped.mapping)
    assert log.bad_rows == ()
    found = judge_passes(log.passes, mapped)
    assert all(each.rule == "r" and each.name.en == "R" for each in found)
    return [(each.subject, each.count, each.detail.en, each.lines) for each in found]


def test_only_some_kinds_may_pass(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        "{id: r, kind: restricted, name: R, checkpoints: [inside], allowed: [staff]}",
        row("10:00", "a", "staff", "store"),
        row("10:01", "b", "visitor", "east"),
        row("10:05", "b", "visitor", "yard"),
        row("10:06", "b", "visitor", "store"),
    )
    assert found == [("b", 2, "kind visitor passed yard, which is for staff only; 1 more", (4, 5))]


@pytest.mark.parametrize(
    ("start", "end", "late"),
    [("07:00", "19:00", ["d", "a"]), ("19:00", "07:00", ["b", "c"]), ("06:59", "19:01", ["d"])],
)
def test_hours_are_the_sites_and_may_run_over_midnight(tmp_path: Path, start: str, end: str, late: list[str]) -> None:
    found = judged(
        tmp_path,
        f'{{id: r, kind: hours, name: R, checkpoints: [gates], start: "{start}", end: "{end}", kinds: [staff]}}',
        row("06:59:59", "a", "staff", "east"),
        row("07:00", "b", "staff", "west"),
        row("18:59:59", "c", "staff", "east"),
        row("03:00", "d", "staff", "east"),
        row("03:00", "e", "van", "east"),
        row("03:00", "f", "staff", "yard"),
    )
    assert [subject for subject, *_ in found] == late


def test_who_comes_leaves_again_but_not_before_the_log_ends(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        "{id: r, kind: ends, name: R, first: [gates], last: [gates], open_seconds: 3600}",
        row("08:00", "early", "van", "yard"),
        row("08:30", "early", "van", "east"),
        row("10:00", "a", "van", "east"),
        row("11:00", "a", "van", "west"),
        row("12:00", "b", "van", "yard"),
        row("12:30", "b", "van", "east"),
        row("13:00", "c", "van", "east"),
        row("13:10", "c", "van", "dock"),
        row("17:50", "d", "van", "east"),
        row("18:00", "d", "van", "dock"),
    )
    assert [(subject, detail) for subject, _, detail, _ in found] == [
        ("b", "came by yard"),
        ("c", "was last seen at dock"),
    ]


def test_the_way_leads_from_each_checkpoint_to_its_neighbours(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        "{id: r, kind: way, name: R, following: {gates: [yard], yard: [store, gates]}}",
        row("10:00", "a", "van", "east"),
        row("10:01", "a", "van", "east"),
        row("10:02", "a", "van", "yard"),
        row("10:03", "a", "van", "west"),
        row("10:04", "a", "van", "store"),
        row("10:05", "a", "van", "dock"),
    )
    assert found == [("a", 1, "went from west to store, expected yard next", (6,))]


def test_a_route_is_followed_to_its_end(tmp_path: Path) -> None:
    rows = [row(f"10:{minute:02}", "a", "staff", gate) for minute, gate in enumerate(("east", "yard", "store"))]
    rows += [row(f"11:{minute:02}", "b", "staff", gate) for minute, gate in enumerate(("east", "yard", "dock"))]
    rows += [row(f"12:{minute:02}", "c", "staff", gate) for minute, gate in enumerate(("east", "yard"))]
    found = judged(
        tmp_path, "{id: r, kind: routes, name: R, routes: [[east, yard, store], [west, dock]], kinds: [staff]}", *rows
    )
    nearest = "follows no route: after 2 checkpoints of the nearest one, "
    assert [(subject, detail) for subject, _, detail, _ in found] == [
        ("b", f"{nearest}dock instead of store"),
        ("c", f"{nearest}the end instead of store"),
    ]


def test_legs_take_as_long_as_they_take_in_either_direction(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        "{id: r, kind: legs, name: R, legs: [{between: [east, yard], min_seconds: 60, max_seconds: 600}]}",
        row("10:00:00", "fast", "van", "yard"),
        row("10:00:59", "fast", "van", "east"),
        row("10:00:00", "right", "van", "east"),
        row("10:10:00", "right", "van", "yard"),
        row("11:00:00", "slow", "van", "east"),
        row("11:10:01", "slow", "van", "yard"),
        row("23:00:00", "slow", "van", "dock"),
    )
    assert [(subject, detail) for subject, _, detail, _ in found] == [
        ("fast", "yard → east took 59 s, at least 60 s"),
        ("slow", "east → yard took 601 s, at most 600 s"),
    ]


def test_the_pace_is_the_logs_own(tmp_path: Path) -> None:
    rows = []
    for number in range(20):
        rows += [
            row(f"10:{number:02}:00", f"v{number}", "van", "east"),
            row(f"10:{number + 5:02}:00", f"v{number}", "van", "yard"),
        ]
    rows += [row("12:00:00", "fast", "van", "east"), row("12:01:00", "fast", "van", "yard")]
    rows += [row("13:00:00", "slow", "van", "east"), row("13:20:00", "slow", "van", "yard")]
    rows += [row("14:00:00", "rare", "van", "dock"), row("14:00:01", "rare", "van", "store")]
    found = judged(tmp_path, "{id: r, kind: pace, name: R, slower: 3, faster: 0.3}", *rows)
    assert [(subject, detail) for subject, _, detail, _ in found] == [
        ("fast", "east → yard took 60 s, usually 300 s"),
        ("slow", "east → yard took 1200 s, usually 300 s"),
    ]


def test_stays_and_kinds(tmp_path: Path) -> None:
    rows = [row("2026-11-20 08:00", "a", "visitor", "east"), row("2026-11-21 09:00", "a", "van", "west")]
    assert judged(tmp_path, "{id: r, kind: stay, name: R, max_seconds: 86400}", *rows) == [
        ("a", 1, "was there for 25.0 h, at most 24 h", (3,))
    ]
    assert judged(tmp_path, "{id: r, kind: stay, name: R, max_seconds: 90000}", *rows) == []
    assert judged(tmp_path, "{id: r, kind: one_kind, name: R}", *rows) == [
        ("a", 1, "was kind visitor before and is van here", (3,))
    ]


def test_the_order_of_rows_does_not_matter_and_many_breaches_are_one_finding(tmp_path: Path) -> None:
    mapped = load_pass_map(mapping(tmp_path, "{id: r, kind: restricted, name: R, checkpoints: [yard], allowed: []}"))
    rows = [row(f"10:{minute:02}", f"v{minute % 2}", "van", "yard") for minute in range(60)]
    passes = list(read_pass_log(log_of(tmp_path, *rows), mapped.mapping).passes)
    found = judge_passes(passes, mapped)
    assert [(each.count, len(each.lines)) for each in found] == [(30, SHOWN_LINES)] * 2
    random.Random(1).shuffle(passes)
    assert judge_passes(passes, mapped) == found


def test_bad_rows_are_told_with_their_line_and_nothing_is_dropped(tmp_path: Path) -> None:
    mapped = load_pass_map(mapping(tmp_path, "{id: r, kind: one_kind, name: R}"))
    log = read_pass_log(
        log_of(
            tmp_path,
            row("10:00", "a", "staff", "east"),
            row("10:61", "a", "staff", "east"),
            row("10:02", "", "staff", "east"),
            row("10:03", "a", "robot", "east"),
            row("10:04", "a", "staff", "moon"),
            "2026-11-23 10:05,a,staff",
            row("10:00", "a", "staff", "east"),
            "2026-11-23T02:07:00Z,a,staff,west",
            row("10:08", "a\x1b", "staff", "east"),
        ),
        mapped.mapping,
    )
    assert log.bad_rows == (
        BadRow(3, "'2026-11-23 10:61' is no time"),
        BadRow(4, "who is empty or holds control characters"),
        BadRow(5, "kind 'robot' is not listed in the mapping"),
        BadRow(6, "checkpoint 'moon' is not listed in the mapping"),
        BadRow(7, "3 cells instead of 4"),
        BadRow(8, "the same as line 2"),
        BadRow(10, "who is empty or holds control characters"),
    )
    assert log.rows == len(log.passes) + len(log.bad_rows) == 9
    assert [each.line for each in log.passes] == [2, 9]
    assert log.passes[1].at - log.passes[0].at == 7 * 60_000_000


def test_a_time_that_the_clocks_skip_is_told_and_other_forms_of_time_can_be_named(tmp_path: Path) -> None:
    head = HEAD.replace("Asia/Shanghai", "Europe/Berlin").replace("columns:", 'time_format: "%d.%m.%Y %H:%M"\ncolumns:')
    mapped = load_pass_map(mapping(tmp_path, "{id: r, kind: one_kind, name: R}", head=head))
    rows = ["29.03.2026 02:30,a,staff,east", "29.03.2026 03:30,a,staff,east"]
    log = read_pass_log(log_of(tmp_path, *rows), mapped.mapping)
    assert log.bad_rows == (BadRow(2, "29.03.2026 02:30 is a time that the clocks skip in Europe/Berlin"),)
    assert len(log.passes) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"at,card,type\n", "has no column gate"),
        (b"at,card,type,gate\n\xff\xfe", "is not utf-8-sig .*write its `encoding` in the mapping"),
        (b'at,card,type,gate\n"a"b,c\n', "is no CSV"),
        ("at,card,type,gate\n".encode("utf-16"), "write `encoding: utf-16` in the map"),
        (b"at,card,type,gate\n" + b"x" * 3_000_000, "a line is longer than 1048576 bytes"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    mapped: PassMap = load_pass_map(mapping(tmp_path, "{id: r, kind: one_kind, name: R}"))
    (tmp_path / "log.csv").write_bytes(content)
    with pytest.raises(PassLogUnreadable, match=says):
        read_pass_log(tmp_path / "log.csv", mapped.mapping)
    with pytest.raises(PassLogUnreadable, match="cannot be read"):
        read_pass_log(tmp_path / "nothing.csv", mapped.mapping)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{id: r, kind: restrictd, name: R}", "no known kind"),
        ("{id: r, name: R}", "no known kind"),
        ("{id: r, kind: restricted, name: R, checkpoints: [moon], allowed: [staff]}", "'moon', which is no checkpoint"),
        ("{id: r, kind: restricted, name: R, checkpoints: [yard], allowed: [staf]}", "names the kind 'staf'"),
        ("{id: r, kind: restricted, name: R, checkpoints: [yard]}", "has no 'allowed'"),
        ("{id: r, kind: hours, name: R, checkpoints: [yard], start: '25:00', end: '07:00'}", "not a time of day"),
        ("{id: r, kind: hours, name: R, checkpoints: [yard], start: '07:00', end: '07:00'}", "the same"),
        ("{id: r, kind: legs, name: R, legs: [{between: [east], max_seconds: 5}]}", "a leg has two ends"),
        ("{id: r, kind: legs, name: R, legs: [{between: [east, yard]}]}", "a leg has two ends"),
        ("{id: r, kind: pace, name: R}", "neither slower nor faster"),
        ("{id: r, kind: stay, name: R, max_seconds: 0}", "not positive"),
        ("{id: r, kind: way, name: R, following: {yard: [mon]}}", "'mon', which is no checkpoint"),
        ("{id: r, kind: routes, name: R, routes: [[inside]]}", "a route names single checkpoints"),
    ],
)
def test_each_slip_in_the_mapping_is_told_with_its_line_and_a_remedy(tmp_path: Path, rule: str, says: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        load_pass_map(mapping(tmp_path, rule))
    assert any(
        problem.line == 7 and says in problem.message and problem.remedy for problem in refused.value.problems
    ), refused.value.problems


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("Asia/Shanghai", "Mars", "time zone 'Mars' is unknown"),
        ("who: card, ", "", "has no 'who'"),
        ("timezone:", "zone:", "has no field 'zone'"),
        ("[east, west]", "[east, moon]", "checkpoint 'moon' is not listed"),
        ("gates:", "yard:", "'yard' is a checkpoint already"),
        ("timezone: Asia/Shanghai", "delimiter: ';;'", "a delimiter is one character"),
        ("timezone: Asia/Shanghai", "encoding: klingon", "encoding 'klingon' is unknown"),
        ("timezone: Asia/Shanghai", "time_format: '%Y-%Y'", "time format '%Y-%Y' cannot be used"),
        (", kind: type", "", "is about kinds"),
    ],
)
def test_each_slip_in_the_head_is_told(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    rule = "{id: r, kind: stay, name: R, max_seconds: 5, kinds: [van]}"
    with pytest.raises(ConfigurationInvalid) as refused:
        load_pass_map(mapping(tmp_path, rule, head=HEAD.replace(right, wrong, 1)))
    assert any(says in problem.message and problem.remedy for problem in refused.value.problems), refused.value.problems


def test_rules_need_ids_of_their_own_and_there_must_be_some(tmp_path: Path) -> None:
    for rules, says in (((), "nothing is judged"), (("{id: r, kind: one_kind, name: R}",) * 2, "more than once")):
        with pytest.raises(ConfigurationInvalid, match=says):
            load_pass_map(mapping(tmp_path, *rules))


def test_the_command_says_what_was_found_and_exits_with_one(tmp_path: Path) -> None:
    rule = "{id: store, kind: restricted, name: Store, checkpoints: [store], allowed: [staff]}"
    path = mapping(tmp_path, rule)
    log = log_of(tmp_path, row("10:00", "a", "van", "store"), row("10:01", "b", "staff", "moon"))
    said = vigil_here("import", "passes", str(log), "--map", str(path), cwd=tmp_path)
    assert (said.returncode, said.stderr) == (1, "")
    assert said.stdout.splitlines() == [
        "store: a (van) at 2026-11-23T02:00:00Z: kind van passed store, which is for staff only [line 2]",
        "line 3: checkpoint 'moon' is not listed in the mapping",
        "2 rows, 1 passes of 1: 1 findings, 1 rows not judged",
    ]
    chinese = vigil_here("import", "passes", str(log), "--map", str(path), "--language", "zh", cwd=tmp_path)
    assert "类型 van 通过 store，该处仅限 staff" in chinese.stdout
    report: dict[str, Any] = msgspec.json.decode(
        vigil_here("import", "passes", str(log), "--map", str(path), "--json", cwd=tmp_path).stdout
    )
    assert (report["rows"], report["passes"], report["subjects"]) == (2, 1, 1)
    assert report["bad_rows"] == [{"line": 3, "reason": "checkpoint 'moon' is not listed in the mapping"}]
    (finding,) = report["findings"]
    assert (finding["subject"], finding["kind_of_rule"], finding["first_at"]) == (
        "a",
        "restricted",
        "2026-11-23T02:00:00Z",
    )
    fine = log_of(tmp_path, row("10:00", "a", "staff", "store"))
    assert vigil_here("import", "passes", str(fine), "--map", str(path), cwd=tmp_path).returncode == 0
    missing = vigil_here("import", "passes", "none.csv", "--map", str(path), cwd=tmp_path)
    assert (missing.returncode, "cannot be read" in missing.stderr) == (2, True)


def test_the_example_is_right() -> None:
    assert len(load_pass_map(EXAMPLE).rules) == 8


def test_in_two_weeks_of_a_park_the_lorry_behind_the_gates_at_night_is_found() -> None:
    mapped = load_pass_map(EXAMPLE)
    log = read_pass_log(outside("checkpoint_passes.csv"), mapped.mapping)
    assert (log.rows, log.bad_rows) == (6000, ())
    found = judge_passes(log.passes, mapped)
    (lorry,) = [each for each in found if each.rule == "rangers-only"]
    assert (lorry.subject, lorry.kinds, lorry.count) == ("20150505020522-625", ("4",), 10)
    assert lorry.subject in {each.subject for each in found if each.rule == "gates-at-night"}
