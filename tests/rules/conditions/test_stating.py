"""What every rule over readings may say, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter
from domain.errors import ConfigurationError
from domain.text import same
from rules.conditions.stating import (
    Aspects,
    ConditionMeaning,
    ConditionSettings,
    Level,
    Watched,
    guarded,
    site_things,
)
from rules.expressions.tree import Compare, Logic, Not, Number, Value, Within
from tests.reference.limit_world import a_rule, a_site

SITE = a_site(("flow", "fan"), unit="1")
BEYOND, BACK = Compare(">", Value(0), Number(5.0)), Compare("<", Value(0), Number(4.0))


def watched(**inputs: str) -> Watched:
    points = {point.id: point for point in SITE.points}
    named = {name: points[point] for name, point in inputs.items()}
    return Watched(spec=a_rule(), point=points["flow"], inputs=named, site=site_things(SITE))


def _state(_: Watched, __: ConditionSettings) -> list[Level]:
    return []


MEANING = ConditionMeaning(kind="test", summary=same("test"), settings=ConditionSettings, state=_state, inputs=1)


def test_a_guard_is_needed_to_enter_and_its_end_leaves() -> None:
    settings = ConditionSettings(only_while="fan > 0", hours="daily 08:00-10:00", on_delay_seconds=1.0)
    condition = guarded(watched(fan="fan"), settings, Aspects(enter=BEYOND, leave=BACK))
    guard, hours = Compare(">", Value(1), Number(0.0)), Within("daily 08:00-10:00", "Asia/Shanghai")
    assert condition.enter == Logic("and", hours, Logic("and", guard, BEYOND))
    assert condition.leave == Logic("or", Not(hours), Logic("or", Not(guard), BACK))
    assert (condition.inputs, condition.on_delay) == (("flow", "fan"), 1_000_000)


def test_a_wrong_expression_names_parameter_and_column() -> None:
    with pytest.raises(ConfigurationError, match=r"parameter 'only_while' is 'fna > 0': column 1: 'fna' is no point"):
        guarded(watched(fan="fan"), ConditionSettings(only_while="fna > 0"), Aspects(enter=BEYOND))


@pytest.mark.parametrize(
    ("parameters", "inputs", "subjects", "complaint"),
    [
        ({"on_delay_seconds": -1.0}, {"fan": "fan"}, ("flow",), "'on_delay_seconds' is -1.0"),
        ({"off_delay_seconds": 1e9}, {"fan": "fan"}, ("flow",), "'off_delay_seconds'"),
        ({}, {}, ("flow",), "takes 1"),
        ({}, {"fan": "fan"}, (), "'subjects' is empty"),
        ({}, {"fan": "fan"}, ("flow", "flow"), "twice"),
        ({}, {"fan": "flow"}, ("flow",), "which is a subject"),
        ({}, {"and": "fan"}, ("flow",), "'and', a word that expressions have: use another one"),
        ({}, {"hours": "fan"}, ("flow",), "'hours', a word that expressions have"),
        ({}, {"fan-1": "fan"}, ("flow",), "use a word"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    parameters: dict[str, Parameter], inputs: dict[str, str], subjects: tuple[str, ...], complaint: str
) -> None:
    rule = structs.replace(a_rule(), parameters=parameters, inputs=inputs, subjects=subjects)
    with pytest.raises(ConfigurationError, match=complaint):
        MEANING.check(rule)
