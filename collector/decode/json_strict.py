"""JSON without the traps: what other readers let pass silently (the last of two equal keys, NaN, lone surrogates)
is refused with a reason. The order of the checks bounds the work: size, encoding, nesting, then the typed decoder.
"""

import json
import re
from typing import Final, NoReturn

import msgspec

from collector.refusal import Reason, Refused

MAX_CONTAINERS: Final = 64
"""Arrays and objects in one message. Native bodies have four; so nesting never gets deeper than this either."""

_STRIPPED_BYTES: Final = 64 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Possessive: a string is scanned once, whatever follows it.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NUL_ESCAPE: Final = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")
_UNKNOWN_FIELD: Final = re.compile(r"unknown field `(.*?)`", re.DOTALL)
_WHERE: Final = re.compile(r" - at (?:key in )?`(\$[^`]*)`$")

_BY_MESSAGE: Final = (
    ("missing required field", Reason.MISSING_FIELD),
    ("Invalid enum value", Reason.INVALID_VALUE),
    ("matching regex", Reason.INVALID_ID),
    ("`str` of length", Reason.INVALID_TEXT),
    ("of length", Reason.OUT_OF_RANGE),
    ("` >= ", Reason.OUT_OF_RANGE),
    ("` <= ", Reason.OUT_OF_RANGE),
    ("out of range", Reason.OUT_OF_RANGE),
)
"""Fragments of msgspec's messages, first match wins; a test holds them against the installed version."""


def require_decodable(payload: bytes, max_bytes: int) -> None:
    """Refuse what must not reach a JSON parser at all.

    Raises:
        Refused: `oversize`, `not_json`, `not_utf8`, `too_nested` or `invalid_text`.
    """
    if len(payload) > max_bytes:
        raise Refused(Reason.OVERSIZE, f"{len(payload)} bytes, at most {max_bytes} are taken")
    if not payload:
        raise Refused(Reason.NOT_JSON, "the payload is empty")
    if not payload.isascii():
        _require_utf8(payload)
    if payload.count(b"[") + payload.count(b"{") > MAX_CONTAINERS:
        _require_flat(payload)
    if b"\\u0000" in payload and _NUL_ESCAPE.search(payload):
        raise Refused(Reason.INVALID_TEXT, "a text holds the character U+0000, which no database stores")


def refuse_duplicate_keys(payload: bytes, colons: int) -> None:
    """Refuse a body in which a key stands twice.

    `colons` is how many colons a body without duplicates has: one per decoded key, plus those inside the decoded
    strings. A duplicate can only add to them, and without escapes a decoded string has the colons of its source. So
    equality proves that there is none, at the price of counting a byte; otherwise the keys are compared one by one.

    Raises:
        Refused: `duplicate_key`.
    """
    if b"\\" in payload or payload.count(b":") != colons:
        json.loads(payload.decode(), object_pairs_hook=_require_unique)


def explain(error: msgspec.DecodeError | UnicodeDecodeError) -> NoReturn:
    """Raise what msgspec complains about as a refusal, without quoting a value: it might be somebody's card number."""
    if not isinstance(error, msgspec.ValidationError):
        if isinstance(error, UnicodeDecodeError):
            raise Refused(Reason.NOT_UTF8, "a text is not valid UTF-8") from error
        raise Refused(Reason.NOT_JSON, str(error)) from error
    message = str(error)
    found = _WHERE.search(message)
    where = found[1] if found else "$"
    if unknown := _UNKNOWN_FIELD.search(message):
        raise Refused(Reason.UNKNOWN_FIELD, f"unknown key '{unknown[1][:80]}' at {where}") from error
    reason = next((reason for words, reason in _BY_MESSAGE if words in message), Reason.WRONG_TYPE)
    if reason is Reason.INVALID_VALUE:
        message = f"not one of the allowed words at {where}"
    raise Refused(reason, message[:200]) from error


def _require_utf8(payload: bytes) -> None:
    if payload.startswith(_BYTE_ORDER_MARK):
        raise Refused(Reason.NOT_JSON, "the payload begins with a byte order mark; send plain UTF-8")
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF8, f"not valid UTF-8 at byte {error.start}: {error.reason}") from error


def _require_flat(payload: bytes) -> None:
    # Brackets inside texts count for nothing. Larger bodies are readings, whose texts are ids and hold none.
    bare = _STRING.sub(b"", payload) if len(payload) <= _STRIPPED_BYTES else payload
    if bare.count(b"[") + bare.count(b"{") > MAX_CONTAINERS:
        raise Refused(Reason.TOO_NESTED, f"more than {MAX_CONTAINERS} arrays and objects; no native body has so many")


def _require_unique(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise Refused(Reason.DUPLICATE_KEY, f"the key '{key[:80]}' stands twice in one object")
        seen.add(key)
