"""Incidents: which occurrences belong together, how many of them stand, and when the whole is over.

What has changed is told once for each record that changed it (`settle`), however many occurrences came with it.
"""

from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from domain.alarm import Alarm, Occurrence, OccurrenceState
from domain.alarm_policy import AlarmPolicy
from domain.effects import IncidentChanged
from domain.identity import derive_id
from domain.incident import INCIDENT_TABLE, Grouping, Incident, IncidentState, IncidentTrigger
from domain.instant import Instant
from domain.text import Text
from domain.transition import step
from rules.deadlines import Deadlines
from rules.telling import Dated
from rules.wording import span

_STRENGTH: Final = tuple(Grouping)


class Place(Struct, frozen=True, kw_only=True):
    """Where an occurrence belongs: the incident (None: one of its own), why, and the sentence."""

    incident: str | None
    grouping: Grouping
    reason: Text


class IncidentMemory(Struct, kw_only=True):
    """An incident with what decides who joins it: `standing` and `suppressed` are occurrences, as ordered sets."""

    incident: Incident
    kind: str
    joined_at: Instant
    standing: dict[str, None] = field(default_factory=dict)
    suppressed: dict[str, None] = field(default_factory=dict)
    closes_at: Instant | None = None

    @property
    def key(self) -> tuple[str, str | None, str]:
        """Occurrences of this site, zone and kind join it."""
        return self.incident.site, self.incident.zone, self.kind


class IncidentsState(Struct, frozen=True, kw_only=True):
    """The stored form; `merged` says which incident took in which."""

    open: list[IncidentMemory]
    merged: dict[str, str]


