"""Judges passes by the rules of a mapping: pure, one finding per subject and rule, with the passes it rests on."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from domain.instant import Duration, Instant, from_seconds, to_seconds
from domain.schedule import clock_text
from domain.text import Text
from vigil.passes.pass_log import Pass
from vigil.passes.pass_map import (
    Ends,
    Hours,
    Legs,
    OneKind,
    Pace,
    PassMap,
    PassRule,
    Restricted,
    Routes,
    Stay,
    Way,
    word_of,
)

SHOWN_LINES: Final = 20

Hit: TypeAlias = tuple[Pass, Text]
"""A pass that breaks a rule, and how."""

Journey: TypeAlias = Sequence[Pass]
"""All passes of one subject, in the order of their time."""


class PassFinding(Struct, frozen=True, kw_only=True):
    """A subject broke a rule: how often, first when, and by which lines of the log (at most `SHOWN_LINES`)."""

    rule: str
    kind_of_rule: str
    name: Text
    subject: str
    kinds: tuple[str, ...]
    count: int
    first_at: Instant
    last_at: Instant
    detail: Text
    lines: tuple[int, ...]


def judge_passes(passes: Sequence[Pass], mapped: PassMap) -> list[PassFinding]:
    """Find every subject that breaks a rule, by rule and first breach. The order of the log's rows does not matter."""
    journeys: defaultdict[str, list[Pass]] = defaultdict(list)
    for each in sorted(passes, key=lambda one: (one.at, one.line)):
        journeys[each.who].append(each)
    found: list[PassFinding] = []
    for rule in mapped.rules:
        world = _world(rule, journeys, mapped.mapping.timezone)
        of_rule = [
            _finding(rule, subject, journey, hits)
            for subject, journey in journeys.items()
            if (hits := list(_broken(rule, _meant(rule, journey), world)))
        ]
        found += sorted(of_rule, key=lambda one: (one.first_at, one.subject))
    return found


def _meant(rule: PassRule, journey: Journey) -> Journey:
    """The passes that a rule is about."""
    kinds = () if isinstance(rule, Restricted | OneKind) else rule.kinds
    return [each for each in journey if each.kind in kinds] if kinds else journey


def _finding(rule: PassRule, subject: str, journey: Journey, hits: Sequence[Hit]) -> PassFinding:
    first, detail = hits[0]
    more = len(hits) - 1
    return PassFinding(
        rule=rule.id,
        kind_of_rule=word_of(rule),
        name=rule.name,
        subject=subject,
        kinds=tuple(dict.fromkeys(each.kind for each in journey)),
        count=len(hits),
        first_at=first.at,
        last_at=hits[-1][0].at,
        detail=Text(f"{detail.en}; {more} more", f"{detail.zh}；另有 {more} 次") if more else detail,
        lines=tuple(each.line for each, _ in hits[:SHOWN_LINES]),
    )


class _World(NamedTuple):
    """What rules need beyond a journey: the site's zone, when the log begins and ends, usual seconds of its legs."""

    timezone: str
    begins: Instant
    ends: Instant
    usual: Mapping[tuple[str, str], float]


def _world(rule: PassRule, journeys: Mapping[str, Journey], timezone: str) -> _World:
    times = [each.at for journey in journeys.values() for each in journey]
    usual = _medians(rule, journeys) if isinstance(rule, Pace) else {}
    return _World(timezone, min(times, default=0), max(times, default=0), usual)


def _broken(rule: PassRule, journey: Journey, world: _World) -> Iterator[Hit]:
    """Where a journey breaks a rule."""
    match rule:
        case Restricted():
            yield from _restricted(rule, journey)
        case Hours():
            yield from _hours(rule, journey, world.timezone)
        case Ends():
            yield from _ends(rule, journey, world)
        case Way():
            yield from _way(rule, journey)
        case Routes():
            yield from _routes(rule, journey)
        case Legs():
            yield from _legs(rule, journey)
        case Pace():
            yield from _pace(rule, journey, world.usual)
        case Stay():
            yield from _stay(rule, journey)
        case OneKind():
            yield from _one_kind(journey)


def _restricted(rule: Restricted, journey: Journey) -> Iterator[Hit]:
    for each in journey:
        if each.checkpoint in rule.checkpoints and each.kind not in rule.allowed:
            allowed = ", ".join(rule.allowed) or "nobody"
            yield (
                each,
                Text(
                    f"kind {each.kind} passed {each.checkpoint}, which is for {allowed} only",
                    f"类型 {each.kind} 通过 {each.checkpoint}，该处仅限 {', '.join(rule.allowed) or '无人'}",
                ),
            )


def _hours(rule: Hours, journey: Journey, timezone: str) -> Iterator[Hit]:
    for each in journey:
        if each.checkpoint not in rule.checkpoints:
            continue
        clock = clock_text(timezone, each.at)
        within = rule.start <= clock < rule.end
        if rule.start > rule.end:
            within = clock >= rule.start or clock < rule.end
        if not within:
            yield (
                each,
                Text(
                    f"passed {each.checkpoint} at {clock}, expected from {rule.start} to {rule.end}",
                    f"{clock} 通过 {each.checkpoint}，应在 {rule.start} 至 {rule.end} 之间",
                ),
            )


