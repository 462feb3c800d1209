"""Rules that cannot be decided: told after a while with the reason, once, and over when they can be again."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from msgspec.structs import replace

from domain.alarm_policy import AlarmPolicy
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChanged, UndecidedChanged
from domain.instant import MINUTE, SECOND
from domain.priority import Priority
from domain.readings import Quality, readings_from
from domain.site import Device, DeviceKind, Point, Site
from domain.text import Text, same
from domain.undecided import Undecided
from rules.engine import Engine
from rules.own_alarms import UNDECIDED_RULE
from tests.rules.estate import SITE, a_rule
from tests.rules.playbook import Playbook, line

POINTS = tuple(
    Point(id=name, name=Text(name.capitalize(), name), equipment="pump", unit=unit)
    for name, unit in (("flow", "m3/h"), ("speed", "rpm"), ("fan", "1"))
)
GATEWAY = Device(id="gateway", name=same("Gateway"), kind=DeviceKind.GATEWAY, points=("flow", "speed", "fan"))
PLANT = replace(SITE, points=POINTS, devices=(GATEWAY, *SITE.devices[:3]), tours=())
WITHOUT_DEVICES = replace(PLANT, devices=())
PER_TURN = a_rule(
    "per-turn", "expression", subjects=("flow",), inputs={"speed": "speed"}, parameters={"when": "value / speed > 3"}
)
LOW = a_rule("low", "limit", subjects=("flow",), parameters={"low": 2.0})


def plant(*rules: RuleSpec, site: Site = PLANT, **policy: Any) -> Configuration:  # noqa: ANN401 - any field
    return Configuration(sites=(site,), rules=rules, alarms=AlarmPolicy(**policy))


def goes_on(book: Playbook, minutes: int, **values: float | str | None) -> Playbook:
    """Every minute a reading of each point named (`bad`: one that is not good; None: none), and a tick."""
    for _ in range(minutes):
        sent = {point: value for point, value in values.items() if value is not None}
        if sent:
            numbers = [5.0 if isinstance(value, str) else value for value in sent.values()]
            quality = [Quality.BAD if isinstance(value, str) else Quality.GOOD for value in sent.values()]
            body = readings_from(list(sent), [book.now] * len(sent), numbers, quality)
            book.happens(body, source="gateway", boot="b1")
        book.now += MINUTE
        book.tick()
    return book


def told(book: Playbook) -> list[str]:
    """What was told of rules, and of Vigil's own alarm about them, since the last look."""
    found = []
    for effect in book.unread:
        body = effect.body
        if isinstance(body, UndecidedChanged):
            found.append(line(effect))
        elif isinstance(body, AlarmChanged) and body.alarm.rule == UNDECIDED_RULE:
            found.append(f"{line(effect)[:8]} {body.change} {body.alarm.subject.id}: {body.occurrence.why.seen.en}")
    book.unread.clear()
    return found


DIVIDED = "division by zero in `value / speed` at column 1 of 'when'"


def test_a_division_by_zero_is_told_after_ten_minutes_and_over_when_it_can_be_decided() -> None:
    book = goes_on(Playbook(plant(PER_TURN), "09:00"), 20, flow=5.0, speed=10.0)
    assert told(book) == []
    goes_on(book, 10, flow=5.0, speed=0.0)
    assert told(book) == []
    goes_on(book, 30, flow=5.0, speed=0.0)
    assert told(book) == [
        f"09:31:00 undecided per-turn flow (division_by_zero: {DIVIDED})",
        f"09:31:00 raised per-turn: undecided at 1 of 1 point, because: {DIVIDED}",
    ]
    goes_on(book, 5, flow=5.0, speed=10.0)
    assert told(book) == [
        "10:01:00 decided per-turn flow (division_by_zero: it can be decided again)",
        f"10:01:00 cleared per-turn: undecided at 1 of 1 point, because: {DIVIDED}",
    ]


def test_a_machine_that_starts_and_stops_says_nothing() -> None:
    book = Playbook(plant(PER_TURN), "09:00")
    for _ in range(8):
        goes_on(goes_on(book, 5, flow=5.0, speed=0.0), 3, flow=5.0, speed=10.0)
    assert told(book) == []


