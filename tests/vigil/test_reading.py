"""Plain values become the domain's structs; what does not fit is said with its line and a remedy."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.site import (
    Checkpoint,
    Device,
    DeviceKind,
    Door,
    Equipment,
    Person,
    PersonRole,
    Point,
    Position,
    Site,
    Tour,
    TourStop,
    WeeklyTime,
    Zone,
)
from domain.text import Text, same
from vigil.configuration.problem import Problem
from vigil.configuration.reading import Reader
from vigil.configuration.yaml_tree import Document, Value, read_document

EVERY_DAY = tuple(range(7))


def reader_of(folder: Path, text: str) -> tuple[Reader, Value]:
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    document = read_document(path, "site.yaml")
    return Reader(document), document.value


def read(folder: Path, cls: type[Struct], text: str) -> tuple[Any, list[Problem]]:
    reader, value = reader_of(folder, text)
    return reader.struct(cls, value, ()), reader.problems


def test_a_whole_site_is_read(tmp_path: Path) -> None:
    text = """
id: tower
name: {en: Tower, zh: 大厦}
timezone: Asia/Shanghai
zones:
  - {id: lobby, name: Lobby}
checkpoints:
  - {id: gate, name: Gate, zone: lobby, position: [12, 8.5]}
doors:
  - {id: front, name: Front, zone: lobby, held_seconds: 60, high_security: on}
equipment:
  - {id: pump, name: Pump, zone: lobby, equipment_class: pump, feeds: [tank]}
points:
  - {id: flow, name: Flow, equipment: pump, unit: m3/h, low: 0}
devices:
  - {id: ph, name: Phone, kind: phone, checkpoints: [gate]}
people:
  - {id: o1, role: officer}
tours:
  - id: night
    name: Night round
    stops: [{checkpoint: gate, due_seconds: 60}]
    starts: [{at: 22:30, weekdays: [mon, friday]}]
    officers: [o1]
