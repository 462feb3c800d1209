"""The incident that the OpenAPI document shows: a parent's alarm with what is gathered under it."""

from domain.alarm import Alarm, Occurrence
from domain.incident import Grouping, Incident, IncidentState


def incident_of(alarm: Alarm, occurrence: Occurrence) -> Incident:
    """An incident as it may stand a minute after this occurrence began it."""
    return Incident(
        id="incident-2f6be1",
        site=alarm.site,
        zone=alarm.zone,
        state=IncidentState.OPEN,
        title=alarm.name,
        grouping=Grouping.PARENT_FAILED,
        priority=alarm.priority,
        is_safety=False,
        first=occurrence.id,
        opened_at=occurrence.raised_at,
        changed_at=occurrence.raised_at,
        occurrences=12,
        standing=11,
        suppressed=10,
        version=3,
    )
