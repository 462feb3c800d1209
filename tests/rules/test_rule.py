from domain.record import Record
from domain.site import Site
from rules.catalog import CATALOG
from rules.patrol_news import StopNews
from rules.rule import Deadline, EventKind, ReadingKind
from tests.rules.estate import SITE, a_rule


def test_deadlines_sort_by_time_then_rule_then_subject() -> None:
    deadlines = [Deadline(2, "a", "a"), Deadline(1, "b", "a"), Deadline(1, "a", "b"), Deadline(1, "a", "a")]
    assert sorted(deadlines) == [
        Deadline(1, "a", "a"),
        Deadline(1, "a", "b"),
        Deadline(1, "b", "a"),
        Deadline(2, "a", "a"),
    ]


def bound_subjects(kind: EventKind[Record] | EventKind[StopNews], name: str, site: Site) -> list[str]:
    return [watch.subject.id for watch in kind.watches(site, a_rule("r", name))]


def test_the_kinds_of_the_catalog_keep_the_contract() -> None:
    doors: dict[str, EventKind[Record]] = dict(CATALOG.doors)
    stops: dict[str, EventKind[StopNews]] = dict(CATALOG.stops)
    readings: list[ReadingKind] = [make() for make in CATALOG.readings.values()]
    assert all(kind.next_deadline() is None for kind in readings)
    assert all(bound_subjects(kind, name, SITE) == ["front", "server"] for name, kind in doors.items())
    assert bound_subjects(stops.pop("tour_not_started"), "tour_not_started", SITE) == ["night"]
    assert all(bound_subjects(kind, name, SITE) == ["night/gate", "night/roof"] for name, kind in stops.items())
