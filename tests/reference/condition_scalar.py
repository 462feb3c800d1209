"""The specification of conditions in plain Python: one object per (rule, point), one call per moment.

Slow and readable on purpose, with arithmetic of its own: it steps from moment to moment and counts known time.
`rules.conditions` must say the same at the same times (tests/properties/test_condition_laws.py).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.instant import SECOND, Duration, Instant
from domain.opening_hours import open_spans
from rules.conditions.condition import Condition, shaped
from rules.conditions.counts import MOST
from rules.conditions.windows import kept_for
from rules.expressions import tree

RAISED, CLEARED, LOST, REGAINED = "raised", "cleared", "lost", "regained"
LONG = 24 * 3600 * SECOND


@dataclass(frozen=True)
class Told:
    """One event, as far as the specification goes; None is unknown.

    `numbers` are those that the condition tells besides; `enters` and `guards` are the truths of its `enter` and of
    each guard. They are as of the moment at which it happened, or after which it did.
    """

    cause: int
    index: int
    what: str
    at: Instant
    since: Instant
    value: float | None
    numbers: tuple[float | None, ...] = ()
    enters: bool | None = None
    guards: tuple[bool | None, ...] = ()


@dataclass
class Slot:
    """What a point said last, and when it was usable last."""

    heard: Instant
    holds: Duration
    value: float | None = None
    unusable: bool = False

    @property
    def stale_at(self) -> Instant:
        """When the value is no longer known."""
        return self.heard + self.holds


Lanes = tuple[int, int]


@dataclass
class Window:
    """The known readings since the last break, of each grain the first."""

    span: Duration
    grain: Duration
    kept: list[tuple[Instant, float]] = field(default_factory=list)
    totals: list[Lanes] = field(default_factory=list)  # value times ms from `begun` to each that is kept
    total: Lanes = (0, 0)  # the same to `last`, since when `held` stands
    held: float = 0.0
    begun: Instant | None = None
    last: Instant = 0
    result: float | None = None


@dataclass
class ScalarCondition:
    """One rule on one point."""

    condition: Condition
    slots: list[Slot]
    interval: Duration

    case: bool = False  # the raw condition
    raised: bool = False
    seen: bool = False  # whether the verdict is known
    counted: Duration = 0  # known time for which the raw condition has been as it is, up to `clock`
    clock: Instant = 0  # the latest moment or fired delay
    judged: Instant = 0  # the latest moment
    since: Instant = 0
    shown: float | None = None
    has_begun: bool = False
    memory: dict[Any, Any] = field(default_factory=dict)
    now: "_Now | None" = None  # the evaluation of the latest moment
    gaps: list[tuple[Instant, Instant]] = field(default_factory=list)  # when nobody listened, in order and apart

    def fire(self, until: Instant, cause: int) -> list[Told]:
        """A tick. A value that goes stale while nothing is raised says nothing, so it is left to the next reading."""
        return self._pass(until, cause, 0, by_tick=True)

    def _pass(self, until: Instant, cause: int, index: int, *, by_tick: bool) -> list[Told]:
        """Let time pass: delays and whatever changes by the clock, in order; a delay before a change at its time."""
        if not self.has_begun:  # it begins where it was configured, or at its first reading before that
            self.judged = min(until, *(slot.heard for slot in self.slots))
            self._verdict(_Now(self, self.judged, (), 0, begins=True))
        told: list[Told] = []
        while True:
            is_quiet = by_tick and not self.raised and not shaped(self.condition)[0].is_timed
            change = min((at for at in self._changes() if self.judged < at <= until), default=None)
            due = self._due()
            if due is not None and due <= until and (change is None or due <= change):
                self._count_to(due)
                self.raised = self.case
                told.append(self._say(RAISED if self.raised else CLEARED, due, cause, index))
            elif change is not None and not is_quiet:
                told += self._moment(change, (), cause, index)
            else:
                return told

    def read(self, values: Mapping[int, float | None], at: Instant, seq: int, index: int) -> list[Told]:
        """Judge what its points say at one time in one record, by slot, after what time alone brings until then."""
        at = max(at, self.clock)
        told = self._pass(at, seq, index, by_tick=False)
        for slot, value in values.items():
            said = self.slots[slot]
            said.value, said.unusable = value, value is None
            if value is not None:
                said.heard = at
        return told + self._moment(at, values.keys(), seq, index)

    def _changes(self) -> list[Instant]:
        """When something may change without a reading."""
        found = [slot.stale_at for slot in self.slots if slot.value is not None]
        known_until = max(found, default=0)
        silent = False
        for node in self.condition.nodes():
            if isinstance(node, tree.Silent):
                found.append(self.silent_from(node))
                silent = True
            elif isinstance(node, tree.Lasting) and self.memory.get((node, "true")):
                found.append(self.judged + node.span - self.memory.get(node, 0))
        for node in self.condition.nodes():
            if isinstance(node, tree.Within):
                begin = max(self.judged, min(slot.heard for slot in self.slots))
                spans = open_spans(node.hours, node.timezone, begin, begin + LONG)
                bounds = [bound for span in spans for bound in span if bound > begin]
                found += [bound for bound in bounds if silent or bound <= known_until]
        return found

    def silent_from(self, node: tree.Silent) -> Instant:
        """When nothing has been heard of a point for the node's span while somebody listened."""
        at, left = self.slots[node.slot].heard, node.span
        for start, end in self.gaps:
            if end <= at:
                continue
            if max(start, at) - at >= left:
                break
            left -= max(start, at) - at
            at = end
        return at + left

    def _due(self) -> Instant | None:
        delay = self.condition.on_delay if self.case else self.condition.off_delay
        return self.clock + delay - self.counted if self.seen and self.case != self.raised else None

    def _moment(self, at: Instant, arrived: Collection[int], cause: int, index: int) -> list[Told]:
        if self.seen:
            self._count_to(at)
        passed = at - self.judged
        self.clock = self.judged = at
        self.has_begun = True
        before = self.now
        enter, leave, shown = self._verdict(_Now(self, at, arrived, passed))
        saw = self.seen
        self.seen = enter is True or leave is True or (enter is False and leave is False)
        if not self.seen:
            return [self._say(LOST, at, cause, index, before)] if saw and self.raised else []
        self.shown = shown
        case = True if enter else False if leave else self.case
        if case != self.case:
            self.case, self.counted, self.since = case, 0, at
        due = self._due()
        if due is not None and due <= at:
            self.raised = self.case
            return [self._say(RAISED if self.raised else CLEARED, at, cause, index)]
        return [self._say(REGAINED, at, cause, index)] if self.raised and not saw else []

    def _verdict(self, now: "_Now") -> tuple[bool | None, bool | None, float | None]:
        enter = now.truth(self.condition.enter)
        if self.condition.leave is None:
            leave = None if enter is None else not enter
        else:
            leave = now.truth(self.condition.leave)
        shown = now.number(self.condition.shown)
        for node in self.condition.told:
            now.number(node)
        self.now = now
        return enter, leave, shown

    def _count_to(self, at: Instant) -> None:
        self.counted += at - self.clock
        self.clock = at

    def _say(self, what: str, at: Instant, cause: int, index: int, of: "_Now | None" = None) -> Told:
        """Say an event as of the latest moment, or of another one."""
        now = of or self.now
        assert now is not None
        numbers = tuple(now.number(node) for node in self.condition.told)
        guards = tuple(now.truth(node) for node in self.condition.guards)
        enters = now.truth(self.condition.enter)
        since = at if what == LOST else self.since
        return Told(cause, index, what, at, since, self.shown, numbers, enters, guards)


