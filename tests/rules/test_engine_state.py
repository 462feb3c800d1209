import msgspec
import pytest

from rules.engine_state import SNAPSHOT_VERSION, SnapshotUnreadable, decode_state, encode_state
from tests.rules.estate import configured
from tests.rules.playbook import Playbook


def a_snapshot() -> bytes:
    book = Playbook(configured(), "21:00").at("22:00").door("front", "opened").tick("22:16").scan("gate").reading(5.0)
    return book.engine.snapshot()


def test_what_is_written_is_read_back_byte_for_byte() -> None:
    content = a_snapshot()
    assert encode_state(decode_state(content)) == content


def test_another_version_is_refused_with_a_remedy() -> None:
    other = msgspec.msgpack.encode({"version": SNAPSHOT_VERSION + 1, "anything": "else"})
    with pytest.raises(SnapshotUnreadable, match=f"version {SNAPSHOT_VERSION + 1}.*rebuild from the journal"):
        decode_state(other)


def test_damaged_bytes_are_refused() -> None:
    content = a_snapshot()
    for damaged in (b"", content[: len(content) // 2], b"\xc1" + content):
        with pytest.raises(SnapshotUnreadable, match="damaged"):
            decode_state(damaged)
