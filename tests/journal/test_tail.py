import msgspec
import pytest

from domain.record import Record
from journal.tail import Tail
from tests.journal.record_samples import a_scan


def records(first: int, last: int) -> list[Record]:
    return [msgspec.structs.replace(a_scan(), seq=seq) for seq in range(first, last + 1)]


def seqs(found: list[Record] | None) -> list[int] | None:
    return None if found is None else [record.seq for record in found]


def test_what_came_before_is_not_in_memory() -> None:
    tail = Tail(10, keep=5)
    assert tail.read(9, 3) is None
    assert tail.read(10, 3) == []
    tail.publish(records(11, 13))
    assert tail.last_seq == 13
    assert seqs(tail.read(10, 2)) == [11, 12]
    assert tail.read(9, 3) is None


def test_old_records_leave_when_twice_the_wanted_number_is_there() -> None:
    tail = Tail(0, keep=5)
    tail.publish(records(1, 10))
    assert seqs(tail.read(0, 3)) == [1, 2, 3]
    tail.publish(records(11, 11))
    assert tail.read(5, 3) is None
    assert seqs(tail.read(6, 99)) == [7, 8, 9, 10, 11]


def test_a_gap_of_seqs_is_no_missing_record() -> None:
    tail = Tail(0, keep=5)
    tail.publish(records(1, 2))
    tail.publish(records(5, 6))
    assert seqs(tail.read(2, 9)) == [5, 6]
    assert seqs(tail.read(3, 9)) == [5, 6]


def test_without_keeping_any_every_read_goes_to_the_storage() -> None:
    tail = Tail(0, keep=0)
    tail.publish(records(1, 3))
    assert tail.read(2, 9) is None
    assert tail.read(3, 9) == []


def test_after_a_failure_only_what_is_published_later_is_sure() -> None:
    tail = Tail(0, keep=50)
    tail.publish(records(1, 3))
    tail.forget()
    assert tail.last_seq == 3
    assert tail.read(1, 9) is None
    tail.publish(records(6, 7))
    assert tail.read(3, 9) is None, "4 and 5 may have come to light"
    assert seqs(tail.read(5, 9)) == [6, 7]


@pytest.mark.parametrize("keep", [0, 3])
def test_waiting_looks_at_the_seq_alone(keep: int) -> None:
    tail = Tail(0, keep=keep)
    assert not tail.wait(0, 0.01)
    tail.publish(records(1, 9))
    assert tail.wait(8, 0.0)
    assert not tail.wait(9, 0.0)
    tail.close()
    assert not tail.wait(9, 60.0)
