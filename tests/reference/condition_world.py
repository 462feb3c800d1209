"""A plant under conditions given as trees, for tests: the kind under test, and the specification beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite

from domain.alarm import ConditionTrigger
from domain.configuration import RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.priority import Priority
from domain.readings import Quality
from domain.site import Site
from domain.text import Text, same
from rules.conditions.condition import Condition
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.conditions.stating import Level, Watched
from rules.rule import Finding
from tests.reference.condition_scalar import CLEARED, LOST, RAISED, REGAINED, ScalarCondition, Slot, Told
from tests.reference.limit_world import START, Reading, point_ids


@dataclass(frozen=True)
class GivenConditions:
    """A kind whose rules mean what the test says, by rule id."""

    conditions: Mapping[str, Condition]
    kind: str = "given"

    def levels(self, watched: Watched, settings: None = None) -> Sequence[Level]:
        condition = self.conditions[watched.spec.id]
        told = [(f"told {number}", "1") for number in range(len(condition.told))]
        words = (same("it is so"), same("it is not"), same("it ends"))
        return [Level(condition=condition, case=words[0], expected=words[1], clears=words[2], told=told)]

    def check(self, spec: RuleSpec) -> None:
        assert spec.kind == self.kind


def a_condition_rule(rule: str, condition: Condition) -> RuleSpec:
    subject, *others = condition.inputs
    return RuleSpec(
        id=rule,
        kind="given",
        site="tower",
        name=Text("It is so", "情况如此"),
        priority=Priority.HIGH,
        subjects=(subject,),
        inputs={f"input{number}": point for number, point in enumerate(others)},
        parameters={"only_while": "value > 0"} if condition.guards else {},  # sentences name a guard as it is written
    )


def a_condition_kind(
    site: Site, conditions: Mapping[str, Condition], at: Instant, listening: Listening | None = None
) -> ConditionKind:
    kind = ConditionKind(GivenConditions(conditions), listening or Listening())
    kind.configure([(site, a_condition_rule(*each)) for each in conditions.items()], point_ids(site), at)
    return kind


@dataclass(frozen=True, order=True)
class Said:
    """One finding, as far as the specification goes."""

    cause: int
    index: int
    rule: str
    at: Instant
    trigger: ConditionTrigger
    since: Instant
    value: str
    numbers: tuple[str, ...]
    """Those that the condition tells besides."""
    words: str
    """Which sentence of those there are for such an event."""


_ENDED, _NO_LONGER, _WAS, _IS = "no longer judged", "no longer it is so", "was it is so", "it is so"

_TRIGGERS = {
    RAISED: ConditionTrigger.RAISE,
    CLEARED: ConditionTrigger.CLEAR,
    LOST: ConditionTrigger.LOSE_SIGHT,
    REGAINED: ConditionTrigger.RAISE,
}


def said(findings: Iterable[Finding]) -> list[Said]:
    return [
        Said(
            each.cause,
            each.index,
            each.rule,
            each.at,
            each.trigger,
            each.why.since,
            _written(each.why.values["value"]),
            tuple(_written(number) for name, number in each.why.values.items() if name.startswith("told")),
            next((words for words in (_ENDED, _NO_LONGER, _WAS, _IS) if words in each.why.seen.en), ""),
        )
        for each in findings
    ]


def _words(told: Told) -> str:
    """Why it ended, or whether it is so at all or only not over yet; nothing of what is out of sight."""
    if told.what == LOST:
        return ""
    if told.what == CLEARED:
        return _ENDED if False in told.guards else _NO_LONGER
    return _WAS if told.enters is False else _IS


def _written(value: float | str | None) -> str:
    return "unknown" if value is None or isinstance(value, str) or not isfinite(value) else f"{value + 0.0:.9g}"


def moments(record: Sequence[Reading]) -> dict[tuple[Duration, int], list[Reading]]:
    """The readings of a record that are judged together: of one time, and of each point the first, the second ..."""
    found: dict[tuple[Duration, int], list[Reading]] = {}
    for each in record:
        turn = 0
        while any(other.point == each.point for other in found.get((each.at, turn), ())):
            turn += 1
        found.setdefault((each.at, turn), []).append(each)
    return found


def known(reading: Reading) -> float | None:
    is_known = reading.quality == Quality.GOOD and abs(reading.value) < float("inf")
    return reading.value if is_known else None


@dataclass
class ScalarConditions:
    """The specification over several rules, with the calls of a `ReadingKind`."""

    site: Site
    conditions: Mapping[str, Condition]
    at: Instant
    rows: dict[str, ScalarCondition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = {point.id: point for point in self.site.points}
        for rule, condition in sorted(self.conditions.items()):
            slots = [Slot(self.at, from_seconds(points[point].holds_seconds)) for point in condition.inputs]
            interval = min(from_seconds(points[point].interval_seconds) for point in condition.inputs)
            self.rows[rule] = ScalarCondition(condition, slots, interval)

    def judge(self, readings: Sequence[Reading]) -> list[Said]:
        """Judge whole records."""
        found: list[Said] = []
        for seq, record in groupby(readings, key=lambda each: each.seq):
            told = self._judge_record(seq, list(record))
            found += sorted(told, key=lambda each: (each.index, each.rule))
        return found

    def _judge_record(self, seq: int, record: Sequence[Reading]) -> list[Said]:
        """By each rule the moments of a record in the order of time; what one says is told by its last reading yet."""
        found: list[Said] = []
        for rule, row in self.rows.items():
            inputs, index = row.condition.inputs, 0
            for (at, _), moment in sorted(moments([each for each in record if each.point in inputs]).items()):
                index = max(index, *(each.index for each in moment), 0)
                values = {inputs.index(each.point): known(each) for each in moment}
                found += self._said(rule, row.read(values, START + at, seq, index))
        return found

    def fire(self, until: Duration, cause: int) -> list[Said]:
        found = [each for rule, row in self.rows.items() for each in self._said(rule, row.fire(START + until, cause))]
        return sorted(found, key=lambda each: (each.at, each.rule))

    def pause(self, start: Duration, end: Duration) -> None:
        for row in self.rows.values():
            row.gaps.append((START + start, START + end))

    def _said(self, rule: str, told: Sequence[Told]) -> list[Said]:
        return [
            Said(
                each.cause,
                each.index,
                rule,
                each.at,
                _TRIGGERS[each.what],
                each.since,
                _written(each.value),
                tuple(_written(number) for number in each.numbers),
                _words(each),
            )
            for each in told
        ]