class _Now:
    """The evaluation of one moment; a node is evaluated once."""

    def __init__(
        self, row: ScalarCondition, at: Instant, arrived: Collection[int], passed: Duration, *, begins: bool = False
    ) -> None:
        self.row, self.at, self.arrived, self.passed, self.begins = row, at, arrived, passed, begins
        self.done: dict[tree.Node, Any] = {}

    def number(self, node: tree.Node) -> float | None:
        if node not in self.done:
            self.done[node] = self._number(node)
        found: float | None = self.done[node]
        return found

    def truth(self, node: tree.Node) -> bool | None:
        if node not in self.done:
            self.done[node] = self._truth(node)
        found: bool | None = self.done[node]
        return found

    def _number(self, node: tree.Node) -> float | None:
        match node:
            case tree.Number(value):
                return value
            case tree.Value(slot) | tree.Unusable(slot):
                return self._of_slot(node, slot)
            case tree.Unary(how, of):
                operand = self.number(of)
                return None if operand is None else -operand if how == "-" else abs(operand)
            case tree.Binary(how, left, right):
                return _calculated(how, self.number(left), self.number(right))
            case tree.Previous(slot):
                return self._previous(node, slot)
            case tree.Count(of, span):
                return self._count(node, of, span)
            case tree.Window(how, of, span):
                return self._window(node, of, span, lambda window, value: _windowed(how, window, self.at, value))
            case tree.TimeTo(pace, of, limit, span):
                end = self.number(limit)
                aim = math.nan if end is None else end
                found = self._window(node, of, span, lambda window, now: _time_to(pace, window, self.at, now, aim))
                return None if end is None else found
        raise TypeError(node)

    def _of_slot(self, node: tree.Node, slot: int) -> float | None:
        said = self.row.slots[slot]
        if isinstance(node, tree.Value):
            return said.value if self.at < said.stale_at or slot in self.arrived else None
        return 1.0 if said.unusable else 0.0 if self.at > said.heard else None

    def _truth(self, node: tree.Node) -> bool | None:
        match node:
            case tree.Compare(how, left, right):
                return _compared(how, self.number(left), self.number(right))
            case tree.Logic(how, left, right):
                both = (self.truth(left), self.truth(right))
                decisive = how == "or"
                if decisive in both:
                    return decisive
                return None if None in both else not decisive
            case tree.Not(of):
                true = self.truth(of)
                return None if true is None else not true
            case tree.Lasting(of, span):
                held = self.row.memory.get(node, 0) + (self.passed if self.row.memory.get((node, "true")) else 0)
                true = self.truth(of)
                self.row.memory[node, "true"] = true is True
                self.row.memory[node] = 0 if true is False else held
                return None if true is None else true and held >= span
            case tree.Silent():
                return self.at >= self.row.silent_from(node)
            case tree.Within(hours, timezone):
                return any(opens <= self.at < closes for opens, closes in open_spans(hours, timezone, self.at, self.at))
        raise TypeError(node)

    def _previous(self, node: tree.Node, slot: int) -> float | None:
        last, former = self.row.memory.get(node, (None, None))
        value = self.row.slots[slot].value
        if slot in self.arrived and value is not None:
            last, former = value, last
            self.row.memory[node] = (last, former)
        return former if self.number(tree.Value(slot)) is not None else None

    def _count(self, node: tree.Node, of: tree.Node, span: Duration) -> float | None:
        latest, begun = self.row.memory.setdefault(node, (None, []))
        true = self.truth(of)
        if true is not None and not self.begins:
            begun = [*begun, self.at] if true and latest is False else begun
            self.row.memory[node] = (true, begun)
        return None if true is None else float(min(MOST, sum(1 for at in begun if at > self.at - span)))

    def _window(self, node: tree.Node, of: tree.Node, span: Duration, result: Any) -> float | None:  # noqa: ANN401
        grain = kept_for(span, self.row.interval)[1]
        window: Window = self.row.memory.setdefault(node, Window(span, grain))
        value = self.number(of)
        if any(slot in self.arrived for slot in tree.slots(of)):
            holds = min(self.row.slots[slot].holds for slot in tree.slots(of))
            self._sample(window, value, holds, result)
        return None if value is None else window.result

    def _sample(self, window: Window, value: float | None, holds: Duration, result: Any) -> None:  # noqa: ANN401
        if value is None or abs(value) > 2**32:
            window.kept, window.totals, window.begun, window.result = [], [], None, None
            return
        starts = window.begun is None or self.at - window.last >= holds
        if starts:
            window.kept, window.totals, window.begun, window.last = [], [], self.at, self.at
            window.total = (0, 0)
        window.total = _stood(window, self.at)
        window.held = value
        is_kept = starts or self.at // window.grain != window.last // window.grain
        window.last = self.at
        is_whole = window.begun is not None and self.at - window.begun >= window.span
        window.result = result(window, value) if is_whole else None
        if is_kept:
            window.kept.append((self.at, value))
            window.totals.append(window.total)


