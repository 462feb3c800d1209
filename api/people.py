"""Names behind opaque ids, from the erasable people store: looked up when shown, kept nowhere else."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from api import examples
from api.answers import list_answer
from api.derived import Listing
from api.ports import ApiPorts, Ports
from api.views import PersonName
from domain.alarm import Alarm, Occurrence
from domain.identity import ID_PATTERN
from domain.tour_run import TourRun
from domain.work_order import WorkOrder

router = APIRouter(prefix="/api/v1", tags=["people"])

_Ids = Annotated[list[Annotated[str, Query(pattern=ID_PATTERN)]], Query(alias="id", min_length=1, max_length=200)]


def mentioned(things: Iterable[Alarm | Occurrence | WorkOrder | TourRun]) -> set[str]:
    """The opaque ids of people that these name."""
    found: set[str | None] = set()
    for thing in things:
        match thing:
            case Alarm():
                found |= {thing.acknowledged_by, thing.latest.closed_by}
            case Occurrence():
                found.add(thing.closed_by)
            case WorkOrder():
                found.add(thing.assignee)
            case TourRun():
                found |= {stop.officer for stop in thing.stops}
    return {person for person in found if person is not None}


def names_of(ports: ApiPorts, people: set[str]) -> Mapping[str, str]:
    """The names that are known, by id."""
    return ports.people.names(sorted(people)) if people else {}


@router.get("/people", **list_answer(examples.PERSON_NAME))
def list_people(ports: Ports, ids: _Ids) -> Listing[PersonName]:
    """Names of the people with these ids; unknown and erased ones are left out."""
    known = names_of(ports, set(ids))
    return Listing([PersonName(id=person, name=name) for person, name in sorted(known.items())])
