"""What else tells of undecided rows: then Vigil's own alarms leave them out."""

from unittest.mock import patch

import numpy as np
from msgspec.structs import replace

from domain.commands import BeginMode
from domain.mode import ModeKind, ModePlace
from rules.kinds.limit import LimitKind
from rules.undecided.elsewhere import lacked_points
from rules.undecided.rows import Doubts
from tests.rules.estate import a_rule
from tests.rules.playbook import Playbook
from tests.rules.undecided.test_failures import ALONE, FAILS
from tests.rules.undecided.test_looks import DIVIDED, GATEWAY, LOW, PER_TURN, PLANT, goes_on, plant, told


def test_an_alarm_that_stands_says_itself_that_sight_is_lost() -> None:
    book = goes_on(Playbook(plant(PER_TURN), "09:00"), 5, flow=50.0, speed=1.0)
    goes_on(book, 20, flow=50.0, speed=0.0)
    assert told(book) == [f"09:16:00 undecided per-turn flow (division_by_zero: {DIVIDED})"]


def test_a_stale_rule_beside_it_tells_of_silence_and_of_bad_values() -> None:
    stale = a_rule("stale", "stale", subjects=("flow",), parameters={"silent_seconds": 300.0})
    book = goes_on(goes_on(Playbook(plant(LOW, stale), "09:00"), 5, flow=5.0), 30)
    assert [each.split()[1:4] for each in told(book)] == [["undecided", "low", "flow"]]
    goes_on(book, 30, flow="bad")
    assert [each.split()[:3] for each in told(book)] == [["09:46:00", "undecided", "low"]]


def test_a_silent_device_tells_of_its_points_and_one_that_speaks_without_them_does_not() -> None:
    waited_for = replace(PLANT, devices=(replace(GATEWAY, report_seconds=120.0), *PLANT.devices[1:]))
    book = goes_on(goes_on(Playbook(plant(LOW, site=waited_for), "09:00"), 5, flow=5.0), 30)
    assert [each.split()[1] for each in told(book)] == ["undecided"]
    goes_on(book, 30, fan=1.0)
    assert [each.split()[1] for each in told(book)] == ["raised"]


def test_a_mode_of_its_place_keeps_it_quiet_but_not_what_saves_lives() -> None:
    book = Playbook(plant(LOW, replace(LOW, id="fire", category="life_safety")), "09:00")
    mode = BeginMode(
        id="m", actor="op", roles=("supervisor",), site="tower", place=ModePlace.EQUIPMENT, thing="pump",
        kind=ModeKind.MAINTENANCE, seconds=86_400.0, reason="seal",
    )  # fmt: skip
    goes_on(book.command(mode), 30)
    assert [each.split()[1:3] for each in told(book)] == [
        ["undecided", "fire"], ["undecided", "low"], ["raised", "fire:"]
    ]  # fmt: skip


def test_a_row_with_several_points_is_left_out_only_if_all_that_it_lacks_are_told() -> None:
    for told_of, raised in ((("flow",), True), (("flow", "speed"), False)):
        stale = a_rule("stale", "stale", subjects=told_of, parameters={"silent_seconds": 300.0})
        book = goes_on(Playbook(plant(PER_TURN, stale, site=ALONE), "09:00"), 30)
        assert [each.split()[1] for each in told(book)] == (["undecided", "raised"] if raised else ["undecided"])


def test_a_kind_that_fails_on_what_its_rows_lack_is_believed_the_first_of_it() -> None:
    stale = replace(LOW, id="stale", kind="stale", parameters={"silent_seconds": 300.0})
    speed = replace(LOW, id="speed", subjects=("speed",))
    book = goes_on(Playbook(plant(LOW, speed, stale, site=ALONE), "09:00"), 2)
    with patch.object(LimitKind, "lacked", side_effect=FAILS):
        goes_on(book, 30)
    assert [each.split()[1:3] for each in told(book)] == [
        ["undecided", "low"], ["undecided", "speed"], ["raised", "pump:"]
    ]  # fmt: skip


def test_points_that_rows_lack_which_were_told_and_all_where_a_kind_fails() -> None:
    kind, doubts = LimitKind(), Doubts.blank(2)
    doubts.told_at[:], doubts.over_at[:] = [5, 5], [0, 7]
    usable = np.array([True, False, False])
    with patch.object(LimitKind, "lacked", side_effect=[([0], [2]), FAILS]) as asked:
        assert lacked_points({"limit": kind}, {"limit": doubts}, usable).tolist() == [False, False, True]
        assert asked.call_args.args[0].tolist() == [0]
        assert lacked_points({"limit": kind}, {"limit": doubts}, usable).all()
    assert not lacked_points({}, {}, usable).any()
