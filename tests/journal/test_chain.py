import stat
from pathlib import Path

import msgspec
import pytest

from journal.chain import (
    CHAIN_FILE,
    Head,
    JournalDamaged,
    JournalKeyInvalid,
    Link,
    SegmentKind,
    day_of,
    load_chain,
    load_or_create_key,
    next_digest,
    opening_digest,
    save_chain,
)
from tests.journal.record_samples import NOW

KEY = b"k" * 32
LINKS = [
    Link(
        kind=SegmentKind.EVENTS,
        day="2026-11-18",
        previous="",
        head=Head(segment="events-2026-11-18.sqlite", last_seq=7, count=5, digest="ab" * 32),
        retired=True,
    ),
    Link(kind=SegmentKind.EVENTS, day="2026-11-19", previous="ab" * 32),
]


def test_a_chain_comes_back_as_it_was(tmp_path: Path) -> None:
    assert load_chain(tmp_path, KEY) == []
    save_chain(tmp_path, KEY, LINKS)
    assert load_chain(tmp_path, KEY) == LINKS
    assert [path.name for path in tmp_path.iterdir()] == [CHAIN_FILE]


@pytest.mark.parametrize(
    ("written", "found"),
    [("2026-11-19", "2026-11-20"), ('"last_seq": 7', '"last_seq": 6'), ('"retired": true', '"retired": false')],
)
def test_a_changed_chain_is_refused(tmp_path: Path, written: str, found: str) -> None:
    save_chain(tmp_path, KEY, LINKS)
    path = tmp_path / CHAIN_FILE
    changed = path.read_text().replace(written, found)
    assert changed != path.read_text()
    path.write_text(changed)
    with pytest.raises(JournalDamaged, match="does not bear this key's seal"):
        load_chain(tmp_path, KEY)


def test_a_chain_of_another_key_is_refused(tmp_path: Path) -> None:
    save_chain(tmp_path, b"x" * 32, LINKS)
    with pytest.raises(JournalDamaged, match="restore the key file"):
        load_chain(tmp_path, KEY)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_file_that_is_no_chain_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHAIN_FILE).write_bytes(content)
    with pytest.raises(JournalDamaged, match="is damaged"):
        load_chain(tmp_path, KEY)


def test_a_shorter_chain_needs_a_seal_of_its_own(tmp_path: Path) -> None:
    save_chain(tmp_path, KEY, LINKS)
    path = tmp_path / CHAIN_FILE
    chain = msgspec.json.decode(path.read_bytes())
    chain["links"].pop()
    path.write_bytes(msgspec.json.encode(chain))
    with pytest.raises(JournalDamaged):
        load_chain(tmp_path, KEY)


def test_digests_differ_in_everything_they_speak_of() -> None:
    start = opening_digest(KEY, "a", "")
    digests = [
        start,
        opening_digest(b"x" * 32, "a", ""),
        opening_digest(KEY, "b", ""),
        opening_digest(KEY, "a", start),
        next_digest(KEY, start, 1, 2, b"block"),
        next_digest(b"x" * 32, start, 1, 2, b"block"),
        next_digest(KEY, start, 1, 3, b"block"),
        next_digest(KEY, start, 2, 2, b"block"),
        next_digest(KEY, start, 1, 2, b"other"),
        next_digest(KEY, next_digest(KEY, start, 1, 1, b"blo"), 2, 2, b"ck"),
    ]
    assert len(set(digests)) == len(digests)


def test_days_are_utc() -> None:
    assert day_of(NOW) == "2026-11-18"
    assert day_of(0) == "1970-01-01"


def test_the_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == key
    assert load_or_create_key(tmp_path / "other.key") != key
    assert [entry.name for entry in sorted(tmp_path.iterdir())] == ["journal.key", "other.key"]


@pytest.mark.parametrize("content", ["", "no key", "ab" * 31])
def test_a_file_without_a_key_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "journal.key"
    path.write_text(content)
    with pytest.raises(JournalKeyInvalid, match="does not hold 64 hexadecimal digits"):
        load_or_create_key(path)
    assert path.read_text() == content
