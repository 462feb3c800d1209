"""Parameters become settings, or the error says which one, its value and what to do."""

import pytest
from msgspec import Struct

from domain.configuration import Parameter, RuleSpec
from domain.errors import ConfigurationError
from domain.priority import Priority
from domain.text import same
from rules.rule_parameters import read_parameters


class Settings(Struct, frozen=True, kw_only=True):
    high: float
    window_seconds: float = 60.0
    mode: str | None = None
    often: int = 1


def a_rule(**parameters: Parameter) -> RuleSpec:
    return RuleSpec(
        id="r1", kind="mean", site="s", name=same("r1"), priority=Priority.LOW, subjects=("p",), parameters=parameters
    )


def test_reads_what_is_given_and_keeps_defaults() -> None:
    assert read_parameters(a_rule(high=3, mode="x"), Settings) == Settings(high=3.0, mode="x")


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"high": 1.0, "hihg": 2.0}, "parameter 'hihg' (= 2.0) is not known: use high, window_seconds, mode, often"),
        ({"high": "20"}, "parameter 'high' is '20': write the number without quotes"),
        ({"high": "２０"}, "parameter 'high' is '２０': write the number without quotes and in plain digits"),
        ({"high": "1_000"}, "parameter 'high' is '1_000': write the number without quotes and in plain digits"),
        ({"high": "20,5"}, "parameter 'high' is '20,5': write the decimals behind a point, 20.5"),
        ({"high": "20 m3/h"}, "parameter 'high' is '20 m3/h': write a number"),
        ({"high": "1e400"}, "parameter 'high' is '1e400': give a finite number"),
        ({"high": ".nan"}, "parameter 'high' is '.nan': write a number"),
        ({"high": "9" * 5000}, "9...: give a finite number"),
        ({"high": True}, "parameter 'high' is True: write a number, not true or false"),
        ({"high": 1.0, "mode": 3}, "parameter 'mode' is 3: put the text in quotes"),
        ({"high": 1.0, "often": 2.5}, "parameter 'often' is 2.5: write a whole number"),
        ({"high": float("nan")}, "parameter 'high' is nan: give a finite number"),
        ({"high": float("-inf")}, "parameter 'high' is -inf: give a finite number"),
        ({"mode": "x"}, "parameter 'high' is missing: give it a value"),
    ],
)
def test_refuses_and_names_the_parameter(parameters: dict[str, Parameter], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_parameters(a_rule(**parameters), Settings)
    assert str(refusal.value).startswith("rule 'r1' of kind mean: ")
    assert complaint in str(refusal.value)
