"""Reads a rule's parameters into its kind's settings type, and says exactly what is wrong with them."""

import math
from typing import TypeVar

import msgspec
from msgspec import Struct

from domain.configuration import RuleSpec
from domain.errors import ConfigurationError

SettingsT = TypeVar("SettingsT", bound=Struct)


def refuse(spec: RuleSpec, complaint: str) -> ConfigurationError:
    """The error that names the rule; the complaint names parameter, value and remedy."""
    return ConfigurationError(f"rule '{spec.id}' of kind {spec.kind}: {complaint}")


def read_parameters(spec: RuleSpec, settings: type[SettingsT]) -> SettingsT:
    """Make the settings from `spec.parameters`.

    Raises:
        ConfigurationError: a parameter is unknown, missing, of another type, or not a finite number.
    """
    known = {each.name: each for each in msgspec.structs.fields(settings)}
    for name in sorted(spec.parameters):
        value = spec.parameters[name]
        if name not in known:
            raise refuse(spec, f"parameter '{name}' (= {value!r}) is not known: use {', '.join(known)}")
        try:
            msgspec.convert(value, known[name].type)
        except msgspec.ValidationError as error:
            raise refuse(spec, f"parameter '{name}' is {value!r}: {error}") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise refuse(spec, f"parameter '{name}' is {value!r}: give a finite number")
    missing = [name for name, each in known.items() if each.required and name not in spec.parameters]
    if missing:
        raise refuse(spec, f"parameter '{missing[0]}' is missing: give it a value")
    return msgspec.convert(spec.parameters, settings)
