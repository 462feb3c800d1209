from hypothesis import given
from hypothesis import strategies as st

from domain.identity import MessageIdentity
from domain.observations import DeviceStatus
from domain.record import Believed, Record
from rules.duplicates import (
    BOOTS_KEPT,
    FINGERPRINTS_KEPT,
    INTERVALS_KEPT,
    JOINED_BY,
    SeenBoot,
    SeenMessages,
    Sighting,
    missing_between,
)


def message(
    seq: int,
    boot: str = "b",
    device: str = "d",
    site: str = "s",
    *,
    made: int | None = None,
    received: int = 0,
    battery: float | None = None,
) -> Record:
    return Record(
        seq=1,
        body=DeviceStatus(site=site, online=True, battery=battery),
        event_time=0,
        received_at=received,
        source=device,
        site=site,
        believed=Believed.RECEIVED if made is None else Believed.DEVICE,
        device_time=made,
        identity=MessageIdentity(device, boot, seq),
    )


def sights(seen: SeenMessages, seq: int, boot: str = "b", device: str = "d", site: str = "s") -> Sighting:
    return seen.take(MessageIdentity(device, boot, seq), message(seq, boot, device, site))


def sees(seen: SeenMessages, seq: int, boot: str = "b", device: str = "d", site: str = "s") -> bool:
    return sights(seen, seq, boot, device, site) is not Sighting.AGAIN


def boots(seen: SeenMessages) -> list[SeenBoot]:
    return [boot for device in seen.state() for boot in device.boots.values()]


def test_a_message_is_first_once() -> None:
    seen = SeenMessages()
    assert sees(seen, 1)
    assert not sees(seen, 1)


def test_boots_devices_and_sites_count_for_themselves() -> None:
    seen = SeenMessages()
    assert all([sees(seen, 1), sees(seen, 1, boot="c"), sees(seen, 1, device="e"), sees(seen, 1, site="t")])


def test_a_message_is_next_or_ahead_or_between() -> None:
    seen = SeenMessages()
    said = [sights(seen, seq) for seq in (1, 2, 5, 4, 6, 3, 6)]
    assert [each.name for each in said] == ["NEXT", "NEXT", "AHEAD", "BETWEEN", "NEXT", "BETWEEN", "AGAIN"]


def test_a_new_boot_that_does_not_begin_at_1_has_left_something_out() -> None:
    seen = SeenMessages()
    assert [sights(seen, 7), sights(seen, 1, "c"), sights(seen, 5000, "e")] == [
        Sighting.AHEAD,
        Sighting.NEXT,
        Sighting.AHEAD,
    ]
    assert [boot.base for boot in boots(seen)] == [1, 1, 1]


def test_a_device_that_was_counting_before_vigil_listened_has_left_nothing_out() -> None:
    seen = SeenMessages()
    assert sights(seen, JOINED_BY + 1) is Sighting.NEXT
    assert boots(seen)[0].base == JOINED_BY + 1


def test_a_device_that_counts_well_costs_one_interval() -> None:
    seen = SeenMessages()
    for seq in range(10_000):
        sees(seen, seq)
    assert [boot.bounds for boot in boots(seen)] == [[0, 10_000]]


@given(st.lists(st.integers(0, 40), max_size=120))
def test_it_behaves_as_a_set(numbers: list[int]) -> None:
    seen = SeenMessages()
    model: set[int] = set()
    for number in numbers:
        assert sees(seen, number) == (number not in model)
        model.add(number)
    restored = SeenMessages()
    restored.restore(seen.state())
    assert all(sees(restored, number) == (number not in model) for number in range(41))


@given(st.permutations(range(12)))
def test_any_order_ends_in_one_interval(numbers: list[int]) -> None:
    seen = SeenMessages()
    for number in numbers:
        sees(seen, number)
    assert [boot.bounds for boot in boots(seen)] == [[0, 12]]


@given(st.sets(st.integers(1, 40), min_size=1), st.integers(1, 41), st.integers(1, 41))
def test_what_is_missing_is_what_a_set_says(numbers: set[int], start: int, end: int) -> None:
    seen = SeenMessages()
    for number in sorted(numbers):
        sees(seen, number)
    missing = sorted(set(range(start, end)) - numbers)
    expected = (missing[0], missing[-1], len(missing)) if missing else None
    beyond = [*boots(seen)[0].bounds, 41, 42] if 41 not in numbers else boots(seen)[0].bounds
    assert missing_between(beyond, start, min(end, 41)) == expected


def test_only_the_newest_boots_are_kept() -> None:
    seen = SeenMessages()
    for boot in range(BOOTS_KEPT + 1):
        sees(seen, 1, boot=f"b{boot}")
    assert [boot.boot for boot in boots(seen)] == [f"b{boot}" for boot in range(1, BOOTS_KEPT + 1)]
    assert not sees(seen, 1, boot=f"b{BOOTS_KEPT}")


def test_with_too_many_holes_the_lowest_interval_is_forgotten_and_no_hole_is_closed() -> None:
    seen = SeenMessages()
    for number in range(INTERVALS_KEPT + 1):
        assert sees(seen, 2 * number)
    assert (len(boots(seen)[0].bounds), boots(seen)[0].base) == (2 * INTERVALS_KEPT, 2)
    assert not sees(seen, 2)
    assert sees(seen, 3)


def test_the_content_of_the_newest_numbers_is_remembered() -> None:
    seen = SeenMessages()
    for seq in range(1, FINGERPRINTS_KEPT + 2):
        sees(seen, seq)
    boot = boots(seen)[0]
    assert boot.differs(2, message(2)) is False
    assert boot.differs(2, message(2, battery=5.0)) is True
    assert boot.differs(1, message(1)) is None


def test_times_of_the_device_are_kept_where_they_are_believed() -> None:
    seen = SeenMessages()
    for seq, made in ((1, 50), (2, 70), (3, 60)):
        seen.take(MessageIdentity("d", "b", seq), message(seq, made=made, received=99))
    boot = boots(seen)[0]
    assert (boot.began_made, boot.newest_made, boot.began_at) == (50, 70, 99)
    sees(seen, 1, "c")
    assert boots(seen)[1].began_made is None
    assert seen.device("s", "d").newest().boot == "c"
