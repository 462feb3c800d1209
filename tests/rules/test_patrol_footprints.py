"""Each sign of a faked scan, and that the order of arrival does not matter."""

import itertools
from typing import Any

import pytest
from msgspec.structs import replace

from domain.fraud import FraudKind
from domain.instant import DAY, MINUTE, SECOND
from domain.observations import ScanMethod
from domain.site import Checkpoint, Coordinates, Position, Site, Walk
from domain.text import same
from rules.patrol_footprints import Footprint, Footprints

SITE = Site(
    id="s",
    name=same("s"),
    timezone="UTC",
    checkpoints=(
        Checkpoint(id="a", name=same("a"), zone="z", location=Coordinates(latitude=31.0, longitude=121.0)),
        Checkpoint(id="b", name=same("b"), zone="z", methods=(ScanMethod.NFC,)),
        Checkpoint(id="c", name=same("c"), zone="y", position=Position(0.0, 0.0)),
        Checkpoint(id="d", name=same("d"), zone="y", position=Position(60.0, 80.0)),
    ),
    walks=(Walk(a="a", b="b", seconds=100.0), Walk(a="z", b="y", seconds=200.0)),
)


def a_print(
    checkpoint: str,
    seconds: float,
    number: int = 0,
    **fields: Any,  # noqa: ANN401 - any field of a footprint
) -> Footprint:
    given = {"device": "p", "boot": "b", "officer": "li", "method": ScanMethod.NFC, **fields}
    at = round(seconds * SECOND)
    return Footprint(at=at, number=number or at, seq=1000 + at + number, checkpoint=checkpoint, **given)


def kinds(*prints: Footprint) -> list[list[str]]:
    """The kinds of marks on each scan, the same for every order of arrival."""
    found = []
    for order in itertools.permutations(prints):
        footprints = Footprints(SITE)
        for each in order:
            footprints.add(each)
        found.append([[str(mark.kind) for mark in footprints.marks(each.seq)] for each in prints])
    assert all(each == found[0] for each in found)
    return found[0]


@pytest.mark.parametrize(
    ("first", "second", "seconds", "is_marked"),
    [
        ("a", "b", 39, True),  # 40 % of the walk's 100 s
        ("a", "b", 40, False),
        ("b", "a", 39, True),
        ("a", "c", 79, True),  # between zones
        ("c", "d", 24, True),  # 100 m on the plan at 4 m/s
        ("c", "d", 25, False),
        ("a", "a", 1, False),
        ("a", "unknown", 1, False),
    ],
)
def test_impossible_speed(first: str, second: str, seconds: float, *, is_marked: bool) -> None:
    assert kinds(a_print(first, 0), a_print(second, seconds))[1] == (["impossible_speed"] if is_marked else [])


def test_impossible_speed_by_positions_in_the_world() -> None:
    here: dict[str, Any] = {"latitude": 31.0, "longitude": 121.0, "accuracy_m": 10.0}
    there: dict[str, Any] = {
        "latitude": 31.009,
        "longitude": 121.0,
        "accuracy_m": 10.0,
    }  # 1 km north: two points in 10 s
    assert kinds(a_print("x", 0, **here), a_print("y", 10, **there))[1] == ["impossible_speed"]


def test_the_same_tag_on_two_devices_at_once() -> None:
    assert kinds(a_print("c", 0), a_print("c", 10, device="q")) == [["tag_on_two_devices"]] * 2
    assert kinds(a_print("c", 0), a_print("c", 21, device="q")) == [[], []]
    # Two guards who meet at a checkpoint are no sign.
    assert kinds(a_print("c", 0), a_print("c", 10, device="q", officer="wang")) == [[], []]


def test_several_officers_on_one_device_within_seconds() -> None:
    assert kinds(a_print("c", 0), a_print("c", 10, officer="wang")) == [["many_officers_one_device"]] * 2
    assert kinds(a_print("c", 0), a_print("c", 600, officer="wang")) == [[], []]


def test_a_clock_that_was_not_believed_or_went_back() -> None:
    assert kinds(a_print("c", 0, skew=26 * 3600 * SECOND)) == [["clock_skew"]]
    assert kinds(a_print("c", 1000, 1), a_print("c", 100, 2)) == [["clock_skew"], ["clock_skew"]]
    assert kinds(a_print("c", 1000, 1), a_print("c", 900, 2)) == [[], []]


def test_outside_the_radius_unless_the_position_is_too_vague() -> None:
    away: dict[str, Any] = {"latitude": 31.0045, "longitude": 121.0}  # 500 m
    assert kinds(a_print("a", 0, accuracy_m=20.0, **away)) == [["outside_radius"]]
    assert kinds(a_print("a", 0, accuracy_m=5_000.0, **away)) == [[]]
    assert kinds(a_print("a", 0, latitude=31.0001, longitude=121.0)) == [[]]


def test_a_weak_method() -> None:
    assert kinds(a_print("b", 0, method=ScanMethod.QR)) == [["weak_method"]]
    assert kinds(a_print("a", 0, method=ScanMethod.QR)) == [[]]
    # The officer's word alone is weak wherever nothing says otherwise.
    assert kinds(a_print("a", 0, method=ScanMethod.MANUAL)) == [["weak_method"]]


def test_a_mark_says_with_which_numbers() -> None:
    footprints = Footprints(SITE)
    footprints.add(a_print("a", 0))
    first, *others = footprints.add(a_print("b", 5))
    assert (first.checkpoint, others) == ("b", [])
    (mark,) = footprints.marks(first.seq)
    assert (mark.kind, mark.value, mark.limit, mark.other) == (FraudKind.IMPOSSIBLE_SPEED, 5.0, 40.0, "a")


def test_state_is_taken_and_given_back_and_forgets_after_the_horizon() -> None:
    footprints = Footprints(SITE)
    footprints.add(a_print("a", 0))
    footprints.add(a_print("b", 5))
    again = Footprints(SITE, footprints.state())
    assert again.state() == footprints.state()
    late = replace(a_print("c", 0), at=8 * DAY, seq=9 * MINUTE)
    again.add(late)
    assert again.state().prints == [late]
    assert again.state().marks == {}


def test_a_scan_from_before_its_devices_boot() -> None:
    for status_first in (True, False):
        footprints = Footprints(SITE)
        if status_first:
            footprints.begin("p", "b", 1000 * SECOND)
        scan = a_print("c", 0, 5)
        footprints.add(scan)
        changed = [] if status_first else footprints.begin("p", "b", 1000 * SECOND)
        assert changed == ([] if status_first else [scan])
        assert [str(mark.kind) for mark in footprints.marks(scan.seq)] == ["clock_skew"]
        assert Footprints(SITE, footprints.state()).state() == footprints.state()
    assert footprints.begin("p", "b", 2000 * SECOND) == []
