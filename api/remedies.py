"""What to do about a field that is not valid, in one sentence per kind of error."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.identity import ID_PATTERN

_Context = Mapping[str, Any]
_SEE_SCHEMA: Final = "see the schema of this field in /api/v1/openapi.json"


def remedy(error: Mapping[str, Any]) -> str:
    """Give the remedy for one of pydantic's errors."""
    write = _REMEDIES.get(error["type"])
    return write(error.get("ctx", {})) if write else _SEE_SCHEMA


def _pattern(context: _Context) -> str:
    pattern = context.get("pattern", "")
    return "use 1 to 64 of A-Z a-z 0-9 _ -" if pattern == ID_PATTERN else f"match {pattern}"


def _own_words(context: _Context) -> str:
    # Our own validators raise with the remedy in their message.
    return str(context.get("error", "")) or _SEE_SCHEMA


_REMEDIES: Final[Mapping[str, Callable[[_Context], str]]] = {
    "missing": lambda _: "give it; it is required",
    "extra_forbidden": lambda _: "leave it out; this field is not known here",
    "json_invalid": lambda _: "send one JSON object",
    "model_attributes_type": lambda _: "send one JSON object with Content-Type application/json",
    "string_pattern_mismatch": _pattern,
    "string_too_long": lambda context: f"use at most {context.get('max_length')} characters",
    "string_too_short": lambda context: f"use at least {context.get('min_length')} characters",
    "string_type": lambda _: "give text",
    "int_parsing": lambda _: "give a whole number",
    "int_type": lambda _: "give a whole number",
    "int_from_float": lambda _: "give a whole number",
    "int_parsing_size": lambda _: "give a smaller whole number",
    "bool_parsing": lambda _: "give true or false",
    "less_than_equal": lambda context: f"give at most {context.get('le')}",
    "greater_than_equal": lambda context: f"give at least {context.get('ge')}",
    "enum": lambda context: f"use one of {context.get('expected')}",
    "value_error": _own_words,
}
