"""Rules as the API shows them: as configured, with what cannot be decided by them now."""

from typing import Final

from msgspec.structs import asdict

from api import examples
from domain.configuration import RuleSpec
from domain.text import Text
from domain.undecided import Undecided, UndecidedCause


class RuleItem(RuleSpec, frozen=True, kw_only=True):
    """A rule as configured; `undecided` counts the subjects on which it cannot be decided now."""

    undecided: int = 0


def with_count(rule: RuleSpec, undecided: int) -> RuleItem:
    """The rule, and on how many subjects it cannot be decided."""
    return RuleItem(**asdict(rule), undecided=undecided)


RULE_ITEM: Final = with_count(examples.RULE, 1)
UNDECIDED: Final = Undecided(
    site=examples.RULE.site,
    rule=examples.RULE.id,
    subject="pump-1-flow",
    cause=UndecidedCause.UNUSABLE,
    because=Text("Flow has no good value since 2026-07-01 05:48", "流量自 2026-07-01 05:48 起无可用值"),
    since=examples.AT,
    points=("pump-1-flow",),
)
