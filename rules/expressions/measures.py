"""What may be compared and calculated with what: the units of an expression's parts.

A measure is a unit's symbol, `BARE` for a plain number (it takes the unit of whatever it meets), `DERIVED` for a
product or quotient that has no name here (it may meet anything), or `TRUTH` for what is true or false.
"""

from collections.abc import Sequence
from typing import Final

from domain.units import UNITS, Dimension
from rules.expressions.tree import Binary, Node, Previous, TimeTo, Unary, Value, Window

BARE: Final = ""
DERIVED: Final = "?"
TRUTH: Final = "truth"
_NUMBERS: Final = ("1", "/", "count")
_TEMPERATURES: Final = frozenset(symbol for symbol, unit in UNITS.items() if unit.dimension is Dimension.TEMPERATURE)


def measure_of(unit: str) -> str:
    """The measure of a point in that unit; what is dimensionless is a plain number."""
    return BARE if unit in _NUMBERS else unit


def like(left: str, right: str) -> str | None:
    """What two measures have in common, so that they can be compared; None where they have nothing."""
    if left == right or right in {BARE, DERIVED}:
        return left
    return right if left in {BARE, DERIVED} else None


def added(left: str, right: str) -> str | None:
    """The measure of a sum; a temperature and a difference of temperatures make a temperature."""
    for one, other in ((left, right), (right, left)):
        if one in _TEMPERATURES and other == "K":
            return one
    return like(left, right)


def subtracted(left: str, right: str) -> str | None:
    """The measure of a difference; of two temperatures in degC it is one in K."""
    if left in _TEMPERATURES and left == right:
        return "K" if left == "degC" else DERIVED
    return added(left, right)


def multiplied(left: str, right: str) -> str:
    """The measure of a product."""
    if BARE in {left, right}:
        return left or right
    return DERIVED


def divided(left: str, right: str) -> str:
    """The measure of a quotient; of two alike it is a plain number."""
    if right == BARE:
        return left
    return BARE if left == right and left != DERIVED else DERIVED


def difference(measure: str) -> str:
    """The measure of what is added to or taken from something: a temperature in degC moves by K."""
    return (subtracted(measure, measure) or BARE) if measure in _TEMPERATURES else measure


def tree_measure(node: Node, points: Sequence[str]) -> str:
    """The measure of a part of a tree that was read; `points` are those of the slots. What is no number has none."""
    match node:
        case Value(slot=slot) | Previous(slot=slot):
            return points[slot]
        case Unary(of=of):
            return tree_measure(of, points)
        case Binary(how=how, left=left, right=right):
            joined = {"+": added, "-": subtracted, "*": multiplied, "/": divided, "min": like, "max": like}[how]
            return joined(tree_measure(left, points), tree_measure(right, points)) or BARE
        case Window(how=how, of=of):
            measure = tree_measure(of, points)
            return (subtracted(measure, measure) or BARE) if how in {"spread", "change"} else measure
        case TimeTo():
            return "s"
        case _:
            return BARE
