"""Errors in a rule kind that is asked whether, or why, it is undecided: told, and nothing else stops."""

from unittest.mock import patch

from msgspec.structs import replace

from domain.effects import AlarmChanged, RuleFaulted
from domain.readings import Quality, readings_from
from rules.kinds.limit import LimitKind
from tests.rules.playbook import Playbook
from tests.rules.undecided.test_looks import LOW, PLANT, goes_on, plant, told

ALONE = replace(PLANT, devices=())
LADDER = replace(LOW, id="ladder", kind="ladder")
FAILS = ArithmeticError("planted at 0x7f00")


def test_a_kind_that_fails_when_it_is_looked_at_is_one_alarm_and_the_others_go_on() -> None:
    book = goes_on(Playbook(plant(LOW, LADDER, site=ALONE), "09:00"), 2)
    with patch.object(LimitKind, "undecided", side_effect=FAILS):
        goes_on(book, 30)
        assert told(book) == [
            "09:03:00 raised kind limit: Vigil failed when it looked: ArithmeticError: planted at 0x",
            "09:14:00 undecided ladder flow (never_heard: no reading of Flow has come yet)",
            "09:14:00 raised pump: no reading of Flow has come yet. 1 rule cannot be decided (low)",
        ]
        content = book.engine.snapshot()
        book.restarts()
        assert book.engine.snapshot() == content
        assert told(goes_on(book, 5)) == []
    goes_on(book, 2)
    assert [each.split()[1:3] for each in told(book)] == [["undecided", "low"], ["cleared", "kind"]]


def test_what_was_told_of_a_kind_that_fails_stands() -> None:
    book = goes_on(Playbook(plant(LOW, site=ALONE), "09:00"), 20)
    assert [each.split()[1] for each in told(book)] == ["undecided", "raised"]
    with patch.object(LimitKind, "undecided", side_effect=FAILS):
        goes_on(book, 20)
        assert [each.split()[1:3] for each in told(book)] == [["raised", "kind"]]
    goes_on(book, 2)
    assert [each.split()[1:3] for each in told(book)] == [["cleared", "kind"]]
    goes_on(book, 2, flow=5.0)
    assert [each.split()[1] for each in told(book)] == ["decided", "cleared"]


def test_a_kind_without_rules_any_more_is_not_waited_for() -> None:
    book = Playbook(plant(LOW, LADDER, site=ALONE), "09:00")
    with patch.object(LimitKind, "undecided", side_effect=FAILS):
        goes_on(book, 2)
    told(book)
    book.configure(plant(LADDER, site=ALONE))
    assert [each.split()[1:3] for each in told(book)] == [["cleared", "kind"]]


def test_it_goes_on_judging() -> None:
    with patch.object(LimitKind, "undecided", side_effect=FAILS):
        book = goes_on(Playbook(plant(LOW), "09:00"), 5, flow=1.0)
    alarmed = [effect.body.alarm.rule for effect in book.effects if isinstance(effect.body, AlarmChanged)]
    assert alarmed == ["low", "vigil-undecided-rule"]
    assert not [effect for effect in book.effects if isinstance(effect.body, RuleFaulted)]


def test_a_row_that_is_parked_after_it_was_told_says_so() -> None:
    book = goes_on(Playbook(plant(LOW, site=ALONE), "09:00"), 20)
    told(book)
    with patch.object(LimitKind, "judge", side_effect=FAILS):
        book.happens(readings_from(["flow"], [book.now], [5.0], [Quality.GOOD]), source="gateway", boot="b1")
    goes_on(book, 2)
    assert told(book) == [
        "09:21:00 decided low flow (never_heard: the rule failed on it and is parked: it judges nothing there)",
        "09:21:00 cleared pump: no reading of Flow has come yet. 1 rule cannot be decided (low)",
    ]


def test_a_rule_that_is_refused_after_it_was_told_says_so() -> None:
    book = goes_on(Playbook(plant(LOW, site=ALONE), "09:00"), 20)
    told(book)
    with (
        patch.object(LimitKind, "configure", side_effect=[FAILS, None]),
        patch.object(LimitKind, "places", return_value=[None]),
    ):
        book.configure(plant(LOW, site=ALONE, undecided_seconds=300.0))
    assert told(book)[0].endswith("(never_heard: the rule failed on it and is parked: it judges nothing there)")
