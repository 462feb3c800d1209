"""What the alarm of a rule on a point is called, and the names of the numbers that were compared."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from domain.configuration import RuleSpec
from domain.site import Equipment, Point
from domain.text import Text
from rules.conditions.message import filled, has_message, words_of
from rules.point_words import measured, value_words, within_sentence


def crowded(points: Iterable[Point]) -> frozenset[str]:
    """The machines of which a rule watches several of `points`: there its name does not say which of them it means."""
    return frozenset(machine for machine, count in Counter(point.equipment for point in points).items() if count > 1)


def headline(
    spec: RuleSpec,
    point: Point,
    machine: Equipment | None,
    value: float,
    *,
    is_alone: bool,
    told: Mapping[str, Text] = {},
) -> Text:
    """Machine, rule, point and value, as "Pump 1: no flow, flow 0 m³/h"; a name in front is not said twice.

    A rule on a state is named for what the state means, so neither the state nor its number is said again: "Lift 3:
    people trapped"; nor is a value that is unknown. Where the rule watches several points of the machine (`is_alone`
    False), the point is named.

    A rule with a message says itself what it is called; `told` are the further numbers that it may name.
    """
    if has_message(spec):
        return filled(spec, {**told, **words_of(spec, point, machine, value_words(point, value))})
    rule = _rule_of_machine(spec.name, machine)
    if machine is not None and (point.is_state or not math.isfinite(value)):
        if is_alone:
            return rule
        return Text(f"{rule.en}, {within_sentence(point.name.en)}", f"{rule.zh}，{point.name.zh}")
    said = measured(point, value, within=True)
    return Text(f"{rule.en}, {said.en}", f"{rule.zh}，{said.zh}")


def _rule_of_machine(rule: Text, machine: Equipment | None) -> Text:
    return rule if machine is None else _named(rule, machine.name)


@lru_cache(maxsize=4096)
def _named(rule: Text, machine: Text) -> Text:
    en = f"{machine.en}: {within_sentence(rule.en)}"
    zh = f"{machine.zh}：{rule.zh}"
    if rule.en.casefold().startswith(machine.en.casefold()):
        en = rule.en
    if rule.zh.startswith(machine.zh):
        zh = rule.zh
    return Text(en, zh)


def in_unit(name: str, unit: str) -> str:
    """The name of a number with its unit, if it has one."""
    return f"{name} ({unit})" if unit not in {"", "1"} else name