class Incidents:
    """The incidents that are not closed."""

    def __init__(self, lane: str) -> None:
        """Nothing has happened."""
        self._lane = lane
        self.policy = AlarmPolicy()
        self._open: dict[str, IncidentMemory] = {}
        self._merged: dict[str, str] = {}
        self._newest: dict[tuple[str, str | None, str], str] = {}
        self._closing: Deadlines[tuple[str]] = Deadlines()
        self._changed: dict[str, Instant] = {}
        self._over: list[Dated] = []

    def resolve(self, incident: str | None) -> str | None:
        """The incident that this one is part of now; None where it is over or unknown."""
        while incident is not None and incident in self._merged:
            incident = self._merged[incident]
        return incident if incident in self._open else None

    def near(self, alarm: Alarm, kind: str, at: Instant) -> Place | None:
        """The incident of this zone and kind, if its latest occurrence is not long ago."""
        memory = self._open.get(self._newest.get((alarm.site, alarm.zone, kind), ""))
        within = self.policy.span("gather")
        if memory is None or abs(at - memory.joined_at) > within:
            return None
        length = span(within)
        reason = Text(
            f"the same kind of alarm in the same zone, within {length.en} of the one before",
            f"同一区域同类报警，距上一条不超过 {length.zh}",
        )
        return Place(incident=memory.incident.id, grouping=Grouping.SAME_ZONE_AND_KIND, reason=reason)

    def join(self, place: Place, alarm: Alarm, kind: str, at: Instant) -> str:
        """Put the alarm's latest occurrence where it belongs; gives the incident's id."""
        occurrence = alarm.latest
        found = self.resolve(place.incident)
        memory = self._begin(alarm, kind, at) if found is None else self._open[found]
        incident = memory.incident
        state = step("incident", INCIDENT_TABLE, incident.state, IncidentTrigger.JOIN)
        memory.incident = replace(
            incident,
            state=state,
            grouping=max(incident.grouping, place.grouping, key=_strength),
            priority=min(incident.priority, occurrence.priority, key=lambda each: each.rank),
            occurrences=incident.occurrences + 1,
        )
        memory.joined_at = max(memory.joined_at, at)
        memory.closes_at = None
        self._closing.set((incident.id,), None)
        self._mark(memory, at)
        self.follow(alarm, replace(occurrence, incident=incident.id), at)
        return incident.id

    def leave(self, occurrence: Occurrence, at: Instant) -> None:
        """The occurrence goes to another incident."""
        memory = self._open.get(self.resolve(occurrence.incident) or "")
        if memory is None:
            return
        memory.standing.pop(occurrence.id, None)
        memory.suppressed.pop(occurrence.id, None)
        memory.incident = replace(memory.incident, occurrences=memory.incident.occurrences - 1)
        self._mark(memory, at)
        self._quieten(memory, at)

    def follow(self, alarm: Alarm, occurrence: Occurrence, at: Instant) -> None:
        """Take an occurrence as it now is: whether it stands, is suppressed, and how grave it is."""
        memory = self._open.get(self.resolve(occurrence.incident) or "")
        if memory is None:
            return
        is_standing = occurrence.state is OccurrenceState.ACTIVE
        is_suppressed = is_standing and alarm.is_suppressed and alarm.latest.id == occurrence.id
        changed = _in_set(memory.standing, occurrence.id, is_in=is_standing)
        changed |= _in_set(memory.suppressed, occurrence.id, is_in=is_suppressed)
        if occurrence.priority.rank < memory.incident.priority.rank:
            memory.incident = replace(memory.incident, priority=occurrence.priority)
            changed = True
        if changed:
            self._mark(memory, at)
            self._quieten(memory, at)

    def head(self, incident: str | None, title: Text, at: Instant) -> None:
        """Let an incident bear the headline of the parent that it was gathered under."""
        memory = self._open.get(self.resolve(incident) or "")
        if memory is not None and memory.incident.title != title:
            memory.incident = replace(memory.incident, title=title)
            self._mark(memory, at)

    def confirm(self, incident: str | None, at: Instant) -> None:
        """A second detector says the same as one of the incident's."""
        memory = self._open.get(self.resolve(incident) or "")
        if memory is not None and not memory.incident.is_confirmed:
            memory.incident = replace(memory.incident, is_confirmed=True)
            self._mark(memory, at)

    def merge(self, part: str | None, whole: str | None, at: Instant) -> None:
        """One incident becomes part of another, with all that joined it."""
        part, whole = self.resolve(part), self.resolve(whole)
        if part is None or whole is None or part == whole:
            return
        gone, kept = self._drop(part), self._open[whole]
        state = step("incident", INCIDENT_TABLE, gone.incident.state, IncidentTrigger.MERGE)
        self._merged[part] = whole
        kept.standing |= gone.standing
        kept.suppressed |= gone.suppressed
        kept.incident = replace(
            kept.incident,
            occurrences=kept.incident.occurrences + gone.incident.occurrences,
            priority=min(kept.incident.priority, gone.incident.priority, key=lambda each: each.rank),
            is_confirmed=kept.incident.is_confirmed or gone.incident.is_confirmed,
        )
        self._tell_over(replace(gone.incident, state=state, merged_into=whole, standing=0, suppressed=0), at)
        self._mark(kept, at)

    def is_part_of(self, incident: str | None, whole: str) -> bool:
        """Tell whether an occurrence of `incident` belongs to `whole`: they are one, or it was merged into it."""
        while incident is not None and incident != whole:
            incident = self._merged.get(incident)
        return incident is not None

    def standing_in(self, incident: str) -> int | None:
        """How many occurrences of an incident are not over; None where it is unknown or closed."""
        found = self.resolve(incident)
        return None if found is None else len(self._open[found].standing)

    def next_deadline(self) -> Instant | None:
        """When the next quiet incident closes."""
        return self._closing.next()

    def fire(self, until: Instant) -> bool:
        """Close the first incident that has been quiet long enough; False where there is none."""
        due = self._closing.pop(until)
        if due is None:
            return False
        at, (name,) = due
        memory = self._drop(name)
        state = step("incident", INCIDENT_TABLE, memory.incident.state, IncidentTrigger.CLOSE)
        self._merged = {part: whole for part, whole in self._merged.items() if self.resolve(part) is not None}
        self._tell_over(replace(memory.incident, state=state), at)
        return True

    def settle(self) -> list[Dated]:
        """Tell every incident that has changed since the last time, as it now is."""
        if not self._changed and not self._over:
            return []
        told, self._over = self._over, []
        for name, at in self._changed.items():
            memory = self._open[name]
            incident = memory.incident
            memory.incident = replace(
                incident,
                standing=len(memory.standing),
                suppressed=len(memory.suppressed),
                changed_at=at,
                version=incident.version + 1,
            )
            told.append((at, IncidentChanged(incident=memory.incident)))
        self._changed = {}
        return told

    def state(self) -> IncidentsState:
        """Everything remembered; call `settle` first."""
        return IncidentsState(open=list(self._open.values()), merged=dict(self._merged))

    def restore(self, state: IncidentsState) -> None:
        """Take back what `state` gave."""
        self._open = {memory.incident.id: memory for memory in state.open}
        self._merged = dict(state.merged)
        self._closing.clear()
        self._newest = {}
        for memory in state.open:
            self._closing.set((memory.incident.id,), memory.closes_at)
            self._newest[memory.key] = memory.incident.id

    def _begin(self, alarm: Alarm, kind: str, at: Instant) -> IncidentMemory:
        occurrence = alarm.latest
        incident = Incident(
            id=derive_id("incident", self._lane, occurrence.id),
            site=alarm.site,
            zone=alarm.zone,
            state=IncidentState.OPEN,
            title=alarm.name,
            grouping=Grouping.FIRST,
            priority=occurrence.priority,
            is_safety=alarm.is_safety,
            first=occurrence.id,
            opened_at=at,
            changed_at=at,
            concerns=alarm.concerns,
        )
        memory = IncidentMemory(incident=incident, kind=kind, joined_at=at)
        self._open[incident.id] = memory
        self._newest[memory.key] = incident.id
        return memory

    def _drop(self, name: str) -> IncidentMemory:
        """Forget an incident; the one before it of the same zone and kind is then the newest."""
        memory = self._open.pop(name)
        self._closing.set((name,), None)
        self._changed.pop(name, None)
        if self._newest.get(memory.key) == name:
            del self._newest[memory.key]
            same = [each.incident.id for each in self._open.values() if each.key == memory.key]
            self._newest.update(dict.fromkeys([memory.key], same[-1]) if same else {})
        return memory

    def _quieten(self, memory: IncidentMemory, at: Instant) -> None:
        if memory.standing or memory.incident.state is not IncidentState.OPEN:
            return
        state = step("incident", INCIDENT_TABLE, memory.incident.state, IncidentTrigger.QUIETEN)
        memory.incident = replace(memory.incident, state=state)
        memory.closes_at = max(at, memory.joined_at) + self.policy.span("gather")
        self._closing.set((memory.incident.id,), memory.closes_at)

    def _mark(self, memory: IncidentMemory, at: Instant) -> None:
        name = memory.incident.id
        self._changed[name] = max(self._changed.get(name, at), at)

    def _tell_over(self, incident: Incident, at: Instant) -> None:
        ended = replace(incident, changed_at=at, version=incident.version + 1)
        self._over.append((at, IncidentChanged(incident=ended)))


def _strength(grouping: Grouping) -> int:
    return _STRENGTH.index(grouping)


def _in_set(members: dict[str, None], name: str, *, is_in: bool) -> bool:
    """Put the name in or out; True where that changed anything."""
    if (name in members) == is_in:
        return False
    if is_in:
        members[name] = None
    else:
        del members[name]
    return True
