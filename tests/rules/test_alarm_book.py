import pytest
from msgspec.structs import replace

from domain.alarm import DecisionKind
from domain.errors import CommandRefused
from domain.text import same
from rules.alarm_book import DECISIONS_KEPT, AlarmBook, decided
from tests.rules.alarm_life import DOOR, Life
from tests.samples import an_occurrence


def test_amending_is_part_of_the_same_version() -> None:
    life = Life()
    made = life.change("raise", 10)
    amended = life.book.amend(made, replace(made.occurrence, order="order-1"))
    assert (amended.alarm.version, amended.alarm.latest.order, amended.occurrence.order) == (1, "order-1", "order-1")
    assert life.change("clear", 20).occurrence.order == "order-1"


def test_alarms_are_found_by_id_and_occurrences_by_theirs() -> None:
    life = Life()
    made = life.change("raise", 10)
    assert life.book.id_of("tower", "r", DOOR) == made.alarm.id
    assert life.book.get(made.alarm.id) == life.held
    assert life.book.owner(made.occurrence.id) == made.alarm.id
    assert life.book.unclosed(made.occurrence.id) == made.occurrence
    with pytest.raises(CommandRefused, match="not known"):
        life.book.unclosed("occurrence-0")
    assert (AlarmBook("real").get("alarm-0"), AlarmBook("real").owner("o")) == (None, None)


def test_what_is_restored_has_its_timers() -> None:
    life = Life()
    life.change("raise", 10)
    assert life.book.next_deadline() is None
    book = AlarmBook("real")
    book.restore([replace(life.held, quiet_at=77)])
    assert (book.next_deadline(), book.pop_timer(76)) == (77, None)
    assert book.pop_timer(77) == (77, "chatter", life.held.alarm.id)


def test_of_many_decisions_the_first_and_the_newest_are_kept() -> None:
    occurrence = an_occurrence()
    for number in range(DECISIONS_KEPT + 5):
        occurrence = decided(occurrence, number, DecisionKind.GROUPED, same(str(number)))
    kept = [int(decision.reason.en) for decision in occurrence.decisions]
    assert kept == [0, *range(6, DECISIONS_KEPT + 5)]
