"""When a group begins: at once after a pause, for a command, when it is full and at the end; else at a distance."""

from collections.abc import Iterator, Sequence

import pytest

from domain.identity import MessageIdentity
from domain.instant import MINUTE
from domain.record import Record, Tick, Urgency
from journal import group_writer
from journal.chain import SegmentKind
from journal.group_writer import GROUP_RECORDS, GroupWriter
from journal.tail import Tail
from tests.brokers import wait_until
from tests.samples import NOW

LONG = 3600.0
"""A distance that no test waits for: what is stored all the same did not wait for it."""


class Shelf:
    """Stores in memory and keeps how many records each batch held."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def store(self, kind: SegmentKind, parts: Sequence[bytes]) -> int:
        first = sum(self.batches) + 1
        self.batches.append(len(parts))
        return first

    def close(self) -> None:
        pass


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(group_writer, "SPACING_SECONDS", LONG)
    return Shelf()


@pytest.fixture
def writer(shelf: Shelf) -> Iterator[GroupWriter]:
    writer = GroupWriter(shelf, Tail(0, keep=None))
    yield writer
    assert writer.close(10)


def record() -> Record:
    return Record(
        seq=0,
        body=Tick(),
        event_time=NOW,
        received_at=NOW + MINUTE,
        source="vigil",
        identity=MessageIdentity("a", "b", 1),
    )


def leave(_seq: int | None, _error: Exception | None) -> None:
    """Take no notice of the answer."""


def submit(writer: GroupWriter, count: int, urgency: Urgency = Urgency.EVENT) -> None:
    for _ in range(count):
        writer.submit(record(), urgency, leave)


def test_the_first_after_a_pause_waits_for_nothing(writer: GroupWriter, shelf: Shelf) -> None:
    submit(writer, 1)
    wait_until(lambda: shelf.batches == [1], "the first record")


def test_what_comes_soon_after_a_group_gathers_until_a_command_comes(writer: GroupWriter, shelf: Shelf) -> None:
    submit(writer, 1)
    wait_until(lambda: shelf.batches == [1], "the first record")
    submit(writer, 3)
    submit(writer, 2, Urgency.READING)
    assert sum(writer.waiting().values()) == 5
    assert writer.append(record(), timeout=10) == 2
    wait_until(lambda: shelf.batches == [1, 6], f"the command and all that gathered; {shelf.batches}")


def test_a_full_group_is_not_held_back(writer: GroupWriter, shelf: Shelf) -> None:
    submit(writer, 1)
    wait_until(lambda: shelf.batches == [1], "the first record")
    submit(writer, GROUP_RECORDS)
    wait_until(lambda: shelf.batches == [1, GROUP_RECORDS], "the full group")


def test_closing_stores_what_gathers(shelf: Shelf) -> None:
    writer = GroupWriter(shelf, Tail(0, keep=None))
    submit(writer, 1)
    wait_until(lambda: shelf.batches == [1], "the first record")
    submit(writer, 3)
    assert writer.close(10)
    assert shelf.batches == [1, 3]


def test_groups_follow_by_themselves_after_the_distance(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_writer, "SPACING_SECONDS", 0.001)
    writer = GroupWriter(shelf, Tail(0, keep=None))
    submit(writer, 1)
    wait_until(lambda: shelf.batches == [1], "the first record")
    submit(writer, 1)
    wait_until(lambda: shelf.batches == [1, 1], "the second record")
    assert writer.close(10)
