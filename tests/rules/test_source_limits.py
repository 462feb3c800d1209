from domain.alarm_policy import AlarmPolicy
from domain.instant import SECOND
from rules.source_limits import SourceLimits

GATEWAY = ("tower", "gateway")


def limits() -> SourceLimits:
    made = SourceLimits()
    made.policy = AlarmPolicy(source_burst=3, source_refill_seconds=20.0)
    return made


def test_a_source_may_raise_so_many_at_once_and_one_more_for_each_refill() -> None:
    made = limits()
    assert [made.take(GATEWAY, 0) for _ in range(4)] == [True, True, True, False]
    assert made.take(("tower", "other"), 0)
    assert [made.take(GATEWAY, 20 * SECOND) for _ in range(2)] == [True, False]


def test_a_steady_source_is_never_too_much() -> None:
    made = limits()
    assert all(made.take(GATEWAY, number * 20 * SECOND) for number in range(100))
    assert made.next_deadline() is None


def test_it_is_noisy_until_its_bucket_is_full_even_after_a_restart() -> None:
    made, again = limits(), limits()
    for _ in range(5):
        made.take(GATEWAY, 0)
    again.restore(made.state())
    assert again.state() == made.state()
    assert again.next_deadline() == 60 * SECOND
    assert again.fire(60 * SECOND - 1) is None
    assert again.fire(99 * SECOND) == (60 * SECOND, GATEWAY)
    assert again.fire(99 * SECOND) is None
    assert all(again.take(GATEWAY, 99 * SECOND) for _ in range(3))
