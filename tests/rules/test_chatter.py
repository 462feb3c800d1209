import pytest

from domain.alarm_policy import AlarmPolicy
from domain.instant import SECOND
from rules import chatter

POLICY = AlarmPolicy()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [((0, 30, 60), True), ((0, 30, 61), False), ((0, 1), False), ((0, 100, 110, 120), True), ((60, 30, 0), False)],
)
def test_the_third_within_a_minute_is_one_too_many(seconds: tuple[int, ...], *, expected: bool) -> None:
    raised: tuple[int, ...] = ()
    for second in seconds:
        raised = chatter.noted(raised, second * SECOND, POLICY)
    assert chatter.is_too_often(raised, POLICY) is expected
    assert len(raised) <= POLICY.chatter_count


def test_the_reason_names_the_numbers() -> None:
    reason = chatter.reason(AlarmPolicy(chatter_count=4, chatter_seconds=30.0, chatter_quiet_seconds=300.0))
    assert reason.en.startswith("4 activations within 30 s")
    assert "quiet for 5 min" in reason.en
    assert "30 秒内触发 4 次" in reason.zh
