"""Rules of packs that wait longer than their tests in YAML can say, whose values hold for ten minutes."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from domain.instant import DAY, HOUR, Duration
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from tests.vigil.packs_on_machines import batch_of, rules_of


def told(pack: str, rule: str, every: Duration, values: Sequence[float]) -> list[tuple[int, str]]:
    """What a rule says of the values of its point, by the number of the reading."""
    site, specs = rules_of(pack)
    spec = next(spec for spec in specs if spec.id == f"machine-{rule}")
    (point,) = [each for each in site.points if each.id in spec.subjects]
    site = replace(site, points=(replace(point, stale_seconds=2 * 86_400.0),))
    kind = CATALOG.readings[spec.kind](Listening())
    kind.configure([(site, spec)], [point.id], 0)
    found = kind.judge(batch_of([number * every for number in range(len(values))], values))
    return [(each.at // every, each.trigger.value) for each in found]


def test_a_generator_that_was_not_run_for_31_days_is_told_until_it_runs() -> None:
    runs = [float(day in {3, 40}) for day in range(70)]
    assert told("generator", "not-tested", DAY, runs) == [(35, "raise"), (40, "clear")]


def test_one_that_is_run_in_time_is_not() -> None:
    runs = [float(day % 31 == 3) for day in range(70)]
    assert told("generator", "not-tested", DAY, runs) == []


@pytest.mark.parametrize("pack", ["cold_room", "chill_room"])
def test_a_cold_room_that_does_not_defrost_for_a_day_is_told_until_it_does(pack: str) -> None:
    defrosts = [float(hour in {2, 8, 40}) for hour in range(50)]
    assert told(pack, "no-defrost", HOUR, defrosts) == [(33, "raise"), (40, "clear")]
    assert told(pack, "no-defrost", HOUR, [float(hour % 24 == 2) for hour in range(50)]) == []
