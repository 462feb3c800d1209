"""The rule kind `outside_hours`: a machine runs when it should not."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Told, Watched, guarded
from rules.expressions.tree import Compare, Logic, Not, Number, Value
from rules.wording import hours_words


class OutsideHoursSettings(ConditionSettings, frozen=True, kw_only=True):
    """The point is above `on_above` outside its `running_hours`, such as `mon-fri 06:00-20:00`, in site time."""

    running_hours: str
    on_above: float = 0.5


def _state(watched: Watched, settings: OutsideHoursSettings) -> Sequence[Level]:
    within = watched.within("running_hours", settings.running_hours)
    runs = Compare(">", Value(0), Number(settings.on_above))
    spoken = hours_words(settings.running_hours)

    def over(value: float, _: Told) -> Text:
        if value > settings.on_above:
            return Text("within its running hours", "已进入运行时段")
        return Text("", "") if watched.point.state(value) else Text("stopped", "已停机")

    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=Logic("and", runs, Not(within)))),
            case=Text(f"outside its running hours ({spoken.en})", f"不在运行时段内（{spoken.zh}）"),
            expected=Text(f"off outside {spoken.en}", f"{spoken.zh} 之外停机"),
            clears=Text("off, or within its running hours", "停机，或进入运行时段"),
            unit=watched.point.unit,
            describe_over=over,
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="outside_hours",
    summary=Text("a machine runs outside its hours", "非运行时段运行"),
    settings=OutsideHoursSettings,
    state=_state,
)
