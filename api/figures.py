"""Alarm figures after ISA-18.2, each with the occurrences or alarms it was counted from."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api import log_examples
from api.answers import answer
from api.parameters import IdFilter, Time
from api.ports import ApiPorts, Ports
from api.problems import INVALID, Problem
from domain.alarm_figures import AlarmFigures, ShelvedFacts, alarm_figures
from domain.instant import DAY, Instant
from stores.ports import AlarmFilter, Page

router = APIRouter(prefix="/api/v1", tags=["figures"])

LONGEST: Final = 92 * DAY


@router.get("/alarm-figures", **answer(log_examples.ALARM_FIGURES))
def get_alarm_figures(
    ports: Ports,
    *,
    site: IdFilter = None,
    start: Annotated[Time | None, Query(description="Default: a day before `end`.")] = None,
    end: Annotated[Time | None, Query(description="Default: now.")] = None,
    operators: Annotated[
        int | None, Query(ge=1, le=1_000, description="On duty at a time; default as configured.")
    ] = None,
) -> AlarmFigures:
    """How much operators were asked in [start, end), by what, and how soon they answered; drills and tests left out."""
    until = ports.clock() if end is None else end
    since = until - DAY if start is None else start
    if not 0 < until - since <= LONGEST:
        raise Problem(
            INVALID, "The period is empty or too long", field=("query.start", "give up to 92 days before end")
        )
    facts = ports.models.occurrence_facts(site, since, until)
    floods = ports.models.floods(since, until)
    on_duty = ports.configuration().alarms.operators if operators is None else operators
    return alarm_figures(facts, floods, _shelved(ports, site, until), (since, until), on_duty)


def _shelved(ports: ApiPorts, site: str | None, until: Instant) -> list[ShelvedFacts]:
    which, found = AlarmFilter(site=site, suppressed=True), []
    cursor: str | None = None
    while True:
        alarms, cursor = ports.models.alarms(which, Page(limit=500, cursor=cursor))
        found += [ShelvedFacts(alarm=each.id, since=each.shelf.at) for each in alarms if each.shelf is not None]
        if cursor is None:
            return [each for each in found if each.since < until]
