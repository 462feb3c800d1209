"""Alarm figures after ISA-18.2, each with the occurrences or alarms it was counted from."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query

from api import log_examples
from api.answers import answer
from api.figure_views import FIGURE_BASIS, FigureBasis
from api.parameters import IdFilter, Paging, Time
from api.ports import ApiPorts, Ports
from api.problems import INVALID, Problem
from domain.alarm_figures import AlarmFigures, Figure, OccurrenceFacts, ShelvedFacts, alarm_figures, basis
from domain.incident import Flood
from domain.instant import DAY, Instant
from stores.ports import AlarmFilter, BadCursor, Page

router = APIRouter(prefix="/api/v1", tags=["figures"])

LONGEST: Final = 92 * DAY


Start = Annotated[Time | None, Query(description="Default: a day before `end`.")]
End = Annotated[Time | None, Query(description="Default: now.")]


@router.get("/alarm-figures", **answer(log_examples.ALARM_FIGURES))
def get_alarm_figures(
    ports: Ports,
    *,
    site: IdFilter = None,
    start: Start = None,
    end: End = None,
    operators: Annotated[
        int | None, Query(ge=1, le=1_000, description="On duty at a time; default as configured.")
    ] = None,
) -> AlarmFigures:
    """How much operators were asked in [start, end), by what, and how soon they answered; drills and tests left out.

    Each figure names the first of what it was counted from; `/alarm-figures/{figure}` lists all.
    """
    period = _period(ports, start, end)
    on_duty = ports.configuration().alarms.operators if operators is None else operators
    return alarm_figures(*_counted_from(ports, site, period), period, on_duty)


@router.get("/alarm-figures/{figure}", **answer(FIGURE_BASIS))
def get_alarm_figure(
    ports: Ports,
    page: Paging,
    figure: Figure,
    *,
    site: IdFilter = None,
    alarm: Annotated[IdFilter, Query(description="Occurrences of this alarm only.")] = None,
    start: Start = None,
    end: End = None,
) -> FigureBasis:
    """All that one figure was counted from, page by page: give the `start` and `end` of the figures to get the same."""
    period = _period(ports, start, end)
    facts, floods, shelved = _counted_from(ports, site, period)
    ids = basis(facts, floods, shelved, period)[figure]
    if alarm is not None:
        its = {each.id for each in facts if each.alarm == alarm}
        ids = [each for each in ids if each in its]
    return _page_of(figure, ids, page)


def _page_of(figure: Figure, ids: Sequence[str], page: Page) -> FigureBasis:
    """The ids after the cursor, which is the last id of the page before."""
    if page.cursor is not None and page.cursor not in ids:
        raise BadCursor(f"the figure '{figure}' of this period was not counted from '{page.cursor}'")
    first = 0 if page.cursor is None else ids.index(page.cursor) + 1
    given = tuple(ids[first : first + page.limit])
    following = given[-1] if first + page.limit < len(ids) else None
    return FigureBasis(figure=figure, counts=figure.counts, count=len(ids), ids=given, next=following)


def _period(ports: ApiPorts, start: Instant | None, end: Instant | None) -> tuple[Instant, Instant]:
    until = ports.clock() if end is None else end
    since = until - DAY if start is None else start
    if not 0 < until - since <= LONGEST:
        raise Problem(
            INVALID, "The period is empty or too long", field=("query.start", "give up to 92 days before end")
        )
    return since, until


def _counted_from(
    ports: ApiPorts, site: str | None, period: tuple[Instant, Instant]
) -> tuple[Sequence[OccurrenceFacts], Sequence[Flood], Sequence[ShelvedFacts]]:
    models = ports.models
    return models.occurrence_facts(site, *period), models.floods(*period), _shelved(ports, site, period[1])


def _shelved(ports: ApiPorts, site: str | None, until: Instant) -> list[ShelvedFacts]:
    which, found = AlarmFilter(site=site, suppressed=True), []
    cursor: str | None = None
    while True:
        alarms, cursor = ports.models.alarms(which, Page(limit=500, cursor=cursor))
        found += [ShelvedFacts(alarm=each.id, since=each.shelf.at) for each in alarms if each.shelf is not None]
        if cursor is None:
            return [each for each in found if each.since < until]
