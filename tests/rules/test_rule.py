import numpy as np

from domain.readings import Quality
from domain.record import Record
from domain.site import Site
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.patrol_news import StopNews
from rules.rule import Deadline, EventKind, ReadingBatch, ReadingKind
from tests.rules.estate import SITE, a_rule


def test_deadlines_sort_by_time_then_rule_then_subject() -> None:
    deadlines = [Deadline(2, "a", "a"), Deadline(1, "b", "a"), Deadline(1, "a", "b"), Deadline(1, "a", "a")]
    assert sorted(deadlines) == [
        Deadline(1, "a", "a"),
        Deadline(1, "a", "b"),
        Deadline(1, "b", "a"),
        Deadline(2, "a", "a"),
    ]


def test_a_reading_is_known_where_it_is_good_and_a_number() -> None:
    qualities = [Quality.GOOD, Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN, Quality.BAD]
    batch = ReadingBatch(
        seq=np.ones(5, dtype=np.int64),
        index=np.arange(5, dtype=np.int32),
        point=np.zeros(5, dtype=np.int32),
        at=np.arange(5, dtype=np.int64),
        values=np.array([1.0, np.nan, np.inf, 1.0, 1.0]),
        quality=np.array(qualities, dtype=np.uint8),
    )
    assert batch.known().tolist() == [True, False, False, False, False]


def bound_subjects(kind: EventKind[Record] | EventKind[StopNews], name: str, site: Site) -> list[str]:
    return [watch.subject.id for watch in kind.watches(site, a_rule("r", name))]


def test_the_kinds_of_the_catalog_keep_the_contract() -> None:
    doors: dict[str, EventKind[Record]] = dict(CATALOG.doors)
    stops: dict[str, EventKind[StopNews]] = dict(CATALOG.stops)
    readings: list[ReadingKind] = [make(Listening()) for make in CATALOG.readings.values()]
    assert all(kind.next_deadline() is None for kind in readings)
    assert all(bound_subjects(kind, name, SITE) == ["front", "server"] for name, kind in doors.items())
    assert bound_subjects(stops.pop("tour_not_started"), "tour_not_started", SITE) == ["night"]
    assert all(bound_subjects(kind, name, SITE) == ["night/gate", "night/roof"] for name, kind in stops.items())