"""
    site, problems = read(tmp_path, Site, text)
    assert problems == []
    assert site == Site(
        id="tower",
        name=Text("Tower", "大厦"),
        timezone="Asia/Shanghai",
        zones=(Zone(id="lobby", name=same("Lobby")),),
        checkpoints=(Checkpoint(id="gate", name=same("Gate"), zone="lobby", position=Position(12.0, 8.5)),),
        doors=(Door(id="front", name=same("Front"), zone="lobby", held_seconds=60.0, high_security=True),),
        equipment=(Equipment(id="pump", name=same("Pump"), zone="lobby", equipment_class="pump", feeds=("tank",)),),
        points=(Point(id="flow", name=same("Flow"), equipment="pump", unit="m3/h", low=0.0),),
        devices=(Device(id="ph", name=same("Phone"), kind=DeviceKind.PHONE, checkpoints=("gate",)),),
        people=(Person(id="o1", role=PersonRole.OFFICER),),
        tours=(
            Tour(
                id="night",
                name=same("Night round"),
                stops=(TourStop(checkpoint="gate", due_seconds=60.0),),
                starts=(WeeklyTime(weekdays=(0, 4), at="22:30"),),
                officers=("o1",),
            ),
        ),
    )


def test_a_rule_keeps_its_parameters_as_written(tmp_path: Path) -> None:
    text = "{id: r, kind: limit, site: t, name: R, priority: low, parameters: {low: 20, high: 1e3, mode: 'on', is: on}}"
    rule, problems = read(tmp_path, RuleSpec, text)
    assert problems == []
    assert rule.priority is Priority.LOW
    assert rule.parameters == {"low": 20, "high": 1000.0, "mode": "on", "is": True}


@pytest.mark.parametrize(
    ("written", "weekdays"),
    [
        ("daily", EVERY_DAY),
        ("weekdays", (0, 1, 2, 3, 4)),
        ("Weekend", (5, 6)),
        ("monday", (0,)),
        ("[mon, Tue, SUN]", (0, 1, 6)),
        ("th", (3,)),
        ("6", (6,)),
        ("[0, sat]", (0, 5)),
    ],
)
def test_weekdays_are_written_as_people_say_them(tmp_path: Path, written: str, weekdays: tuple[int, ...]) -> None:
    weekly, problems = read(
        tmp_path, Tour, f"{{id: t, name: T, stops: [], starts: [{{at: 7:00, weekdays: {written}}}]}}"
    )
    assert problems == []
    assert weekly.starts == (WeeklyTime(weekdays=weekdays, at="7:00"),)


def test_a_bare_time_is_every_day(tmp_path: Path) -> None:
    tour, problems = read(tmp_path, Tour, "{id: t, name: T, stops: [], starts: [22:30, '06:00']}")
    assert problems == []
    assert tour.starts == (WeeklyTime(weekdays=EVERY_DAY, at="22:30"), WeeklyTime(weekdays=EVERY_DAY, at="06:00"))


@pytest.mark.parametrize(
    "written", ["mo nday", "t", "s", "7", "-1", "1.5", "on", "''", "~", "[mon, [tue]]", "{mon: 1}"]
)
def test_what_is_no_weekday_is_refused_at_its_line(tmp_path: Path, written: str) -> None:
    text = f"id: t\nname: T\nstops: []\nstarts:\n  - at: 22:30\n    weekdays: {written}\n"
    tour, problems = read(tmp_path, Tour, text)
    assert tour is None
    assert [(problem.line, problem.remedy) for problem in problems] == [
        (6, "Write daily, weekdays, weekend, or a list such as [mon, fri].")
    ]
    assert "is no weekday" in problems[0].message


@pytest.mark.parametrize(
    ("cls", "text", "line", "message", "remedy"),
    [
        (Zone, "id: z\nnmae: Z\nname: Z\n", 2, "a zone has no field 'nmae'", "Did you mean 'name'?"),
        (
            Zone,
            "id: z\nname: Z\n<<: {}\n",
            3,
            "a zone has no field '<<'",
            "Known are: id, name, parent, kind, storey, outline.",
        ),
        (Zone, "\nid: z\n", 2, "a zone has no 'name'", "Add `name:` to it."),
        (Equipment, "id: e\nname: E\nzone: z\n", 1, "an equipment has no 'equipment_class'", "Add `equipment_class:`"),
        (Zone, "[1]", 1, "a zone is written as a mapping, not as a list", "`key: value`"),
        (Zone, "house", 1, "a zone is written as a mapping, not as 'house'", "`key: value`"),
        (Zone, "", 1, "a zone is written as a mapping, not as nothing", "`key: value`"),
        (
            Door,
            "id: d\nname: D\nzone: z\nheld_seconds: two minutes\n",
            4,
            "'held_seconds'",
            "Write a number instead of",
        ),
        (
            Door,
            "id: d\nname: D\nzone: z\nheld_seconds: .inf\n",
            4,
            "'held_seconds'",
            "Write a number instead of '.inf'",
        ),
        (
            Door,
            "id: d\nname: D\nzone: z\nheld_seconds: .nan\n",
            4,
            "'held_seconds'",
            "Write a number instead of '.nan'",
        ),
        (Door, "id: d\nname: D\nzone: z\nheld_seconds: 9e999\n", 4, "'held_seconds'", "instead of '9e999'"),
        (Door, "id: d\nname: D\nzone: z\nheld_seconds: 2:00\n", 4, "'held_seconds'", "instead of '2:00'"),
        (Door, "id: d\nname: D\nzone: z\nheld_seconds: on\n", 4, "'held_seconds'", "Write a number instead of true"),
        (Door, "id: d\nname: D\nzone: z\nhigh_security: 1\n", 4, "'high_security'", "Write true or false instead of 1"),
        (Zone, "id: 12\nname: Z\n", 1, "'id' is wrong", "Put the text in quotes: without them it reads as 12."),
        (Zone, "id: no\nname: Z\n", 1, "'id' is wrong", "Put the text in quotes: without them it reads as false."),
        (Zone, "id: z\nname: Z\nparent: 1e3\n", 3, "'parent' is wrong", "Put the text in quotes"),
        (Zone, "id:\nname: Z\n", 1, "'id' is wrong", "Write text instead of nothing."),
        (Zone, "id: z\nname: 7\n", 2, "'name' is wrong", "Put the text in quotes: without them it reads as 7."),
        (Zone, "id: z\nname: [a]\n", 2, "'name' is wrong", "instead of a list."),
        (Zone, "id: z\nname: {en: Z}\n", 2, "a text has no 'zh'", "Add `zh:` to it."),
        (Zone, "id: z\nname: off\n", 2, "'name' is wrong", "Put the text in quotes: without them it reads as false."),
        (
            Point,
            'id: p\nname: P\nequipment: e\nunit: "1"\nstates: {0: closed, 1: on}\n',
            5,
            "'1' is wrong",
            "Put the text in quotes: without them it reads as true.",
        ),
        (Zone, "id: z\nname:\n  en: Z\n  zh: 5\n", 4, "'zh' is wrong", "Put the text in quotes"),
        (Person, "id: p\nrole: boss\n", 2, "'role' is wrong", "Write one of officer, engineer, operator, supervisor,"),
        (Device, "id: d\nname: D\nkind: phone\npoints: p1\n", 4, "'points' is wrong", "Write a list such as [a, b]"),
        (Device, "id: d\nname: D\nkind: phone\npoints:\n  - p1\n  - 2\n", 6, "'points[1]' is wrong", "in quotes"),
        (
            Checkpoint,
            "id: c\nname: C\nzone: z\nposition: {x: 1}\n",
            4,
            "'position' is wrong",
            "Write [x, y] instead of",
        ),
        (Checkpoint, "id: c\nname: C\nzone: z\nposition: [1]\n", 4, "'position' is wrong", "Write [x, y] instead of"),
        (Checkpoint, "id: c\nname: C\nzone: z\nposition: [1, .nan]\n", 4, "'position' is wrong", "Write [x, y]"),
        (Tour, "id: t\nname: T\nstops: []\nstarts: 22:30\n", 4, "'starts' is wrong", "Write a list such as [a, b]"),
        (
            Tour,
            "id: t\nname: T\nstops: []\nstarts:\n  - 7\n",
            5,
            "a weekly time is written as a mapping",
            "`key: value`",
        ),
        (Tour, "id: t\nname: T\nstops: []\nstarts:\n  - {weekdays: daily}\n", 5, "has no 'at'", "Add `at:`"),
        (Tour, "id: t\nname: T\nstops: []\nstarts:\n  - {at: 7:00}\n", 5, "has no 'weekdays'", "Add `weekdays:`"),
        (
            RuleSpec,
            "id: r\nkind: k\nsite: s\nname: R\npriority: severe\n",
            5,
            "'priority' is wrong",
            "Write one of critical, high, medium, low instead of 'severe'.",
        ),
        (
            RuleSpec,
            "id: r\nkind: k\nsite: s\nname: R\npriority: low\nparameters:\n  high: 5\n  low: [1]\n",
            8,
            "'low' is wrong",
            "Write a number or text or true or false instead of a list.",
        ),
        (
            RuleSpec,
            "id: r\nkind: k\nsite: s\nname: R\npriority: low\nparameters: {low: 20,5}\n",
            6,
            "'5' stands alone behind a comma",
            "Write decimals behind a point: 20.5.",
        ),
        (
            RuleSpec,
            "id: r\nkind: k\nsite: s\nname: R\npriority: low\nparameters: [5]\n",
            6,
            "'parameters' is wrong",
            "Write a mapping instead of a list.",
        ),
        (RuleSpec, "kind: k\nsite: s\nname: R\npriority: low\n", 1, "a rule has no 'id'", "Add `id:` to it."),
    ],
)
def test_what_does_not_fit_is_said_with_line_and_remedy(
    tmp_path: Path, cls: type[Struct], text: str, line: int, message: str, remedy: str
) -> None:
    found, problems = read(tmp_path, cls, text)
    assert found is None
    (problem,) = problems
    assert problem.line == line
    assert message in problem.message
    assert remedy in problem.remedy


def test_all_problems_of_a_file_are_found_at_once(tmp_path: Path) -> None:
    text = """id: 5
