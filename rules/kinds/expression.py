"""The rule kind `expression`: what an expression over one or several points says. See docs/expressions.md."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Value


class ExpressionSettings(ConditionSettings, frozen=True, kw_only=True):
    """The case is what `when` says, until it is no longer so, or until what `until` says.

    The subject is called `value` there, the points of `inputs` as these call them.
    """

    when: str
    until: str = ""


def _state(watched: Watched, settings: ExpressionSettings) -> Sequence[Level]:
    enter = watched.expression("when", settings.when)
    leave = watched.expression("until", settings.until) if settings.until else None
    told = tuple(Value(slot) for slot in range(1, len(watched.names)))
    over = (
        Text(settings.until, settings.until)
        if settings.until
        else Text(f"not ({settings.when})", f"非（{settings.when}）")
    )
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=enter, leave=leave, told=told)),
            case=Text(settings.when, settings.when),
            expected=Text(f"not ({settings.when})", f"非（{settings.when}）"),
            clears=over,
            unit=watched.point.unit,
            told=tuple((name, point.unit) for name, point in watched.inputs.items()),
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="expression",
    summary=Text("what an expression over points says", "表达式规则"),
    settings=ExpressionSettings,
    state=_state,
)
