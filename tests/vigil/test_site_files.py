"""A site may stand in several files; errors are still told in the file and line where they were written."""

from pathlib import Path

import pytest

from domain.site import Site
from vigil.configuration.loading import load_configuration
from vigil.configuration.problem import ConfigurationInvalid

SITE = "site: {id: tower, name: T, timezone: UTC}\n"
ZONES = "site: tower\nzones:\n  - {id: hall, name: Hall}\n"
PUMPS = """site: tower
equipment:
  - id: pump-1
    name: Pump
    zone: hall
    equipment_class: pump
    points:
      - {quantity: bearing_temperature, name: Bearing, unit: degC}
      - {id: flow, name: Flow, unit: m3/h}
  - {id: tank, name: Tank, zone: hall, equipment_class: tank}
"""
DEVICES = """site: tower
devices:
  - {id: gw-2, name: G, kind: gateway, equipment: [tank, pump-1]}
"""

FAN = """site: tower
equipment:
  - id: e
    name: E
    zone: hall
    equipment_class: fan
    points:
"""


def folder_of(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def said(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(ConfigurationInvalid) as refused:
        load_configuration(folder)
    return [
        (Path(problem.file).relative_to(folder).as_posix(), problem.line, problem.message)
        for problem in refused.value.problems
    ]


def whole(folder: Path, **more: str) -> Path:
    return folder_of(folder, site=SITE, zones=ZONES, equipment__pumps=PUMPS, devices=DEVICES, **more)


def site_of(folder: Path) -> Site:
    (site,) = load_configuration(folder).configuration.sites
    return site


def test_files_in_folders_make_one_site(tmp_path: Path) -> None:
    loaded = load_configuration(whole(tmp_path))
    (site,) = loaded.configuration.sites
    assert [zone.id for zone in site.zones] == ["hall"]
    assert [machine.id for machine in site.equipment] == ["pump-1", "tank"]
    assert loaded.files == ("devices.yaml", "equipment/pumps.yaml", "site.yaml", "zones.yaml")


def test_points_under_their_machine_belong_to_it_and_may_go_by_their_quantity(tmp_path: Path) -> None:
    points = site_of(whole(tmp_path)).points
    assert [(point.id, point.equipment, point.quantity) for point in points] == [
        ("pump-1-bearing-temperature", "pump-1", "bearing_temperature"),
        ("flow", "pump-1", None),
    ]


def test_a_device_carries_the_points_of_the_machines_it_names(tmp_path: Path) -> None:
    assert site_of(whole(tmp_path)).devices[0].points == ("pump-1-bearing-temperature", "flow")


def test_what_stands_in_the_site_and_beside_it_is_one_list(tmp_path: Path) -> None:
    text = "site: {id: t, name: T, timezone: UTC, zones: [{id: a, name: A}]}\nzones: [{id: b, name: B}]\n"
    assert [zone.id for zone in site_of(folder_of(tmp_path, all=text)).zones] == ["a", "b"]


def test_rules_and_names_of_such_a_file_are_for_its_site(tmp_path: Path) -> None:
    rules = "site: tower\nrules: [{id: r, kind: door_forced, name: R, priority: low}]\n"
    people = "site: tower\npeople: [{id: o1, role: officer}]\nnames: {o1: Li Wei}\n"
    loaded = load_configuration(whole(tmp_path, rules__doors=rules, people=people))
    assert [rule.site for rule in loaded.configuration.rules] == ["tower"]
    assert [person.name for person in loaded.people] == ["Li Wei"]


def test_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    whole(tmp_path)
    folder_of(tmp_path / ".old", site=SITE)
    assert site_of(tmp_path).id == "tower"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("site: towr\nzones: []\n", ("more.yaml", 1, "site 'towr' is not configured")),
        ("zones: []\n", ("more.yaml", 1, "the file does not say which site it belongs to")),
        (
            "site: tower\ndoors:\n  - {id: d, name: D, zone: hall}\n  - {id: e, name: E, zone: hal}\n",
            ("more.yaml", 4, "zone 'hal' is not configured"),
        ),
        (
            "site: tower\nzones:\n\n  - {id: hall, name: H}\n",
            ("zones.yaml", 3, "id 'hall' stands more than once in zones"),
        ),
        ("site: tower\ndoors: 5\n", ("more.yaml", 2, "'doors' is wrong: Expected `array`, got `int`")),
        (
            "site: tower\nequipment:\n  - {id: e, name: E, zone: hall, equipment_class: fan, points: 5}\n",
            ("more.yaml", 3, "'points' is wrong: Expected"),
        ),
        (
            "site: tower\ndevices:\n  - {id: d, name: D, kind: gateway, equipment: [tnak]}\n",
            ("more.yaml", 3, "equipment 'tnak' is not configured"),
        ),
        (
            FAN + "      - {id: p, name: P, unit: A}\n      - {id: q, name: Q, unit: ampere}\n",
            ("more.yaml", 9, "point 'q' is in 'ampere', which is no unit that Vigil knows"),
        ),
        (
            FAN + "      - {id: p, name: P, unit: A, equipment: e}\n",
            ("more.yaml", 8, "a point under its machine belongs to that machine"),
        ),
        (
            FAN + "      - p\n",
            ("more.yaml", 8, "a point is written as a mapping, not as 'p'"),
        ),
    ],
)
def test_a_problem_is_told_where_it_stands(tmp_path: Path, more: str, expected: tuple[str, int, str]) -> None:
    files = {"more": more} if "hall, name: H}" not in more else {"a": more}
    told = said(whole(tmp_path, **files))
    assert [(file, line) for file, line, _ in told] == [expected[:2]], told
    assert told[0][2].startswith(expected[2])


def test_a_part_that_cannot_be_read_is_told_alone(tmp_path: Path) -> None:
    rules = "rules:\n  - {id: r, site: tower, kind: door_forced, subjects: [d9], name: R, priority: low}\n"
    told = said(whole(tmp_path, doors="site: tower\ndoors:\n  - {id: d9, name: D}\n", rules=rules))
    assert told == [("doors.yaml", 3, "a door has no 'zone'")]


def test_two_files_that_define_one_site_are_told(tmp_path: Path) -> None:
    told = said(folder_of(tmp_path, a=SITE, b=SITE, c=ZONES))
    assert told == [("b.yaml", 1, "site id 'tower' stands more than once")]