timezone: UTC
zones:
  - {id: a, nmae: A}
doors:
  - {id: d, name: D, zone: a, held_seconds: long}
"""
    site, problems = read(tmp_path, Site, text)
    assert site is None
    assert [(problem.line, problem.message.partition(":")[0]) for problem in problems] == [
        (1, "'id' is wrong"),
        (1, "a site has no 'name'"),
        (4, "a zone has no field 'nmae'"),
        (4, "a zone has no 'name'"),
        (6, "'held_seconds' is wrong"),
    ]


def test_what_is_shown_of_a_value_is_cut_short(tmp_path: Path) -> None:
    _, problems = read(tmp_path, Door, f"id: d\nname: D\nzone: z\nheld_seconds: {'x' * 5000}\n{'y' * 500}: 1\n")
    assert all(len(str(problem)) < 400 for problem in problems)


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "en", "zh", "zones", "tours", "starts", "at", "weekdays", "stops", "position", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([Site, Zone, Checkpoint, Door, Point, Device, Tour, RuleSpec]))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_is_read_or_refused_with_a_reason(value: Value, cls: type[Struct]) -> None:
    reader = Reader(Document("site.yaml", value, {(): 1}))
    found = reader.struct(cls, value, ())
    assert isinstance(found, cls) == (not reader.problems)
    assert all(problem.message and problem.remedy.endswith((".", "?")) for problem in reader.problems)
