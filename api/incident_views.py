"""What the API puts together of incidents."""

from msgspec import Struct

from domain.alarm import Alarm, Occurrence


class IncidentMember(Struct, frozen=True, kw_only=True):
    """An occurrence gathered in an incident, and its alarm as it is now; that may be in another occurrence already."""

    alarm: Alarm
    occurrence: Occurrence
