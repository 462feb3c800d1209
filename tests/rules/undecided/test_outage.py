"""Very many rows that cannot be decided at once: told in parts, one alarm for a cause, nothing done twice."""

from typing import Final
from unittest.mock import patch

import msgspec
import pytest
from msgspec.structs import replace

from domain.configuration import RuleSpec
from domain.effects import UndecidedChanged
from domain.instant import MINUTE, SECOND
from domain.readings import Quality, readings_from
from domain.site import Device, DeviceKind, Site
from domain.text import Text, same
from rules.kinds.limit import LimitKind
from rules.undecided import looks
from tests.rules.playbook import Playbook
from tests.rules.undecided.test_looks import LOW, PER_TURN, PLANT, POINTS, plant, told
from tests.rules.undecided.test_own_alarms import alarms

MANY: Final = 1_200
HIGH = replace(LOW, id="high", name=Text("High flow", "流量过高"), parameters={"high": 9.0})


def many(count: int = MANY) -> tuple[Site, RuleSpec]:
    points = tuple(replace(POINTS[0], id=f"p{number:04}") for number in range(count))
    gateway = Device(
        id="gateway", name=same("Gateway"), kind=DeviceKind.GATEWAY, points=tuple(each.id for each in points)
    )
    return replace(PLANT, points=points, devices=(gateway,)), replace(LOW, subjects=gateway.points)


def ticks(book: Playbook) -> tuple[int, int, list[str]]:
    """Tick when the engine wants it: how many subjects were told as undecided, as decided, and what of alarms."""
    due = book.engine.next_deadline()
    assert due is not None
    book.now = due
    book.unread.clear()
    book.tick()
    bodies = [effect.body for effect in book.unread if isinstance(effect.body, UndecidedChanged)]
    is_over = [body.undecided.over_at is not None for body in bodies]
    return is_over.count(False), is_over.count(True), alarms(book)


def speak(book: Playbook, site: Site, value: float = 5.0, first: int = 0) -> None:
    ids = [point.id for point in site.points[first:]]
    book.happens(
        readings_from(ids, [book.now] * len(ids), [value] * len(ids), [Quality.GOOD] * len(ids)),
        source="gateway",
        boot="b1",
    )


def until_told(book: Playbook) -> tuple[int, int, list[str]]:
    for _ in range(40):
        if any((said := ticks(book))[:2]):
            return said
    raise AssertionError


def test_very_many_are_told_in_parts_a_second_apart_and_the_alarm_says_at_once_how_many() -> None:
    site, low = many()
    book = Playbook(plant(low, site=site), "09:00").tick()
    begun, over, alarms = until_told(book)
    assert (begun, over, len(alarms)) == (looks.EFFORT, 0, 1)
    assert "undecided at 1200 of 1200 points" in alarms[0]
    at = book.now
    assert [ticks(book) for _ in range(3)] == [(looks.EFFORT, 0, []), (200, 0, []), (0, 0, [])]
    assert book.now == at + 2 * SECOND + MINUTE
    speak(book, site)
    over, alarms = ticks(book)[1:]
    assert (over, len(alarms)) == (looks.EFFORT, 1)
    assert [ticks(book)[:2] for _ in range(3)] == [(0, looks.EFFORT), (0, 200), (0, 0)]


def test_what_is_undecided_again_before_its_end_was_told_is_told_as_over_first_and_begins_anew() -> None:
    site, low = many()
    short = replace(site, points=tuple(replace(point, stale_seconds=61.5) for point in site.points))
    book = Playbook(plant(low, site=short), "09:00").tick()
    until_told(book), ticks(book), ticks(book)
    speak(book, short)
    found = [ticks(book)[:2] for _ in range(18)]
    assert [each for each in found if any(each)] == [(0, 500), (0, 500), (0, 200), (500, 0), (500, 0), (200, 0)]
    over_at = [effect.body.undecided for effect in book.effects if isinstance(effect.body, UndecidedChanged)]
    standing: dict[str, bool] = {}
    for each in over_at:
        assert standing.get(each.subject, False) is (each.over_at is not None), "begins and ends in turns"
        standing[each.subject] = each.over_at is None


@pytest.mark.parametrize("seconds", [600.0, 2.0])
def test_a_restart_amid_the_parts_changes_nothing(seconds: float) -> None:
    def ran(*, restarts: bool) -> list[bytes]:
        site, low = many(20)
        site = replace(site, points=tuple(replace(point, stale_seconds=20.0) for point in site.points))
        book = Playbook(plant(low, PER_TURN_OF[0], site=site, undecided_seconds=seconds), "09:00").tick()
        with patch.object(looks, "EFFORT", 3):
            for number in range(150):
                if number % 30 == 15:
                    speak(book, site, 0.0, first=number // 10)
                book.now = max(book.now + 1, book.engine.next_deadline() or 0)
                book.tick()
                if restarts:
                    content = book.engine.snapshot()
                    book.restarts()
                    assert book.engine.snapshot() == content
        return [msgspec.msgpack.encode(effect) for effect in book.effects]

    expected = ran(restarts=False)
    assert len(expected) > 50
    assert ran(restarts=True) == expected


PER_TURN_OF = (replace(PER_TURN, subjects=("p0000", "p0001"), inputs={"speed": "p0002"}),)


def test_in_a_steady_outage_a_look_asks_for_no_reason_and_names_no_row() -> None:
    site, low = many(50)
    book = Playbook(plant(low, replace(low, id="second"), site=site), "09:00").tick()
    until_told(book)
    with (
        patch.object(LimitKind, "doubt", side_effect=AssertionError),
        patch.object(looks.UndecidedRules, "_pair", side_effect=AssertionError),
    ):
        assert [ticks(book) for _ in range(30)] == [(0, 0, [])] * 30


def test_the_reason_of_rows_that_must_be_computed_counts_more() -> None:
    site, _ = many(120)
    turns = replace(
        PER_TURN, subjects=tuple(point.id for point in site.points), inputs={}, parameters={"when": "3 / value > 2"}
    )
    book = Playbook(plant(turns, site=site), "09:00")
    told_at_once = set()
    for _ in range(30):
        speak(book, site, 0.0)
        book.now += MINUTE
        book.unread.clear()
        book.tick()
        told_at_once.add(len([each for each in told(book) if "undecided per-turn p" in each]))
    assert told_at_once == {
        0,
        looks.EFFORT // looks.COMPUTING,
        120 - 2 * (looks.EFFORT // looks.COMPUTING),
    }
