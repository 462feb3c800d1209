"""Alarm figures after ISA-18.2 / IEC 62682: how much operators are asked, by what, and how soon they answer.

Pure arithmetic over occurrences of one period. Drills and tests are left out; each figure names what it counted.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from domain.commands import Disposition
from domain.incident import Flood
from domain.instant import DAY, MINUTE, Duration, Instant, to_seconds
from domain.priority import Priority

WINDOW: Final[Duration] = 10 * MINUTE
STALE_AFTER: Final[Duration] = DAY
SHELVED_TOO_LONG: Final[Duration] = 4 * 60 * MINUTE
TOP: Final = 10
LISTED: Final = 100
"""Occurrences or alarms that a figure lists; the count is always the whole."""

_LEFT_OUT: Final = (Disposition.DRILL, Disposition.TEST)


class OccurrenceFacts(Struct, frozen=True, kw_only=True):
    """What figures need of one occurrence."""

    id: str
    alarm: str
    site: str
    rule: str
    priority: Priority
    raised_at: Instant
    count: int = 1
    announced_at: Instant | None = None
    acknowledged_at: Instant | None = None
    cleared_at: Instant | None = None
    disposition: Disposition | None = None
    incident: str | None = None


class ShelvedFacts(Struct, frozen=True, kw_only=True):
    """An alarm that is shelved now, and since when."""

    alarm: str
    since: Instant


class Counted(Struct, frozen=True, kw_only=True):
    """A count, and the first of what it was counted from."""

    count: int
    ids: tuple[str, ...]


class WorstActor(Struct, frozen=True, kw_only=True):
    """One alarm of the top list: how many of the announced occurrences are its own."""

    alarm: str
    rule: str
    site: str
    occurrences: int
    share: float
    ids: tuple[str, ...]


class PriorityShare(Struct, frozen=True, kw_only=True):
    """How many announced occurrences were of one priority."""

    priority: Priority
    occurrences: int
    share: float


class AlarmFigures(Struct, frozen=True, kw_only=True):
    """The figures of [start, end). Times in seconds; None where there is nothing to count.

    `announced` asked for an operator, `suppressed` did not because something stood for them. `per_operator` is that
    per operator and ten minutes, `most_per_operator` the same in the worst ten minutes. `flood_share` is the share of
    the period in which there was a flood. `mean_acknowledge_seconds` is from announcement to the first acknowledgement
    (MTTA), `median_acknowledge_seconds` the one in the middle. `stale` stood for more than a day at the period's end.
    """

    start: Instant
    end: Instant
    operators: int
    occurrences: int
    announced: Counted
    suppressed: Counted
    incidents: int
    per_operator: float
    most_per_operator: int
    floods: tuple[Flood, ...]
    flood_share: float
    in_floods: int
    by_priority: tuple[PriorityShare, ...]
    top: tuple[WorstActor, ...]
    top_share: float
    chattering: Counted
    stale: Counted
    shelved_too_long: Counted
    mean_acknowledge_seconds: float | None
    median_acknowledge_seconds: float | None
    unacknowledged: Counted
    false_or_nuisance: Counted


def alarm_figures(
    facts: Iterable[OccurrenceFacts],
    floods: Sequence[Flood],
    shelved: Sequence[ShelvedFacts],
    period: tuple[Instant, Instant],
    operators: int,
) -> AlarmFigures:
    """Count the occurrences that were raised in the period, or stood in it.

    `facts` may hold older occurrences that still stand: they count as stale only.
    """
    start, end = period
    known = [each for each in facts if each.disposition not in _LEFT_OUT]
    raised = [each for each in known if start <= each.raised_at < end]
    announced = [each for each in raised if each.announced_at is not None]
    answered = sorted(
        to_seconds(each.acknowledged_at - each.announced_at)
        for each in announced
        if each.acknowledged_at is not None and each.announced_at is not None
    )
    top = _top(announced)
    return AlarmFigures(
        start=start,
        end=end,
        operators=operators,
        occurrences=len(raised),
        announced=_counted(announced),
        suppressed=_counted(each for each in raised if each.announced_at is None),
        incidents=len({each.incident for each in raised if each.incident is not None}),
        per_operator=len(announced) * WINDOW / max(1, end - start) / operators,
        most_per_operator=-(-_most_in_window([each.announced_at or 0 for each in announced]) // operators),
        floods=tuple(floods),
        flood_share=_flood_share(floods, start, end),
        in_floods=sum(flood.alarms for flood in floods),
        by_priority=_by_priority(announced),
        top=top,
        top_share=sum(actor.share for actor in top),
        chattering=_counted(each for each in raised if each.count > 1),
        stale=_counted(each for each in known if _stood(each, end) > STALE_AFTER),
        shelved_too_long=_of([each.alarm for each in shelved if end - each.since > SHELVED_TOO_LONG]),
        mean_acknowledge_seconds=sum(answered) / len(answered) if answered else None,
        median_acknowledge_seconds=answered[len(answered) // 2] if answered else None,
        unacknowledged=_counted(each for each in announced if each.acknowledged_at is None),
        false_or_nuisance=_counted(
            each for each in raised if each.disposition in (Disposition.FALSE, Disposition.NUISANCE)
        ),
    )


def _counted(facts: Iterable[OccurrenceFacts]) -> Counted:
    return _of([each.id for each in facts])


def _of(ids: Sequence[str]) -> Counted:
    return Counted(count=len(ids), ids=tuple(ids[:LISTED]))


def _stood(fact: OccurrenceFacts, end: Instant) -> Duration:
    """How long an occurrence has stood without a break at `end`; 0 where it does not stand then."""
    if fact.raised_at >= end or (fact.cleared_at is not None and fact.cleared_at < end):
        return 0
    return end - fact.raised_at


def _most_in_window(times: list[Instant]) -> int:
    """The most of these times in any window that begins with one of them."""
    times.sort()
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= WINDOW:
            first += 1
        most = max(most, last - first + 1)
    return most


def _flood_share(floods: Sequence[Flood], start: Instant, end: Instant) -> float:
    flooded = sum(
        max(0, min(end, end if flood.ended_at is None else flood.ended_at) - max(start, flood.began_at))
        for flood in floods
    )
    return flooded / max(1, end - start)


def _by_priority(announced: Sequence[OccurrenceFacts]) -> tuple[PriorityShare, ...]:
    counts = Counter(each.priority for each in announced)
    whole = max(1, len(announced))
    return tuple(
        PriorityShare(priority=priority, occurrences=counts[priority], share=counts[priority] / whole)
        for priority in Priority
    )


def _top(announced: Sequence[OccurrenceFacts]) -> tuple[WorstActor, ...]:
    of_alarm: dict[str, list[OccurrenceFacts]] = {}
    for each in announced:
        of_alarm.setdefault(each.alarm, []).append(each)
    worst = sorted(of_alarm.values(), key=lambda facts: (-len(facts), facts[0].alarm))[:TOP]
    return tuple(
        WorstActor(
            alarm=facts[0].alarm,
            rule=facts[0].rule,
            site=facts[0].site,
            occurrences=len(facts),
            share=len(facts) / len(announced),
            ids=tuple(each.id for each in facts[:LISTED]),
        )
        for facts in worst
    )
