"""A plant under conditions given as trees, for tests: the kind under test, and the specification beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.alarm import ConditionTrigger
from domain.configuration import RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.priority import Priority
from domain.readings import Quality
from domain.site import Site
from domain.text import Text, same
from rules.conditions.condition import Condition
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

    def levels(self, watched: Watched) -> Sequence[Level]:
        condition = self.conditions[watched.spec.id]
        return [Level(condition=condition, case=same("it is so"), expected=same("it is not"), clears=same("it ends"))]

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
    )


def a_condition_kind(site: Site, conditions: Mapping[str, Condition], at: Instant) -> ConditionKind:
    kind = ConditionKind(GivenConditions(conditions))
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


_TRIGGERS = {
    RAISED: ConditionTrigger.RAISE,
    CLEARED: ConditionTrigger.CLEAR,
    LOST: ConditionTrigger.LOSE_SIGHT,
    REGAINED: ConditionTrigger.RAISE,
}


def said(findings: Iterable[Finding]) -> list[Said]:
    return [
        Said(
            each.cause, each.index, each.rule, each.at, each.trigger, each.why.since, _written(each.why.values["value"])
        )
        for each in findings
    ]


def _written(value: float | str | None) -> str:
    return "unknown" if value is None or isinstance(value, str) else f"{value + 0.0:.9g}"


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
        found: list[Said] = []
        for each in readings:
            known = each.quality == Quality.GOOD and abs(each.value) < float("inf")
            for rule, row in self.rows.items():
                if each.point in row.condition.inputs:
                    slot = row.condition.inputs.index(each.point)
                    value = each.value if known else None
                    found += self._said(rule, row.read(slot, START + each.at, value, each.seq, each.index))
        return found

    def fire(self, until: Duration, cause: int) -> list[Said]:
        found = [each for rule, row in self.rows.items() for each in self._said(rule, row.fire(START + until, cause))]
        return sorted(found, key=lambda each: (each.at, each.rule))

    def _said(self, rule: str, told: Sequence[Told]) -> list[Said]:
        return [
            Said(each.cause, each.index, rule, each.at, _TRIGGERS[each.what], each.since, _written(each.value))
            for each in told
        ]
