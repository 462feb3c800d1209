"""The rule kind `deviation`: two points that should agree do not (a spare sensor, a set point)."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Binary, Compare, Number, Unary, Value
from rules.kinds.difference_unit import difference_unit
from rules.point_words import measured, within_sentence
from rules.rule_parameters import refuse
from rules.wording import quantity


class DeviationSettings(ConditionSettings, frozen=True, kw_only=True):
    """The point and the first of `inputs` differ by more than `most`, and come back by `deadband`, in their unit."""

    most: float
    deadband: float = 0.0


def _state(watched: Watched, settings: DeviationSettings) -> Sequence[Level]:
    point, spec = watched.point, watched.spec
    if not watched.inputs:
        raise refuse(spec, "'inputs' is empty: name the point to compare with, for instance inputs: {setpoint: sp-1}")
    other = next(iter(watched.inputs.values()))
    if other.unit != point.unit:
        raise refuse(
            spec, f"'inputs' names '{other.id}' in '{other.unit}', the subject is in '{point.unit}': make them alike"
        )
    if settings.most < 0 or not 0 <= settings.deadband <= settings.most:
        raise refuse(spec, f"parameter 'deadband' is {settings.deadband!r}: give 0 up to 'most' ({settings.most!r})")
    apart = Unary("abs", Binary("-", Value(0), Value(1)))
    unit = difference_unit(point.unit)
    most, back = quantity(settings.most, unit), quantity(settings.most - settings.deadband, unit)
    name = Text(within_sentence(other.name.en), other.name.zh)

    def apart_by(_: float, told: Told) -> Text:
        compared = measured(other, told[other.name.en], within=True)
        far = quantity(told["difference"], unit)
        return Text(f"{compared.en}, {far} apart", f"{compared.zh}，相差 {far}")

    return [
        Level(
            condition=guarded(
                watched,
                settings,
                Aspects(
                    enter=Compare(">", apart, Number(settings.most)),
                    leave=Compare("<=", apart, Number(settings.most - settings.deadband)),
                    told=(Value(1), apart),
                ),
            ),
            case=Text(f"more than {most} away from {name.en}", f"与{name.zh}相差大于 {most}"),
            expected=Text(f"within {most} of {name.en}", f"与{name.zh}相差不超过 {most}"),
            clears=Text(f"within {back} of {name.en}", f"与{name.zh}相差不超过 {back}"),
            unit=point.unit,
            told=((other.name.en, other.unit), ("difference", unit)),
            describe=apart_by,
            describe_over=apart_by,
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="deviation",
    summary=Text("two points that should agree do not", "两测点偏差过大"),
    settings=DeviationSettings,
    state=_state,
)
