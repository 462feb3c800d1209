from datetime import datetime, timedelta

import pytest

from simulators.physics.surroundings import surroundings

MONDAY = datetime(2026, 7, 20)  # noqa: DTZ001 - the clock on a wall


def test_people_come_in_the_morning_and_the_building_is_empty_at_night() -> None:
    full = [surroundings(MONDAY.replace(hour=hour), is_worked=True).occupancy for hour in range(24)]
    assert max(full) == full[10] or full[10] > 0.9
    assert all(part < 0.05 for part in full[:6])
    assert full[3] < full[8] < full[9] < full[10]
    assert full[13] > full[20] > full[23]
    assert surroundings(MONDAY.replace(hour=10), is_worked=False).occupancy < 0.1


@pytest.mark.parametrize("days", [0, 90, 180, 270])
def test_the_afternoon_is_warmer_than_the_night_and_load_stays_a_part(days: int) -> None:
    day = MONDAY + timedelta(days=days)
    moments = [surroundings(day.replace(hour=hour), is_worked=True) for hour in range(24)]
    assert moments[15].outdoor > moments[3].outdoor
    assert all(0.2 < moment.load <= 1.0 for moment in moments)


def test_summer_is_warmer_than_winter() -> None:
    winter = surroundings(datetime(2026, 1, 20, 12), is_worked=True)  # noqa: DTZ001 - the clock on a wall
    assert surroundings(MONDAY.replace(hour=12), is_worked=True).outdoor > winter.outdoor + 15
