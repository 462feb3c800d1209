from domain.effects import GapEnd, SequenceGap, SequenceGapClosed
from domain.instant import SECOND
from rules.duplicates import SeenBoot
from rules.sequence_gaps import GAPS_KEPT, GRAIN, PATIENCE, REVEALED_KEPT, SequenceGaps


class Boot:
    """A boot whose messages arrive in the given order."""

    def __init__(self) -> None:
        self.gaps = SequenceGaps()
        self.bounds: list[int] = []
        self.base = 1

    def came(self, *bounds: int) -> "Boot":
        """From now on these intervals have come, half-open."""
        self.bounds = list(bounds)
        return self

    def reveal(self, edge: int, at: int = 0) -> "Boot":
        self.gaps.reveal("s", "d", "b", edge, at)
        return self

    def fire(self, until: int = PATIENCE) -> list[tuple[int, SequenceGap]]:
        return self.gaps.fire(until, lambda key: self.seen() if key == ("s", "d", "b") else None)

    def seen(self) -> SeenBoot:
        return SeenBoot(
            boot="b",
            bounds=self.bounds,
            base=self.base,
            began_at=0,
            began_made=None,
            newest_made=0,
            prints=[],
        )

    def fill(self, seq: int) -> SequenceGapClosed | None:
        return self.gaps.fill("s", "d", "b", seq)

    def open(self) -> list[tuple[int, int, int]]:
        return self.gaps.open_gaps("s", "d")


def gap(first: int, last: int, missing: int) -> SequenceGap:
    return SequenceGap(site="s", device="d", boot="b", first=first, last=last, missing=missing)


def closed(first: int, last: int, missing: int, end: GapEnd) -> SequenceGapClosed:
    return SequenceGapClosed(site="s", device="d", boot="b", first=first, last=last, missing=missing, end=end)


def test_the_bound_of_a_minute_is_kept() -> None:
    assert PATIENCE + GRAIN < 60 * SECOND


def test_a_hole_is_reported_when_its_time_is_over_and_not_before() -> None:
    boot = Boot().came(1, 4, 7, 8).reveal(7, at=5)
    assert boot.gaps.next_deadline() == PATIENCE + 5
    assert boot.fire(PATIENCE + 4) == []
    assert boot.fire(PATIENCE + 5) == [(PATIENCE + 5, gap(4, 6, 3))]
    assert boot.fire(10 * PATIENCE) == []
    assert boot.gaps.next_deadline() is None


def test_what_is_filled_meanwhile_is_not_reported() -> None:
    assert Boot().came(1, 8).reveal(7).fire() == []
    assert Boot().came(1, 5, 6, 8).reveal(7).fire() == [(PATIENCE, gap(5, 5, 1))]


def test_nothing_below_the_base_is_waited_for() -> None:
    boot = Boot().came(5, 6, 9, 10).reveal(9)
    boot.base = 5
    assert boot.fire() == [(PATIENCE, gap(6, 8, 3))]


def test_holes_that_show_together_are_reported_together() -> None:
    boot = Boot().came(1, 2, 3, 4, 6, 7).reveal(3).reveal(6, at=GRAIN - 1)
    assert boot.fire() == [(PATIENCE, gap(2, 5, 3))]


def test_later_holes_are_reported_for_themselves_and_earlier_ones_not_again() -> None:
    boot = Boot().came(1, 2, 3, 4).reveal(3).came(1, 2, 3, 4, 6, 7).reveal(6, at=GRAIN)
    assert boot.fire(2 * PATIENCE) == [(PATIENCE, gap(2, 2, 1)), (PATIENCE + GRAIN, gap(4, 5, 2))]
    assert boot.open() == [(2, 2, 1), (4, 5, 2)]


def test_a_gap_ends_with_the_last_of_its_messages() -> None:
    boot = Boot().came(1, 2, 4, 5).reveal(4)
    boot.fire()
    assert boot.fill(9) is None
    assert boot.fill(2) is None
    assert boot.open() == [(2, 3, 1)]
    assert boot.fill(3) == closed(2, 3, 0, GapEnd.FILLED)
    assert boot.open() == []
    assert boot.fill(3) is None


def test_who_accepts_the_loss_hears_of_it_no_more() -> None:
    boot = Boot().came(1, 2, 4, 5).reveal(4)
    boot.fire()
    assert boot.gaps.accept("s", "d") == [closed(2, 3, 2, GapEnd.ACCEPTED)]
    assert boot.gaps.accept("s", "e") == []
    boot.came(1, 2, 4, 5, 6, 7).reveal(6, at=9)
    assert boot.fire(2 * PATIENCE) == [(PATIENCE + 9, gap(5, 5, 1))]


def test_boots_that_are_pushed_out_are_forgotten() -> None:
    boot = Boot().came(1, 2, 4, 5).reveal(4)
    boot.fire()
    boot.gaps.reveal("s", "d", "c", 4, 0)
    assert boot.gaps.keep_boots("s", "d", ["c"]) == [closed(2, 3, 2, GapEnd.FORGOTTEN)]
    assert boot.gaps.keep_boots("s", "d", []) == []
    assert (boot.gaps.state(), boot.gaps.next_deadline()) == ([], None)


def test_a_boot_that_nobody_remembers_has_no_holes() -> None:
    boot = Boot()
    boot.gaps.reveal("s", "d", "gone", 4, 0)
    assert boot.fire() == []


def test_devices_that_are_not_configured_any_more_are_forgotten() -> None:
    boot = Boot().came(1, 2, 4, 5).reveal(4)
    boot.gaps.configure([("s", "d")])
    assert len(boot.gaps.state()) == 1
    boot.gaps.configure([("s", "e")])
    assert (boot.gaps.state(), boot.fire()) == ([], [])


def test_memory_is_bounded_however_much_is_lost() -> None:
    boot = Boot()
    for number in range(1, 3 * GAPS_KEPT):
        boot.came(*[bound for each in range(1, number + 2) for bound in (2 * each, 2 * each + 1)])
        boot.reveal(2 * number + 2, at=number * PATIENCE)
        boot.fire(number * PATIENCE + PATIENCE)
    (state,) = boot.gaps.state()
    assert len(state.gaps) == GAPS_KEPT
    assert sum(missing for _, _, missing in boot.open()) == 3 * GAPS_KEPT
    for number in range(2 * REVEALED_KEPT):
        boot.reveal(1000 + number, at=-number * GRAIN)
    assert len(state.revealed) == REVEALED_KEPT


def test_state_survives() -> None:
    boot = Boot().came(1, 2, 4, 5).reveal(4)
    boot.fire()
    boot.came(1, 2, 4, 5, 9, 10).reveal(9, at=PATIENCE)
    restored = Boot().came(*boot.bounds)
    restored.gaps.restore(boot.gaps.state())
    assert restored.open() == [(2, 3, 2)]
    assert restored.fire(3 * PATIENCE) == [(2 * PATIENCE, gap(5, 8, 4))]
