"""What is not heard while Vigil is down or cut off is no silence of points: on the whole engine, across a restart."""

import pytest

from domain.effects import AlarmChanged
from domain.site import Site
from tests.rules.estate import SITE, configured
from tests.rules.playbook import Playbook, instant
from tests.rules.test_unheard_points import WAITING, a_book, lost, read

RULES = (lost("flow"), lost("heat"))


def alarms(book: Playbook) -> list[str]:
    found = [each.body for each in book.unread if isinstance(each.body, AlarmChanged)]
    book.unread.clear()
    return [f"{each.change} {each.alarm.rule}" for each in found]


@pytest.mark.parametrize("site", [SITE, WAITING])
def test_who_comes_back_after_an_hour_hears_the_points_before_calling_them_silent(site: Site) -> None:
    """Two minutes silent before the gap and one after it: they are heard before five are together."""
    book = read(a_book(*RULES, site=site).at("10:00"))
    book.tick("10:02").gap("10:02", "11:02").restarts().drained("11:02:10")
    assert alarms(book.tick("11:03")) == []
    assert alarms(read(book.at("11:03:00"))) == []
    assert alarms(book.tick("11:07:59")) == []
    assert "raised flow-lost" in alarms(book.tick("11:08"))


def test_who_stays_silent_is_told_once_somebody_has_listened_for_long_enough() -> None:
    book = read(a_book(*RULES, site=WAITING).at("10:00"))
    book.tick("10:02").gap("10:02", "11:02").drained("11:02:10")
    assert (book.engine.next_deadline() or 0) > instant("11:02:10"), "the clock has nothing to say of the time before"
    assert alarms(book.tick("11:04:59")) == []
    assert "raised flow-lost" in alarms(book.tick("11:05"))


def test_an_alarm_that_stands_is_not_over_because_of_a_gap() -> None:
    book = read(a_book(lost("flow"), site=WAITING).at("10:00"))
    assert "raised flow-lost" in alarms(book.tick("10:05"))
    book.gap("10:10", "11:10").drained("11:10:10")
    assert alarms(book.tick("11:20")) == []
    assert "cleared flow-lost" in alarms(read(book.at("11:21")))


def test_a_reading_that_waited_through_the_gap_begins_no_silence_within_it() -> None:
    """The broker had kept one of 10:01, and what came after it was lost."""
    book = read(a_book(*RULES, site=WAITING).at("10:00"))
    book.tick("10:02").gap("10:02", "11:02").at("11:02:05")
    for point in ("flow", "heat"):
        book.reading(1.0, point=point, made="10:01")
    book.drained("11:02:10")
    assert alarms(book.tick("11:05:59")) == []
    assert "raised flow-lost" in alarms(book.tick("11:06"))


def test_new_rules_know_of_the_gap_too() -> None:
    """The configuration is read at the start, after the gap was told."""
    book = read(a_book(lost("flow"), site=WAITING).at("10:00"))
    book.tick("10:02").gap("10:02", "11:02")
    book.configure(configured(lost("flow"), lost("heat"), site=WAITING)).drained("11:02:10")
    assert alarms(book.tick("11:04:59")) == []
    assert "raised flow-lost" in alarms(book.tick("11:05"))
