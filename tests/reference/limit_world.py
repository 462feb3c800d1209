"""A small plant under limit rules, for tests: its site, batches from plain tuples, the specification beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.instant import SECOND, Duration, Instant, from_seconds
from domain.priority import Priority
from domain.readings import Quality
from domain.site import Equipment, Point, Site, Zone
from domain.text import Text, same
from rules.kinds.limit import LimitKind, check_parameters
from rules.rule import Finding, ReadingBatch
from tests.reference.limit_scalar import Said, ScalarLimit

START: Instant = 1_800_000_000 * SECOND


@dataclass(frozen=True)
class Reading:
    """One reading; `at` in microseconds after START."""

    point: str
    at: Duration
    value: float
    quality: int = Quality.GOOD
    seq: int = 0
    index: int = 0


def a_site(points: Sequence[str] = ("flow",), holds_seconds: float = 60.0, unit: str = "l/min") -> Site:
    return Site(
        id="tower",
        name=Text("Tower", "塔楼"),
        timezone="Asia/Shanghai",
        zones=(Zone(id="plant", name=same("plant")),),
        equipment=(Equipment(id="pump-1", name=Text("Pump 1", "1 号泵"), zone="plant", equipment_class="pump"),),
        points=tuple(
            Point(
                id=point, name=Text(point.title(), "流量"), equipment="pump-1", unit=unit, stale_seconds=holds_seconds
            )
            for point in points
        ),
    )


def a_rule(rule: str = "flow-limit", subjects: Sequence[str] = ("flow",), /, **parameters: Parameter) -> RuleSpec:
    return RuleSpec(
        id=rule,
        kind="limit",
        site="tower",
        name=Text("Flow out of range", "流量异常"),
        priority=Priority.HIGH,
        subjects=tuple(subjects),
        parameters=parameters,
    )


def a_kind(site: Site, rules: Sequence[RuleSpec], at: Duration = 0) -> LimitKind:
    kind = LimitKind()
    kind.configure([(site, rule) for rule in rules], point_ids(site), START + at)
    return kind


def point_ids(site: Site) -> list[str]:
    return [point.id for point in site.points]


def a_batch(site: Site, readings: Sequence[Reading]) -> ReadingBatch:
    row = {point: number for number, point in enumerate(point_ids(site))}
    return ReadingBatch(
        seq=np.array([reading.seq for reading in readings], dtype=np.int64),
        index=np.array([reading.index for reading in readings], dtype=np.int32),
        point=np.array([row[reading.point] for reading in readings], dtype=np.int32),
        at=np.array([START + reading.at for reading in readings], dtype=np.int64),
        values=np.array([reading.value for reading in readings], dtype=np.float64),
        quality=np.array([reading.quality for reading in readings], dtype=np.uint8),
    )


def said(findings: Iterable[Finding]) -> list[Said]:
    """The findings as the specification writes them, values unrounded where the world's are short."""
    return [
        Said(
            cause=each.cause,
            index=each.index,
            rule=each.rule,
            point=each.subject.id,
            at=each.at,
            trigger=each.trigger,
            since=each.why.since,
            value=float(next(value for name, value in each.why.values.items() if name.startswith("value"))),
            evidence=each.why.evidence,
        )
        for each in findings
    ]


@dataclass
class ScalarWorld:
    """The specification over several rules and points, with the calls of a `ReadingKind`."""

    site: Site
    rules: Sequence[RuleSpec]
    limits: dict[tuple[str, str], ScalarLimit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        holds = {point.id: from_seconds(point.holds_seconds) for point in self.site.points}
        for rule in sorted(self.rules, key=lambda each: each.id):
            for point in rule.subjects:
                self.limits[rule.id, point] = ScalarLimit(rule.id, point, check_parameters(rule), holds[point])

    def judge(self, readings: Sequence[Reading]) -> list[Said]:
        found: list[Said] = []
        for each in readings:
            for (_, point), limit in self.limits.items():
                if point == each.point:
                    found += limit.read(START + each.at, each.value, each.quality, each.seq, each.index)
        return found

    def fire(self, until: Duration, cause: int) -> list[Said]:
        found = [each for limit in self.limits.values() for each in limit.fire(START + until, cause)]
        return sorted(found, key=lambda each: (each.at, each.rule, each.point))

    def configure(self, rules: Sequence[RuleSpec], at: Duration) -> None:
        for rule in rules:
            for point in rule.subjects:
                self.limits[rule.id, point].reconfigure(check_parameters(rule), START + at)


def with_parameters(rule: RuleSpec, **parameters: Parameter) -> RuleSpec:
    return structs.replace(rule, parameters=parameters)
