"""Modes of places: begun and ended by operators, each with a stored end; and which of them an alarm is in.

What a mode means for alarms is seen to in `inhibiting`; those that are over are forgotten here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from domain.alarm import Subject, SubjectKind
from domain.alarm_policy import AlarmPolicy
from domain.commands import BeginMode, EndMode, ExtendMode
from domain.errors import CommandRefused
from domain.identity import derive_id
from domain.instant import Duration, Instant, from_seconds
from domain.mode import MODE_TABLE, Mode, ModePlace, ModeTrigger
from domain.site import Site
from domain.transition import step
from rules.deadlines import Deadlines
from rules.topology import Thing, Topology, thing_of
from rules.wording import span

_CHECKPOINT_OF: Final[Mapping[SubjectKind, Callable[[str], str]]] = {
    SubjectKind.CHECKPOINT: lambda subject: subject,
    SubjectKind.TOUR_STOP: lambda subject: subject.rpartition("/")[2],
    SubjectKind.QUESTION: lambda subject: subject.partition("/")[0],
}
"""Where a checkpoint stands in the id of an alarm's subject."""


class Modes:
    """The modes that are in force."""

    def __init__(self, lane: str, topology: Topology) -> None:
        """No place is in any mode. What depends on what is known to `topology`."""
        self._lane = lane
        self._topology = topology
        self.policy = AlarmPolicy()
        self._modes: dict[str, Mode] = {}
        self._ends: Deadlines[tuple[str]] = Deadlines()
        self._zone_of: dict[Thing, str] = {}
        self._outer: dict[tuple[str, str], str | None] = {}
        self._sites: frozenset[str] = frozenset()

    def configure(self, sites: Iterable[Site], policy: AlarmPolicy) -> None:
        """Take what now holds; modes that are in force keep their end."""
        sites = tuple(sites)
        self.policy = policy
        self._sites = frozenset(site.id for site in sites)
        self._zone_of = {thing: zone for site in sites for thing, zone in _zones_of(site)}
        self._outer = {(site.id, zone.id): zone.parent for site in sites for zone in site.zones}

    def get(self, mode: str) -> Mode | None:
        """A mode in force."""
        return self._modes.get(mode)

    def in_force(self) -> tuple[tuple[Thing, bool], ...]:
        """The things that are in a mode, each with whether what depends on it is too."""
        return tuple((_thing(mode), mode.with_dependents) for mode in self._modes.values())

    def holding(self, site: str, subject: Subject, asset: str, zone: str | None) -> Mode | None:
        """The mode that an alarm on this subject is in; of several the one that lasts longest."""
        if not self._modes:
            return None
        places, above = self._places(site, subject, asset, zone)
        found: Mode | None = None
        for mode in self._modes.values():
            thing = (mode.site, mode.place.value, mode.thing)
            is_in = thing in places or (mode.with_dependents and thing in above)
            if is_in and (found is None or mode.until > found.until):
                found = mode
        return found

    def begin(self, command: BeginMode, at: Instant) -> Mode:
        """Put a place into a mode.

        Raises:
            CommandRefused: `unknown_site`, `unknown_thing`, `reason_needed`, `bad_duration`, `mode_too_long` or
                `already_in_mode`.
        """
        thing = (command.site, command.place.value, command.thing)
        if command.site not in self._sites:
            raise CommandRefused("unknown_site", f"site '{command.site}' is not configured")
        if not self._is_known(thing):
            detail = f"{command.place} '{command.thing}' is not configured at site '{command.site}'"
            raise CommandRefused("unknown_thing", detail)
        present = next((each for each in self._modes.values() if _thing(each) == thing), None)
        if present is not None:
            detail = f"{command.place} '{command.thing}' is in mode '{present.kind}': end that, or give it another end"
            raise CommandRefused("already_in_mode", detail)
        mode = Mode(
            id=derive_id("mode", self._lane, command.id),
            site=command.site,
            place=command.place,
            thing=command.thing,
            kind=command.kind,
            reason=_reason(command.reason),
            begun_by=command.actor,
            begun_at=at,
            until=at + self._length(command.seconds),
            with_dependents=command.with_dependents,
        )
        self._keep(mode)
        return mode

    def extend(self, command: ExtendMode, at: Instant) -> Mode:
        """Give a mode another end, counted from now.

        Raises:
            CommandRefused: `unknown_mode`, `version_conflict`, `reason_needed`, `bad_duration` or `mode_too_long`.
        """
        mode = self._expected(command.mode, command.expected_version)
        reason, until = _reason(command.reason), at + self._length(command.seconds)
        state = step("mode", MODE_TABLE, mode.state, ModeTrigger.EXTEND)
        mode = replace(mode, state=state, until=until, reason=reason, version=mode.version + 1)
        self._keep(mode)
        return mode

    def end(self, command: EndMode, at: Instant) -> Mode:
        """End a mode before its time.

        Raises:
            CommandRefused: `unknown_mode` or `version_conflict`.
        """
        mode = self._expected(command.mode, command.expected_version)
        return self._over(mode, ModeTrigger.END, at, command.actor)

    def next_deadline(self) -> Instant | None:
        """When the next mode's time is over."""
        return self._ends.next()

    def fire(self, until: Instant) -> Mode | None:
        """End the first mode whose time is over at `until`, at its own time; None where there is none."""
        due = self._ends.pop(until)
        return None if due is None else self._over(self._modes[due[1][0]], ModeTrigger.EXPIRE, due[0], None)

    def state(self) -> list[Mode]:
        """Everything remembered."""
        return list(self._modes.values())

    def restore(self, state: Iterable[Mode]) -> None:
        """Take back what `state` gave."""
        self._modes = {}
        self._ends.clear()
        for mode in state:
            self._keep(mode)

    def _expected(self, mode: str, version: int | None) -> Mode:
        found = self._modes.get(mode)
        if found is None:
            raise CommandRefused("unknown_mode", f"mode '{mode}' is not in force: it is over, or never began")
        if version not in (None, found.version):
            detail = f"mode '{mode}' is at version {found.version}, not {version}: look again"
            raise CommandRefused("version_conflict", detail)
        return found

    def _length(self, seconds: float) -> Duration:
        longest = self.policy.span("longest_mode")
        if not seconds > 0:
            raise CommandRefused("bad_duration", "a mode needs a time: give seconds, more than 0")
        if not seconds <= self.policy.longest_mode_seconds:
            detail = f"a mode may last {span(longest).en} at most: give it another end when that is not enough"
            raise CommandRefused("mode_too_long", detail)
        return from_seconds(seconds)

    def _over(self, mode: Mode, trigger: ModeTrigger, at: Instant, actor: str | None) -> Mode:
        state = step("mode", MODE_TABLE, mode.state, trigger)
        del self._modes[mode.id]
        self._ends.set((mode.id,), None)
        return replace(mode, state=state, ended_at=at, ended_by=actor, version=mode.version + 1)

    def _keep(self, mode: Mode) -> None:
        self._modes[mode.id] = mode
        self._ends.set((mode.id,), mode.until)

    def _is_known(self, thing: Thing) -> bool:
        site, kind, name = thing
        if kind == ModePlace.SITE:
            return name == site
        return (site, name) in self._outer if kind == ModePlace.ZONE else thing in self._zone_of

    def _places(
        self, site: str, subject: Subject, asset: str, zone: str | None
    ) -> tuple[set[Thing], tuple[Thing, ...]]:
        """All that an alarm is at, and all whose failure would take what it is about along."""
        thing = thing_of(site, subject)
        checkpoint = _CHECKPOINT_OF.get(subject.kind)
        if checkpoint is not None:
            thing = site, ModePlace.CHECKPOINT.value, checkpoint(subject.id)
        places: set[Thing] = {(site, ModePlace.SITE.value, site)}
        if thing is not None:
            places.add(thing)
            zone = zone or self._zone_of.get(thing)
        machine = (site, ModePlace.EQUIPMENT.value, asset)
        if machine in self._zone_of and subject.kind in (SubjectKind.POINT, SubjectKind.QUESTION):
            places.add(machine)
        while zone is not None and (site, ModePlace.ZONE.value, zone) not in places:
            places.add((site, ModePlace.ZONE.value, zone))
            zone = self._outer.get((site, zone))
        return places, () if thing is None else self._topology.ancestors(thing)


def _thing(mode: Mode) -> Thing:
    return mode.site, mode.place.value, mode.thing


def _reason(words: str) -> str:
    if not words.strip():
        raise CommandRefused("reason_needed", "a mode needs a reason: who works there, and on what")
    return words


def _zones_of(site: Site) -> Iterator[tuple[Thing, str]]:
    """Every thing that can be in a mode, with its zone; of a device, which has none, "" stands."""
    for machine in site.equipment:
        yield (site.id, ModePlace.EQUIPMENT.value, machine.id), machine.zone
    zones = {machine.id: machine.zone for machine in site.equipment}
    for point in site.points:
        yield (site.id, ModePlace.POINT.value, point.id), zones.get(point.equipment, "")
    for door in site.doors:
        yield (site.id, ModePlace.DOOR.value, door.id), door.zone
    for checkpoint in site.checkpoints:
        yield (site.id, ModePlace.CHECKPOINT.value, checkpoint.id), checkpoint.zone
    for device in site.devices:
        yield (site.id, ModePlace.DEVICE.value, device.id), ""
