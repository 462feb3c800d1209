"""A folder of YAML becomes a configuration, or all that is wrong with it, each with file, line and remedy."""

import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.site import WeeklyTime
from domain.text import Text, same
from stores.ports import PersonEntry
from vigil.configuration.loading import load_configuration
from vigil.configuration.problem import ConfigurationInvalid, Problem

SITES = Path(__file__).parent / "sites"
ROOT = Path(__file__).parents[2]

EXPECTED = re.compile(r"#! (.+?) -> (.+)")
MANY = 10_000
# About ten times what it takes; with one look through a list per rule it would take minutes.
MANY_SECONDS = 20.0


def folder_of(folder: Path, **files: str) -> Path:
    """A folder with these files; names are without .yaml."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationInvalid) as refused:
        load_configuration(folder)
    return refused.value.problems


def said(folder: Path) -> list[tuple[str, int, str]]:
    return [(Path(problem.file).name, problem.line, problem.message) for problem in problems_of(folder)]


def test_a_sound_folder_is_loaded() -> None:
    loaded = load_configuration(SITES / "sound")
    (site,) = loaded.configuration.sites
    assert (site.id, site.name, site.timezone) == ("tower", Text("Tower", "大厦"), "Asia/Shanghai")
    assert site.tours[0].starts == (WeeklyTime(weekdays=(0, 4), at="22:30"),)
    assert [(rule.id, rule.site) for rule in loaded.configuration.rules] == [
        ("forced", "tower"),
        ("missed", "tower"),
        ("no-flow", "tower"),
    ]
    assert loaded.configuration.rules[2] == RuleSpec(
        id="no-flow",
        kind="limit",
        site="tower",
        name=same("No flow"),
        priority=Priority.HIGH,
        subjects=("flow",),
        parameters={"low": 20},
    )
    assert loaded.people == (PersonEntry(id="officer-1", name="Li Wei", telephone="+86 10 5555 0100"),)
    assert loaded.files == ("more_rules.yml", "tower.yaml")


def test_the_example_site_has_no_problems() -> None:
    loaded = load_configuration(ROOT / "simulators" / "site")
    assert [site.id for site in loaded.configuration.sites] == ["riverside"]
    assert {rule.kind for rule in loaded.configuration.rules} == {
        "door_forced",
        "door_held",
        "limit",
        "missed_checkpoint",
        "tour_not_started",
    }
    assert {person.id: person.name for person in loaded.people}["officer-1"] == "Li Wei"


def test_names_are_no_part_of_the_configuration() -> None:
    configuration = load_configuration(SITES / "sound").configuration
    assert "Li Wei" not in repr(configuration)
    assert "5555" not in repr(configuration)


@pytest.mark.parametrize("name", ["form", "sense"])
def test_every_error_is_said_with_its_line_and_remedy(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.yaml"
    shutil.copy(SITES / "broken" / path.name, path)
    expected = [
        (number, found[1], found[2])
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (found := EXPECTED.search(line))
    ]
    problems = problems_of(tmp_path)
    assert [problem.line for problem in problems] == [line for line, _, _ in expected], "\n".join(map(str, problems))
    for problem, (_, message, remedy) in zip(problems, expected, strict=True):
        assert problem.file == str(path)
        assert message in problem.message
        assert remedy in problem.remedy
        assert str(problem) == f"{path}:{problem.line}: {problem.message}. {problem.remedy}"


def test_the_errors_of_all_files_are_said_sorted_by_place(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        c="rules:\n  - {id: r, kind: limit, site: tower, name: R, priority: low, fualt: x}\n",
        a="site:\n  id: tower\n  name: T\n  timezone: UTC\n  zones:\n    - {id: 1, name: A}\n  doors: 5\n",
        b="a: 1\na: 2\n",
        d="",
    )
    assert said(tmp_path) == [
        ("a.yaml", 6, "'id' is wrong: Expected `str`, got `int`"),
        ("a.yaml", 7, "'doors' is wrong: Expected `array`, got `int`"),
        ("b.yaml", 2, "'a' stands twice in the same place"),
        ("c.yaml", 2, "a rule has no field 'fualt'"),
        ("d.yaml", 1, "the file is empty"),
    ]
    with pytest.raises(ConfigurationInvalid, match=r"a\.yaml:6: .*\n.*a\.yaml:7: ") as refused:
        load_configuration(tmp_path)
    assert len(str(refused.value).splitlines()) == 5


def test_a_site_that_could_not_be_read_is_not_called_missing(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        site="site: {id: tower, name: T, timezone: UTC, zones: 5}\nrules:\n"
        "  - {id: r1, kind: door_forced, name: R, priority: low}\nnames: {o1: Li Wei}\n",
        more="rules:\n  - {id: r2, site: tower, kind: door_forced, name: R, priority: low}\n",
    )
    assert [(file, line) for file, line, _ in said(tmp_path)] == [("site.yaml", 1)]


@pytest.mark.parametrize("site", ["site: {name: T, timezone: UTC}\n", "site: 5\n", "site:\n", "site: [\n"])
def test_nor_is_one_whose_id_cannot_be_told(tmp_path: Path, site: str) -> None:
    folder_of(
        tmp_path,
        site=site,
        more="rules:\n  - {id: r2, site: tower, kind: door_forced, name: R, priority: low}\nnames: {o1: Li Wei}\n",
    )
    assert {file for file, _, _ in said(tmp_path)} == {"site.yaml"}


def test_a_file_of_an_unknown_site_is_said_once_and_not_with_each_of_its_rules(tmp_path: Path) -> None:
    shutil.copytree(SITES / "sound", tmp_path, dirs_exist_ok=True)
    rules = "site: twoer\nrules:\n" + "".join(
        f"  - {{id: w{number}, kind: missed_checkpoint, name: W, priority: low}}\n" for number in range(3)
    )
    assert said(folder_of(tmp_path, mine=rules)) == [("mine.yaml", 1, "site 'twoer' is not configured")]


def test_what_stands_in_two_files_is_found(tmp_path: Path) -> None:
    site = (
        "site: {{id: {id}, name: T, timezone: UTC, zones: [{{id: z, name: Z}}], people: [{{id: o1, role: officer}}],\n"
    )
    site += "  equipment: [{{id: e, name: E, zone: z, equipment_class: pump}}],\n"
    site += "  points: [{{id: flow, name: F, equipment: e, unit: m}}]}}\n"
    rule = "rules:\n  - {id: r, kind: door_forced, name: R, priority: low}\n"
    name = "names: {o1: Li Wei}\n"
    folder_of(tmp_path, a=site.format(id="one") + rule + name, b=site.format(id="two") + rule + name)
    folder_of(tmp_path, c="site: {id: two, name: T, timezone: UTC}\n")
    assert said(tmp_path) == [
        ("a.yaml", 5, "rule id 'r' stands more than once"),
        ("a.yaml", 6, "person 'o1' is named in two files"),
        ("b.yaml", 3, "point 'flow' of site 'two' is also a point of site 'one'"),
        ("b.yaml", 5, "rule id 'r' stands more than once"),
        ("b.yaml", 6, "person 'o1' is named in two files"),
        ("c.yaml", 1, "site id 'two' stands more than once"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("# nothing\n", 1, "the file is empty"),
        ("- a\n", 1, "the file is not a mapping"),
        ("site\n", 1, "the file is not a mapping"),
        ("rules: 5\n", 1, "rules are a list"),
        ("\nrules: {}\n", 2, "rules are a list"),
        ("rules:\n  - r\n", 2, "a rule is written as a mapping, not as 'r'"),
        ("rules:\n  - {id: r, kind: limit, name: R, priority: low}\n", 2, "a rule has no 'site'"),
        ("names: [Li Wei]\n", 1, "names are a mapping of person id to name"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, line: int, message: str) -> None:
    assert said(folder_of(tmp_path, only=text)) == [("only.yaml", line, message)]


def test_a_folder_without_yaml_and_none_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "site.txt").touch()
    (tmp_path / ".#site.yaml").touch()
    (empty,) = problems_of(tmp_path)
    assert (empty.file, empty.message) == (str(tmp_path), "holds no *.yaml file")
    (absent,) = problems_of(tmp_path / "absent")
    assert absent.message == "is not a folder"
    assert "simulators/site" in absent.remedy


def large_site(rules: int) -> str:
    """A site with as many points as rules, and the rules, one for each point and one for all."""
    names = [f"p{number}" for number in range(rules)]
    lines = ["site:", "  id: big", "  name: Big", "  timezone: UTC", "  zones: [{id: z, name: Z}]", "  equipment:"]
    lines += [f"    - {{id: e{n}, name: E, zone: z, equipment_class: ahu}}" for n in range(rules // 10)]
    lines += ["  points:"]
    lines += [f"    - {{id: {name}, name: P, equipment: e{n // 10}, unit: degC}}" for n, name in enumerate(names)]
    lines += [f"  devices: [{{id: g, name: G, kind: gateway, points: [{', '.join(names)}]}}]", "rules:"]
    lines += ["  - {id: all, kind: limit, name: R, priority: low, parameters: {high: 1}, subjects:"]
    lines += [f"      [{', '.join(names)}]}}"]
    for name in names:
        lines += [f"  - {{id: r-{name}, kind: limit, name: R, priority: low, subjects: [{name}],"]
        lines += ["     parameters: {high: 80, deadband: 2}}"]
    return "\n".join(lines)


def test_ten_thousand_points_and_rules_are_loaded_soon(tmp_path: Path) -> None:
    folder_of(tmp_path, big=large_site(MANY))
    begun = time.process_time()
    loaded = load_configuration(tmp_path)
    took = time.process_time() - begun
    assert len(loaded.configuration.rules) == MANY + 1
    assert len(loaded.configuration.sites[0].points) == MANY
    assert took < MANY_SECONDS


def test_ten_thousand_errors_are_said_soon(tmp_path: Path) -> None:
    folder_of(tmp_path, big=large_site(MANY).replace("deadband", "daedband"))
    begun = time.process_time()
    problems = problems_of(tmp_path)
    took = time.process_time() - begun
    assert len(problems) == MANY
    assert len({problem.line for problem in problems}) == MANY
    assert took < MANY_SECONDS


SOUND = (SITES / "sound" / "tower.yaml").read_text(encoding="utf-8")
PIECES = [*"{}[]:,-#&*!|>'\"%@`?~ \n\t\x00", "\n  ", ": ", "- ", "no", ".nan", "1e999", "22:30", "tower", "limit", "巡"]


@given(
    st.lists(st.tuples(st.integers(0, len(SOUND)), st.integers(0, 30), st.sampled_from(PIECES)), min_size=1, max_size=6)
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_loaded_or_refused_and_nothing_else(
    tmp_path: Path, damage: list[tuple[int, int, str]]
) -> None:
    text = SOUND
    for start, length, piece in damage:
        text = text[:start] + piece + text[start + length :]
    problems: tuple[Problem, ...] = ()
    try:
        load_configuration(folder_of(tmp_path, tower=text))
    except ConfigurationInvalid as refused:
        problems = refused.problems
    lines = len(text.splitlines())
    assert all(0 <= problem.line <= lines + 1 and problem.message and problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("given", "priority"),
    [
        ("consequence: injury, act_within: minutes", Priority.CRITICAL),
        ("consequence: disruption, act_within: shift", Priority.LOW),
        ("consequence: injury, act_within: minutes, priority: low", Priority.LOW),
    ],
)
def test_consequence_and_time_to_act_give_the_priority_unless_it_is_named(
    tmp_path: Path, given: str, priority: Priority
) -> None:
    rule = f"rules:\n  - {{id: held, kind: door_held, site: tower, name: Held, {given}}}\n"
    shutil.copytree(SITES / "sound", tmp_path, dirs_exist_ok=True)
    loaded = load_configuration(folder_of(tmp_path, more=rule))
    assert next(each.priority for each in loaded.configuration.rules if each.id == "held") is priority


def test_a_consequence_alone_gives_no_priority(tmp_path: Path) -> None:
    rule = "rules:\n  - {id: held, kind: door_held, site: tower, name: Held, consequence: injury}\n"
    shutil.copytree(SITES / "sound", tmp_path, dirs_exist_ok=True)
    assert any("priority" in message for _, _, message in said(folder_of(tmp_path, more=rule)))


def test_the_alarm_policy_is_read_and_checked(tmp_path: Path) -> None:
    shutil.copytree(SITES / "sound", tmp_path, dirs_exist_ok=True)
    folder_of(tmp_path, policy="alarms: {longest_shelf_seconds: 3600, operators: 2}\n")
    policy = load_configuration(tmp_path).configuration.alarms
    assert (policy.longest_shelf_seconds, policy.operators, policy.chatter_count) == (3600.0, 2, 3)
    folder_of(tmp_path, policy="alarms: {operators: 0}\n", zz="alarms: {operators: 1}\n")
    assert said(tmp_path) == [
        ("policy.yaml", 1, "'operators' is 0"),
        ("zz.yaml", 1, "'alarms' stands in more than one file"),
    ]


def test_names_end_in_any_case_and_what_only_looks_like_yaml_is_noted(tmp_path: Path) -> None:
    shutil.copytree(SITES / "sound", tmp_path / "sound")
    folder = tmp_path / "sound"
    (folder / "tower.yaml").rename(folder / "TOWER.YAML")
    (folder / "more.yaml.txt").write_text("rules: []\n")
    (folder / ".hidden").symlink_to(SITES / "broken")
    (folder / "linked").symlink_to(SITES / "broken")
    loaded = load_configuration(folder)
    assert loaded.files == ("TOWER.YAML", "more_rules.yml")
    assert [(Path(note.file).name, note.message) for note in loaded.notes] == [
        ("linked", "a link to a folder: it is not read"),
        ("more.yaml.txt", "is no *.yaml: it is not read"),
    ]


def test_a_folder_that_cannot_be_read_is_refused_and_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SITES / "sound", tmp_path / "sound")
    (tmp_path / "sound" / "locked").mkdir()
    scan = os.scandir

    def locked(path: str) -> Any:  # noqa: ANN401 - as os.scandir; root may read what is locked, so the lock is played
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", locked)
    with pytest.raises(ConfigurationInvalid, match=r"locked: cannot be read: Permission denied\. Let this user read"):
        load_configuration(tmp_path / "sound")


def test_a_folder_that_is_called_like_a_file_and_an_endless_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    (tmp_path / "b.yaml").symlink_to("/dev/zero")
    (tmp_path / "c.yaml").symlink_to("/nowhere")
    os.mkfifo(tmp_path / "d.yaml")
    assert said(tmp_path) == [
        ("a.yaml", 0, "cannot be read: Is a directory"),
        ("b.yaml", 0, "is larger than 8388608 bytes"),
        ("c.yaml", 0, "cannot be read: No such file or directory"),
        ("d.yaml", 1, "the file is empty"),
    ]
