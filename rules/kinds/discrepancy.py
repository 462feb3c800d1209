"""The rule kind `discrepancy`: a command is given and its feedback does not follow (or runs without a command)."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Compare, Logic, Not, Number, Value
from rules.point_words import value_words, within_sentence
from rules.rule_parameters import refuse


class DiscrepancySettings(ConditionSettings, frozen=True, kw_only=True):
    """The subject is the feedback, the first of `inputs` the command; above `on_above` either counts as on.

    How long the feedback may take to follow is `on_delay_seconds`.
    """

    on_above: float = 0.5


def _state(watched: Watched, settings: DiscrepancySettings) -> Sequence[Level]:
    if not watched.inputs:
        raise refuse(watched.spec, "'inputs' is empty: name the command, for instance inputs: {command: fan-cmd}")
    command = next(iter(watched.inputs.values()))
    is_on = Compare(">", Value(0), Number(settings.on_above))
    wanted = Compare(">", Value(1), Number(settings.on_above))
    name = Text(within_sentence(command.name.en), command.name.zh)
    agree = Text(f"follows {name.en}", f"与{name.zh}一致")

    def said(_: float, told: Told, *, follows: bool) -> Text:
        wants = value_words(command, told[command.name.en])
        does = Text("follows", "一致") if follows else Text("does not follow", "不一致")
        return Text(f"{does.en} {name.en} ({wants.en})", f"与{name.zh}（{wants.zh}）{does.zh}")

    differ = Logic("or", Logic("and", is_on, Not(wanted)), Logic("and", wanted, Not(is_on)))
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=differ, told=(Value(1),))),
            case=Text(f"not following {name.en}", f"与{name.zh}不一致"),
            expected=agree,
            clears=agree,
            unit=watched.point.unit,
            told=((command.name.en, command.unit),),
            describe=partial(said, follows=False),
            describe_over=partial(said, follows=True),
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="discrepancy",
    summary=Text("feedback does not follow its command", "反馈与指令不符"),
    settings=DiscrepancySettings,
    state=_state,
)
