from hypothesis import given
from hypothesis import strategies as st

from domain.identity import MessageIdentity
from rules.duplicates import BOOTS_KEPT, INTERVALS_KEPT, SeenMessages


def sees(seen: SeenMessages, seq: int, boot: str = "b", device: str = "d", site: str = "s") -> bool:
    return seen.is_first(site, MessageIdentity(device, boot, seq))


def test_a_message_is_first_once() -> None:
    seen = SeenMessages()
    assert sees(seen, 1)
    assert not sees(seen, 1)


def test_boots_devices_and_sites_count_for_themselves() -> None:
    seen = SeenMessages()
    assert all([sees(seen, 1), sees(seen, 1, boot="c"), sees(seen, 1, device="e"), sees(seen, 1, site="t")])


def test_a_device_that_counts_well_costs_one_interval() -> None:
    seen = SeenMessages()
    for seq in range(10_000):
        sees(seen, seq)
    assert [boot.bounds for boot in seen.state()] == [[0, 10_000]]


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
    assert [boot.bounds for boot in seen.state()] == [[0, 12]]


def test_only_the_newest_boots_are_kept() -> None:
    seen = SeenMessages()
    for boot in range(BOOTS_KEPT + 1):
        sees(seen, 1, boot=f"b{boot}")
    assert [boot.boot for boot in seen.state()] == [f"b{boot}" for boot in range(1, BOOTS_KEPT + 1)]
    assert not sees(seen, 1, boot=f"b{BOOTS_KEPT}")


def test_with_too_many_holes_the_lowest_interval_is_forgotten_and_no_hole_is_closed() -> None:
    seen = SeenMessages()
    for number in range(INTERVALS_KEPT + 1):
        assert sees(seen, 2 * number)
    assert len(seen.state()[0].bounds) == 2 * INTERVALS_KEPT
    assert not sees(seen, 2)
    assert sees(seen, 3)