def _ends(rule: Ends, journey: Journey, world: _World) -> Iterator[Hit]:
    if not journey:
        return
    margin = from_seconds(rule.open_seconds)
    first, last = journey[0], journey[-1]
    if first.checkpoint not in rule.first and first.at >= world.begins + margin:
        yield first, Text(f"came by {first.checkpoint}", f"从 {first.checkpoint} 进入")
    if last.checkpoint not in rule.last and last.at <= world.ends - margin:
        yield last, Text(f"was last seen at {last.checkpoint}", f"最后出现在 {last.checkpoint}")


def _way(rule: Way, journey: Journey) -> Iterator[Hit]:
    for before, each in pairwise(journey):
        following = rule.following.get(before.checkpoint)
        if following is None or each.checkpoint == before.checkpoint or each.checkpoint in following:
            continue
        expected = ", ".join(following)
        yield (
            each,
            Text(
                f"went from {before.checkpoint} to {each.checkpoint}, expected {expected} next",
                f"从 {before.checkpoint} 到 {each.checkpoint}，下一处应为 {expected}",
            ),
        )


def _routes(rule: Routes, journey: Journey) -> Iterator[Hit]:
    walked = tuple(each.checkpoint for each in journey)
    if not walked or walked in rule.routes:
        return
    best = max((_shared(walked, route), route) for route in rule.routes) if rule.routes else (0, ())
    place, route = best
    expected = route[place] if place < len(route) else "the end"
    where = journey[min(place, len(journey) - 1)]
    met = walked[place] if place < len(walked) else "the end"
    yield (
        where,
        Text(
            f"follows no route: after {place} checkpoints of the nearest one, {met} instead of {expected}",
            f"不符合任何路线：最接近的路线走过 {place} 处后，到了 {met}，应为 {expected}",
        ),
    )


def _shared(walked: Sequence[str], route: Sequence[str]) -> int:
    """How many checkpoints two ways have in common from their beginning."""
    return next(
        (place for place, (one, other) in enumerate(zip(walked, route, strict=False)) if one != other),
        min(len(walked), len(route)),
    )


def _legs(rule: Legs, journey: Journey) -> Iterator[Hit]:
    known = {frozenset(leg.between): leg for leg in rule.legs}
    for before, each in pairwise(journey):
        leg = known.get(frozenset((before.checkpoint, each.checkpoint)))
        if leg is None or before.checkpoint == each.checkpoint:
            continue
        seconds = to_seconds(each.at - before.at)
        if leg.min_seconds is not None and seconds < leg.min_seconds:
            yield each, _took(before, each, seconds, f"at least {leg.min_seconds:g}", f"至少 {leg.min_seconds:g}")
        elif leg.max_seconds is not None and seconds > leg.max_seconds:
            yield each, _took(before, each, seconds, f"at most {leg.max_seconds:g}", f"至多 {leg.max_seconds:g}")


def _pace(rule: Pace, journey: Journey, usual: Mapping[tuple[str, str], float]) -> Iterator[Hit]:
    for before, each in pairwise(journey):
        median = usual.get((before.checkpoint, each.checkpoint))
        if median is None:
            continue
        seconds = to_seconds(each.at - before.at)
        is_slow = rule.slower is not None and seconds > rule.slower * median
        is_fast = rule.faster is not None and seconds < rule.faster * median
        if is_slow or is_fast:
            yield each, _took(before, each, seconds, f"usually {median:.0f}", f"通常 {median:.0f}")


def _medians(rule: Pace, journeys: Mapping[str, Journey]) -> dict[tuple[str, str], float]:
    """The usual seconds of each leg, in its direction, from who is meant."""
    seconds: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for journey in journeys.values():
        for before, each in pairwise(_meant(rule, journey)):
            if before.checkpoint != each.checkpoint:
                seconds[before.checkpoint, each.checkpoint].append(to_seconds(each.at - before.at))
    return {leg: statistics.median(times) for leg, times in seconds.items() if len(times) >= rule.at_least}


def _took(before: Pass, each: Pass, seconds: float, expected: str, in_chinese: str) -> Text:
    leg = f"{before.checkpoint} → {each.checkpoint}"
    return Text(f"{leg} took {seconds:.0f} s, {expected} s", f"{leg} 用时 {seconds:.0f} 秒，{in_chinese} 秒")


def _stay(rule: Stay, journey: Journey) -> Iterator[Hit]:
    if not journey:
        return
    stayed: Duration = journey[-1].at - journey[0].at
    if stayed > from_seconds(rule.max_seconds):
        hours, most = to_seconds(stayed) / 3600, rule.max_seconds / 3600
        yield (
            journey[-1],
            Text(f"was there for {hours:.1f} h, at most {most:g} h", f"停留 {hours:.1f} 小时，至多 {most:g} 小时"),
        )


def _one_kind(journey: Journey) -> Iterator[Hit]:
    for each in journey:
        if each.kind != journey[0].kind:
            yield (
                each,
                Text(
                    f"was kind {journey[0].kind} before and is {each.kind} here",
                    f"此前类型为 {journey[0].kind}，此处为 {each.kind}",
                ),
            )
