"""What the alarm of a rule on a point is called, and the names of the numbers that were compared."""

from domain.configuration import RuleSpec
from domain.site import Equipment, Point
from domain.text import Text


def headline(spec: RuleSpec, point: Point, machine: Equipment | None) -> Text:
    """Machine, rule and point, as "Pump 1: pump delivers no flow, flow"; a name in front is not said twice."""
    rule, measured = spec.name, point.name
    if machine is None:
        return Text(f"{rule.en}, {_within_sentence(measured.en)}", f"{rule.zh}，{measured.zh}")
    en = f"{machine.name.en}: {_within_sentence(rule.en)}"
    zh = f"{machine.name.zh}：{rule.zh}"
    if rule.en.casefold().startswith(machine.name.en.casefold()):
        en = rule.en
    if rule.zh.startswith(machine.name.zh):
        zh = rule.zh
    return Text(f"{en}, {_within_sentence(measured.en)}", f"{zh}，{measured.zh}")


def in_unit(name: str, unit: str) -> str:
    """The name of a number with its unit, if it has one."""
    return f"{name} ({unit})" if unit else name


def _within_sentence(words: str) -> str:
    """A name as it reads within a sentence: "Motor current" becomes "motor current", "CO2" and "Pump A" stay so."""
    first, _, _ = words.partition(" ")
    return words[:1].lower() + words[1:] if first[1:].islower() else words
