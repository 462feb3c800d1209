"""YAML as plain values that remember their lines.

PyYAML's loader forgets positions and takes the last of two equal keys silently, so the values are built from the
parser's events: in one pass, without recursion, refusing what does not belong there as soon as it comes by. Anchors
and aliases are refused: they hide what a line means, and a few of them can name a billion values (YAML bomb). Tags are
refused: they only make a value look like something else.
"""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml
from msgspec import Struct

from vigil.configuration.problem import ConfigurationInvalid, Problem
from vigil.configuration.yaml_text import complaint_of, forbidden_character, line_of, read_text, refused

DEEPEST: Final = 32
LONGEST_TEXT: Final = 20_000
"""Characters; a procedure of ten pages. A text stands in every alarm that it belongs to."""

Value = Mapping[str, "Value"] | Sequence["Value"] | str | int | float | bool | None
Path_ = tuple[str | int, ...]

_SHOWN: Final = 80

# Numbers as JSON writes them, a sign and a bare point forgiven. What begins with 0 is an id or a telephone number, and
# 22:30, which YAML 1.1 takes for 1350, is a time of day.
_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    **dict.fromkeys(("", "~", "null"), None),
}


class Document:
    """One file's value and the line of each of its parts."""

    def __init__(self, file: str, value: Value, lines: Mapping[Path_, int]) -> None:
        """Hold what `read_document` found."""
        self.file = file
        self.value = value
        self._lines = lines

    def line(self, path: Path_) -> int:
        """The line of a part, or of the nearest part around it that the file does contain."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def problem(self, path: Path_, message: str, remedy: str) -> Problem:
        """State a problem at a part of this file."""
        return Problem(file=self.file, line=self.line(path), message=message, remedy=remedy)


def read_document(path: Path, shown: str) -> Document:
    """Read one YAML file; `shown` is how errors name it. An empty file gives None.

    Raises:
        ConfigurationInvalid: it is not readable, not UTF-8, not YAML, or repeats a key.
    """
    text = read_text(path, shown)
    tree = _Tree(shown)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            tree.take(event)
    except yaml.MarkedYAMLError as error:
        raise complaint_of(error, text, shown) from error
    except yaml.reader.ReaderError as error:
        raise forbidden_character(error, text, shown) from error
    return Document(shown, tree.value, tree.lines)


class _Open(Struct):
    """A mapping or list that is being read; `key` is the mapping's key whose value comes next."""

    path: Path_
    value: dict[str, Value] | list[Value]
    key: str | None = None


class _Tree:
    """Builds one document's value from events."""

    def __init__(self, shown: str) -> None:
        self.value: Value = None
        self.lines: dict[Path_, int] = {}
        self._shown = shown
        self._open: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event.

        Raises:
            ConfigurationInvalid: what it says is YAML, but nothing that a configuration may say.
        """
        line = line_of(event.start_mark)
        match event:
            case yaml.ScalarEvent(anchor=None, tag=None):
                self._scalar(event, line)
            case yaml.MappingStartEvent(anchor=None, tag=None):
                self._begin({}, line)
            case yaml.SequenceStartEvent(anchor=None, tag=None):
                self._begin([], line)
            case yaml.CollectionEndEvent():
                self._open.pop()
            case yaml.AliasEvent(anchor=anchor):
                raise self._refuse(line, f"alias *{_short(anchor)} is not allowed", "Write the value out.")
            case yaml.NodeEvent(anchor=str(anchor)):
                raise self._refuse(line, f"anchor &{_short(anchor)} is not allowed", "Write the value out.")
            case yaml.ScalarEvent(tag=tag) | yaml.CollectionStartEvent(tag=tag):
                raise self._refuse(line, f"tag {_short(tag)} is not allowed", "Write the value alone.")
            case yaml.DocumentStartEvent() if self.lines:
                raise self._refuse(line, "a second document begins", "Remove the `---` or split the file.")

    def _begin(self, value: dict[str, Value] | list[Value], line: int) -> None:
        path = self._put(value, line)
        if len(path) > DEEPEST:
            raise self._refuse(line, f"is nested deeper than {DEEPEST} levels", "Write it flatter.")
        self._open.append(_Open(path, value))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self._require_text(event.value, line)
        around = self._open[-1] if self._open else None
        if around is None or around.key is not None or isinstance(around.value, list):
            self._put(_plain(event.value) if event.implicit[0] else event.value, line)
            return
        if event.value[:1].isspace():
            raise self._refuse(line, "a key begins with a full-width space", "Indent with plain spaces.")
        if event.value in around.value:
            what = f"'{_short(event.value)}' stands twice in the same place"
            raise self._refuse(line, what, "Keep one of the two.")
        around.key = event.value
        self.lines[(*around.path, event.value)] = line

    def _require_text(self, text: str, line: int) -> None:
        if len(text) > LONGEST_TEXT:
            what = f"a text of {len(text)} characters"
            raise self._refuse(line, what, f"Shorten it to {LONGEST_TEXT} characters.")
        control = _CONTROL.search(text)
        if control is not None:
            what = f"a text holds the control character U+{ord(control[0]):04X}"
            raise self._refuse(line, what, "Remove it.")

    def _put(self, value: Value, line: int) -> Path_:
        """Put a value where it belongs and give its path. An entry of a mapping has the line of its key."""
        if not self._open:
            self.value = value
            self.lines[()] = line
            return ()
        around = self._open[-1]
        if isinstance(around.value, list):
            path = (*around.path, len(around.value))
            around.value.append(value)
            self.lines[path] = line
            return path
        if around.key is None:
            raise self._refuse(line, "a key is not a plain word", "Write `name: value`.")
        path = (*around.path, around.key)
        around.value[around.key] = value
        around.key = None
        return path

    def _refuse(self, line: int, message: str, remedy: str) -> ConfigurationInvalid:
        return refused(self._shown, line, message, remedy)


def _plain(text: str) -> Value:
    """Resolve numbers, true and false, and nothing; all else is text: dates, times, and what is no finite number."""
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def _short(text: str | None) -> str:
    return (text or "")[:_SHOWN]
