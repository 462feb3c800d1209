"""Alarms, their occurrences, and why they are here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from msgspec.structs import asdict

from api import examples
from api.answers import answer, list_answer
from api.changes import Change
from api.derived import Listing
from api.evidence import evidence_of
from api.parameters import Id, IdFilter, Paging, etag
from api.people import mentioned, names_of
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, nothing
from api.views import AlarmItem, WhyAnswer
from domain.alarm import Alarm, Condition, Occurrence
from rules.expected_now import ExpectedNow, expected_now
from stores.ports import AlarmFilter

router = APIRouter(prefix="/api/v1", tags=["alarms"])


def alarm_of(ports: ApiPorts, alarm: str) -> Alarm:
    found = ports.models.alarm(alarm)
    if found is None:
        raise nothing("alarm", alarm)
    return found


def item_of(ports: ApiPorts, alarm: str) -> AlarmItem:
    """The alarm with what its rule expects now."""
    found = alarm_of(ports, alarm)
    return AlarmItem(**asdict(found), now=_now(ports, found))


def occurrence_of(ports: ApiPorts, occurrence: str) -> Occurrence:
    found = ports.models.occurrence(occurrence)
    if found is None:
        raise nothing("occurrence", occurrence)
    return found


def _why(ports: ApiPorts, alarm: Alarm, occurrence: Occurrence) -> WhyAnswer:
    configuration = ports.configuration()
    return WhyAnswer(
        alarm=alarm,
        occurrence=occurrence,
        rule=next((rule for rule in configuration.rules if rule.id == alarm.rule), None),
        rule_unchanged=occurrence.configuration == configuration.digest(),
        now=_now(ports, alarm) if occurrence.id == alarm.latest.id else None,
        evidence=evidence_of(ports, occurrence, alarm.subject),
        people=names_of(ports, mentioned([alarm, occurrence])),
    )


def _now(ports: ApiPorts, alarm: Alarm) -> ExpectedNow | None:
    configuration = ports.configuration()
    return expected_now(alarm, configuration.rules, configuration.sites)


def _wanted(
    *,
    site: IdFilter = None,
    condition: Condition | None = None,
    rule: IdFilter = None,
    standing: Annotated[
        bool | None,
        Query(description="True: active, unknown, latched, or not yet acknowledged; false: the others."),
    ] = None,
    suppressed: Annotated[
        bool | None, Query(description="True: shelved, out of service, or suppressed by design; false: the others.")
    ] = None,
    mode: Annotated[IdFilter, Query(description="Those that this mode suppresses now.")] = None,
    own: Annotated[
        bool, Query(description="With those of `site` also the alarms of Vigil's own that concern it.")
    ] = False,
) -> AlarmFilter:
    return AlarmFilter(
        site=site, condition=condition, rule=rule, standing=standing, suppressed=suppressed, mode=mode, own=own
    )


@router.get("/alarms", **list_answer(examples.ALARM))
def list_alarms(ports: Ports, page: Paging, which: Annotated[AlarmFilter, Depends(_wanted)]) -> Listing[Alarm]:
    """Alarms, the most urgent standing ones first."""
    return Listing(*ports.models.alarms(which, page))


@router.get("/alarms/{alarm}", **answer(examples.ALARM_ITEM, NOT_FOUND))
def get_alarm(ports: Ports, alarm: Id, response: Response) -> AlarmItem:
    """One alarm. Its ETag is its version, for If-Match."""
    found = item_of(ports, alarm)
    response.headers.update(etag(found.version))
    return found


@router.get("/alarms/{alarm}/occurrences", **list_answer(examples.OCCURRENCE, NOT_FOUND))
def list_occurrences(ports: Ports, alarm: Id, page: Paging) -> Listing[Occurrence]:
    """All activations of one alarm, newest first."""
    return Listing(*ports.models.occurrences(alarm_of(ports, alarm).id, page))


@router.get("/alarms/{alarm}/history", **list_answer(examples.ALARM_CHANGE, NOT_FOUND))
def list_alarm_history(ports: Ports, alarm: Id, page: Paging) -> Listing[Change]:
    """Every change of one alarm, newest first."""
    entries, following = ports.models.alarm_history(alarm_of(ports, alarm).id, page)
    return Listing([Change.of(stored) for stored in entries], following)


@router.get("/alarms/{alarm}/why", **answer(examples.WHY_ANSWER, NOT_FOUND))
def get_alarm_why(ports: Ports, alarm: Id) -> WhyAnswer:
    """Why this alarm is here: its latest occurrence with what was seen, what was expected, and the evidence."""
    found = alarm_of(ports, alarm)
    return _why(ports, found, found.latest)


@router.get("/occurrences/{occurrence}", **answer(examples.WHY_ANSWER, NOT_FOUND))
def get_occurrence(ports: Ports, occurrence: Id) -> WhyAnswer:
    """One activation of an alarm, and why it came about."""
    found = occurrence_of(ports, occurrence)
    return _why(ports, alarm_of(ports, found.alarm), found)
