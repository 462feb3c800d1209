"""Copies of foreign messages as they came, kept a week so that a mapping or a decoder can be mended and try again.

One file a day, a line a message. Numbers of credentials are sealed and names masked before a copy is written: a replay
finds the same tags by their tokens, and nobody finds the numbers. Copies are a convenience: what a message meant is in
the journal, and a crash may cost the last of them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct

from collector.credentials import CredentialKey
from collector.foreign.sources import tag_number
from collector.quarantine import masked
from domain.instant import DAY, Instant, from_iso, to_iso

KEPT_DAYS: Final = 7
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one day. What comes after is not copied, and counted."""

_SEALED: Final = "TOKEN"
_NUMBERS: Final = frozenset({"uid"})
_SECRETS: Final = frozenset({"username", "pin", "pincode"})
_BESIDE_NUMBERS: Final = frozenset({"data"})
"""What is written on a tag stands beside its number; elsewhere the word means something else."""


class RawCopy(Struct, frozen=True, kw_only=True):
    """One message. `made` is how many records it made when it came."""

    at: Instant
    topic: str
    payload: bytes
    retain: bool = False
    made: int = 0


class SealedKey(CredentialKey):
    """The key for a replay: what was sealed already is its own token. Never for messages that come from devices."""

    def token(self, kind: str, number: str) -> str:
        """Give back a sealed token; seal anything else."""
        if number.startswith(_SEALED):
            return number.removeprefix(_SEALED).lower()
        return super().token(kind, number)


class RawCopies:
    """Writes the copies. Belongs to the collector; several of its threads may write, a line at a time."""

    def __init__(self, folder: Path, key: CredentialKey, most_bytes: int = MOST_BYTES) -> None:
        """Make the folder, for its owner only."""
        self._folder = folder
        self._key = key
        self._most_bytes = most_bytes
        self._day = ""
        self._file: BinaryIO | None = None
        self.left_off = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, copy: RawCopy) -> None:
        """Write a copy, unless the day has too many.

        Raises:
            OSError: the disk refuses.
        """
        day = to_iso(copy.at)[:10]
        if self._file is None or day != self._day:
            self.close()
            self._day, self._file = day, (self._folder / f"{day}.jsonl").open("ab", buffering=0)
        if self._file.tell() > self._most_bytes:
            self.left_off += 1
            return
        sealed = msgspec.structs.replace(copy, payload=sealed_payload(copy.payload, self._key))
        self._file.write(msgspec.json.encode(sealed) + b"\n")

    def retire(self, now: Instant) -> int:
        """Delete the files of days that are over for a week; gives how many."""
        gone = 0
        for path in self._folder.glob("*.jsonl"):
            if from_iso(f"{path.stem}T00:00:00Z") < now - (KEPT_DAYS + 1) * DAY:
                path.unlink()
                gone += 1
        return gone

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def read_copies(folder: Path) -> Iterator[tuple[str, RawCopy]]:
    """Give every copy with its place (day and line), oldest first; a line that was cut short is passed over."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    yield f"{path.stem}:{number}", msgspec.json.decode(line, type=RawCopy)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue


def sealed_payload(payload: bytes, key: CredentialKey) -> bytes:
    """Replace numbers by their tokens, and mask what is personal; what is no JSON object is masked as text."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return masked(payload)
    if not isinstance(body, dict | list):
        return payload
    # Most messages hold nothing of the kind, and stay byte for byte.
    return json.dumps(sealed, ensure_ascii=False).encode() if (sealed := _sealed(body, key)) != body else payload


def _sealed(value: Any, key: CredentialKey) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        is_tag = not _NUMBERS.isdisjoint(name.casefold() for name in value)
        secret = _SECRETS | _BESIDE_NUMBERS if is_tag else _SECRETS
        return {name: _sealed_field(name, each, key, secret) for name, each in value.items()}
    return [_sealed(each, key) for each in value] if isinstance(value, list) else value


def _sealed_field(name: str, value: Any, key: CredentialKey, secret: frozenset[str]) -> Any:  # noqa: ANN401
    word = name.casefold()
    if word in _NUMBERS and isinstance(value, str) and value:
        return f"{_SEALED}{key.token('card', tag_number(value))}"
    return "***" if word in secret and isinstance(value, str) and value else _sealed(value, key)
