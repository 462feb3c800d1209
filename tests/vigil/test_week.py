"""A drawn week keeps every gap, favours what weighs more, and is not the week before's."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vigil.planning.week import WEEK, WeekImpossible, WeekPlan, ZoneNeed, plan_week

HOUR = 3600
HALF_HOURS = list(range(0, WEEK, HOUR // 2))
NIGHTS = [day * 24 * HOUR + offset for day in range(7) for offset in range(0, 8 * HOUR, HOUR // 2)]


def zones(count: int, gap: float = 24, **weights: float) -> list[ZoneNeed]:
    names = [f"z{number}" for number in range(count)]
    return [ZoneNeed(zone=name, gap=gap * HOUR, weight=weights.get(name, 1.0)) for name in names]


def gaps_of(plan: WeekPlan, zone: str, age: float = 0.0) -> list[float]:
    times = [-age, *(visit.at for visit in plan.visits if visit.zone == zone), WEEK]
    return [later - earlier for earlier, later in pairwise(times)]


needs = st.lists(st.tuples(st.integers(3, 60), st.integers(1, 20), st.integers(0, 2)), min_size=1, max_size=10).map(
    lambda drawn: [
        ZoneNeed(zone=f"z{number}", gap=gap * HOUR, weight=weight, age=age * HOUR)
        for number, (gap, weight, age) in enumerate(drawn)
    ]
)


@settings(max_examples=20, deadline=None)
@given(given_needs=needs, officers=st.integers(1, 3), seed=st.integers(0, 9))
def test_no_zone_is_left_alone_for_longer_than_it_may(given_needs: list[ZoneNeed], officers: int, seed: int) -> None:
    try:
        plan = plan_week(given_needs, list(range(0, WEEK, 2 * HOUR)), officers, seed)
    except WeekImpossible:
        assume(sum(2 * HOUR / need.gap for need in given_needs) > officers / 2)
        return
    for need in given_needs:
        gaps = gaps_of(plan, need.zone, need.age)
        assert max(gaps) <= need.gap
        assert plan.longest_gap[need.zone] == max(gaps)
        assert (plan.visits_of[need.zone], plan.ages[need.zone]) == (len(gaps) - 1, gaps[-1])
    assert len({(visit.at, visit.zone) for visit in plan.visits}) == len(plan.visits)


def test_every_slot_is_used_by_every_officer() -> None:
    plan = plan_week(zones(5), NIGHTS, 2, 1)
    assert [visit.at for visit in plan.visits] == [slot for slot in NIGHTS for _ in range(2)]
    alone = plan_week(zones(1), NIGHTS, 3, 1)
    assert len(alone.visits) == len(NIGHTS)


def test_history_draws_visits_and_takes_nobody_elses_gap() -> None:
    plan = plan_week(zones(10, 24, z4=15.0), HALF_HOURS, 1, 7)
    others = [plan.visits_of[f"z{number}"] for number in range(10) if number != 4]
    assert plan.visits_of["z4"] > 3 * max(others)
    assert min(others) >= 7
    assert max(plan.longest_gap.values()) <= 24 * HOUR


def test_a_week_can_be_drawn_again_and_another_seed_draws_another() -> None:
    once = plan_week(zones(8), HALF_HOURS, 1, 1)
    assert plan_week(zones(8), HALF_HOURS, 1, 1) == once
    other = plan_week(zones(8), HALF_HOURS, 1, 2)
    same = sum(one == two for one, two in zip(once.visits, other.visits, strict=True))
    assert same < len(once.visits) / 3
    assert once.guessed < 0.3


def test_the_next_week_goes_on_where_this_one_ended() -> None:
    first = plan_week(zones(6, 12), HALF_HOURS, 1, 1)
    second = plan_week(
        [ZoneNeed(zone=zone, gap=12 * HOUR, age=age) for zone, age in first.ages.items()], HALF_HOURS, 1, 2
    )
    for zone, age in first.ages.items():
        assert max(gaps_of(second, zone, age)) <= 12 * HOUR


@pytest.mark.parametrize(
    ("needs", "slots"),
    [(zones(4, 1), HALF_HOURS), (zones(1, 8), NIGHTS), ([ZoneNeed(zone="z0", gap=HOUR, age=2 * HOUR)], HALF_HOURS)],
)
def test_what_the_slots_cannot_keep_is_told_with_a_remedy(needs: list[ZoneNeed], slots: list[int]) -> None:
    with pytest.raises(
        WeekImpossible, match=r"zone 'z\d' would be left alone for longer than \d h: allow a longer gap"
    ):
        plan_week(needs, slots, 1, 1)


def test_hours_off_duty_are_foreseen() -> None:
    """Fourteen and a half hours without a slot: who may be alone for fifteen is visited just before, and just after."""
    duty = sorted(
        (day * 24 * HOUR + 20 * HOUR + offset) % WEEK for day in range(7) for offset in range(0, 10 * HOUR, HOUR // 2)
    )
    plan = plan_week([ZoneNeed(zone="server-room", gap=15 * HOUR), *zones(20, 72)], duty, 1, 1)
    assert plan.longest_gap["server-room"] <= 15 * HOUR
    assert plan.visits_of["server-room"] < len(duty) / 4
