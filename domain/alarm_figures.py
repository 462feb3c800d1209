"""Alarm figures after ISA-18.2 / IEC 62682: how much operators are asked, by what, and how soon they answer.

Pure arithmetic over occurrences of one period. Drills and tests are left out; each figure names what it counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
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
_NOT_REAL: Final = (Disposition.FALSE, Disposition.NUISANCE)


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


class Counts(StrEnum):
    """What a figure counts, and so what its ids name."""

    OCCURRENCES = "occurrences"
    INCIDENTS = "incidents"
    ALARMS = "alarms"


class Figure(StrEnum):
    """The counts that all figures are made of; each can be asked for whole."""

    RAISED = "raised"
    ANNOUNCED = "announced"
    SUPPRESSED = "suppressed"
    INCIDENTS = "incidents"
    WORST_WINDOW = "worst_window"
    IN_FLOODS = "in_floods"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    TOP_TEN = "top_ten"
    CHATTERING = "chattering"
    STALE = "stale"
    SHELVED_TOO_LONG = "shelved_too_long"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    FALSE_OR_NUISANCE = "false_or_nuisance"

    @property
    def counts(self) -> Counts:
        """What it counts."""
        match self:
            case Figure.INCIDENTS:
                return Counts.INCIDENTS
            case Figure.SHELVED_TOO_LONG:
                return Counts.ALARMS
            case _:
                return Counts.OCCURRENCES


class Counted(Struct, frozen=True, kw_only=True):
    """A count, and the first of what it was counted from; the rest is listed by the figure's name."""

    figure: Figure
    count: int
    ids: tuple[str, ...]

    @property
    def more(self) -> bool:
        """Whether not all ids are here."""
        return self.count > len(self.ids)


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
    occurrences: Counted
    share: float


