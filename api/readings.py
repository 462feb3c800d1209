"""A point's history, reduced to as many values as a chart can show."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from api import examples
from api.answers import answer
from api.evidence import number, quality_word
from api.parameters import Id, IdFilter, Time
from api.ports import ApiPorts, Ports
from api.problems import INVALID, NOT_FOUND, Problem, nothing
from api.reading_views import LateReadings, PointLimit, ReadingSeries
from domain.configuration import Parameter, RuleSpec
from domain.effects import LateObservation
from domain.instant import DAY, Instant, to_iso, to_seconds
from domain.priority import Priority
from domain.readings import Values
from domain.site import Point
from rules.settings import rule_kinds
from stores.ports import SeriesBucket

_DEFAULT_SPAN: Final = DAY
_MOST_POINTS: Final = 5_000
"""More than a wide screen has columns."""
_LIMITS: Final = ("low_low", "low", "high", "high_high")
_MOST_LATE: Final = 1_000
"""Messages that are looked through; a backfill can be of millions."""

router = APIRouter(prefix="/api/v1", tags=["readings"])


@router.get("/points/{point}/readings", **answer(examples.SERIES, NOT_FOUND))
def get_readings(
    ports: Ports,
    point: Id,
    site: IdFilter = None,
    start: Annotated[Time | None, Query(description="From; by default a day before `end`.")] = None,
    end: Annotated[Time | None, Query(description="Up to, not including; by default now.")] = None,
    max_points: Annotated[int, Query(ge=1, le=_MOST_POINTS)] = 500,
) -> ReadingSeries:
    """A point's readings from `start` to `end`: as they are where they are few, else minimum, mean and maximum per
    bucket.
    """
    owner, found = _point(ports, point, site)
    until = ports.clock() if end is None else end
    since = until - _DEFAULT_SPAN if start is None else start
    if since >= until:
        detail = f"start {to_iso(since)} is not before end {to_iso(until)}"
        raise Problem(INVALID, detail, field=("query.start", "give a start before the end"))
    series = ports.historian.series(point, since, until, max_points)
    raw = series.bucket is SeriesBucket.RAW
    return ReadingSeries(
        point=point,
        site=owner,
        unit=found.unit,
        states=found.state_names,
        start=since,
        end=until,
        reduced=not raw,
        bucket_seconds=to_seconds(series.bucket_span),
        at=tuple(series.at.tolist()),
        minimum=_column(series.minimum),
        mean=_column(series.mean),
        maximum=_column(series.maximum),
        count=tuple(series.count.tolist()),
        quality=None if series.quality is None else tuple(quality_word(code) for code in series.quality.tolist()),
        limits=limits_of(ports.configuration().rules, owner, point),
        late=_late(ports, owner, point, since, until),
    )


def _late(ports: ApiPorts, site: str, point: str, start: Instant, end: Instant) -> LateReadings:
    found = ports.models.late_observations(site, start, end, _MOST_LATE)
    bodies = ((each.effect.at, each.effect.body) for each in found)
    received = [at for at, body in bodies if isinstance(body, LateObservation) and point in body.points]
    return LateReadings(messages=len(received), latest=received[0] if received else None)


def limits_of(rules: Iterable[RuleSpec], site: str, point: str) -> tuple[PointLimit, ...]:
    """The limits that rules of the site set for a point: every kind that watches points and knows `low` or `high`."""
    kinds = {kind.kind: kind.parameters["properties"] for kind in rule_kinds() if kind.subjects == "points"}
    watching = (
        rule
        for rule in rules
        if rule.enabled and rule.site == site and rule.kind in kinds and (not rule.subjects or point in rule.subjects)
    )
    found = (_limits(rule, kinds[rule.kind]) for rule in watching)
    return tuple(limit for limit in found if any(getattr(limit, name) is not None for name in _LIMITS))


def _limits(rule: RuleSpec, known: Mapping[str, Any]) -> PointLimit:
    """What a rule allows; `known` are the parameters of its kind, as a JSON Schema has them."""
    named = {name: _limit(rule.parameters.get(name)) for name in _LIMITS if name in known}
    is_stepped = named.get("low_low") is not None or named.get("high_high") is not None
    outer = rule.parameters.get("outer_priority", known["outer_priority"]["default"]) if is_stepped else None
    return PointLimit(
        rule=rule.id,
        name=rule.name,
        priority=rule.priority,
        low=named.get("low"),
        high=named.get("high"),
        low_low=named.get("low_low"),
        high_high=named.get("high_high"),
        outer_priority=None if outer is None else Priority(outer),
    )


def _limit(parameter: Parameter | None) -> float | None:
    return float(parameter) if isinstance(parameter, int | float) and not isinstance(parameter, bool) else None


def _point(ports: ApiPorts, point: str, site: str | None) -> tuple[str, Point]:
    for candidate in ports.configuration().sites:
        if site in {None, candidate.id}:
            for found in candidate.points:
                if found.id == point:
                    return candidate.id, found
    raise nothing("point" if site is None else f"point at site '{site}',", point)


def _column(values: Values) -> tuple[float | None, ...]:
    return tuple(number(value) for value in values.tolist())
