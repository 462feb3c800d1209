"""Priority ranks from critical to low and names the order class of the trade."""

from domain.priority import Priority


def test_the_most_urgent_sorts_first() -> None:
    assert sorted(Priority, key=lambda priority: priority.rank) == [
        Priority.CRITICAL,
        Priority.HIGH,
        Priority.MEDIUM,
        Priority.LOW,
    ]


def test_order_classes() -> None:
    assert [priority.order_class for priority in Priority] == ["P1", "P2", "P3", "P4"]