def _calculated(how: str, one: float | None, other: float | None) -> float | None:
    if one is None or other is None or (how == "/" and other == 0):
        return None
    found = {
        "+": lambda: one + other,
        "-": lambda: one - other,
        "*": lambda: one * other,
        "/": lambda: one / other,
        "min": lambda: min(one, other),
        "max": lambda: max(one, other),
    }[how]()
    return found if math.isfinite(found) else None


def _compared(how: str, one: float | None, other: float | None) -> bool | None:
    if one is None or other is None:
        return None
    return {
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
        "==": one == other,
        "!=": one != other,
    }[how]


def _windowed(how: str, window: Window, at: Instant, value: float) -> float | None:
    inside = [each for when, each in window.kept if when > at - window.span]
    if how == "change":
        before = [each for when, each in window.kept if when <= at - window.span]
        return value - before[-1] if before else None
    if how == "avg":
        return _mean_over_time(window, at)
    stood = [each for when, each in window.kept if when <= at - window.span][-1:]
    values = [*stood, *inside, value]
    return {"lowest": min(values), "highest": max(values), "spread": max(values) - min(values)}[how]


def _stood(window: Window, at: Instant) -> Lanes:
    """The total up to a time, to a millionth and a millisecond, in two numbers: 2**26 and 1."""
    upper, lower = divmod(round(window.held * 1e6), 2**26)
    passed = at // 1000 - window.last // 1000
    return window.total[0] + upper * passed, window.total[1] + lower * passed


