"""The rule kind `outside_hours`: a machine runs when it should not."""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Compare, Logic, Not, Number, Value


class OutsideHoursSettings(ConditionSettings, frozen=True, kw_only=True):
    """The point is above `on_above` outside its `running_hours`, such as `mon-fri 06:00-20:00`, in site time."""

    running_hours: str
    on_above: float = 0.5


def _state(watched: Watched, settings: OutsideHoursSettings) -> Sequence[Level]:
    within = watched.expression("running_hours", f"hours({settings.running_hours!r})")
    runs = Compare(">", Value(0), Number(settings.on_above))
    hours = settings.running_hours
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=Logic("and", runs, Not(within)))),
            case=Text(f"running outside {hours}", f"在 {hours} 之外运行"),
            expected=Text(f"off outside {hours}", f"{hours} 之外停机"),
            clears=Text("off, or within its hours", "停机，或在运行时段内"),
            unit=watched.point.unit,
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="outside_hours",
    summary=Text("a machine runs outside its hours", "非运行时段运行"),
    settings=OutsideHoursSettings,
    state=_state,
)
