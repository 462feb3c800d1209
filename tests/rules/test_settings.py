import pytest
from msgspec.structs import replace

from domain.configuration import RuleSpec
from rules.catalog import CATALOG
from rules.settings import check_rule, rule_kinds
from tests.rules.estate import FORCED, HELD, MISSED, NO_FLOW, RULES, SITE, a_rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_sound_rule_has_no_problems(rule: RuleSpec) -> None:
    assert check_rule(rule, SITE) == []


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        (replace(HELD, id="a b"), ("id",), "'a b' is not an id"),
        (replace(HELD, kind="door_hold"), ("kind",), "rule kind 'door_hold' is not known"),
        (replace(HELD, subjects=("front", "cellar")), ("subjects", 1), "door 'cellar' is not configured"),
        (replace(MISSED, subjects=("day",)), ("subjects", 0), "tour 'day' is not configured"),
        (replace(NO_FLOW, subjects=("flux",)), ("subjects", 0), "point 'flux' is not configured"),
        (replace(NO_FLOW, subjects=()), ("subjects",), "'subjects' is empty"),
        (replace(HELD, parameters={"held_seconds": -1.0}), ("parameters", "held_seconds"), "is -1.0"),
        (replace(FORCED, parameters={"loud": 1.0}), ("parameters", "loud"), "parameter 'loud'"),
        (replace(NO_FLOW, parameters={}), ("parameters",), "'high' and 'low' are both missing"),
        (replace(NO_FLOW, parameters={"high": "hot"}), ("parameters", "high"), "parameter 'high'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_remedy(
    rule: RuleSpec, path: tuple[str | int, ...], words: str
) -> None:
    (problem,) = check_rule(rule, SITE)
    assert problem.path == path
    assert words in problem.message
    assert problem.remedy[0].isupper()
    assert problem.remedy.endswith(".")


def test_an_unknown_kind_names_those_there_are() -> None:
    (problem,) = check_rule(a_rule("r", "nothing"), SITE)
    assert problem.remedy == f"Known kinds: {', '.join(sorted(CATALOG.entries))}."


def test_kinds_are_listed_with_the_schema_of_their_parameters() -> None:
    kinds = {kind.kind: kind for kind in rule_kinds()}
    assert list(kinds) == sorted(kinds)
    assert (kinds["missed_checkpoint"].subjects, kinds["limit"].subjects) == ("tours", "points")
    schema = kinds["door_held"].parameters
    assert schema["properties"]["high_security_seconds"] == {"type": "number", "default": 30.0}
    assert schema["type"] == "object"