class AlarmFigures(Struct, frozen=True, kw_only=True):
    """The figures of [start, end). Times in seconds; None where there is nothing to count.

    `announced` asked for an operator, `suppressed` did not because something stood for them. `per_operator` is
    `announced` per operator and ten minutes, `most_per_operator` the same of `worst_window`, the worst ten minutes.
    `flood_share` is the share of the period in which there was one of the `floods`, `in_floods` was announced then.
    `top_share` is the share of `top_ten`, the occurrences of the ten alarms of `top`. `mean_acknowledge_seconds` is
    from announcement to the first acknowledgement of those `acknowledged` (MTTA), `median_acknowledge_seconds` the one
    in the middle. `stale` stood for more than a day at the period's end.
    """

    start: Instant
    end: Instant
    operators: int
    raised: Counted
    announced: Counted
    suppressed: Counted
    incidents: Counted
    per_operator: float
    most_per_operator: int
    worst_window: Counted
    floods: tuple[Flood, ...]
    flood_share: float
    in_floods: Counted
    by_priority: tuple[PriorityShare, ...]
    top: tuple[WorstActor, ...]
    top_ten: Counted
    top_share: float
    chattering: Counted
    stale: Counted
    shelved_too_long: Counted
    acknowledged: Counted
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
    facts = list(facts)
    whole = basis(facts, floods, shelved, period)
    of = {figure: _counted(figure, ids) for figure, ids in whole.items()}
    announced = _announced(_raised(facts, period))
    answered = sorted(_answered(announced))
    top = _top(announced)
    return AlarmFigures(
        start=start,
        end=end,
        operators=operators,
        raised=of[Figure.RAISED],
        announced=of[Figure.ANNOUNCED],
        suppressed=of[Figure.SUPPRESSED],
        incidents=of[Figure.INCIDENTS],
        per_operator=len(announced) * WINDOW / max(1, end - start) / operators,
        most_per_operator=-(-of[Figure.WORST_WINDOW].count // operators),
        worst_window=of[Figure.WORST_WINDOW],
        floods=tuple(floods),
        flood_share=_flood_share(floods, start, end),
        in_floods=of[Figure.IN_FLOODS],
        by_priority=tuple(_share(priority, of, len(announced)) for priority in Priority),
        top=top,
        top_ten=of[Figure.TOP_TEN],
        top_share=sum(actor.share for actor in top),
        chattering=of[Figure.CHATTERING],
        stale=of[Figure.STALE],
        shelved_too_long=of[Figure.SHELVED_TOO_LONG],
        acknowledged=of[Figure.ACKNOWLEDGED],
        mean_acknowledge_seconds=sum(answered) / len(answered) if answered else None,
        median_acknowledge_seconds=answered[len(answered) // 2] if answered else None,
        unacknowledged=of[Figure.UNACKNOWLEDGED],
        false_or_nuisance=of[Figure.FALSE_OR_NUISANCE],
    )


def basis(
    facts: Iterable[OccurrenceFacts],
    floods: Sequence[Flood],
    shelved: Sequence[ShelvedFacts],
    period: tuple[Instant, Instant],
) -> Mapping[Figure, Sequence[str]]:
    """All ids that each figure counts, in the order of `facts`."""
    facts, end = list(facts), period[1]
    raised = _raised(facts, period)
    announced = _announced(raised)
    noisiest = {actor.alarm for actor in _top(announced)}
    found = {
        Figure.RAISED: raised,
        Figure.ANNOUNCED: announced,
        Figure.SUPPRESSED: [each for each in raised if each.announced_at is None],
        Figure.WORST_WINDOW: _worst_window(announced),
        Figure.IN_FLOODS: [each for each in announced if _is_in_flood(each, floods)],
        Figure.TOP_TEN: [each for each in announced if each.alarm in noisiest],
        Figure.CHATTERING: [each for each in raised if each.count > 1],
        Figure.STALE: [each for each in _known(facts) if _stood(each, end) > STALE_AFTER],
        Figure.ACKNOWLEDGED: [each for each in announced if each.acknowledged_at is not None],
        Figure.UNACKNOWLEDGED: [each for each in announced if each.acknowledged_at is None],
        Figure.FALSE_OR_NUISANCE: [each for each in raised if each.disposition in _NOT_REAL],
    }
    for priority in Priority:
        found[Figure(priority.value)] = [each for each in announced if each.priority is priority]
    ids: dict[Figure, Sequence[str]] = {figure: [each.id for each in those] for figure, those in found.items()}
    ids[Figure.INCIDENTS] = list(dict.fromkeys(each.incident for each in raised if each.incident is not None))
    ids[Figure.SHELVED_TOO_LONG] = [each.alarm for each in shelved if end - each.since > SHELVED_TOO_LONG]
    return ids


def _known(facts: Sequence[OccurrenceFacts]) -> list[OccurrenceFacts]:
    return [each for each in facts if each.disposition not in _LEFT_OUT]


def _raised(facts: Sequence[OccurrenceFacts], period: tuple[Instant, Instant]) -> list[OccurrenceFacts]:
    return [each for each in _known(facts) if period[0] <= each.raised_at < period[1]]


def _announced(raised: Sequence[OccurrenceFacts]) -> list[OccurrenceFacts]:
    return [each for each in raised if each.announced_at is not None]


def _answered(announced: Sequence[OccurrenceFacts]) -> Iterable[float]:
    for each in announced:
        if each.acknowledged_at is not None and each.announced_at is not None:
            yield to_seconds(each.acknowledged_at - each.announced_at)


def _is_in_flood(fact: OccurrenceFacts, floods: Sequence[Flood]) -> bool:
    at = fact.announced_at or 0
    return any(flood.began_at <= at and (flood.ended_at is None or at < flood.ended_at) for flood in floods)


def _counted(figure: Figure, ids: Sequence[str]) -> Counted:
    return Counted(figure=figure, count=len(ids), ids=tuple(ids[:LISTED]))


def _share(priority: Priority, of: Mapping[Figure, Counted], whole: int) -> PriorityShare:
    counted = of[Figure(priority.value)]
    return PriorityShare(priority=priority, occurrences=counted, share=counted.count / max(1, whole))


def _stood(fact: OccurrenceFacts, end: Instant) -> Duration:
    """How long an occurrence has stood without a break at `end`; 0 where it does not stand then."""
    if fact.raised_at >= end or (fact.cleared_at is not None and fact.cleared_at < end):
        return 0
    return end - fact.raised_at


def _worst_window(announced: Sequence[OccurrenceFacts]) -> list[OccurrenceFacts]:
    """Those of the window with the most announcements, of the windows that begin with one."""
    by_time = sorted(announced, key=_announced_at)
    best, first = (0, 0), 0
    for last, each in enumerate(by_time):
        while _announced_at(each) - _announced_at(by_time[first]) >= WINDOW:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = first, last + 1
    return by_time[slice(*best)]


def _announced_at(fact: OccurrenceFacts) -> Instant:
    return fact.announced_at or 0


def _flood_share(floods: Sequence[Flood], start: Instant, end: Instant) -> float:
    flooded = sum(
        max(0, min(end, end if flood.ended_at is None else flood.ended_at) - max(start, flood.began_at))
        for flood in floods
    )
    return flooded / max(1, end - start)


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
