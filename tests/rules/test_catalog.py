from rules.catalog import CATALOG
from rules.conditions.hearing import Listening


def test_every_kind_is_described_and_judges_once() -> None:
    judging = [*CATALOG.readings, *CATALOG.doors, *CATALOG.stops, *CATALOG.heard]
    assert sorted(judging) == sorted(CATALOG.entries)


def test_every_kind_is_described_in_both_languages() -> None:
    assert all(entry.summary.en and entry.summary.zh for entry in CATALOG.entries.values())


def test_each_engine_gets_columnar_kinds_of_its_own() -> None:
    for make in CATALOG.readings.values():
        assert make(Listening()) is not make(Listening())
