"""How a point's values are written in sentences for people: with their unit, or as the state they mean."""

import math
from functools import lru_cache

from domain.site import Point
from domain.text import Text, same
from rules.wording import quantity


def value_words(point: Point, value: float) -> Text:
    """A value alone: `31 °C`, `open`; NaN and infinity are unknown."""
    return _value(point, value, point.state(value))


def _value(point: Point, value: float, state: Text | None) -> Text:
    if state is not None:
        return state
    if not math.isfinite(value):
        return Text("unknown", "未知")
    return same(quantity(value, point.unit))


def measured(point: Point, value: float, *, within: bool = False) -> Text:
    """The point with a value: `Flow 20 m³/h`, `Car door: open`; `within` a sentence its name begins small."""
    state, name = point.state(value), point.name
    said = _value(point, value, state)
    en = within_sentence(name.en) if within else name.en
    if state is not None:
        return Text(f"{en}: {said.en}", f"{name.zh}：{said.zh}")
    if not math.isfinite(value):
        return Text(f"{en} {said.en}", f"{name.zh}{said.zh}")
    return Text(f"{en} {said.en}", f"{name.zh} {said.zh}")


def states_between(point: Point, low: float | None, high: float | None) -> Text | None:
    """Which of a point's states lie from `low` to `high`: `on`; None where it names none, or the limits part none."""
    names = point.state_names
    if not names:
        return None
    found = [
        name
        for value, name in names.items()
        if (low is None or float(value) >= low) and (high is None or float(value) <= high)
    ]
    if not found or len(found) == len(names):
        return None
    return Text(" or ".join(each.en for each in found), "或".join(each.zh for each in found))


@lru_cache(maxsize=4096)
def within_sentence(words: str) -> str:
    """A name as it reads within a sentence: "Motor current" becomes "motor current", "CO2" and "Pump A" stay so."""
    first, _, _ = words.partition(" ")
    return words[:1].lower() + words[1:] if first[1:].islower() else words
