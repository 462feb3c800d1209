"""Incidents: what operators look at first; each with the occurrences gathered in it, and why."""

from fastapi import APIRouter, Response

from api import examples
from api.answers import answer, command_answer, list_answer
from api.command_request import Asked
from api.derived import Listing
from api.incident_views import IncidentMember
from api.parameters import Id, IdFilter, Paging
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, nothing
from api.requests import CloseBody
from api.views import IncidentAnswer
from domain.alarm import Occurrence
from domain.commands import CloseIncident
from domain.incident import Incident, IncidentState
from stores.ports import IncidentFilter

router = APIRouter(prefix="/api/v1", tags=["incidents"])


def _incident(ports: ApiPorts, incident: str) -> Incident:
    found = ports.models.incident(incident)
    if found is None:
        raise nothing("incident", incident)
    return found


@router.get("/incidents", **list_answer(examples.INCIDENT))
def list_incidents(
    ports: Ports, page: Paging, *, site: IdFilter = None, state: IncidentState | None = None
) -> Listing[Incident]:
    """Incidents, the most urgent with something standing first; those that became part of another only by `state`."""
    return Listing(*ports.models.incidents(IncidentFilter(site=site, state=state), page))


@router.get("/incidents/{incident}", **answer(examples.INCIDENT, NOT_FOUND))
def get_incident(ports: Ports, incident: Id) -> Incident:
    """One incident."""
    return _incident(ports, incident)


@router.get("/incidents/{incident}/occurrences", **list_answer(examples.OCCURRENCE, NOT_FOUND))
def list_incident_occurrences(ports: Ports, incident: Id, page: Paging) -> Listing[Occurrence]:
    """All occurrences gathered in an incident, newest first; each says in `decisions` why it is part of it."""
    return Listing(*ports.models.incident_occurrences(_incident(ports, incident).id, page))


@router.get("/incidents/{incident}/alarms", **list_answer(examples.INCIDENT_MEMBER, NOT_FOUND))
def list_incident_alarms(ports: Ports, incident: Id, page: Paging) -> Listing[IncidentMember]:
    """The same with the alarm of each as it is now: its name, its place, and whether something stands for it."""
    gathered, following = ports.models.incident_occurrences(_incident(ports, incident).id, page)
    members = [(ports.models.alarm(each.alarm), each) for each in gathered]
    return Listing([IncidentMember(alarm=alarm, occurrence=each) for alarm, each in members if alarm], following)


@router.post("/incidents/{incident}/close", **command_answer(examples.INCIDENT_ANSWER, examples.WAITING))
async def close_incident(ports: Ports, asked: Asked, incident: Id, body: CloseBody) -> IncidentAnswer | Response:
    """End all occurrences of an incident that is over with one outcome."""
    command = CloseIncident(
        **asked.common(body),
        incident=incident,
        disposition=body.disposition,
        cause=body.cause,
        comment=body.comment,
    )
    return await asked.answer(
        command, incident, lambda outcome: IncidentAnswer(outcome=outcome, incident=_incident(ports, incident))
    )
