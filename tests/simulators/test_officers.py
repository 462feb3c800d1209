from collections import Counter

from domain.instant import from_iso
from domain.site_checks import check_site
from simulators.officers import CHEATS, OfficerHabit, a_patrolled_site, walk_nights

START = from_iso("2026-11-01T04:00:00Z")
SITE = a_patrolled_site("s", tours=6, stops=10, seed=1)


def test_the_site_can_be_configured() -> None:
    assert check_site(SITE) == []
    assert (len(SITE.tours), len(SITE.tours[0].stops)) == (6, 10)


def test_the_same_seed_walks_the_same_nights() -> None:
    assert walk_nights(SITE, START, 3, 7) == walk_nights(SITE, START, 3, 7)
    assert walk_nights(SITE, START, 3, 7) != walk_nights(SITE, START, 3, 8)


def test_each_habit_shows_in_what_is_scanned() -> None:
    night = walk_nights(SITE, START, 300, 3)
    habits = Counter(run.habit for run in night.runs)
    assert set(habits) == set(OfficerHabit)
    assert sum(habits[habit] for habit in CHEATS) < len(night.runs) * 0.05
    assert {len(run.scanned) for run in night.runs if run.habit is OfficerHabit.PUNCTUAL} == {10}
    assert min(len(run.scanned) for run in night.runs if run.habit is OfficerHabit.LAZY) < 10
    late = [scan for scan in night.scans if scan.received_at - scan.at > 3_600_000_000]
    assert late
    assert [scan.received_at for scan in night.scans] == sorted(scan.received_at for scan in night.scans)
