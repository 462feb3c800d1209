"""Rule packs: their tests pass, every rule has a source and both languages, and a site takes them on with a line."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.instant import from_iso
from domain.priority import Priority
from rules.settings import MOST_GUESSES, check_rule
from tests.vigil.running_service import ROOT
from vigil.commands.check import run_rule_tests
from vigil.configuration.loading import load_configuration
from vigil.configuration.pack_uses import SiteIndex
from vigil.configuration.packs import PackRule, RuleTest, pack_names, read_pack
from vigil.configuration.problem import ConfigurationInvalid, Problem
from vigil.configuration.rule_tests import PlacedTest, RuleTestUnreadable, pack_site, run_pack_tests, run_test

RULES = [pytest.param(name, rule, id=f"{name}-{rule.id}") for name in pack_names() for rule in read_pack(name).rules]
SITE = """site:
  id: tower
  name: Tower
  timezone: UTC
  zones: [{id: plant, name: Plant}]
  equipment: [{id: pump-1, zone: plant, equipment_class: pump, name: Pump}]
  points:
    - {id: p1-run, equipment: pump-1, quantity: running, unit: "1", name: Running}
    - {id: p1-flow, equipment: pump-1, quantity: flow, unit: m3/h, name: Flow}
    - {id: p1-shake, equipment: pump-1, unit: mm/s, name: Vibration}
packs:
"""


def loaded(folder: Path, line: str) -> list[tuple[str, tuple[str, ...], dict[str, str]]]:
    (folder / "tower.yaml").write_text(SITE + f"  - {line}\n")
    return [(rule.id, rule.subjects, rule.inputs) for rule in load_configuration(folder).configuration.rules]


def placed(given: str, then: str) -> PlacedTest:
    return PlacedTest(file="pump.yaml", line=7, test=RuleTest(rule="no-flow", given=given, then=then))


def test_the_tests_of_the_packs_pass(capsys: pytest.CaptureFixture[str]) -> None:
    count, failures = run_pack_tests()
    assert failures == []
    assert count >= 2 * len(pack_names())
    assert run_rule_tests(ROOT / "simulators" / "site") == 0
    assert "0 failed" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_every_rule_is_whole(name: str, rule: PackRule) -> None:
    site, points = pack_site(read_pack(name))
    assert check_rule(rule.bound("machine", site.id, points), site) == []
    assert len(rule.source) > 20
    for text in (rule.name, rule.procedure):
        assert text.en
        assert text.zh != text.en


def test_alarms_that_lives_hang_on_are_never_suppressed() -> None:
    lives = {
        (name, rule.id)
        for name in pack_names()
        for rule in read_pack(name).rules
        if rule.bound("machine", "site", {role: role for role in rule.roles}).is_safety
    }
    assert lives >= {("lift", "trapped"), ("lift", "help"), ("cold_room", "locked-in"), ("chill_room", "locked-in")}
    assert ("lift", "motor-hot") not in lives


def test_what_stands_for_other_alarms_is_as_urgent_as_they_can_be() -> None:
    for pack in map(read_pack, pack_names()):
        rules = {rule.id: rule for rule in pack.rules}
        for rule in pack.rules:
            worst = min(rule.priority.rank, _outer(rule))
            for parent in rule.suppressed_while:
                assert rules[parent].priority.rank <= worst, f"{pack.pack}: {parent} stands for {rule.id}"
                assert rule.id not in rules[parent].suppressed_while


def _outer(rule: PackRule) -> int:
    """The rank of a ladder's outer levels, where it has any."""
    has_outer = {"high_high", "low_low"} & rule.parameters.keys()
    return Priority(str(rule.parameters.get("outer_priority", "critical"))).rank if has_outer else len(Priority)


def test_a_rule_is_suppressed_by_those_of_its_own_machine_that_it_has(tmp_path: Path) -> None:
    points = "".join(
        f"    - {{id: p1-{role}, equipment: pump-1, quantity: {role}, unit: {unit}, name: P}}\n"
        for role, unit in (("discharge_pressure", "kPa"), ("current", "A"))
    )
    site = SITE.replace("packs:\n", points + "packs:\n")
    (tmp_path / "tower.yaml").write_text(site + "  - {pack: pump, equipment: [pump-1], without: [burst]}\n")
    rules = {rule.id: rule.suppressed_while for rule in load_configuration(tmp_path).configuration.rules}
    assert rules["pump-1-no-pressure"] == ("pump-1-no-flow", "pump-1-dry-running")
    assert rules["pump-1-no-flow"] == ("pump-1-dry-running",)
    assert rules["pump-1-runs-on"] == ()


