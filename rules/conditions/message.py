"""A rule's own message: what its alarms are called, in its configuration's words, with the numbers of the event."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from string import Formatter
from typing import Final

from domain.configuration import RuleSpec
from domain.site import Equipment, Point
from domain.text import Text
from rules.rule_parameters import refuse

WORDS: Final = ("machine", "point", "value", "rule")
"""What every message may name, in braces; a kind's further numbers come besides."""

_SHOWN: Final = 80


def has_message(spec: RuleSpec) -> bool:
    """Whether a rule says itself what its alarms are called."""
    return bool(spec.message.en or spec.message.zh)


def check_message(spec: RuleSpec, numbers: Collection[str] = ()) -> None:
    """Judge a rule's message; `numbers` are what events of it tell besides the value.

    Raises:
        ConfigurationError: it names what no event tells, or is not written as it must be.
    """
    for language, text in (("en", spec.message.en), ("zh", spec.message.zh)):
        if not text and has_message(spec):
            raise refuse(spec, f"'message' is empty in '{language}': give it in both languages")
    known = list(dict.fromkeys((*WORDS, *(name for name in numbers if name.isidentifier()))))
    for text in dict.fromkeys((spec.message.en, spec.message.zh)):
        try:
            pieces = _pieces(text)
        except ValueError as error:
            said = f"'message' is '{text[:_SHOWN]}', where a brace is open"
            raise refuse(spec, f"{said}: close it, or write {{{{ and }}}} for braces that are meant") from error
        for _, name in pieces:
            if name is not None and name not in known:
                listed = ", ".join(f"{{{each}}}" for each in known)
                raise refuse(spec, f"'message' names '{{{name[:_SHOWN]}}}', which it cannot tell: use {listed}")


def filled(spec: RuleSpec, told: Mapping[str, Text]) -> Text:
    """The message with what an event tells, by name."""
    return Text(
        "".join(before + ("" if name is None else told[name].en) for before, name in _pieces(spec.message.en)),
        "".join(before + ("" if name is None else told[name].zh) for before, name in _pieces(spec.message.zh)),
    )


def words_of(spec: RuleSpec, point: Point, machine: Equipment | None, value: Text) -> dict[str, Text]:
    """What every message may name."""
    about = point.name if machine is None else machine.name
    return {"machine": about, "point": point.name, "value": value, "rule": spec.name}


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    """What stands before each name in braces, and the name; whatever else is in the braces counts as part of it.

    Raises:
        ValueError: a brace is not closed, or not opened.
    """
    found = []
    for before, name, form, how in Formatter().parse(text):
        asked = None if name is None else name + (f"!{how}" if how else "") + (f":{form}" if form else "")
        found.append((before, asked))
    return tuple(found)
