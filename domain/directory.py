"""Who may say what: the configuration seen from a message's side.

The collector asks it on every message: is this device known at this site, and does it report for that thing?
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.configuration import Configuration
from domain.site import Device, DeviceKind, Site


class MessageKind(StrEnum):
    """The last level of a native topic: what a message is about."""

    SCAN = "scan"
    ACCESS = "access"
    READINGS = "readings"
    STATUS = "status"
    PERSON = "person"
    VIDEO = "video"
    PANEL = "panel"


_M = MessageKind

SENDS: Final[Mapping[DeviceKind, frozenset[MessageKind]]] = {
    DeviceKind.PHONE: frozenset({_M.SCAN, _M.PERSON, _M.STATUS}),
    DeviceKind.READER: frozenset({_M.SCAN, _M.ACCESS, _M.STATUS}),
    DeviceKind.CONTROLLER: frozenset({_M.ACCESS, _M.READINGS, _M.STATUS}),
    DeviceKind.GATEWAY: frozenset(MessageKind),
    DeviceKind.SENSOR: frozenset({_M.READINGS, _M.STATUS}),
    DeviceKind.CAMERA: frozenset({_M.VIDEO, _M.ACCESS, _M.STATUS}),
    DeviceKind.PANEL: frozenset({_M.PANEL, _M.STATUS}),
}
"""Which message kinds each kind of device may send; a gateway speaks for whatever stands behind it."""


class SiteDirectory(Struct, frozen=True):
    """The ids of one site, as sets and maps for look-up."""

    devices: Mapping[str, Device]
    points: frozenset[str]
    doors: frozenset[str]
    carried_points: Mapping[str, frozenset[str]]


class Directory:
    """Look-ups over one configuration; immutable, replaced whole when the configuration changes."""

    def __init__(self, configuration: Configuration) -> None:
        """Index every site once."""
        self._sites = {site.id: _index(site) for site in configuration.sites}
        self.digest = configuration.digest()

    def site(self, site: str) -> SiteDirectory | None:
        """The site's ids, or None where the site is not configured."""
        return self._sites.get(site)

    def device(self, site: str, device: str) -> Device | None:
        """The device if it is configured at that site."""
        found = self._sites.get(site)
        return None if found is None else found.devices.get(device)

    def may_send(self, device: Device, kind: MessageKind) -> bool:
        """Tell whether a device of this kind may send messages of that kind."""
        return kind in SENDS[device.kind]

    def carries_door(self, device: Device, door: str) -> bool:
        """Tell whether this device reports for this door."""
        return door in device.doors

    def carried_points(self, site: str, device: str) -> frozenset[str]:
        """The points this device reports for (empty where it is unknown)."""
        found = self._sites.get(site)
        return frozenset() if found is None else found.carried_points.get(device, frozenset())

    def may_scan(self, device: Device, checkpoint: str) -> bool:
        """Phones carry their officer anywhere; a fixed reader only its own checkpoints."""
        return device.kind is DeviceKind.PHONE or checkpoint in device.checkpoints


def _index(site: Site) -> SiteDirectory:
    return SiteDirectory(
        devices={device.id: device for device in site.devices},
        points=frozenset(point.id for point in site.points),
        doors=frozenset(door.id for door in site.doors),
        carried_points={device.id: frozenset(device.points) for device in site.devices},
    )
