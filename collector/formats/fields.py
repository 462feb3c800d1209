"""JSON of other makers, read with bounds: an object becomes flat named values, times become instants.

Makers add fields with every release, so unlike in the native format unknown keys are welcome.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from collector.decode.bodies import EXACT
from collector.decode.json_strict import explain, require_decodable
from collector.formats.report import Scalar, Value
from collector.refusal import Reason, Refused
from domain.errors import InvalidTime
from domain.instant import EARLIEST, LATEST, MILLISECOND, SECOND, Instant, from_datetime, from_iso

MOST_FIELDS: Final = 512
"""Values of one message. The richest device known has about 120; more is no device but a list of devices."""

LONGEST_FIELD: Final = 128
LONGEST_TEXT: Final = 256
_DEEPEST: Final = 8

_DECODER: Final = msgspec.json.Decoder()
_ISO: Final = re.compile(r"\d{4}[-.]\d{2}[-.]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?")
_NUMBER: Final = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,15})?(?:[eE][-+]?\d{1,3})?")


def json_of(payload: bytes, most_bytes: int) -> Any:  # noqa: ANN401 - any JSON there is
    """Decode a JSON body.

    Raises:
        Refused: it is none, or too large.
    """
    require_decodable(payload, most_bytes)
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise Refused(Reason.TOO_NESTED, "arrays and objects within each other, too deep") from error
        explain(error)


def object_of(payload: bytes, most_bytes: int) -> Mapping[str, Any]:
    """Decode a JSON body that must be an object.

    Raises:
        Refused: it is none.
    """
    body = json_of(payload, most_bytes)
    if not isinstance(body, dict):
        raise Refused(Reason.WRONG_TYPE, "the body is no JSON object")
    return body


def values_of(body: Mapping[str, Any], *, without: frozenset[str] = frozenset(), prefix: str = "") -> list[Value]:
    """Flatten an object: `{"a": {"b": 1}, "c": [2]}` gives `a.b` and `c.0`.

    Raises:
        Refused: `out_of_range`, more values than any device has.
    """
    found: list[Value] = []
    for field, value in _flat(body, prefix, 0, without):
        if len(found) >= MOST_FIELDS:
            raise Refused(Reason.OUT_OF_RANGE, f"more than {MOST_FIELDS} values in one message")
        found.append(Value(field[:LONGEST_FIELD], value))
    return found


def text_of(body: Mapping[str, Any], key: str) -> str:
    """Give a text that must be there.

    Raises:
        Refused: `missing_field` or `wrong_type`.
    """
    value = body.get(key)
    if value is None:
        raise Refused(Reason.MISSING_FIELD, f"no `{key}`")
    if not isinstance(value, str) or not value:
        raise Refused(Reason.WRONG_TYPE, f"`{key}` is no text")
    return value[:LONGEST_TEXT]


def number_of(value: object) -> float | None:
    """Give a finite number that JSON readers everywhere keep; also of a text that is one; None for all else."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if isinstance(value, int | float) and -EXACT <= value <= EXACT:
        return float(value)
    return None


def percent_of(value: object) -> float | None:
    """Give a number from 0 to 100; None for all else."""
    number = number_of(value)
    return number if number is not None and 0 <= number <= 100 else None  # noqa: PLR2004 - percent


def seconds_of(value: object) -> Instant | None:
    """Read seconds since 1970, a number or digits in a text; None where that is before 2015 or after 2100."""
    return _sane(value, SECOND)


def milliseconds_of(value: object) -> Instant | None:
    """Read milliseconds since 1970; None where that is before 2015 or after 2100."""
    return _sane(value, MILLISECOND)


def moment_of(text: object, timezone: str | None = None) -> Instant | None:
    """Read an ISO time, also with dots or a space; one without an offset is in `timezone`, and None without that."""
    if not isinstance(text, str):
        return None
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    plain = text[:10].replace(".", "-") + "T" + text[11:]
    try:
        if found[1]:
            return from_iso(plain)
        if timezone is None:
            return None
        return from_datetime(datetime.fromisoformat(plain).replace(tzinfo=ZoneInfo(timezone)))
    except (InvalidTime, ValueError, OverflowError):
        return None


def _sane(value: object, unit: int) -> Instant | None:
    number = None if isinstance(value, bool) else number_of(value)
    if number is None:
        return None
    at = round(number * unit)
    return at if EARLIEST <= at <= LATEST else None


def _flat(value: Any, path: str, depth: int, without: frozenset[str]) -> Iterator[tuple[str, Scalar]]:  # noqa: ANN401
    if isinstance(value, dict) or (isinstance(value, list) and depth):
        if depth >= _DEEPEST:
            raise Refused(Reason.TOO_NESTED, f"values nested deeper than {_DEEPEST}")
        items = value.items() if isinstance(value, dict) else ((str(index), each) for index, each in enumerate(value))
        for key, each in items:
            if depth or key not in without:
                yield from _flat(each, f"{path}.{key}" if path else key, depth + 1, without)
    elif isinstance(value, str):
        yield path, value[:LONGEST_TEXT]
    elif value is None or isinstance(value, bool | int | float):
        yield path, value
