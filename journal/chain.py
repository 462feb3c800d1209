"""The audit chain: what makes an edited, shortened or reordered journal show.

Each segment has a running digest over its blocks, keyed, so that nobody without the key can make one that fits. It
starts from the final digest of the segment before (of the same kind), and only its newest value is kept: a shortened
segment has no digest to go with it. The chain file lists all segments, those deleted by retention too, under a seal.

What this cannot show: a whole folder put back to an earlier genuine copy. For that, heads are kept elsewhere and given
to `journal.verification.verify` as witnesses.
"""

import hmac
import secrets
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from domain.instant import Instant, to_iso
from journal.durable_files import create_durably, replace_durably
from journal.ports import Retired

CHAIN_FILE: Final = "chain.json"
_KEY_BYTES: Final = 32
_DIGEST: Final = "sha256"
# Each use of the key begins with its own words, so that no digest can pass for another.
_OPENING: Final = b"vigil journal 1 opening\0"
_BLOCK: Final = b"vigil journal 1 block\0"
_SEAL: Final = b"vigil journal 1 seal\0"


class JournalDamaged(VigilError):
    """The journal's files contradict each other or the key. Nothing was written; the message says what to do."""


class JournalKeyInvalid(VigilError):
    """The key file holds no key."""


class SegmentKind(StrEnum):
    """Segments are split by how long they are kept: readings, and everything else."""

    EVENTS = "events"
    READINGS = "readings"


class Head(Struct, frozen=True, kw_only=True):
    """Where a segment ends: its newest seq, how many records it holds, and its digest (64 hexadecimal digits)."""

    segment: str
    last_seq: int
    count: int
    digest: str


class Link(Struct, frozen=True, kw_only=True):
    """A segment in the chain.

    `day` is YYYY-MM-DD in UTC; `previous` the final digest of the segment before, empty for the first of its kind.
    `head` is final, and there once the next segment of the kind has begun. A `retired` segment's file is deleted.
    """

    kind: SegmentKind
    day: str
    previous: str
    head: Head | None = None
    retired: bool = False

    @property
    def name(self) -> str:
        """The file's name in the journal folder."""
        return segment_name(self.kind, self.day)


class _ChainFile(Struct, frozen=True, kw_only=True):
    links: list[Link]
    seal: str
    format: int = 1


def segment_name(kind: SegmentKind, day: str) -> str:
    """Name a segment's file, for instance `events-2026-11-23.sqlite`."""
    return f"{kind}-{day}.sqlite"


def day_of(at: Instant) -> str:
    """Give the UTC day of an instant as YYYY-MM-DD; days compare as texts do."""
    return to_iso(at)[:10]


def opening_digest(key: bytes, name: str, previous: str) -> str:
    """Give the digest of a segment without records, which names the one before."""
    return hmac.digest(key, _OPENING + f"{name}\0{previous}".encode(), _DIGEST).hex()


def next_digest(key: bytes, digest: str, first_seq: int, last_seq: int, block: bytes) -> str:
    """Give a segment's digest after one more block."""
    place = first_seq.to_bytes(8) + last_seq.to_bytes(8)
    return hmac.digest(key, b"".join((_BLOCK, bytes.fromhex(digest), place, block)), _DIGEST).hex()


def load_chain(folder: Path, key: bytes) -> list[Link]:
    """Read the chain file; an empty list where there is none.

    Raises:
        JournalDamaged: it is not one of ours, or its seal does not fit its content and the key.
    """
    path = folder / CHAIN_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    try:
        chain = msgspec.json.decode(content, type=_ChainFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalDamaged(f"{path} is damaged ({error}): restore it together with its folder") from error
    if not hmac.compare_digest(chain.seal, _seal(key, chain.links)):
        raise JournalDamaged(f"{path} does not bear this key's seal: restore the key file that belongs to this journal")
    return chain.links


def save_chain(folder: Path, key: bytes, links: Sequence[Link]) -> None:
    """Replace the chain file, durably and at once."""
    chain = _ChainFile(links=list(links), seal=_seal(key, links))
    content = msgspec.json.format(msgspec.json.encode(chain), indent=1)
    replace_durably(folder / CHAIN_FILE, content)


def kept_after(links: Sequence[Link], seq: int) -> bool:
    """Tell whether no segment with records after `seq` has been deleted by retention."""
    return not any(link.retired and (link.head is None or link.head.last_seq > seq) for link in links)


def retired(links: Sequence[Link]) -> Retired:
    """Tell up to which seq the segments of each kind have been deleted by retention."""

    def newest(kind: SegmentKind) -> int:
        gone = (link.head.last_seq for link in links if link.retired and link.kind is kind and link.head is not None)
        return max(gone, default=0)

    return Retired(readings=newest(SegmentKind.READINGS), others=newest(SegmentKind.EVENTS))


def load_or_create_key(path: Path) -> bytes:
    """Read the journal's key (32 bytes, as hexadecimal digits), making it at first, readable by its owner alone.

    Raises:
        JournalKeyInvalid: the file holds something else.
    """
    if not path.exists():
        create_durably(path, f"{secrets.token_hex(_KEY_BYTES)}\n".encode())
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise JournalKeyInvalid(f"{path} does not hold {2 * _KEY_BYTES} hexadecimal digits: restore the journal's key")
    return key


def _seal(key: bytes, links: Sequence[Link]) -> str:
    return hmac.digest(key, _SEAL + msgspec.json.encode(links, order="deterministic"), _DIGEST).hex()
