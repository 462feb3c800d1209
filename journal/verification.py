"""Reads a journal folder against its chain and says what does not fit. Writes nothing; may run beside a writer."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from journal.chain import (
    CHAIN_FILE,
    Head,
    JournalDamaged,
    Link,
    SegmentKind,
    load_chain,
    next_digest,
    opening_digest,
    segment_name,
)
from journal.codec import LONGEST_BLOCK
from journal.sqlite_segments import connect, holds_records, read_head

_LOCK_SECONDS = 10.0


class Problem(Struct, frozen=True):
    """What does not fit, and in which file of the journal folder."""

    file: str
    what: str


def verify(folder: Path, key: bytes, witnesses: Sequence[Head] = ()) -> list[Problem]:
    """Walk through every segment that is there; an empty list means that all records are as they were written.

    `witnesses` are heads that were kept elsewhere: each must be found at its place.
    """
    folder = folder.resolve()
    try:
        links = load_chain(folder, key)
    except JournalDamaged as error:
        return [Problem(CHAIN_FILE, str(error))]
    found = [*_unlisted(folder, links), *_unwitnessed(links, witnesses)]
    for kind in SegmentKind:
        previous = ""
        for link in (link for link in links if link.kind is kind):
            if link.previous != previous:
                found.append(Problem(link.name, "does not continue the segment before it"))
            previous = link.head.digest if link.head else ""
            if not link.retired:
                seen = [head for head in witnesses if head.segment == link.name]
                found += [Problem(link.name, what) for what in _segment_problems(folder, key, link, seen)]
    return found


def _unlisted(folder: Path, links: Sequence[Link]) -> Iterator[Problem]:
    """Segments outside the chain. One without records is what a crash between two steps leaves, and harms nobody."""
    listed = {link.name for link in links}
    for path in sorted(path for kind in SegmentKind for path in folder.glob(segment_name(kind, "*"))):
        if path.name in listed:
            continue
        try:
            if holds_records(path, _LOCK_SECONDS):
                yield Problem(path.name, "is not in the chain")
        except sqlite3.Error as error:
            yield Problem(path.name, f"is not in the chain and cannot be read: {error}")


def _unwitnessed(links: Sequence[Link], witnesses: Sequence[Head]) -> Iterator[Problem]:
    by_name = {link.name: link for link in links}
    for head in witnesses:
        link = by_name.get(head.segment)
        if link is None:
            yield Problem(head.segment, f"was witnessed up to seq {head.last_seq} and is not in the chain")
        elif link.retired and link.head is not None and link.head.last_seq < head.last_seq:
            yield Problem(head.segment, f"was witnessed up to seq {head.last_seq} and ended before, at its deletion")


def _segment_problems(folder: Path, key: bytes, link: Link, witnesses: Sequence[Head]) -> Iterator[str]:
    path = folder / link.name
    if not path.exists():
        yield "is missing"
        return
    try:
        with closing(connect(path, create=False, timeout=_LOCK_SECONDS)) as connection:
            connection.execute("BEGIN")  # one view of blocks and head, whatever the writer does meanwhile
            walked, damage = _walk(connection, key, link, witnesses)
            yield from damage
            yield from _head_problems(walked, read_head(connection, path), link)
    except (sqlite3.Error, JournalDamaged) as error:
        yield f"cannot be read: {error}"


def _walk(connection: sqlite3.Connection, key: bytes, link: Link, witnesses: Sequence[Head]) -> tuple[Head, list[str]]:
    """Compute the head anew from the blocks."""
    digest = opening_digest(key, link.name, link.previous)
    last_seq = count = 0
    damage: list[str] = []
    expected = {head.last_seq: head.digest for head in witnesses if head.count}
    for last, first, block in connection.execute("SELECT last_seq, first_seq, records FROM blocks ORDER BY last_seq"):
        if not last_seq < first <= last < first + LONGEST_BLOCK:
            damage.append(f"its block of seqs {first} to {last} is out of order")
            break
        digest = next_digest(key, digest, first, last, block)
        last_seq, count = last, count + last - first + 1
        if expected.pop(last, digest) != digest:
            damage.append(f"differs up to seq {last} from what was witnessed")
    damage += [f"was witnessed up to seq {seq}, where it has no commit" for seq in expected]
    return Head(segment=link.name, last_seq=last_seq, count=count, digest=digest), damage


def _head_problems(walked: Head, stored: Head, link: Link) -> Iterator[str]:
    if walked != stored:
        yield (
            f"its records were changed: they give seq {walked.last_seq}, {walked.count} records, digest "
            f"{walked.digest[:16]}; its head says seq {stored.last_seq}, {stored.count} records, {stored.digest[:16]}"
        )
    if link.head is not None and stored != link.head:
        yield (
            f"ends at seq {stored.last_seq} with {stored.count} records; when it was closed it ended at seq "
            f"{link.head.last_seq} with {link.head.count} (or its digest was another)"
        )