def test_what_could_be_decided_between_two_looks_begins_anew() -> None:
    alone = replace(PER_TURN, subjects=("speed",), inputs={}, parameters={"when": "3 / value > 2"})
    book = Playbook(plant(alone), "09:00")
    for _ in range(60):
        goes_on(book, 1, speed=0.0)
        book.happens(readings_from(["speed"], [book.now], [9.0], [Quality.GOOD]), source="gateway", boot="b1")
        book.happens(readings_from(["speed"], [book.now], [0.0], [Quality.GOOD]), source="gateway", boot="b1")
    assert told(book) == []
    assert len(told(goes_on(book, 15, speed=0.0))) == 2


def test_a_guard_that_does_not_hold_says_nothing() -> None:
    guarded = replace(PER_TURN, parameters={"when": "value / speed > 3", "only_while": "speed > 0"})
    hours = replace(PER_TURN, id="hours", parameters={"when": "value / speed > 3", "hours": "daily 20:00-22:00"})
    book = goes_on(Playbook(plant(guarded, hours), "09:00"), 60, flow=5.0, speed=0.0)
    assert told(book) == []
    goes_on(book, 60, flow=None, speed=0.0)
    assert told(book) == [], "nor does a point that is missing meanwhile"


def test_a_guard_of_which_nothing_is_known_is_told_though_the_condition_is_not_the_case() -> None:
    guarded = replace(LOW, kind="ladder", parameters={"low": 2.0, "only_while": "fan > 0"}, inputs={"fan": "fan"})
    book = goes_on(Playbook(plant(guarded), "09:00"), 15, flow=5.0)
    assert told(book)[0] == "09:14:00 undecided low flow (never_heard: no reading of Fan has come yet)"
    goes_on(book, 2, flow=5.0, fan=0.0)
    assert told(book)[0] == "09:16:00 decided low flow (never_heard: it can be decided again)"


def test_false_and_unknown_is_told_because_it_cannot_become_true() -> None:
    both = replace(PER_TURN, parameters={"when": "value > 8 and speed > 3"})
    book = goes_on(Playbook(plant(both), "09:00"), 15, flow=5.0, speed="bad")
    assert told(book)[0] == "09:11:00 undecided per-turn flow (unusable: Speed has had no good value yet)"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, "09:22:00 undecided low flow (silent: no reading of Flow since 2026-11-23 09:09)"),
        ("bad", "09:21:00 undecided low flow (unusable: Flow has no good value since 2026-11-23 09:09)"),
        (float("nan"), "09:21:00 undecided low flow (unusable: Flow has no good value since 2026-11-23 09:09)"),
    ],
    ids=["missing", "bad", "not a number"],
)
@pytest.mark.parametrize("kind", ["limit", "ladder", "expression"])
def test_a_point_without_a_usable_value(kind: str, sent: float | str | None, expected: str) -> None:
    parameters = {"when": "value < 2"} if kind == "expression" else LOW.parameters
    book = goes_on(Playbook(plant(replace(LOW, kind=kind, parameters=parameters)), "09:00"), 10, flow=5.0)
    goes_on(book, 30, flow=sent)
    assert told(book)[0] == expected


def test_since_is_when_the_last_good_value_went_stale() -> None:
    book = goes_on(goes_on(Playbook(plant(LOW), "09:00"), 10, flow=5.0), 30)
    undecided: Undecided = book.latest(UndecidedChanged).undecided
    assert (undecided.since, undecided.points, undecided.site) == (book.now - 28 * MINUTE, ("flow",), "tower")


def test_what_never_spoke_has_as_long_as_its_value_would_stand() -> None:
    daily = replace(PLANT, points=(replace(POINTS[0], stale_seconds=7200.0), *POINTS[1:]))
    book = goes_on(Playbook(plant(LOW, site=daily), "09:00"), 129)
    assert told(book) == []
    assert told(goes_on(book, 2))[0].startswith("11:11:00 undecided low flow (never_heard")


