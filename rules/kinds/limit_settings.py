"""The settings of a limit rule: what may stand under `parameters`, and what is refused."""

import json
import re
from collections import Counter
from typing import Final

from msgspec import Struct

from domain.configuration import RuleSpec
from rules.conditions.message import check_message, has_message
from rules.conditions.stating import GUARDS
from rules.rule_parameters import read_parameters, refuse

LONGEST_DELAY_SECONDS = 366 * 24 * 3600.0
"""A longer delay is a mistake of units."""

_PLAIN: Final = re.compile(r"[A-Za-z](?:[\w .<>=+*/()-]|:(?=[0-9]))*")
"""Text that YAML reads as it stands, also within braces."""

_SHOWN: Final = 200


class LimitSettings(Struct, frozen=True, kw_only=True):
    """`high`, `low` and `deadband` in the point's own unit; at least one of `high` and `low`.

    A value beyond a limit raises after `on_delay_seconds` of known time; one that is back by the deadband clears
    after `off_delay_seconds` of known time.
    """

    high: float | None = None
    low: float | None = None
    deadband: float = 0.0
    on_delay_seconds: float = 0.0
    off_delay_seconds: float = 0.0

    @property
    def high_return(self) -> float:
        """At or below this a value is back from `high`; infinite without `high`."""
        return float("inf") if self.high is None else self.high - self.deadband

    @property
    def low_return(self) -> float:
        """At or above this a value is back from `low`; minus infinity without `low`."""
        return float("-inf") if self.low is None else self.low + self.deadband


def check_parameters(spec: RuleSpec) -> LimitSettings:
    """Read and judge the settings of one limit rule; `vigil check` and the engine both call this.

    Raises:
        ConfigurationError: names the rule, the parameter, its value and the remedy.
    """
    for name in GUARDS:
        if name in spec.parameters:
            said = f"parameter '{name}' is not taken by this kind, but by `ladder`, which has the same limits"
            raise refuse(spec, f"{said}: write `kind: ladder` and `{_as_yaml(spec)}`")
    settings = read_parameters(spec, LimitSettings)
    _check_subjects(spec)
    if settings.high is None and settings.low is None:
        raise refuse(spec, "parameters 'high' and 'low' are both missing: give at least one")
    if settings.high is not None and settings.low is not None and settings.low >= settings.high:
        raise refuse(spec, f"parameter 'low' is {settings.low!r}, not below 'high' ({settings.high!r}): swap them?")
    if settings.deadband < 0:
        raise refuse(spec, f"parameter 'deadband' is {settings.deadband!r}: give 0 or more, in the point's unit")
    if settings.low_return > settings.high_return:
        between = f"back from 'low' is {settings.low_return!r}, from 'high' {settings.high_return!r}"
        raise refuse(
            spec, f"parameter 'deadband' is {settings.deadband!r}: no value could clear ({between}): make it smaller"
        )
    for name in ("on_delay_seconds", "off_delay_seconds"):
        delay = getattr(settings, name)
        if not 0 <= delay <= LONGEST_DELAY_SECONDS:
            raise refuse(spec, f"parameter '{name}' is {delay!r}: give seconds from 0 to {LONGEST_DELAY_SECONDS:.0f}")
    if has_message(spec):
        check_message(spec)
    return settings


def _as_yaml(spec: RuleSpec) -> str:
    """The rule's parameters in one line of YAML."""
    written = []
    for name, value in spec.parameters.items():
        text = value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
        written.append(f"{name}: {text if len(text) <= _SHOWN else '...'}")
    return f"parameters: {{{', '.join(written)}}}"


def _check_subjects(spec: RuleSpec) -> None:
    if not spec.subjects:
        raise refuse(spec, "'subjects' is empty: name the points it watches")
    twice = sorted(point for point, times in Counter(spec.subjects).items() if times > 1)
    if twice:
        raise refuse(spec, f"'subjects' names point '{twice[0]}' twice: name it once")
