"""Drives the columnar kinds: feeds them batches, merges their findings, and finds the culprit when one raises.

A kind that raises has changed nothing (`rules.rule.ReadingKind`). Its batch is halved until a single reading raises,
or a single record where the kind joins points; the rules that fail on that are parked for its points, and the rest of
the batch goes on. The culprit is the same however the batch was cut, so the effects are too.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Subject, SubjectKind
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.site import Site
from rules.conditions.hearing import Gap, Listening
from rules.event_rules import Found
from rules.rule import Finding, ReadingBatch, ReadingKind
from rules.segments import Positions, begins
from rules.supervision import Failure, Fault, attempt, refusal

SiteRules: TypeAlias = Sequence[tuple[Site, RuleSpec]]
_Pair: TypeAlias = tuple[str, str]


class ReadingRulesState(Struct, frozen=True, kw_only=True):
    """The stored form: each kind's own bytes, the (rule, point) that are parked, and when nobody listened."""

    kinds: dict[str, bytes]
    parked: list[_Pair]
    gaps: tuple[Gap, ...] = ()


class ReadingRules:
    """All columnar kinds of an engine, by name."""

    def __init__(self, kinds: Mapping[str, Callable[[Listening], ReadingKind]]) -> None:
        """Make fresh kinds, which all ask one holder when nobody listened; no rules yet."""
        self._listening = Listening()
        self._kinds = {name: make(self._listening) for name, make in sorted(kinds.items())}
        self._pairs: dict[str, dict[_Pair, bool]] = {name: {} for name in self._kinds}
        self._parked: dict[_Pair, bool] = {}
        self._inputs: dict[str, dict[str, bool]] = {}
        self._point_ids: Sequence[str] = ()
        self._has_begun = False

    def configure(self, rules: SiteRules, point_ids: Sequence[str], at: Instant) -> list[Fault]:
        """Give every kind its rules. A kind that refuses them goes on without any, and each is told as a fault."""
        faults: list[Fault] = []
        if not self._has_begun:
            # What devices kept from the time before there was a Vigil is no silence of theirs.
            self._listening.pause(0, at)
        self._has_begun = True
        self._point_ids = point_ids
        self._parked = {}
        self._inputs = {spec.id: dict.fromkeys(spec.inputs.values(), True) for _, spec in rules}
        for name, kind in self._kinds.items():
            own = [(site, spec) for site, spec in rules if spec.kind == name]
            result = attempt(kind.configure, own, point_ids, at)
            if isinstance(result, Failure):
                faults += [refusal(spec.id, result.error, at) for _, spec in own]
                own = []
                kind.configure(own, point_ids, at)
            pairs = [
                (spec.id, point) for site, spec in own for point in (spec.subjects or [each.id for each in site.points])
            ]
            self._pairs[name] = dict.fromkeys(sorted(pairs), True)
        return faults

    def kinds(self) -> dict[str, ReadingKind]:
        """The kinds that have rules, by name."""
        return {name: kind for name, kind in self._kinds.items() if self._pairs[name]}

    def judge(self, batch: ReadingBatch) -> list[Found]:
        """Judge a batch by all kinds, in the order of (cause, index, rule, subject)."""
        found: list[Found] = []
        for name, kind in self._kinds.items():
            if self._pairs[name]:
                for part in _cut(batch, kind):
                    found += self._judge(name, kind, part)
        found.sort(key=lambda each: (each.cause, each.index, each.rule, each.subject.id))
        return found

    def next_deadline(self) -> Instant | None:
        """The minimum over all kinds, or None."""
        times = [at for kind in self._kinds.values() if (at := kind.next_deadline()) is not None]
        return min(times, default=None)

    def fire(self, until: Instant, cause: int) -> list[Found]:
        """Fire all deadlines <= `until`; each kind's in its own order."""
        found: list[Found] = []
        for name, kind in self._kinds.items():
            result = attempt(kind.fire, until, cause)
            if isinstance(result, Failure):
                found += self._fire_stepwise(name, kind, until, cause)
            else:
                found += result
        return found

    def pause(self, start: Instant, end: Instant) -> None:
        """Nobody listened from `start` to `end`: that no reading came meanwhile is no silence."""
        self._listening.pause(start, end)

    def is_watching(self, rule: str, point: str) -> bool:
        """Tell whether a rule judges a point, or would were it not parked."""
        return any((rule, point) in pairs for pairs in self._pairs.values())

    def parked(self) -> set[str]:
        """The rules that are parked for some point."""
        return {rule for rule, _ in self._parked}

    def is_parked(self, rule: str, point: str) -> bool:
        """Tell whether a rule failed on a point, and judges it no more."""
        return (rule, point) in self._parked

    def park(self, rule: str, point: str) -> None:
        """Let a rule judge a point no more."""
        for name, kind in self._kinds.items():
            if (rule, point) in self._pairs[name]:
                kind.park(rule, point)
                self._parked[rule, point] = True

    def rows_and_bytes(self) -> tuple[int, int]:
        """How many rows all kinds have together, and what they remember, in bytes of memory."""
        counts = [kind.rows_and_bytes() for kind in self._kinds.values()]
        return sum(rows for rows, _ in counts), sum(size for _, size in counts)

    def state(self) -> ReadingRulesState:
        """Everything remembered."""
        kinds = {name: kind.snapshot() for name, kind in self._kinds.items()}
        return ReadingRulesState(kinds=kinds, parked=list(self._parked), gaps=self._listening.gaps)

    def restore(self, state: ReadingRulesState) -> None:
        """Take back what `state` gave, under the same configuration."""
        for name, content in state.kinds.items():
            self._kinds[name].restore(content)
        self._parked = dict.fromkeys(state.parked, True)
        self._listening.restore(state.gaps)

    def _judge(self, name: str, kind: ReadingKind, batch: ReadingBatch) -> Sequence[Found]:
        result = attempt(kind.judge, batch)
        if not isinstance(result, Failure):
            return result
        places = _places(batch, kind)
        if places.size > 1:
            half, count = int(places[places.size // 2]), batch.point.size
            return [
                *self._judge(name, kind, _part(batch, slice(0, half))),
                *self._judge(name, kind, _part(batch, slice(half, count))),
            ]
        points = {self._point_ids[place]: True for place in batch.point.tolist()}
        suspects = [pair for pair in self._suspects(name) if self._looks_at(pair, points)]
        first = self._point_ids[int(batch.point[0])]
        culprits, found = self._isolate(kind, suspects, lambda: kind.judge(batch), (name, first))
        return [*(self._fault_in(batch, pair, result.error) for pair in culprits), *found]

    def _fault_in(self, batch: ReadingBatch, pair: _Pair, error: str) -> Fault:
        """The fault of a pair at the first reading that it looks at."""
        looked_at = (self._looks_at(pair, (self._point_ids[point],)) for point in batch.point.tolist())
        place = next((place for place, is_looked_at in enumerate(looked_at) if is_looked_at), 0)
        return _fault(pair, int(batch.at[place]), int(batch.seq[place]), int(batch.index[place]), error)

    def _fire_stepwise(self, name: str, kind: ReadingKind, until: Instant, cause: int) -> list[Found]:
        """Fire instant by instant, so that an error is found where it belongs."""
        found: list[Found] = []
        while (at := kind.next_deadline()) is not None and at <= until:
            result = attempt(kind.fire, at, cause)
            if not isinstance(result, Failure):
                found += result
                continue
            culprits, told = self._isolate(kind, self._suspects(name), _firing(kind, at, cause), (name, name))
            found += [_fault(pair, at, cause, 0, result.error) for pair in culprits]
            found += told
            if kind.next_deadline() == at:
                break
        return found

    def _suspects(self, name: str) -> list[_Pair]:
        return [pair for pair in self._pairs[name] if pair not in self._parked]

    def _looks_at(self, pair: _Pair, points: Container[str]) -> bool:
        rule, subject = pair
        return subject in points or any(point in points for point in self._inputs.get(rule, ()))

    def _isolate(
        self, kind: ReadingKind, suspects: list[_Pair], step: Callable[[], Sequence[Finding]], otherwise: _Pair
    ) -> tuple[list[_Pair], Sequence[Finding]]:
        """Find which (rule, point) make `step` fail, park them for good, and take the step without them.

        A step that fails whatever is parked is given up, and told once as the fault of `otherwise`, the kind itself.
        """
        culprits: list[_Pair] = []
        result = attempt(step)
        while isinstance(result, Failure) and suspects:
            found = _culprits(kind, suspects, step)
            for rule, point in found:
                kind.park(rule, point)
            culprits += found
            suspects = [pair for pair in suspects if pair not in found]
            result = attempt(step)
        if isinstance(result, Failure) and not culprits and otherwise not in self._parked:
            culprits.append(otherwise)
        self._parked.update(dict.fromkeys(culprits, True))
        return sorted(culprits), () if isinstance(result, Failure) else result


def _culprits(kind: ReadingKind, suspects: list[_Pair], step: Callable[[], Sequence[Finding]]) -> list[_Pair]:
    """One suspect that makes `step` fail alone, found by halving; all of them where none does."""
    state = kind.snapshot()
    left = suspects
    while True:
        half = left[: (len(left) + 1) // 2]
        for rule, point in suspects:
            if (rule, point) not in half:
                kind.park(rule, point)
        fails = isinstance(attempt(step), Failure)
        kind.restore(state)
        if len(left) == 1:
            return left if fails else suspects
        left = half if fails else left[len(half) :]


def _firing(kind: ReadingKind, at: Instant, cause: int) -> Callable[[], Sequence[Finding]]:
    return lambda: kind.fire(at, cause)


def _fault(pair: _Pair, at: Instant, cause: int, index: int, error: str) -> Fault:
    rule, point = pair
    return Fault(rule=rule, subject=Subject(SubjectKind.POINT, point), at=at, cause=cause, index=index, error=error)


def _cut(batch: ReadingBatch, kind: ReadingKind) -> Iterator[ReadingBatch]:
    """The batch in parts of about as many readings as the kind judges best at once."""
    count, wanted = batch.point.size, kind.readings_per_step
    if count <= wanted:
        yield batch
        return
    places = _places(batch, kind)
    following = np.searchsorted(places, np.arange(wanted, count, wanted))
    cuts = np.unique(places[following[following < places.size]]).tolist()
    for first, end in zip([0, *cuts], [*cuts, count], strict=True):
        yield _part(batch, slice(first, end))


def _places(batch: ReadingBatch, kind: ReadingKind) -> Positions:
    """Where a part of the batch may begin: at any reading, or where points are joined at that of a record only."""
    return np.flatnonzero(begins(batch.seq)) if kind.joins_points else np.arange(batch.point.size)


def _part(batch: ReadingBatch, part: slice) -> ReadingBatch:
    return replace(
        batch,
        seq=batch.seq[part],
        index=batch.index[part],
        point=batch.point[part],
        at=batch.at[part],
        values=batch.values[part],
        quality=batch.quality[part],
    )