def test_every_role_is_looked_at_by_a_rule() -> None:
    for pack in map(read_pack, pack_names()):
        assert {role for rule in pack.rules for role in rule.roles} == pack.points.keys(), pack.pack


def test_the_document_names_every_role_with_its_unit_and_every_rule() -> None:
    document = (ROOT / "docs" / "packs.md").read_text()
    for pack in map(read_pack, pack_names()):
        roles = ", ".join(f"`{role}` {unit}" for role, unit in pack.points.items())
        rules = ", ".join(f"`{rule.id}`" for rule in pack.rules)
        assert f"| `{pack.pack}` | {roles} | {rules} |" in document


def test_points_fill_roles_by_quantity_or_by_name(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{pack: pump, equipment: [pump-1]}") == [
        ("pump-1-no-flow", ("p1-flow",), {"running": "p1-run"}),
        ("pump-1-short-cycling", ("p1-run",), {}),
        ("pump-1-runs-on", ("p1-run",), {"flow": "p1-flow"}),
        ("pump-1-flow-lost", ("p1-flow",), {}),
    ]
    line = "{pack: pump, equipment: [pump-1], points: {vibration: p1-shake}, without: [no-flow]}"
    assert [rule for rule, *_ in loaded(tmp_path, line)] == [
        "pump-1-vibration",
        "pump-1-short-cycling",
        "pump-1-runs-on",
        "pump-1-flow-lost",
        "pump-1-vibration-lost",
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{pack: pumps, equipment: [pump-1]}", "pack 'pumps' is not known"),
        ("{pack: pump, equipment: [pump-9]}", "equipment 'pump-9' is not configured"),
        ("{pack: pump, equipment: [pump-1], without: [noflow]}", "has no rule 'noflow'"),
        ("{pack: pump, equipment: [pump-1], points: {flo: p1-flow}}", "has no role 'flo'"),
        ("{pack: pump, equipment: [pump-1], points: {flow: none}}", "point 'none' is not configured"),
        (
            "{pack: pump, equipment: [pump-1], points: {flow: p1-shake}}",
            "is in 'mm/s', the numbers of pack 'pump' are in 'm3/h'. If it is measured in 'm3/h', write that as",
        ),
        ("{pack: pump, equipment: [pump-1, pump-1], points: {flow: p1-flow}}", "for several machines at once"),
        (
            "{pack: lift, equipment: [pump-1]}",
            "pack 'lift' has no rule for 'pump-1'. Its rules need points with the quantity trapped (1), ",
        ),
        (
            "{pack: lift, equipment: [pump-1]}",
            "its points have: flow, running. Mend these, or name points under `points:`",
        ),
        (
            "{pack: pump, equipment: [pump-1], without: [no-flow, short-cycling, runs-on, flow-lost]}",
            "its points have: flow, running",
        ),
        (
            "{pack: pump, equipment: [pump-1, pump-1]}",
            "'pump-1' has been given these rules before: no-flow, short-cycling, runs-on and 1 more. Name the",
        ),
        ("{pack: pump, equipment: []}", "no machine takes on pack 'pump'. Name one or more, or remove the line."),
        ("{pack: pump, equipment: [pump-1], site: towr}", "site 'towr' is not configured. Known sites: tower."),
        ("pump", "mapping"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_where_it_stands(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        loaded(tmp_path, line)
    assert complaint in str(refusal.value)
    assert "tower.yaml:12:" in str(refusal.value)


def test_of_many_machines_that_are_not_there_only_some_are_looked_for() -> None:
    """Among ten thousand machines a look takes a twentieth of a second, and their names a hundred kilobytes."""
    site, _ = pack_site(read_pack("pump"))
    machines = tuple(replace(site.equipment[0], id=f"machine-{number}") for number in range(100))
    index = SiteIndex(replace(site, equipment=machines))
    remedies = [index.unknown("equipment", "machine-99x", index.machines)[1] for _ in range(30)]
    assert sum("Did you mean 'machine-99'?" in remedy for remedy in remedies) == MOST_GUESSES
    assert all("machine-7" in remedy and "machine-8." not in remedy for remedy in remedies)


def test_a_file_that_names_no_site_has_to_for_its_packs(tmp_path: Path) -> None:
    (tmp_path / "tower.yaml").write_text(SITE.removesuffix("packs:\n"))
    (tmp_path / "packs.yaml").write_text("packs:\n  - {pack: pump, equipment: [pump-1]}\n")
    with pytest.raises(ConfigurationInvalid, match=r"packs.yaml:2: a pack use has no 'site'\. Add `site:` to it"):
        load_configuration(tmp_path)
    (tmp_path / "packs.yaml").write_text("site: tower\npacks:\n  - {pack: pump, equipment: [pump-1]}\n")
    assert load_configuration(tmp_path).configuration.rules
    (tmp_path / "packs.yaml").write_text("site: towr\npacks:\n  - {pack: pump, equipment: [pump-1]}\n")
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(tmp_path)
    (problem,) = refusal.value.problems
    assert problem.line == 1


def test_a_machine_in_two_lines_of_a_pack_is_told_once_and_may_share_its_rules_out(tmp_path: Path) -> None:
    text = SITE + "  - {pack: pump, equipment: [pump-1], without: [%s]}\n  - {pack: pump, equipment: [pump-1]%s}\n"
    (tmp_path / "tower.yaml").write_text(text % ("runs-on", ""))
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(tmp_path)
    (problem,) = refusal.value.problems
    assert (problem.line, problem.message) == (
        13,
        "'pump-1' has been given these rules before: no-flow, short-cycling, flow-lost",
    )
    (tmp_path / "tower.yaml").write_text(text % ("runs-on", ", without: [no-flow, short-cycling, flow-lost]"))
    assert len(load_configuration(tmp_path).configuration.rules) == 4


def test_a_machine_of_the_same_id_at_another_site_is_told_once(tmp_path: Path) -> None:
    site = SITE + "  - {pack: pump, equipment: [pump-1]}\n"
    (tmp_path / "a.yaml").write_text(site)
    (tmp_path / "b.yaml").write_text(site.replace("tower", "annex").replace("p1-", "annex_p1-"))
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(tmp_path)
    (problem,) = refusal.value.problems
    assert str(problem).endswith(
        "b.yaml:12: 'pump-1' of site 'tower' has rules of the same ids: no-flow, short-cycling, runs-on and 1 more. "
        "Put the site into the machine's id, for instance 'annex_pump-1'."
    )


def test_a_point_in_another_unit_is_no_fault_where_its_rules_are_left_out(tmp_path: Path) -> None:
    line = "{pack: pump, equipment: [pump-1], points: {flow: p1-shake}%s}"
    with pytest.raises(ConfigurationInvalid) as refusal:
        loaded(tmp_path, line % "")
    assert "otherwise leave out no-flow, runs-on, flow-lost with `without:`" in str(refusal.value)
    assert [rule for rule, *_ in loaded(tmp_path, line % ", without: [no-flow, runs-on, flow-lost]")] == [
        "pump-1-short-cycling"
    ]


def test_a_point_in_another_unit_of_the_same_kind_can_be_converted_on_the_way_in(tmp_path: Path) -> None:
    (tmp_path / "tower.yaml").write_text(SITE.replace("m3/h", "L/s") + "  - {pack: pump, equipment: [pump-1]}\n")
    with pytest.raises(ConfigurationInvalid, match="make its unit 'm3/h' and convert on the way in, with `unit` and"):
        load_configuration(tmp_path)


def test_a_line_whose_rules_are_all_left_out_is_refused(tmp_path: Path) -> None:
    every = ", ".join(rule.id for rule in read_pack("pump").rules)
    with pytest.raises(
        ConfigurationInvalid, match=r"has no rule for 'pump-1'\. Its rules are all left out: remove the line"
    ):
        loaded(tmp_path, f"{{pack: pump, equipment: [pump-1], without: [{every}]}}")


def changed(folder: Path, change: str) -> dict[str, tuple[object, str]]:
    line = f"{{pack: pump, equipment: [pump-1], points: {{vibration: p1-shake}}, change: {change}}}"
    (folder / "tower.yaml").write_text(SITE + f"  - {line}\n")
    rules = load_configuration(folder).configuration.rules
    return {rule.id: (rule.parameters.get("high"), rule.priority.value) for rule in rules}


def test_a_line_changes_single_parameters_of_rules_on_its_machines(tmp_path: Path) -> None:
    before = changed(tmp_path, "{}")
    assert before["pump-1-vibration"] == (5.1, "medium")
    assert changed(tmp_path, "{vibration: {high: 2.8, priority: low}}") == before | {"pump-1-vibration": (2.8, "low")}
    assert changed(tmp_path, "{vibration: {priority: critical}}")["pump-1-vibration"] == (5.1, "critical")
    pack = read_pack("pump")
    assert next(rule for rule in pack.rules if rule.id == "vibration").parameters["high"] == 5.1


BLOCK = (
    SITE.replace("[{id: pump-1, zone: plant, equipment_class: pump, name: Pump}]", "[%s]")
    + """  - pack: pump
    equipment: [%s]
    change:
      vibration:
        deadband: 0.4
        %s
"""
)
PUMPS = ["pump-1", "pump-2", "pump-3"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("hihg: 5", "rule 'vibration' has no parameter 'hihg'. Did you mean 'high'?"),
        ("high: 9", "parameter 'high' is 9.0, not below 'high_high' (8.5). Swap them?"),
        ("high: much", "parameter 'high' is 'much'. Write a number, such as 20 or 0.5"),
        ("priority: urgent", "the priority of rule 'vibration' is 'urgent'. Write one of critical, high, medium, low."),
        ("priority: 1", "the priority of rule 'vibration' is '1'"),
        ("only_while: runing > 0", "'runing' is no point"),
        ("high:", "'high' is wrong"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_once_where_it_stands(
    tmp_path: Path, change: str, complaint: str
) -> None:
    machines = ", ".join(f"{{id: {each}, zone: plant, equipment_class: pump, name: Pump}}" for each in PUMPS)
    points = "".join(
        f"    - {{id: {each}-{quantity}, equipment: {each}, quantity: {quantity}, unit: {unit!r}, name: P}}\n"
        for each in PUMPS
        for quantity, unit in (("running", "1"), ("vibration", "mm/s"))
    )
    text = BLOCK.replace("packs:\n", points + "packs:\n") % (machines, ", ".join(PUMPS), change)
    (tmp_path / "tower.yaml").write_text(text)
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(tmp_path)
    (problem,) = refusal.value.problems
    assert complaint in str(problem)
    assert problem.line == text.count("\n")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("change: {vibrations: {high: 3}}", "pack 'pump' has no rule 'vibrations'. Did you mean 'vibration'?"),
        ("without: [short-cycling], change: {short-cycling: {most_starts: 6}}", "is changed and left out. Remove it"),
        (
            "change: {vibration: {high: 3}}",
            "rule 'vibration' is changed, but left out: no machine of the line has all its points. It needs vibration",
        ),
        ("change: {short-cycling: 6}", "'short-cycling' is wrong"),
        ("change: [short-cycling]", "'change' is wrong"),
    ],
)
def test_a_change_of_what_is_not_there_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        loaded(tmp_path, f"{{pack: pump, equipment: [pump-1], {line}}}")
    (problem,) = refusal.value.problems
    assert complaint in str(problem)
    assert problem.line == 12


def test_the_tests_of_a_rule_that_is_changed_wrongly_are_no_echo_of_it(tmp_path: Path) -> None:
    tests = 'tests:\n  - {rule: pump-1-short-cycling, given: "0 value=1", then: ""}\n'
    line = "  - {pack: pump, equipment: [pump-1], change: {short-cycling: {most_starts: 0}}}\n"
    (tmp_path / "tower.yaml").write_text(SITE + line + tests)
    with pytest.raises(ConfigurationInvalid) as refusal:
        load_configuration(tmp_path)
    assert [problem.line for problem in refusal.value.problems] == [12]


def notes_of(folder: Path, machines: Sequence[str], lines: str) -> list[Problem]:
    """The notes on pumps that have their flow, state and vibration, the last of them no vibration."""
    measured = dict.fromkeys(machines, ("running", "flow", "vibration")) | {machines[-1]: ("running", "flow")}
    units = read_pack("pump").points
    equipment = ", ".join(f"{{id: {each}, zone: plant, equipment_class: pump, name: Pump}}" for each in machines)
    points = "".join(
        f"    - {{id: {each}-{role}, equipment: {each}, quantity: {role}, unit: {units[role]!r}, name: P}}\n"
        for each, roles in measured.items()
        for role in roles
    )
    head, _, _ = SITE.partition("  equipment:")
    (folder / "tower.yaml").write_text(f"{head}  equipment: [{equipment}]\n  points:\n{points}packs:\n{lines}")
    return list(load_configuration(folder, from_iso("2026-11-23T00:00:00Z")).notes)


def rules_over(*roles: str) -> str:
    return ", ".join(rule.id for rule in read_pack("pump").rules if set(rule.roles) <= set(roles))


def test_what_a_line_watches_and_leaves_out_is_noted_once_for_machines_alike(tmp_path: Path) -> None:
    pumps = [f"pump-{number}" for number in range(1, 201)]
    alike, other = notes_of(tmp_path, pumps, f"  - {{pack: pump, equipment: [{', '.join(pumps)}]}}\n")
    watched = rules_over("running", "flow", "vibration")
    assert alike.line == other.line == 608
    assert alike.message.startswith(
        "pack 'pump' watches pump-1, pump-2, pump-3, pump-4, pump-5, pump-6, pump-7, pump-8 and 191 more by "
        f"{watched.count(',') + 1} rules: {watched}; left out for want of points: "
    )
    assert "bearing-hot, bearing-rising, sensor-stuck (no bearing_temperature)" in alike.message
    assert "-lost (no" not in alike.message
    assert "bearing_temperature (degC)" in alike.remedy
    assert "points: {" in alike.remedy
    assert "vibration (mm/s)" not in alike.remedy
    assert other.message.startswith(
        f"pack 'pump' watches pump-200 by {rules_over('running', 'flow').count(',') + 1} rules"
    )
    assert "vibration (mm/s)" in other.remedy
    assert len(str(alike)) < 2_000


def test_machines_that_are_watched_in_many_ways_are_told_by_what_they_lack(tmp_path: Path) -> None:
    pumps = [f"pump-{number}" for number in range(1, 13)]
    wanted = rules_over("running", "flow", "vibration").split(", ")
    others = ", ".join(rule.id for rule in read_pack("pump").rules if rule.id not in wanted)
    ways = ["", ", vibration-lost", ", runs-on", ", flow-lost"]
    lines = "".join(
        f"  - {{pack: pump, equipment: [{', '.join(pumps[at::4])}], without: [{others}{way}]}}\n"
        for at, way in enumerate(ways)
    )
    head, lacking = notes_of(tmp_path, pumps, lines)
    fewest = len(set(wanted) - {"vibration", "vibration-lost", "flow-lost"})
    assert head.message == f"pack 'pump' watches 12 machines by {fewest} to {len(wanted)} rules, in 5 ways"
    assert lacking.message == "pack 'pump': no vibration (mm/s) at 1 of 12 machines: pump-12"
    assert lacking.remedy == "With it there can be vibration."
    assert head.line == lacking.line


@pytest.mark.parametrize(("of_class", "meant"), [("cold_room", "'chill_room' or 'cold_room'"), ("booster", None)])
def test_a_machine_of_another_packs_class_is_noted(tmp_path: Path, of_class: str, meant: str | None) -> None:
    text = SITE.replace("equipment_class: pump", f"equipment_class: {of_class}")
    (tmp_path / "tower.yaml").write_text(text + "  - {pack: pump, equipment: [pump-1]}\n")
    notes = load_configuration(tmp_path, from_iso("2026-11-23T00:00:00Z")).notes
    said = [note for note in notes if "class" in note.message]
    assert [(note.line, note.message, note.remedy) for note in said] == [
        (
            12,
            f"pack 'pump' is made for equipment of the class 'pump', not '{of_class}': pump-1",
            f"Its numbers may not fit: look whether pack {meant} is meant.",
        )
        for _ in ([] if meant is None else [meant])
    ]


def test_lines_of_which_the_same_is_watched_share_a_note_and_rules_left_out_on_purpose_are_not_missed(
    tmp_path: Path,
) -> None:
    pumps = ["pump-1", "pump-2", "pump-3", "pump-4"]
    wanted = rules_over("running", "flow")
    unwanted = ", ".join(rule.id for rule in read_pack("pump").rules if rule.id not in wanted.split(", "))
    lines = "".join(f"  - {{pack: pump, equipment: [{each}], without: [{unwanted}]}}\n" for each in pumps)
    (note,) = notes_of(tmp_path, pumps, lines)
    assert note.message == (
        "pack 'pump' watches pump-1, pump-2, pump-3, pump-4 (with 3 more lines) by "
        f"{wanted.count(',') + 1} rules: {wanted}"
    )
    assert note.remedy == "Their limits can be changed with `change:`, and rules left out with `without:`."


def test_a_test_that_fails_says_what_was_said() -> None:
    pack = read_pack("pump")
    site, points = pack_site(pack)
    rule = pack.rules[0].bound("machine", site.id, points)
    (failure,) = run_test(placed("0 flow=50, 5 tick", "1:00 raise"), rule, site, points)
    assert (failure.expected, failure.said) == ("1:00 raise", "")
    assert str(failure).startswith("pump.yaml:7: no-flow: expected '1:00 raise'")
    for given in ("soon flow=3", "0 flow=wet", "0 leak=3"):
        with pytest.raises(RuleTestUnreadable):
            run_test(placed(given, ""), rule, site, points)
