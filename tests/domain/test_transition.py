"""The one reader of tables."""

from enum import StrEnum

import pytest

from domain.errors import IllegalTransition
from domain.transition import step


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


class Turn(StrEnum):
    GO = "go"
    STOP = "stop"


TABLE = {(Light.RED, Turn.GO): Light.GREEN, (Light.GREEN, Turn.STOP): Light.RED}


def test_a_listed_pair_leads_on() -> None:
    assert step("light", TABLE, Light.RED, Turn.GO) is Light.GREEN


def test_a_missing_pair_raises_and_says_what_is_listed() -> None:
    with pytest.raises(IllegalTransition, match=r"light is red: 'stop' is not possible here \(possible: go\)"):
        step("light", TABLE, Light.RED, Turn.STOP)
