"""Names what is often mistyped in an expression that cannot be read: times, units and the signs of other languages."""

import re
from collections.abc import Iterator
from typing import Final

_SIGNS: Final = {
    "=": "==",
    "=<": "<=",
    "=>": ">=",
    "<>": "!=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
}
_SIGN: Final = re.compile(r"=[<>]|<>|(?<![<>=!])=(?!=)|&&?|\|\|?|!(?!=)")
_WORD: Final = re.compile(r"\b(?!(?-i:and|or|not|for)\b)(?:and|or|not|for)\b", re.IGNORECASE)
_NUMBER: Final = r"(?<![\w.])(?P<number>\d+(?:\.\d+)?)"
_CLOSE: Final = re.compile(_NUMBER + r"(?P<unit>s|min|h|d)\b")
_KNOWN: Final = r"(?!(?:and|or|not|for|in|is|if|else|(?-i:s|min|h|d))\b)"
_UNIT: Final = re.compile(_NUMBER + rf"[ \t]*(?P<unit>{_KNOWN}[^\W\d_][\w/%]*|%)", re.IGNORECASE)
_TIME_WANTED: Final = re.compile(r"(?:\bfor\s*|[\w)]\s*,\s*)$")
_TIMES: Final = re.compile(r"(?:m|s|h|d|ms|hr|hrs|[a-z]*(?:sec|min|hour|day|week|month|year)[a-z]*)$", re.IGNORECASE)
_LAST: Final = re.compile(r"(?:\b(?:and|or|not|for)|[<>=!]=|[-+*/<>,])\s*\Z")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


def slip(text: str) -> tuple[int, str] | None:
    """The first thing in an expression that is often mistyped: its column, counted from 1, and what to write instead.

    None where nothing of the kind is found. Meant for expressions that could not be read.
    """
    return min(_slips(_QUOTED.sub(lambda found: " " * len(found[0]), text)), default=None)


def _slips(text: str) -> Iterator[tuple[int, str]]:
    for found in _SIGN.finditer(text):
        yield found.start() + 1, f"'{found[0]}' means nothing here: write {_SIGNS[found[0]]}"
    for found in _WORD.finditer(text):
        yield found.start() + 1, f"'{found[0]}' means nothing here: write {found[0].lower()}"
    for found in _LAST.finditer(text):
        yield found.start() + 1, f"behind '{found[0].strip()}' something is missing: write what it means, or remove it"
    for found in _CLOSE.finditer(text):
        better = f"{found['number']} {found['unit']}"
        yield found.start() + 1, f"'{found[0]}' is not read as a time: put a space before the unit: {better}"
    for found in _UNIT.finditer(text):
        unit = found["unit"][:64]
        if _TIMES.match(unit) and _TIME_WANTED.search(text[: found.start()]):
            complaint = f"'{unit}' is no unit of time: write s, min, h or d"
        else:
            complaint = (
                f"'{unit}' behind a number means nothing here: leave it out, a number takes the unit of what it meets"
            )
        yield found.start("unit") + 1, complaint