def _mean_over_time(window: Window, at: Instant) -> float:
    """Each value for as long as it stood; where readings came closer than a grain, evenly between those kept."""
    end, oldest = at // 1000, (at - window.span) // 1000
    place = max(number for number, (when, _) in enumerate(window.kept) if when <= at - window.span)
    begin, base = window.kept[place][0] // 1000, window.totals[place]
    is_latest = place == len(window.kept) - 1
    following = window.total if is_latest else window.totals[place + 1]
    length = max(1, (end if is_latest else window.kept[place + 1][0] // 1000) - begin)
    means = []
    for lane in (0, 1):
        even, rest = divmod(following[lane] - base[lane], length)
        within = window.total[lane] - base[lane] - even * (oldest - begin)
        means.append((within - rest * ((oldest - begin) / length)) / (end - oldest))
    return (means[0] * 2**26 + means[1]) / 1e6


def _mean(values: Sequence[float]) -> float | None:
    """Summed to a millionth, exactly."""
    return sum(round(value * 1e6) for value in values) / len(values) / 1e6 if values else None


def _time_to(pace: str, window: Window, at: Instant, value: float, limit: float) -> float | None:
    third = window.span // 3
    inside = [(when, each) for when, each in [*window.kept, (at, value)] if when > at - window.span]
    parts = (
        [each for when, each in inside if when <= at - 2 * third],
        [each for when, each in inside if at - 2 * third < when <= at - third],
        [each for when, each in inside if when > at - third],
    )
    means = [_mean(part) for part in parts]
    first, second, last = means
    if first is None or last is None:
        return None
    slope = (last - first) / (2.0 * third)
    if pace != "usual":
        if second is None:
            return None
        sign = math.copysign(1.0, slope) if slope else 0.0
        choose = max if pace == "quickest" else min
        slope = sign * choose(sign * slope, sign * ((second - first) / third), sign * ((last - second) / third))
    if slope == 0:
        return math.inf
    left = (limit - value) / slope
    return left / SECOND if left > 0 else math.inf
