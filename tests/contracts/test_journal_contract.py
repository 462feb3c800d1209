"""What every journal must do, run on every adapter."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TypeAlias

import msgspec
import pytest

from domain.record import Record, Urgency
from journal.codec import UnstorableRecord
from journal.memory import MemoryJournal
from journal.ports import Journal, JournalReader, JournalUnavailable, Retired, Stored
from journal.sqlite_journal import SqliteJournal
from tests.journal.record_samples import NOW, a_scan, some_readings

SECONDS = 20.0
Answers: TypeAlias = list[tuple[int | None, Exception | None]]
AnyJournal: TypeAlias = SqliteJournal | MemoryJournal


class Faults:
    """Remembers what `on_fault` was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, error: Exception) -> None:
        self.told.append(f"{type(error).__name__}: {error}")


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture(params=["sqlite", "sqlite without tail", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path, faults: Faults) -> Iterator[AnyJournal]:
    made: AnyJournal
    if request.param == "memory":
        made = MemoryJournal(on_fault=faults)
    else:
        tail = 0 if request.param == "sqlite without tail" else 10_000
        made = SqliteJournal(tmp_path / "journal", b"k" * 32, lambda: NOW, on_fault=faults, tail_records=tail)
    yield made
    made.close()


def test_what_nothing_was_retired_from_says_so(journal: AnyJournal) -> None:
    journal.append(some_readings(), Urgency.READING)
    assert journal.retired() == Retired()


class Pause:
    """A callback that holds the writer thread until it is let go."""

    def __init__(self) -> None:
        self.entered = Event()
        self.let_go = Event()

    def __call__(self, seq: int | None, error: Exception | None) -> None:
        self.entered.set()
        assert self.let_go.wait(SECONDS)


def hold(journal: Journal) -> Pause:
    pause = Pause()
    journal.submit(a_scan(), Urgency.COMMAND, pause)
    assert pause.entered.wait(SECONDS)
    return pause


def into(answers: Answers) -> Stored:
    return lambda seq, error: answers.append((seq, error))


def noting(urgency: Urgency, order: list[str]) -> Stored:
    return lambda _seq, _error: order.append(urgency)


def numbered(records: Sequence[Record], first: int = 1) -> list[Record]:
    return [msgspec.structs.replace(record, seq=seq) for seq, record in enumerate(records, first)]


def read_until(journal: JournalReader, last: int, limit: int) -> list[Record]:
    found: list[Record] = []
    while not found or found[-1].seq < last:
        after = found[-1].seq if found else 0
        assert journal.wait(after, SECONDS)
        found += journal.read(after, limit)
    return found


def test_an_empty_journal_has_nothing(journal: AnyJournal) -> None:
    as_port: Journal = journal
    assert as_port.last_seq == 0
    assert list(as_port.read(0, 10)) == []
    assert as_port.record(1) is None
    assert dict(as_port.waiting()) == dict.fromkeys(Urgency, 0)


def test_records_come_back_in_the_order_they_went_in(journal: AnyJournal) -> None:
    records = [a_scan(number) if number % 3 else some_readings(number + 1) for number in range(12)]
    assert [journal.append(record) for record in records] == list(range(1, 13))
    assert list(journal.read(0, 100)) == numbered(records)
    assert journal.last_seq == 12


def test_a_read_gives_what_follows_and_no_more_than_asked(journal: AnyJournal) -> None:
    pause = hold(journal)
    for number in range(1, 31):
        journal.submit(a_scan(number) if number % 2 else some_readings(), Urgency.EVENT, lambda _seq, _error: None)
    pause.let_go.set()
    journal.append(some_readings(), Urgency.READING)
    for limit in (1, 7, 32, 50):
        for after in (0, 1, 9, 31):
            found = [record.seq for record in journal.read(after, limit)]
            assert found == list(range(after + 1, min(32, after + limit) + 1))
    assert list(journal.read(32, 5)) == []
    assert list(journal.read(99, 5)) == []
    assert list(journal.read(0, 0)) == []


def test_one_record_by_its_seq(journal: AnyJournal) -> None:
    for number in range(5):
        journal.append(a_scan(number))
    assert journal.record(3) == msgspec.structs.replace(a_scan(2), seq=3)
    assert journal.record(0) is None
    assert journal.record(6) is None


def test_the_seq_of_what_is_submitted_is_ignored(journal: AnyJournal) -> None:
    submitted = msgspec.structs.replace(a_scan(), seq=77)
    assert journal.append(submitted) == 1
    assert submitted.seq == 77
    assert journal.record(1) == msgspec.structs.replace(submitted, seq=1)


@pytest.mark.parametrize("make", [a_scan, some_readings])
def test_commands_go_before_events_and_events_before_readings(journal: AnyJournal, make: Callable[[], Record]) -> None:
    pause = hold(journal)
    order: list[str] = []
    for urgency in (Urgency.READING, Urgency.EVENT, Urgency.COMMAND) * 2:
        journal.submit(make(), urgency, noting(urgency, order))
    assert dict(journal.waiting()) == {Urgency.COMMAND: 3, Urgency.EVENT: 2, Urgency.READING: 2}
    pause.let_go.set()
    assert journal.wait(6, SECONDS)
    journal.append(a_scan(), Urgency.READING)
    assert order == ["command", "command", "event", "event", "reading", "reading"]


def test_what_a_callback_hears_of_can_be_read(journal: AnyJournal) -> None:
    seen: list[Record | None] = []
    for number in range(20):
        journal.submit(a_scan(number), Urgency.EVENT, lambda seq, _error: seen.append(journal.record(seq or 0)))
    journal.append(a_scan(), Urgency.READING)
    assert seen == numbered([a_scan(number) for number in range(20)])


def test_an_error_in_a_callback_is_told_and_stops_nobody(journal: AnyJournal, faults: Faults) -> None:
    def broken(seq: int | None, error: Exception | None) -> None:
        raise ValueError(f"callback of {seq}")

    answers: Answers = []
    pause = hold(journal)
    journal.submit(a_scan(), Urgency.EVENT, broken)
    journal.submit(a_scan(), Urgency.EVENT, into(answers))
    pause.let_go.set()
    assert journal.append(a_scan(), Urgency.READING) == 4
    assert answers == [(3, None)]
    assert faults.told == ["CallbackFailed: the callback of record 2 raised ValueError: callback of 2"]


def test_a_record_that_cannot_be_stored_is_refused_alone(journal: AnyJournal) -> None:
    answers: Answers = []
    pause = hold(journal)
    journal.submit(a_scan(1), Urgency.EVENT, into(answers))
    journal.submit(msgspec.structs.replace(a_scan(), source="\ud800"), Urgency.EVENT, into(answers))
    journal.submit(a_scan(2), Urgency.EVENT, into(answers))
    pause.let_go.set()
    journal.append(a_scan(), Urgency.READING)
    assert sorted(seq for seq, _ in answers if seq) == [2, 3]
    (refusal,) = [error for seq, error in answers if seq is None]
    assert isinstance(refusal, UnstorableRecord)
    with pytest.raises(UnstorableRecord):
        journal.append(msgspec.structs.replace(a_scan(), source="\ud800"))


def test_waiting_ends_with_the_record_that_was_waited_for(journal: AnyJournal) -> None:
    results: list[bool] = []
    waiter = Thread(target=lambda: results.append(journal.wait(1, SECONDS)))
    waiter.start()
    journal.append(a_scan())
    assert waiter.is_alive() or not results
    journal.append(a_scan())
    waiter.join(SECONDS)
    assert results == [True]
    assert journal.wait(0, 0.0)
    assert not journal.wait(2, 0.01)


def test_a_slow_answer_is_an_unavailable_journal(journal: AnyJournal) -> None:
    pause = hold(journal)
    with pytest.raises(JournalUnavailable, match="no answer from the journal's writer within"):
        journal.append(a_scan(), timeout=0.01)
    pause.let_go.set()


def test_a_reader_beside_many_writers_misses_nothing(journal: AnyJournal) -> None:
    answers: Answers = []

    def write(writer: int) -> None:
        for number in range(400):
            urgency = (Urgency.COMMAND, Urgency.EVENT, Urgency.READING)[number % 3]
            journal.submit(some_readings() if number % 2 else a_scan(writer), urgency, into(answers))

    writers = [Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    found = read_until(journal, 1600, limit=97)
    for thread in writers:
        thread.join(SECONDS)
    assert [record.seq for record in found] == list(range(1, 1601))
    journal.close()
    assert sorted(seq for seq, _ in answers if seq) == list(range(1, 1601))


def test_closing_stores_what_waits_and_refuses_what_comes(journal: AnyJournal) -> None:
    answers: Answers = []
    pause = hold(journal)
    for number in range(5):
        journal.submit(a_scan(number), Urgency.READING, into(answers))
    pause.let_go.set()
    assert journal.close()
    assert answers == [(seq, None) for seq in range(2, 7)]
    journal.submit(a_scan(), Urgency.COMMAND, into(answers))
    seq, error = answers[-1]
    assert seq is None
    assert isinstance(error, JournalUnavailable)
    assert journal.last_seq == 6
    assert journal.close()


def test_closing_in_a_hurry_refuses_what_was_not_stored(journal: AnyJournal) -> None:
    answers: Answers = []
    answered = Event()

    def last(seq: int | None, error: Exception | None) -> None:
        answers.append((seq, error))
        answered.set()

    pause = hold(journal)
    journal.submit(a_scan(), Urgency.READING, last)
    assert not journal.close(timeout=0.01)
    pause.let_go.set()
    assert answered.wait(SECONDS)
    assert answers[0][0] is None
    assert isinstance(answers[0][1], JournalUnavailable)
    assert journal.close()


def test_a_waiter_is_not_left_behind_by_closing(journal: AnyJournal) -> None:
    results: list[bool] = []
    waiter = Thread(target=lambda: results.append(journal.wait(0, SECONDS)))
    waiter.start()
    journal.close()
    waiter.join(SECONDS / 2)
    assert results == [False]


@pytest.mark.parametrize("rounds", [3])
def test_a_journal_on_disk_goes_on_where_it_ended(tmp_path: Path, rounds: int) -> None:
    records: list[Record] = []
    for number in range(rounds):
        journal = SqliteJournal(tmp_path, b"k" * 32, lambda: NOW)
        assert journal.last_seq == len(records)
        assert list(journal.read(0, 100)) == records
        fresh = (a_scan(number), some_readings(), a_scan())
        records += [msgspec.structs.replace(record, seq=journal.append(record)) for record in fresh]
        assert journal.close()
    assert [record.seq for record in records] == list(range(1, 3 * rounds + 1))