def test_a_window_has_its_span_to_be_filled() -> None:
    rising = replace(PER_TURN, parameters={"when": "avg(value, 30 min) > 3 and speed > 0"})
    book = goes_on(Playbook(plant(rising), "09:00"), 120, flow=5.0, speed=0.0)
    assert told(book) == []
    for _ in range(30):
        goes_on(goes_on(book, 5, flow=5.0, speed=1.0), 1, flow="bad", speed=1.0)
    first = told(book)[0]
    assert first.endswith(
        "(too_few_readings: not enough readings without a break in `avg(value, 30 min)` at column 1 of 'when')"
    )


def test_another_reason_is_told_once_it_has_lasted() -> None:
    book = goes_on(Playbook(plant(PER_TURN), "09:00"), 20, flow=5.0, speed=0.0)
    told(book)
    goes_on(book, 20, flow=5.0, speed="bad")
    assert told(book) == ["09:31:00 undecided per-turn flow (unusable: Speed has no good value since 2026-11-23 09:19)"]


def test_500_points_of_one_rule_are_one_alarm_with_a_count() -> None:
    rooms = tuple(replace(PLANT.equipment[0], id=f"m{number}") for number in range(500))
    points = tuple(replace(POINTS[0], id=f"p{number}", equipment=f"m{number}") for number in range(500))
    many = replace(LOW, subjects=tuple(point.id for point in points))
    site = replace(PLANT, points=points, equipment=rooms, devices=())
    book = goes_on(Playbook(plant(many, site=site), "09:00"), 20)
    said = told(book)
    assert len(said) == 501
    assert said[-1] == ("09:14:00 raised low: undecided at 500 of 500 points, because: no reading of Flow has come yet")
    assert book.latest(AlarmChanged).alarm.priority is Priority.MEDIUM


def test_a_gap_in_watching_is_not_held_against_anybody() -> None:
    book = goes_on(Playbook(plant(LOW), "09:00"), 5, flow=5.0)
    book.gap("09:05", "10:00").drained("10:00:10")
    goes_on(book, 9)
    assert told(book) == []
    goes_on(book, 3)
    assert [each.split()[1] for each in told(book)] == ["undecided", "raised"]


def test_what_was_noticed_before_a_gap_has_its_time_anew_and_what_was_told_stands() -> None:
    book = goes_on(Playbook(plant(PER_TURN), "09:00"), 9, flow=5.0, speed=0.0)
    book.gap("09:09", "09:12").drained("09:12:10")
    assert told(goes_on(book, 9, flow=5.0, speed=0.0)) == []
    assert [each.split()[1] for each in told(goes_on(book, 5, flow=5.0, speed=0.0))] == ["undecided", "raised"]
    book.at("09:40").gap("09:27", "09:40").drained("09:40:10")
    assert told(goes_on(book, 20, flow=5.0, speed=0.0)) == []


def test_a_rule_that_is_gone_is_over() -> None:
    book = goes_on(Playbook(plant(LOW, PER_TURN, site=WITHOUT_DEVICES), "09:00"), 20)
    told(book)
    book.configure(plant(PER_TURN, site=WITHOUT_DEVICES))
    assert [each.split()[1:3] for each in told(book)] == [["decided", "low"]], "its point is needed by another one"
    book.configure(plant(replace(LOW, subjects=("fan",)), site=WITHOUT_DEVICES))
    assert [each.split()[1:3] for each in told(book)] == [["decided", "per-turn"], ["cleared", "pump:"]]


def test_a_rule_that_was_mended_is_over_at_the_next_look() -> None:
    book = goes_on(Playbook(plant(PER_TURN), "09:00"), 20, flow=5.0, speed=0.0)
    told(book)
    mended = replace(PER_TURN, parameters={**PER_TURN.parameters, "only_while": "speed > 0"})
    goes_on(book.configure(plant(mended)), 2, flow=5.0, speed=0.0)
    assert [each.split()[1:3] for each in told(book)] == [["decided", "per-turn"], ["cleared", "per-turn:"]]


def test_patience_is_a_setting() -> None:
    book = goes_on(Playbook(plant(PER_TURN, undecided_seconds=120.0), "09:00"), 5, flow=5.0, speed=0.0)
    assert told(book)[0].startswith("09:03:00 undecided")


def test_without_rules_over_readings_nobody_looks() -> None:
    assert Playbook(plant(), "09:00").engine.next_deadline() is None


