"""What the points of a rule are called in its expressions, where their names tell them apart."""

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.site import Equipment, Point
from domain.text import Text
from rules.expressions.words import Measured
from rules.point_words import within_sentence


def measured_points(points: Sequence[Point], machines: Mapping[str, Equipment]) -> tuple[Measured, ...] | None:
    """The points as expressions name them; those of one name by their machines as well.

    None where a name would leave open which of them is meant.
    """
    names = [Text(within_sentence(point.name.en), point.name.zh) for point in points]
    alike = _alike(names) if len(names) > 1 else frozenset()
    if alike:
        names = [
            _of_machine(point, machines) if name in alike else name for point, name in zip(points, names, strict=True)
        ]
        if _alike(names):
            return None
    return tuple(Measured(name, point.unit, _states(point)) for name, point in zip(names, points, strict=True))


def _states(point: Point) -> tuple[tuple[str, Text], ...]:
    named = point.state_names
    return tuple(sorted(named.items(), key=lambda each: int(each[0]))) if named else ()


def _alike(names: Sequence[Text]) -> frozenset[Text]:
    """The names that are those of several points, in one language at least."""
    english, chinese = Counter(each.en.casefold() for each in names), Counter(each.zh.casefold() for each in names)
    return frozenset(each for each in names if english[each.en.casefold()] > 1 or chinese[each.zh.casefold()] > 1)


def _of_machine(point: Point, machines: Mapping[str, Equipment]) -> Text:
    machine, name = machines.get(point.equipment), point.name
    if machine is None:
        return name
    return Text(f"{machine.name.en} {within_sentence(name.en)}", f"{machine.name.zh}{name.zh}")
