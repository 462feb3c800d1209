"""Spans of time in rules' parameters."""

from domain.configuration import RuleSpec
from domain.instant import Duration, from_seconds
from rules.conditions.stating import LONGEST_DELAY_SECONDS
from rules.rule_parameters import refuse


def check_span(spec: RuleSpec, name: str, seconds: float, least: float = 1.0) -> Duration:
    """A parameter in seconds as a duration.

    Raises:
        ConfigurationError: it is shorter than `least` or longer than 366 days.
    """
    if not least <= seconds <= LONGEST_DELAY_SECONDS:
        raise refuse(
            spec, f"parameter '{name}' is {seconds!r}: give seconds from {least:g} to {LONGEST_DELAY_SECONDS:.0f}"
        )
    return from_seconds(seconds)