def test_a_restart_at_any_moment_changes_nothing() -> None:
    def ran(*, restarts: bool) -> Sequence[str]:
        book = Playbook(plant(PER_TURN, LOW), "09:00")
        days: list[tuple[int, float | str | None]] = [(12, 0.0), (3, 4.0), (14, "bad"), (13, None), (2, 9.0)]
        for minutes, speed in days:
            for _ in range(minutes):
                goes_on(book, 1, flow=5.0 if speed != "bad" else None, speed=speed)
                if restarts:
                    content = book.engine.snapshot()
                    book.restarts()
                    assert book.engine.snapshot() == content
        return told(book)

    expected = ran(restarts=False)
    assert len(expected) > 4
    assert ran(restarts=True) == expected


def test_a_snapshot_from_before_says_nothing_wrong() -> None:
    book = goes_on(Playbook(plant(LOW), "09:00"), 5, flow=5.0)
    state = replace(book.engine._judgement.state(), qualities=None)
    other = Engine()
    other._judgement.restore(state)
    assert other._judgement.points.is_good.tolist() == [True, False, False]


def test_a_snapshot_from_before_is_looked_after_from_the_next_tick_on() -> None:
    book = goes_on(Playbook(plant(PER_TURN), "09:00"), 5, flow=5.0, speed=10.0)
    content = msgspec.msgpack.decode(book.engine.snapshot())
    del content["judgement"]["undecided"], content["judgement"]["qualities"]
    book.engine = Engine.restore(msgspec.msgpack.encode(content))
    goes_on(book, 20, flow=5.0, speed=0.0)
    assert [each.split()[1] for each in told(book)] == ["undecided", "raised"]


def test_a_patience_too_short_to_look_within_it_lets_time_go_on() -> None:
    book = Playbook(plant(PER_TURN, undecided_seconds=0.000001), "09:00").tick("09:01")
    assert book.engine.next_deadline() == book.now + SECOND


def test_a_rule_whose_kind_fails_on_it_is_over() -> None:
    book = goes_on(Playbook(plant(LOW), "09:00"), 30)
    assert [each.split()[1:3] for each in told(book)] == [["undecided", "low"], ["raised", "low:"]]
    kind = book.engine._judgement._reading_rules._kinds["limit"]
    with (
        patch.object(type(kind), "configure", side_effect=[ArithmeticError("failed"), None]),
        patch.object(type(kind), "places", return_value=[None]),
    ):
        book.configure(plant(LOW, undecided_seconds=300.0))
    assert [each.split()[1:3] for each in told(book)] == [["decided", "low"], ["cleared", "low:"]]


def test_rows_keep_their_points_where_a_new_configuration_orders_these_otherwise() -> None:
    book = goes_on(Playbook(plant(LOW, site=WITHOUT_DEVICES), "09:00"), 20)
    told(book)
    book.configure(plant(LOW, site=replace(WITHOUT_DEVICES, points=POINTS[::-1])))
    assert told(goes_on(book, 2)) == []
    goes_on(book, 2, flow=5.0)
    assert [each.split()[1:3] for each in told(book)] == [["decided", "low"], ["cleared", "pump:"]]
    book.configure(plant(site=replace(WITHOUT_DEVICES, points=())))
    assert told(book) == []


def test_what_stood_by_rule_before_machines_had_alarms_goes_on_by_rule() -> None:
    """A snapshot of the version before, whose alarms of rules over a missing point stand."""
    book = goes_on(Playbook(plant(replace(LOW, category="life_safety"), site=WITHOUT_DEVICES), "09:00"), 20)
    assert [each.split()[1:3] for each in told(book)] == [["undecided", "low"], ["raised", "low:"]]
    content = msgspec.msgpack.decode(book.engine.snapshot())
    former = content["judgement"]["undecided"]
    assert former["alarmed"] == ["low"]
    for name in ("lost", "watched_from"):
        former.pop(name, None)
    content["judgement"]["configuration"]["rules"][0]["category"] = "ordinary"
    book.engine = Engine.restore(msgspec.msgpack.encode(content))
    assert told(goes_on(book, 30)) == []
    goes_on(book, 2, flow=5.0)
    assert [each.split()[1:3] for each in told(book)] == [["decided", "low"], ["cleared", "low:"]]
