"""How every state machine of Vigil is stepped: a table is data, and this is the only reader of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from domain.errors import IllegalTransition

State = TypeVar("State", bound=StrEnum)
Trigger = TypeVar("Trigger", bound=StrEnum)


def step(machine: str, table: Mapping[tuple[State, Trigger], State], state: State, trigger: Trigger) -> State:
    """Look up where `trigger` leads from `state`.

    Raises:
        IllegalTransition: the table has no such pair.
    """
    try:
        return table[state, trigger]
    except KeyError:
        allowed = tuple(str(known) for (source, known) in table if source == state)
        raise IllegalTransition(machine, str(state), str(trigger), allowed) from None
