from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from domain.configuration import Configuration, RuleSpec
from domain.record import Record
from domain.site import Site
from rules.catalog import CATALOG
from rules.rule import Watch
from rules.rulebook import Rulebook, bind
from tests.rules.estate import FORCED, HELD, MISSED, NO_FLOW, configured


def bound(configuration: Configuration) -> Rulebook:
    return bind(configuration, CATALOG, 5)


def test_rules_are_sorted_by_what_they_look_at() -> None:
    book = bound(configured())
    assert [spec.id for _, spec in book.readings] == ["no-flow"]
    assert [(spec.id, watch.subject.id) for spec, watch in book.doors] == [
        ("forced", "front"),
        ("forced", "server"),
        ("held", "front"),
        ("held", "server"),
    ]
    assert [watch.subject.id for _, watch in book.stops] == ["night/gate", "night/roof"]
    assert sorted(book.specs) == ["forced", "held", "missed", "no-flow"]
    assert book.refused == []


def test_a_rule_that_is_switched_off_holds_nowhere() -> None:
    book = bound(configured(replace(HELD, enabled=False), MISSED))
    assert (list(book.specs), list(book.doors), list(book.refused)) == (["missed"], [], [])


def test_what_cannot_hold_is_left_out_and_told() -> None:
    wrong = (
        replace(HELD, site="elsewhere"),
        replace(FORCED, kind="nothing"),
        replace(NO_FLOW, parameters={}),
        MISSED,
        MISSED,
    )
    book = bound(configured(*wrong))
    assert list(book.specs) == ["missed"]
    assert [(fault.rule, fault.at) for fault in book.refused] == [
        ("held", 5),
        ("forced", 5),
        ("no-flow", 5),
        ("missed", 5),
    ]
    assert [fault.error.split(" ")[0] for fault in book.refused] == ["site", "rule", "rule", "rule"]


def test_a_kind_that_cannot_bind_a_rule_is_a_fault_of_that_rule() -> None:
    class Broken:
        def watches(self, site: Site, spec: RuleSpec) -> Sequence[Watch[Record, Any]]:
            raise KeyError(site.id)

    doors = {**CATALOG.doors, "door_held": Broken()}
    book = bind(configured(), replace(CATALOG, doors=doors), 5)
    assert [(fault.rule, fault.error) for fault in book.refused] == [("held", "KeyError: 'tower'")]
    assert len(book.doors) == 2
