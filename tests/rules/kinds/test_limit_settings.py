"""What a limit rule may say, and how it is refused."""

import re

import pytest
import yaml
from msgspec import structs

from domain.configuration import Parameter
from domain.errors import ConfigurationError
from rules.kinds.ladder import MEANING
from rules.kinds.limit_settings import LimitSettings, check_parameters
from tests.reference.limit_world import a_rule


def test_reads_all_parameters() -> None:
    spec = a_rule(high=30, low=20.0, deadband=2, on_delay_seconds=30, off_delay_seconds=10)
    settings = check_parameters(spec)
    assert settings == LimitSettings(high=30.0, low=20.0, deadband=2.0, on_delay_seconds=30.0, off_delay_seconds=10.0)
    assert (settings.high_return, settings.low_return) == (28.0, 22.0)


def test_one_limit_is_enough() -> None:
    assert check_parameters(a_rule(low=20)).high_return == float("inf")
    assert check_parameters(a_rule(high=20)).low_return == float("-inf")


def test_one_value_that_clears_is_enough() -> None:
    assert check_parameters(a_rule(high=30, low=20, deadband=5)).low_return == 25.0


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({}, "'high' and 'low' are both missing"),
        ({"high": 20, "low": 20}, "'low' is 20.0, not below 'high' (20.0)"),
        ({"high": 10, "low": 20}, "'low' is 20.0"),
        ({"high": 20, "deadband": -1}, "'deadband' is -1.0: give 0 or more"),
        ({"high": 30, "low": 20, "deadband": 5.5}, "'deadband' is 5.5: no value could clear"),
        ({"high": 20, "on_delay_seconds": -1}, "'on_delay_seconds' is -1.0: give seconds from 0"),
        (
            {"high": 20, "off_delay_seconds": 1e9},
            "'off_delay_seconds' is 1000000000.0: give seconds from 0 to 31622400",
        ),
        ({"hihg": 20}, "'hihg' (= 20) is not known"),
        ({"high": 20, "only_while": "fan > 0"}, "'only_while' is not taken by this kind, but by `ladder`"),
        (
            {"high": 20, "hours": "mon-fri 08:00-18:00"},
            "'hours' is not taken by this kind, but by `ladder`",
        ),
        ({"high": "20"}, "'high' is '20'"),
        ({"high": True}, "'high' is True"),
    ],
)
def test_refuses_what_makes_no_sense(parameters: dict[str, Parameter], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        check_parameters(a_rule(**parameters))
    assert str(refusal.value).startswith("rule 'flow-limit' of kind limit: ")
    assert complaint in str(refusal.value)


def test_refuses_a_rule_without_points_and_a_point_named_twice() -> None:
    spec = a_rule(high=20)
    with pytest.raises(ConfigurationError, match="'subjects' is empty"):
        check_parameters(structs.replace(spec, subjects=()))
    with pytest.raises(ConfigurationError, match="names point 'flow' twice"):
        check_parameters(structs.replace(spec, subjects=("flow", "a", "flow")))


@pytest.mark.parametrize(
    "parameters",
    [
        {"high": 20, "deadband": 0.5, "on_delay_seconds": 60, "only_while": "fan > 0 for 10 min"},
        {"low": -2.5, "hours": "mon-fri 08:00-12:00, 13:00-18:00; sat 09:00-12:00"},
        {"high": 20, "only_while": "max(fan, 0) > 0 and value != 3", "hours": "daily 22:00-06:00"},
    ],
)
def test_the_refusal_of_a_guard_says_the_yaml_to_write(parameters: dict[str, Parameter]) -> None:
    rule = a_rule(**parameters)
    with pytest.raises(ConfigurationError) as refusal:
        check_parameters(rule)
    *_, kind, written = re.findall("`([^`]+)`", str(refusal.value))
    assert kind == "kind: ladder"
    assert yaml.safe_load(written) == {"parameters": parameters}
    ladder = structs.replace(rule, kind="ladder", parameters=parameters)
    assert MEANING.check(ladder).only_while == parameters.get("only_while", "")
