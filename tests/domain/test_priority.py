"""Priority ranks from critical to low and names the order class of the trade."""

import itertools

from domain.priority import PRIORITY_TABLE, ActWithin, Consequence, Priority, priority_of


def test_the_most_urgent_sorts_first() -> None:
    assert sorted(Priority, key=lambda priority: priority.rank) == [
        Priority.CRITICAL,
        Priority.HIGH,
        Priority.MEDIUM,
        Priority.LOW,
    ]


def test_order_classes() -> None:
    assert [priority.order_class for priority in Priority] == ["P1", "P2", "P3", "P4"]


def test_each_consequence_and_time_has_a_priority_and_none_that_is_worse_or_sooner_is_less_urgent() -> None:
    assert set(PRIORITY_TABLE) == set(itertools.product(Consequence, ActWithin))
    for consequence in Consequence:
        ranks = [priority_of(consequence, within).rank for within in ActWithin]
        assert ranks == sorted(ranks)
    for within in ActWithin:
        ranks = [priority_of(consequence, within).rank for consequence in Consequence]
        assert ranks == sorted(ranks)
