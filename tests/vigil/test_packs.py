"""Rule packs: their tests pass, every rule has a source and both languages, and a site takes them on with a line."""

from pathlib import Path

import pytest

from rules.settings import check_rule
from tests.vigil.running_service import ROOT
from vigil.commands.check import run_rule_tests
from vigil.configuration.loading import load_configuration
from vigil.configuration.packs import PackRule, RuleTest, pack_names, read_pack
from vigil.configuration.problem import ConfigurationInvalid
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


def test_points_fill_roles_by_quantity_or_by_name(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{pack: pump, equipment: [pump-1]}") == [
        ("pump-1-no-flow", ("p1-flow",), {"running": "p1-run"}),
        ("pump-1-short-cycling", ("p1-run",), {}),
    ]
    line = "{pack: pump, equipment: [pump-1], points: {vibration: p1-shake}, without: [no-flow]}"
    assert [rule for rule, *_ in loaded(tmp_path, line)] == ["pump-1-vibration", "pump-1-short-cycling"]


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
            "is in 'mm/s', the numbers of pack 'pump' are in 'm3/h'",
        ),
        ("{pack: pump, equipment: [pump-1, pump-1], points: {flow: p1-flow}}", "for several machines at once"),
        ("pump", "mapping"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_where_it_stands(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        loaded(tmp_path, line)
    assert complaint in str(refusal.value)
    assert "tower.yaml:12:" in str(refusal.value)


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
