"""The rule kind `stale`: a point, or every point of a piece of equipment, says nothing any more.

Silence is judged by the clock, and is always known. Readings of bad quality are readings: they are no silence.
"""

from collections.abc import Sequence
from typing import Final

from domain.text import Text
from rules.conditions.stating import Aspects, ConditionMeaning, ConditionSettings, Level, Watched, guarded
from rules.expressions.tree import Logic, Node, Silent
from rules.kinds.spans import check_span
from rules.wording import span


class StaleSettings(ConditionSettings, frozen=True, kw_only=True):
    """No reading for `silent_seconds`. With `inputs` all of these must be silent too: then the equipment is."""

    silent_seconds: float


def _state(watched: Watched, settings: StaleSettings) -> Sequence[Level]:
    silent_for = check_span(watched.spec, "silent_seconds", settings.silent_seconds)
    silent: Node = Silent(0, silent_for)
    for slot in range(1, len(watched.names)):
        silent = Logic("and", silent, Silent(slot, silent_for))
    lasted = span(silent_for)
    many = bool(watched.inputs)
    heard = Text(f"a reading at least every {lasted.en}", f"至少每 {lasted.zh} 一次读数")
    case = Text(f"no reading for {lasted.en}", f"{lasted.zh} 无读数")
    if many:
        case = Text(
            f"no reading of any of its {len(watched.names)} points for {lasted.en}",
            f"全部 {len(watched.names)} 个测点 {lasted.zh} 无读数",
        )
    return [
        Level(
            condition=guarded(watched, settings, Aspects(enter=silent)),
            case=case,
            expected=heard,
            clears=Text("a reading comes in", "收到读数"),
            unit=watched.point.unit,
        )
    ]


MEANING: Final = ConditionMeaning(
    kind="stale",
    summary=Text("a point or a piece of equipment is silent", "测点或设备无数据"),
    settings=StaleSettings,
    state=_state,
)
