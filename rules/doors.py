"""Doors as they are now, for the live picture: the newest event by event time says it.

An event that comes late changes nothing here; the rules of doors have their own way with it.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from domain.effects import DoorChanged, DoorState
from domain.instant import Instant
from domain.observations import AccessEvent, AccessKind
from domain.record import Record
from domain.site import Site

_SHOWN: Final = {
    AccessKind.OPENED: DoorState.OPEN,
    AccessKind.FORCED: DoorState.OPEN,
    AccessKind.HELD: DoorState.OPEN,
    AccessKind.CLOSED: DoorState.CLOSED,
}
"""What an event says of the contact. A controller that reports forced or held has seen the door open."""


class DoorPicture(Struct):
    """One door: its contact since when, the time of its newest event, and who was last granted."""

    site: str
    door: str
    state: DoorState
    since: Instant
    latest: Instant
    person: str | None = None


class Doors:
    """The configured doors that have reported; one that has not is unknown, not closed."""

    def __init__(self) -> None:
        """No doors are configured."""
        self._configured: dict[tuple[str, str], bool] = {}
        self._pictures: dict[tuple[str, str], DoorPicture] = {}

    def configure(self, sites: Iterable[Site]) -> None:
        """Take the doors that are now configured and forget the others."""
        self._configured = {(site.id, door.id): True for site in sites for door in site.doors}
        self._pictures = {key: picture for key, picture in self._pictures.items() if key in self._configured}

    def observe(self, record: Record, event: AccessEvent) -> DoorChanged | None:
        """Bring the picture up to date; None for unknown doors and for events older than the newest one."""
        key = (event.site, event.door)
        if key not in self._configured:
            return None
        at = record.event_time
        picture = self._pictures.get(key)
        if picture is None:
            picture = DoorPicture(site=event.site, door=event.door, state=DoorState.UNKNOWN, since=at, latest=at)
            self._pictures[key] = picture
        elif at < picture.latest:
            return None
        picture.latest = at
        shown = _SHOWN.get(event.kind)
        if shown is not None and shown is not picture.state:
            picture.state, picture.since = shown, at
        if event.kind is AccessKind.GRANTED:
            picture.person = event.person
        return DoorChanged(
            site=event.site,
            door=event.door,
            state=picture.state,
            since=picture.since,
            last_event=event.kind.value,
            person=picture.person,
        )

    def state(self) -> list[DoorPicture]:
        """Everything remembered."""
        return list(self._pictures.values())

    def restore(self, state: Iterable[DoorPicture]) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._pictures = {(picture.site, picture.door): picture for picture in state}
