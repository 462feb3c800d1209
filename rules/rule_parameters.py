"""Reads a rule's parameters into its kind's settings type, and says exactly what is wrong with them."""

import math
import re
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from domain.configuration import RuleSpec
from domain.errors import ConfigurationError

SettingsT = TypeVar("SettingsT", bound=Struct)


_SHOWN: Final = 80
_DECIMAL_COMMA: Final = re.compile(r"[-+]?[0-9]{1,18},[0-9]{1,18}")


def refuse(spec: RuleSpec, complaint: str) -> ConfigurationError:
    """The error that names the rule; the complaint names parameter, value and remedy."""
    return ConfigurationError(f"rule '{spec.id}' of kind {spec.kind}: {complaint}")


def read_parameters(spec: RuleSpec, settings: type[SettingsT]) -> SettingsT:
    """Make the settings from `spec.parameters`.

    Raises:
        ConfigurationError: a parameter is unknown, missing, of another type, or not a finite number.
    """
    known = _fields(settings)
    for name in sorted(spec.parameters):
        value = spec.parameters[name]
        if name not in known:
            raise refuse(spec, f"parameter '{name}' (= {_shown(value)}) is not known: use {', '.join(known)}")
        try:
            msgspec.convert(value, known[name].type)
        except msgspec.ValidationError as error:
            remedy = _remedy(known[name].type, value) or str(error)
            raise refuse(spec, f"parameter '{name}' is {_shown(value)}: {remedy}") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise refuse(spec, f"parameter '{name}' is {value!r}: give a finite number")
    missing = [name for name, each in known.items() if each.required and name not in spec.parameters]
    if missing:
        raise refuse(spec, f"parameter '{missing[0]}' is missing: give it a value")
    return msgspec.convert(spec.parameters, settings)


@lru_cache(maxsize=256)
def _fields(settings: type[Struct]) -> Mapping[str, FieldInfo]:
    """A settings type's fields by name; a rule is read for each of its points, and looking them up takes most of it."""
    return {each.name: each for each in msgspec.structs.fields(settings)}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _remedy(wanted: Any, value: object) -> str | None:  # noqa: ANN401 - the type is data here
    """What would do for a number or a text; None where the type itself says it better."""
    options = {wanted, *typing.get_args(wanted)}
    if float in options or int in options:
        if isinstance(value, bool):
            return "write a number, not true or false"
        if not isinstance(value, str):
            return "write a whole number"
        if _DECIMAL_COMMA.fullmatch(value):
            return f"write the decimals behind a point, {value.replace(',', '.')}"
        number = _number(value)
        if number is None:
            return "write a number, such as 20 or 0.5"
        if not math.isfinite(number):
            return "give a finite number"
        return "write the number without quotes and in plain digits, such as 20 or 0.5"
    if str in options:
        return "put the text in quotes"
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
