import pytest

from domain.alarm_policy import AlarmPolicy
from domain.instant import MINUTE, SECOND
from rules.flooding import Flooding


def announced(count: int, every: int = SECOND, policy: AlarmPolicy | None = None) -> Flooding:
    flooding = Flooding()
    flooding.policy = policy or AlarmPolicy()
    for number in range(count):
        flooding.announce(number * every)
    return flooding


@pytest.mark.parametrize(("operators", "count"), [(1, 11), (3, 31)])
def test_one_more_than_each_operator_can_read_is_a_flood(operators: int, count: int) -> None:
    policy = AlarmPolicy(operators=operators)
    assert not announced(count - 1, policy=policy).is_on
    flooding = announced(count - 1, policy=policy)
    begun = flooding.announce((count - 1) * SECOND)
    assert begun is not None
    assert (begun.alarms, begun.peak, begun.ended_at) == (count, count, None)


def test_as_many_in_a_longer_time_are_none() -> None:
    assert not announced(30, every=61 * SECOND).is_on


def test_it_ends_with_the_fifth_newest_ten_minutes_old_and_tells_its_size() -> None:
    flooding = announced(200)
    fifth = 195 * SECOND
    assert flooding.next_deadline() == fifth + 10 * MINUTE
    assert flooding.fire(fifth + 10 * MINUTE - 1) is None
    ended = flooding.fire(99 * MINUTE)
    assert ended is not None
    assert (ended.began_at, ended.ended_at, ended.alarms) == (10 * SECOND, fifth + 10 * MINUTE, 200)
    assert ended.peak == 200
    assert (flooding.is_on, flooding.next_deadline(), flooding.fire(999 * MINUTE)) == (False, None, None)


def test_however_high_it_is_little_is_remembered_and_that_is_stored() -> None:
    flooding, again = announced(5_000), Flooding()
    state = flooding.state()
    assert (len(state.newest), len(state.parts)) == (11, 10)
    again.restore(state)
    assert (again.is_on, again.next_deadline()) == (True, flooding.next_deadline())


def test_alarms_that_are_told_late_are_put_in_their_place() -> None:
    flooding = announced(10)
    assert flooding.announce(-99 * MINUTE) is None
    assert flooding.announce(20 * SECOND) is not None
