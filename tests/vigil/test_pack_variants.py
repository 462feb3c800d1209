"""A pack that is like another one: what it says otherwise holds, all else is that of the other, tests among it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.priority import Priority
from vigil.configuration import packs, rule_tests
from vigil.configuration.packs import read_pack
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.rule_tests import run_pack_tests

VARIANT = """pack: %s
like: pump
rules:
  - {id: %s, priority: critical, parameters: {on_delay_seconds: 45}}
tests:
  - {rule: no-flow, given: "0 running=1, 0 flow=0, 2 running=1, 2 flow=0, 3 running=1, 3 flow=0", then: "%s"}
"""
RAISED = "1:45 raise low"
"""The guard asks for a minute of running; from then on the pump has not flowed for 45 s."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The packs are those of another folder, in which stands that of pumps."""
    (tmp_path / "pump.yaml").write_bytes((packs.FOLDER / "pump.yaml").read_bytes())
    for module in (packs, rule_tests):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    read_pack.cache_clear()
    yield tmp_path
    read_pack.cache_clear()


def test_what_it_says_otherwise_holds_and_the_rest_stays(folder: Path) -> None:
    (folder / "sump.yaml").write_text(VARIANT % ("sump", "no-flow", RAISED))
    pump, sump = read_pack("pump"), read_pack("sump")
    assert (sump.pack, sump.points, sump.equipment_classes) == ("sump", pump.points, pump.equipment_classes)
    one, other = ({rule.id: rule for rule in pack.rules} for pack in (pump, sump))
    assert list(one) == list(other)
    assert [each for each in one if one[each] != other[each]] == ["no-flow"]
    assert other["no-flow"].priority is Priority.CRITICAL
    assert other["no-flow"].parameters == one["no-flow"].parameters | {"on_delay_seconds": 45}
    assert (other["no-flow"].name, other["no-flow"].procedure) == (one["no-flow"].name, one["no-flow"].procedure)


def test_it_is_tested_by_its_own_tests_and_those_of_rules_that_it_leaves_alone(folder: Path) -> None:
    (folder / "sump.yaml").write_text(VARIANT % ("sump", "no-flow", RAISED))
    of_others = sum(test.rule != "no-flow" for test in read_pack("pump").tests)
    assert run_pack_tests(["sump"]) == (1 + of_others, [])


def test_a_test_that_fails_is_said_where_it_stands(folder: Path) -> None:
    (folder / "sump.yaml").write_text(VARIANT % ("sump", "no-flow", "2:00 raise"))
    _, (failure,) = run_pack_tests(["sump"])
    assert (Path(failure.file).name, failure.line, failure.said) == ("sump.yaml", 6, RAISED)


def test_a_rule_that_the_other_does_not_have_is_refused(folder: Path) -> None:
    (folder / "sump.yaml").write_text(VARIANT % ("sump", "noflow", RAISED))
    with pytest.raises(ConfigurationInvalid) as refusal:
        read_pack("sump")
    (problem,) = refusal.value.problems
    assert (problem.line, problem.message) == (4, "pack 'pump' has no rule 'noflow'")
    assert "no-flow" in problem.remedy
