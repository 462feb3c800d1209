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


def test_what_is_to_be_written_stays_whole() -> None:
    (problem,) = check_rule(replace(NO_FLOW, parameters={"low": 1.0, "only_while": "fan > 0"}), SITE)
    assert problem.message.endswith("which has the same limits")
    assert problem.remedy == "Write `kind: ladder` and `parameters: {low: 1.0, only_while: fan > 0}`."


def test_a_mistyped_id_or_kind_is_answered_with_the_one_that_was_meant() -> None:
    (subject,) = check_rule(replace(NO_FLOW, subjects=("flwo",)), SITE)
    assert subject.message == f"point 'flwo' is not configured at site '{SITE.id}'"
    assert subject.remedy.startswith("Did you mean 'flow'?")
    (named,) = check_rule(replace(NO_FLOW, inputs={"other": "flwo"}), SITE)
    assert named.remedy.startswith("Did you mean 'flow'?")
    (kind,) = check_rule(replace(NO_FLOW, kind="limt"), SITE)
    assert kind.remedy.startswith("Did you mean 'limit'? Known kinds: ")


def test_a_rule_of_many_unknown_ids_looks_for_the_meant_ones_a_few_times_only() -> None:
    problems = check_rule(replace(NO_FLOW, subjects=tuple(f"flow{number}" for number in range(50))), SITE)
    assert len(problems) == 50
    assert all("is not configured at site" in problem.message for problem in problems)
    assert "Did you mean 'flow'?" in problems[0].remedy


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
