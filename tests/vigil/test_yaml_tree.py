"""YAML as plain values with lines: what is read as what, and what is refused where."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vigil.configuration.problem import ConfigurationInvalid, Problem
from vigil.configuration.yaml_text import LARGEST_FILE
from vigil.configuration.yaml_tree import DEEPEST, LONGEST_TEXT, Document, Value, read_document

# Well beyond what any of these takes; an exponential or quadratic reader would need minutes.
SOON_SECONDS = 5.0


def read(folder: Path, text: str | bytes) -> Document:
    path = folder / "site.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_document(path, "site.yaml")


def refusal(folder: Path, text: str | bytes) -> Problem:
    with pytest.raises(ConfigurationInvalid) as refused:
        read(folder, text)
    (problem,) = refused.value.problems
    return problem


def bomb() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("+4", 4),
        ("0", 0),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        ("true", True),
        ("Off", False),
        ("no", False),
        ("on", True),
        ("", None),
        ("~", None),
        ("null", None),
        ("word", "word"),
        # A time of day and not 1350, a date and not an object.
        ("22:30", "22:30"),
        ("1:30.5", "1:30.5"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T07:30:00Z", "2026-11-23T07:30:00Z"),
        # Ids and telephone numbers that only look like numbers of some base.
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        # No finite number comes out of a file.
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("-.inf", "-.inf"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        # Quotes make text of everything.
        ("'12'", "12"),
        ('"no"', "no"),
        ("''", ""),
        ("[1, [two], {three: 3}]", [1, ["two"], {"three": 3}]),
        ("{}", {}),
        ("[]", []),
    ],
)
def test_a_value_is_read_as_people_mean_it(tmp_path: Path, written: str, value: Value) -> None:
    found = read(tmp_path, f"it: {written}\n").value
    assert found == {"it": value}
    assert isinstance(found, dict)
    assert type(found["it"]) is type(value)


def test_keys_stay_text(tmp_path: Path) -> None:
    assert read(tmp_path, "no: 1\non: 2\n12: 3\n~: 4\n22:30: 5\n").value == {
        "no": 1,
        "on": 2,
        "12": 3,
        "~": 4,
        "22:30": 5,
    }


def test_every_part_knows_its_line(tmp_path: Path) -> None:
    text = "# a site\nsite:\n  id: tower\n  zones:\n    - {id: a}\n    - id: b\n      name: B\n  points: [p,\n    q]\n"
    document = read(tmp_path, text)
    lines = {
        ("site",): 2,
        ("site", "id"): 3,
        ("site", "zones"): 4,
        ("site", "zones", 0): 5,
        ("site", "zones", 0, "id"): 5,
        ("site", "zones", 1): 6,
        ("site", "zones", 1, "name"): 7,
        ("site", "points", 0): 8,
        ("site", "points", 1): 9,
    }
    assert {path: document.line(path) for path in lines} == lines


def test_what_is_missing_has_the_line_of_what_is_around_it(tmp_path: Path) -> None:
    document = read(tmp_path, "\nsite:\n  id: tower\n")
    assert document.line(("site", "zones", 3, "id")) == 2
    assert document.line(("rules",)) == 2
    problem = document.problem(("site", "name"), "it has no name", "Give it one.")
    assert str(problem) == "site.yaml:2: it has no name. Give it one."


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n", "---\n", "\ufeff"])
def test_an_empty_file_holds_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).value is None


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffsite: x\n").value == {"site": "x"}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_are_counted_in_both_endings(tmp_path: Path, ending: str) -> None:
    assert read(tmp_path, f"a: 1{ending}b: 2{ending}").line(("b",)) == 2


@pytest.mark.parametrize(
    ("text", "line", "words", "remedy"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice", "Keep one"),
        ("x:\n  - {id: 1, 'id': 2}\n", 2, "'id' stands twice", "Keep one"),
        ("a: 1\nb: &anchor 2\n", 2, "anchor &anchor", "Write the value out"),
        ("a: &anchor\n  b: 1\n", 1, "anchor &anchor", "Write the value out"),
        ("a: 1\nb: *nothing\n", 2, "alias *nothing", "Write the value out"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "python/object", "Write the value alone"),
        ("a: !!int x\n", 1, "tag tag:yaml.org,2002:int", "Write the value alone"),
        ("a: !secret x\n", 1, "tag !secret", "Write the value alone"),
        ("? [a, b]\n: 1\n", 1, "a key is not a plain word", "name: value"),
        ("? {a: b}\n: 1\n", 1, "a key is not a plain word", "name: value"),
        ("a: 1\n---\nb: 2\n", 2, "second document", "---"),
        ("a:\n\tb: 1\n", 2, "cannot start any token", "spaces, not tabs"),
        ("a: @home\n", 1, "cannot start any token", "in quotes"),
        ("a: b: c\n", 1, "mapping values are not allowed", "in quotes"),
        ("a: [1, 2\nb: 3\n", 2, "flow sequence that begins in line 1", "close these"),
        ("a: 'open\nb: 2\n", 3, "quoted scalar that begins in line 1", "example site"),
        ("%YAML 9.9\n---\na: 1\n", 1, "incompatible YAML", "example site"),
        ('a: "\\ud800"\n', 1, "Unicode", "example site"),
        ("a: é\nb: \x07\n", 2, "forbidden character", "Remove it"),
        ("a: é\nb: x\x00\n", 2, "forbidden character", "Remove it"),
        (b"a: 1\nb: caf\xe9 au lait\n", 2, "byte 0xe9 is not UTF-8", "UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "byte 0xff is not UTF-8: it is UTF-16", "as UTF-8"),
        ("a: 1\nb: 2\n".encode("utf-16-le"), 1, "it may be UTF-16", "as UTF-8"),
        ("a: 1\nb: 流量低\n".encode("gbk"), 2, "it may be GBK (GB18030)", "as UTF-8"),
        ("a:\n  b: 1\n\tc: 2\n", 3, "tab", "spaces, not tabs"),
        ("a:\n  b：1\n  c: 2\n", 2, "a full-width '：' means nothing to YAML", "Type ':'"),
        ("a：\n  b: 1\n", 1, "a full-width '：'", "Type ':'"),
        ("a:\n  b: 1\n\u3000\u3000c: 2\n", 3, "a full-width space", "plain spaces"),
        ("a:\n  b: 1\n\u00a0 c: 2\n", 3, "a full-width space", "plain spaces"),
        ("a:\n  - b: 1\n\u3000\u3000  c: 2\n    d: 3\n", 3, "a full-width space", "plain spaces"),
        (
            "a:\n  b: |\n    注意：先关阀\n    步骤：再开泵\n  c: 1\n d: 2\n",
            6,
            "did not find expected key",
            "neighbours",
        ),
        ("a: {b: 1，c: 2}\n", 1, "a full-width '，'", "Type ','"),
        ("a:\n  b:1\n  c: 2\n", 2, "no space after the colon", "a space after the colon"),
        ("a:\n  b: 1\n   c: 2\n", 3, "mapping values are not allowed", "as far as its neighbours"),
        ("a:\n  - b: 1\n   c: 2\n", 3, "did not find expected", "as far as its neighbours"),
        ('a: 1\nb: "x\\0y"\n', 2, "control character U+0000", "Remove it"),
        ('a: 1\nb: "\\e[2J"\n', 2, "control character U+001B", "Remove it"),
        ('"a\\0": 1\n', 1, "control character U+0000", "Remove it"),
        (f"a: 1\nb: {'x' * (LONGEST_TEXT + 1)}\n", 2, "a text of 20001 characters", "Shorten it"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_remedy(
    tmp_path: Path, text: str | bytes, line: int, words: str, remedy: str
) -> None:
    problem = refusal(tmp_path, text)
    assert (problem.file, problem.line) == ("site.yaml", line)
    assert words in problem.message
    assert remedy in problem.remedy


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"site\.yaml: cannot be read: No such file") as refused:
        read_document(tmp_path / "absent.yaml", "site.yaml")
    assert refused.value.problems[0].remedy == "Make it a file that this user may read."


def test_a_pipe_that_nobody_writes_into_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert read_document(tmp_path / "pipe.yaml", "pipe.yaml").value is None


def test_full_width_text_and_line_ends_within_texts_are_kept(tmp_path: Path) -> None:
    text = "a: 泵房：低，【注意】\nb: |\n  one\n  \ttwo\n"
    assert read(tmp_path, text).value == {"a": "泵房：低，【注意】", "b": "one\n\ttwo\n"}


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    # The first byte beyond the limit is in the middle of a character: it must not read as broken UTF-8.
    problem = refusal(tmp_path, b"a" * LARGEST_FILE + "é".encode() * 2)
    assert "is larger than 8388608 bytes" in problem.message


def test_the_deepest_nesting_is_allowed_and_no_deeper(tmp_path: Path) -> None:
    read(tmp_path, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))
    assert "deeper than 32 levels" in refusal(tmp_path, "\n" + "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2)).message


@pytest.mark.parametrize("text", [bomb(), "[" * 100_000, "{a: " * 100_000, "- " * 100_000, "a: " * 100_000])
def test_what_would_explode_is_refused_at_once_with_its_line(tmp_path: Path, text: str) -> None:
    begun = time.process_time()
    assert refusal(tmp_path, text).line == 1
    assert time.process_time() - begun < SOON_SECONDS


PIECES = st.sampled_from([
    "a", "id", "site", ": ", ":", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "'", '"', "&x ", "*x", "!!int ", "|\n",
    ">", "?", "%", "@", "`", "#", "~", "no", "12", "1e999", ".nan", "22:30", "---", "...", "<<", "\t", "\ufeff", "\x00",
    "\\ud800", "巡", "\u2028", "\x85",
])  # fmt: skip


@given(st.one_of(st.lists(PIECES, max_size=40).map("".join).map(str.encode), st.binary(max_size=60)))
@example(b"a: \xed\xa0\x80")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_raises_anything_else(tmp_path: Path, text: bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read(tmp_path, text)
    except ConfigurationInvalid as refused:
        problems = refused.problems
    assert all(0 <= problem.line <= len(text) + 1 for problem in problems)
    assert all(problem.message and problem.remedy for problem in problems)
