"""What may surprise about windows: some are shorter than the time between two readings of their point."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from domain.configuration import RuleSpec
from domain.instant import Duration, from_seconds
from domain.problem import Path, Problem
from domain.site import Point
from rules.conditions.stating import Level, Watched
from rules.expressions.tree import TimeTo, Window, slots
from rules.wording import span

THIRDS: Final = 3
"""A trend compares the thirds of its window, and needs a reading in each."""

_ONE_READING: Final = {
    "avg": "the mean is the reading before that, as if there were no window",
    "change": "the change since the reading before counts, however long ago that was",
}
"""What a window over one reading comes to; the others look at the value that stood when it began, too."""


def window_notes(rule: RuleSpec, bound: Iterable[tuple[Watched, Sequence[Level]]]) -> list[Problem]:
    """What is to be noted about the windows of a rule, given its levels on each point; each sort once, with the first
    point that shows it. Paths are from the rule down.
    """
    found: dict[str, Problem] = {}
    for watched, levels in bound:
        nodes = [node for level in levels for node in level.condition.nodes()]
        windows = [node for node in nodes if isinstance(node, Window | TimeTo) and node.span]
        if not windows:
            break  # a rule says the same of all its points
        names = list(watched.names.values())
        for node in windows:
            for sort, message, remedy in _of(node, [names[slot] for slot in slots(node.of)]):
                found.setdefault(sort, Problem(_path(rule), f"rule '{rule.id}': {message}", remedy))
    return list(found.values())


def _of(node: Window | TimeTo, points: Sequence[Point]) -> Iterator[tuple[str, str, str]]:
    """What is to be noted of one window over these points: its sort, what is so, and the remedy."""
    point = min(points, key=lambda each: each.interval_seconds)
    interval = from_seconds(point.interval_seconds)
    comes = f"point '{point.id}', which is expected every {span(interval).en}"
    short = min(points, key=lambda each: each.holds_seconds)
    if from_seconds(short.holds_seconds) <= interval:
        stands = f"a value of '{short.id}' stands for {span(from_seconds(short.holds_seconds)).en} only"
        what = f"no window is ever whole over {comes}: {stands}, so that the rule can never be decided there"
        longer = f"Let 'stale_seconds' of '{short.id}' be longer than its 'interval_seconds', or leave it out"
        yield "never whole", what, f"{longer} (three times that)."
    elif isinstance(node, TimeTo):
        if node.span < THIRDS * interval:
            what = (
                f"a window of {span(node.span).en} has no reading in each of its thirds over {comes}: it has no trend"
            )
            yield "no trend", f"{what}, and the rule cannot be decided there", _longer(THIRDS * interval)
    elif node.how in _ONE_READING and (node.span < interval or (node.span == interval and node.how == "avg")):
        what = f"a window of {span(node.span).en} holds one reading of {comes}"
        yield f"one reading {node.how}", f"{what}: {_ONE_READING[node.how]}", _longer(THIRDS * interval)


def _longer(least: Duration) -> str:
    return f"Give the window {span(least).en} or more, or the point the 'interval_seconds' at which it really speaks."


def _path(rule: RuleSpec) -> Path:
    named = next((name for name in ("window_seconds", "when") if name in rule.parameters), None)
    return ("parameters",) if named is None else ("parameters", named)
