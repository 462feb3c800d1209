"""Chatter: when an alarm comes and goes too often, and what is told of it meanwhile."""

from typing import Final

from domain.alarm_policy import AlarmPolicy
from domain.instant import MINUTE, Duration, Instant
from domain.text import Text
from rules.wording import span

COUNT_TOLD_EVERY: Final[Duration] = MINUTE
"""While an alarm chatters its growing count is told at most this often."""


def noted(raised: tuple[Instant, ...], at: Instant, policy: AlarmPolicy) -> tuple[Instant, ...]:
    """The activations that matter, with one more."""
    return (*raised, at)[-policy.chatter_count :]


def is_too_often(raised: tuple[Instant, ...], policy: AlarmPolicy) -> bool:
    """Tell whether the newest activation is one too many in too short a time."""
    within = policy.span("chatter")
    return len(raised) >= policy.chatter_count and 0 <= raised[-1] - raised[-policy.chatter_count] <= within


def reason(policy: AlarmPolicy) -> Text:
    """Why it stands as one alarm from now on."""
    within, quiet = span(policy.span("chatter")), span(policy.span("chatter_quiet"))
    return Text(
        f"{policy.chatter_count} activations within {within.en}: it stands as one alarm with a count until it has been "
        f"quiet for {quiet.en}",
        f"{within.zh}内触发 {policy.chatter_count} 次：合并为一条持续报警并计数，静默 {quiet.zh}后恢复",
    )
