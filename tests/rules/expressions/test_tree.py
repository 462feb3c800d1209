"""Walking a tree."""

from rules.expressions.tree import Compare, Logic, Number, Silent, Value, children, slots, walk

TREE = Logic("and", Compare("<", Value(2), Number(1.0)), Silent(0, 5))


def test_nodes_come_after_those_below_them() -> None:
    assert list(walk(TREE)) == [Value(2), Number(1.0), TREE.left, TREE.right, TREE]
    assert children(TREE) == (TREE.left, TREE.right)


def test_slots_are_those_it_looks_at() -> None:
    assert slots(TREE) == (0, 2)
    assert slots(Number(1.0)) == ()
