from typing import Any

import msgspec
import pytest

from domain.alarm_policy import AlarmPolicy, check_policy
from domain.instant import HOUR, MINUTE


def test_the_starting_values_are_sound_and_those_of_the_design() -> None:
    policy = AlarmPolicy()
    assert list(check_policy(policy)) == []
    assert (policy.span("critical_acknowledged"), policy.span("longest_shelf")) == (15 * MINUTE, 8 * HOUR)
    assert (policy.chatter_count, policy.span("chatter"), policy.span("chatter_quiet")) == (3, MINUTE, 10 * MINUTE)
    assert (policy.flood_begins, policy.flood_ends, policy.span("flood")) == (10, 5, 10 * MINUTE)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"chatter_seconds": 0.0}, "chatter_seconds"),
        ({"longest_shelf_seconds": -1.0}, "longest_shelf_seconds"),
        ({"confirm_seconds": float("nan")}, "confirm_seconds"),
        ({"release_seconds": 1e9}, "release_seconds"),
        ({"operators": 0}, "operators"),
        ({"source_burst": 100_000}, "source_burst"),
        ({"chatter_count": 1}, "chatter_count"),
        ({"flood_ends": 11}, "flood_ends"),
    ],
)
def test_what_is_no_policy_is_found_with_its_field(fields: dict[str, Any], field: str) -> None:
    problems = list(check_policy(msgspec.structs.replace(AlarmPolicy(), **fields)))
    assert [named for named, _, _ in problems] == [field]
    assert all(message and remedy for _, message, remedy in problems)
