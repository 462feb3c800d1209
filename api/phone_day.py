"""What an officer's phone shows: checkpoints with their questions, the site's officers, the tours of the day."""

from collections.abc import Iterator
from typing import Final

from fastapi import APIRouter, Request

from api.answers import answer
from api.gate import principal_of
from api.patrol_proposals import with_accepted
from api.people import names_of
from api.phone_examples import PHONE_DAY
from api.phone_views import PhoneCheckpoint, PhoneDay, PhoneRun, PhoneStop
from api.ports import ApiPorts, Ports
from api.problems import FORBIDDEN, NOT_FOUND, Problem, nothing
from api.views import PersonName
from domain.instant import HOUR, Duration, Instant
from domain.schedule import run_window
from domain.site import PersonRole, Site, Tour
from domain.tour_run import RunStop, TourRun
from stores.ports import Page

router = APIRouter(prefix="/api/v1", tags=["phones"])

_PAGE: Final = 200
_BEFORE: Final[Duration] = 12 * HOUR
"""Runs that began longer ago are no concern of the shift that carries the phone now."""


@router.get("/phone", **answer(PHONE_DAY, FORBIDDEN, NOT_FOUND))
def get_phone_day(request: Request, ports: Ports) -> PhoneDay:
    """What the phone of this token needs for a shift. Kept by the phone, so that it can go without a connection."""
    principal = principal_of(request)
    if principal.device is None or principal.site is None:
        raise Problem(FORBIDDEN, "This is for phones: use the token that 'vigil device token' made")
    site = ports.configuration().site(principal.site)
    if site is None:
        raise nothing("site", principal.site)
    site = with_accepted(ports, site)
    now = ports.clock()
    return PhoneDay(
        at=now,
        site=site.id,
        name=site.name,
        timezone=site.timezone,
        device=principal.device,
        officers=_officers(ports, site),
        checkpoints=tuple(
            PhoneCheckpoint(id=each.id, name=each.name, methods=each.methods, questions=each.questions)
            for each in site.checkpoints
        ),
        runs=tuple(_runs(ports, site, now)),
    )


def _officers(ports: ApiPorts, site: Site) -> tuple[PersonName, ...]:
    """The site's officers, by name where it is known."""
    officers = [person.id for person in site.people if person.role is PersonRole.OFFICER]
    names = names_of(ports, set(officers))
    return tuple(PersonName(id=each, name=names.get(each, each)) for each in officers)


def _runs(ports: ApiPorts, site: Site, now: Instant) -> Iterator[PhoneRun]:
    tours = {tour.id: tour for tour in site.tours}
    cursor: str | None = None
    while True:
        found, cursor = ports.models.runs(site.id, None, Page(limit=_PAGE, cursor=cursor))
        for run in found:
            # The latest start comes first.
            if run.starts_at < now - _BEFORE:
                return
            tour = tours.get(run.tour)
            if tour is not None:
                yield _shown(run, tour, site)
        if cursor is None:
            return


def _shown(run: TourRun, tour: Tour, site: Site) -> PhoneRun:
    window = run_window(tour, site.timezone, run.starts_at, site.calendar)
    # In a random order the stops are others' places in the tour, and the times belong to the place.
    first = dict(zip(window.due_at, window.not_before, strict=True))
    handed = [handover.officer for handover in run.handovers]
    return PhoneRun(
        id=run.id,
        name=run.name,
        state=run.state,
        order=tour.order,
        opens_at=window.opens_at,
        starts_at=run.starts_at,
        ends_at=run.ends_at,
        officers=tuple(dict.fromkeys([*tour.officers, *handed])) if tour.officers else (),
        stops=tuple(_stop(stop, first.get(stop.due_at, window.opens_at)) for stop in run.stops),
    )


def _stop(stop: RunStop, not_before: Instant) -> PhoneStop:
    return PhoneStop(
        checkpoint=stop.checkpoint,
        not_before=not_before,
        due_at=stop.due_at,
        missed_at=stop.missed_at,
        verdict=stop.verdict,
        scanned_at=stop.scanned_at,
    )
