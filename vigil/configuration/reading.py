"""Turns plain values into the domain's structs, collecting every problem with its place instead of the first.

The structs are the schema: a field added to `domain.site` can be configured at once. msgspec checks each leaf.
"""

import difflib
import functools
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from domain.site import Position, WeeklyTime
from domain.text import Text, same
from vigil.configuration.problem import Problem
from vigil.configuration.yaml_tree import Document, Path_, Value

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_SETS: Final = {"daily": tuple(range(7)), "weekdays": tuple(range(5)), "weekend": (5, 6)}

_SHOWN: Final = 80
_WANTED: Final = {
    float: "a number",
    int: "a whole number",
    str: "text",
    bool: "true or false",
    Text: "a text, or {en: ..., zh: ...},",
    Position: "[x, y]",
}

AnyStruct = TypeVar("AnyStruct", bound=Struct)


class Reader:
    """Reads parts of one document; problems gather in `problems`."""

    def __init__(self, document: Document) -> None:
        """Start with no problem found."""
        self._document = document
        self.problems: list[Problem] = []

    def say(self, path: Path_, message: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(self.problem(path, message, remedy))

    def problem(self, path: Path_, message: str, remedy: str) -> Problem:
        """State something about a part of the document, without noting it."""
        return self._document.problem(path, message, remedy)

    def struct(self, cls: type[AnyStruct], value: Value, path: Path_) -> AnyStruct | None:
        """Read a mapping into `cls`; None where a problem was found."""
        if not isinstance(value, Mapping):
            self.say(path, f"{_name(cls)} is written as a mapping, not as {_shown(value)}", "Write `key: value` lines.")
            return None
        fields = _fields(cls)
        before = len(self.problems)
        for key in value:
            if key not in fields:
                self.say((*path, key), f"{_name(cls)} has no field '{key[:_SHOWN]}'", suggestion(key, list(fields)))
        read: dict[str, Any] = {}
        for name, field in fields.items():
            if name in value:
                read[name] = self.field(field.type, value[name], (*path, name))
            elif field.required:
                self.say(path, f"{_name(cls)} has no '{name}'", f"Add `{name}:` to it.")
        return None if len(self.problems) > before else cls(**read)

    def field(self, annotation: Any, value: Value, path: Path_) -> Any:  # noqa: ANN401 - the type is data here
        """Read one value of the annotated type; the result is of no use where a problem was noted."""
        if annotation is Text and isinstance(value, str):
            return same(value)
        item = _item_of(annotation, tuple)
        if item is not None and isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(self.field(item, each, (*path, index)) for index, each in enumerate(value))
        item = _item_of(annotation, dict)
        if item is not None and isinstance(value, Mapping):
            return {key: self._item(item, key, each, path) for key, each in value.items()}
        cls = _struct_of(annotation)
        if cls is WeeklyTime:
            return self._weekly_time(value, path)
        if cls is not None and _is_mapping_of(cls, value):
            return self.struct(cls, value, path)
        try:
            return msgspec.convert(value, annotation, strict=True)
        except msgspec.ValidationError as error:
            self.say(path, f"'{_spoken(path)}' is wrong: {error}", _remedy(annotation, value))
            return None

    def _item(self, annotation: Any, key: str, value: Value, path: Path_) -> Any:  # noqa: ANN401
        """One entry of a mapping; in `{low: 20,5}` the 5 is a key without a value."""
        if value is None and key.isdigit():
            self.say((*path, key), f"'{key}' stands alone behind a comma", "Write decimals behind a point: 20.5.")
            return None
        return self.field(annotation, value, (*path, key))

    def _weekly_time(self, value: Value, path: Path_) -> WeeklyTime | None:
        """`{at: "22:00", weekdays: [monday, friday]}`, `weekdays: daily`, or a bare "22:00" for every day."""
        if isinstance(value, str):
            return WeeklyTime(weekdays=tuple(range(7)), at=value)
        if isinstance(value, Mapping) and "weekdays" in value:
            days = self._weekdays(value["weekdays"], (*path, "weekdays"))
            return None if days is None else self.struct(WeeklyTime, {**value, "weekdays": list(days)}, path)
        if isinstance(value, Mapping) and "days" not in value:
            self.say(path, "a weekly time has no 'weekdays'", "Add `weekdays:` to it, or `days:` (working or off).")
        return self.struct(WeeklyTime, value, path)

    def _weekdays(self, value: Value, path: Path_) -> tuple[int, ...] | None:
        if isinstance(value, str):
            value = _WEEKDAY_SETS.get(value.casefold(), [value])
        if not isinstance(value, Sequence):
            value = [value]
        days: list[int] = []
        for each in value:
            day = each.casefold() if isinstance(each, str) else None
            matches = [number for number, name in enumerate(_WEEKDAYS) if day and name.startswith(day)]
            if len(matches) == 1:
                days.append(matches[0])
            elif isinstance(each, int) and not isinstance(each, bool) and 0 <= each < len(_WEEKDAYS):
                days.append(each)
            else:
                remedy = "Write daily, weekdays, weekend, or a list such as [mon, fri]."
                self.say(path, f"{_shown(each)} is no weekday", remedy)
                return None
        return tuple(days)


def suggestion(word: str, known: Sequence[str]) -> str:
    """The remedy for a word that is not among the known ones."""
    close = difflib.get_close_matches(word[:_SHOWN], known, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Known are: {', '.join(known)}."


@functools.cache
def _fields(cls: type[Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """The fields by name; resolving their annotations takes longer than reading a value."""
    return {field.name: field for field in msgspec.structs.fields(cls)}


@functools.cache
def _item_of(annotation: Any, collection: type) -> Any | None:  # noqa: ANN401
    """The type of the items of `tuple[X, ...]` or of the values of `dict[str, X]`."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is not collection:
        return None
    return arguments[0] if arguments[-1] is Ellipsis else arguments[-1]


@functools.cache
def _struct_of(annotation: Any) -> type[Struct] | None:  # noqa: ANN401
    options = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    found = [option for option in options if isinstance(option, type) and issubclass(option, Struct)]
    return found[0] if found else None


def _is_mapping_of(cls: type[Struct], value: Value) -> bool:
    """Whether a value is to be read field by field; a list, a text or nothing can be meant by the leaf's own type."""
    if cls is Text:
        return isinstance(value, Mapping)
    return value is not None and not cls.__struct_config__.array_like


def _name(cls: type) -> str:
    """`TourStop` as people say it: a tour stop."""
    name = cls.__name__.removesuffix("Spec").removesuffix("Entry")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _spoken(path: Path_) -> str:
    """`points[2]` rather than 2: the innermost key and the place in its list."""
    last = path[-1]
    return f"{path[-2]}[{last}]" if isinstance(last, int) and len(path) > 1 else str(last)


def _shown(value: Value) -> str:
    """A value as its file says it, cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"'{value[:_SHOWN]}'"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence):
        return "a list"
    return str(value).lower()


def _remedy(annotation: Any, value: Value) -> str:  # noqa: ANN401
    """What would do; a word that YAML takes for a number or a truth only lacks its quotes."""
    options = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    if {str, Text} & {*options} and isinstance(value, bool | int | float):
        return f"Put the text in quotes: without them it reads as {_shown(value)}."
    implied = {int} if float in options else set()
    wanted = [_WANTED.get(each) or _described(each) for each in options if each not in {type(None), *implied}]
    return f"Write {' or '.join(wanted)} instead of {_shown(value)}."


def _described(option: Any) -> str:  # noqa: ANN401
    if isinstance(option, type) and issubclass(option, Enum):
        return "one of " + ", ".join(str(member) for member in option)
    if _item_of(option, tuple) is not None:
        return "a list such as [a, b]"
    return "a mapping"
