"""The rule kind `expression`: what an expression over one or several points says. See docs/expressions.md."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

from msgspec import Struct

from domain.site import Point
from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Value
from rules.point_words import measured


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
    when = watched.words(settings.when)
    words = _words(when, watched.words(settings.until) if settings.until else None)
    inputs = watched.inputs
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=enter, leave=leave, told=told)),
            case=words.case,
            expected=words.expected,
            clears=words.clears,
            over=words.over,
            unit=watched.point.unit,
            told=tuple((name, point.unit) for name, point in inputs.items()),
            describe=partial(_with_inputs, inputs, words.case) if inputs else None,
            describe_over=partial(_with_inputs, inputs, words.over) if inputs else None,
        )
    ]


class _Words(Struct, frozen=True, kw_only=True):
    """What is said of an expression, without the values of its inputs."""

    case: Text
    expected: Text
    clears: Text
    over: Text


@lru_cache(maxsize=4096)
def _words(when: Text, until: Text | None) -> _Words:
    """Made once for all the points of which it is said."""
    no_longer_so = Text(f"not ({when.en})", f"不满足 {when.zh}")
    return _Words(
        case=Text(when.en, f"满足 {when.zh}"),
        expected=no_longer_so,
        clears=until or no_longer_so,
        over=Text(f"no longer {when.en}", f"不再满足 {when.zh}"),
    )


def _with_inputs(inputs: Mapping[str, Point], words: Text, _value: float, told: Told) -> Text:
    """What the other points measure, and what is so of all."""
    points = [measured(point, told[name], within=True) for name, point in inputs.items()]
    en, zh = [each.en for each in points], [each.zh for each in points]
    return Text(", ".join([*en, words.en]), "，".join([*zh, words.zh]))


MEANING: Final = ConditionMeaning(
    kind="expression",
    summary=Text("what an expression over points says", "表达式规则"),
    settings=ExpressionSettings,
    state=_state,
)
