"""Device presence: who was heard when, is it online, which boot, battery, tamper, and how far off its clock is.

Told when one of these changes, else at most once a minute of received time per device: a site's devices speak far more
often than anybody looks.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from domain.effects import DeviceChanged
from domain.instant import MINUTE, Duration, Instant
from domain.observations import CheckpointScan, DeviceStatus
from domain.record import Record
from domain.site import Site

QUIET_BETWEEN: Final[Duration] = MINUTE

SILENT: Final = "silent"
"""Why a device that did not say so itself is offline: it has said nothing for longer than configured."""


class DevicePresence(Struct):
    """What is known of one device. `spoke_at` is the newest event time heard; `told_at` when it was last told.

    `least_skew` is the smallest receive time minus device time since then: buffered messages show more than the clock's
    error, so the smallest is the live one. `missing` counts messages that were reported missing.
    """

    site: str
    device: str
    online: bool
    last_seen: Instant
    spoke_at: Instant
    told_at: Instant | None = None
    boot: str | None = None
    battery: float | None = None
    tamper: bool | None = None
    reason: str | None = None
    least_skew: Duration | None = None
    missing: int = 0
    is_silent: bool = False


class Devices:
    """The configured devices that have been heard."""

    def __init__(self) -> None:
        """No devices are configured."""
        self._configured: dict[tuple[str, str], bool] = {}
        self._heard: dict[tuple[str, str], DevicePresence] = {}

    def configure(self, sites: Iterable[Site]) -> None:
        """Take the devices that are now configured and forget the others."""
        self._configured = {(site.id, device.id): True for site in sites for device in site.devices}
        self._heard = {key: presence for key, presence in self._heard.items() if key in self._configured}

    def hear(self, site: str, record: Record) -> DeviceChanged | None:
        """Note that a device spoke, and tell it where that is worth telling.

        What it says of itself counts in the order of event times: a buffered message does not bring a device back that
        was reported offline after it.
        """
        key = (site, record.source)
        if key not in self._configured:
            return None
        presence = self._heard.get(key)
        if presence is None:
            presence = DevicePresence(
                site=site,
                device=record.source,
                online=False,
                last_seen=record.received_at,
                spoke_at=record.event_time,
            )
            self._heard[key] = presence
        is_news = _take(presence, record)
        told_at = presence.told_at
        if not is_news and told_at is not None and record.received_at - told_at < QUIET_BETWEEN:
            return None
        changed = _tell(presence)
        presence.told_at = record.received_at
        presence.least_skew = None
        return changed

    def fall_silent(self, site: str, device: str) -> DeviceChanged | None:
        """A device has said nothing for too long; nothing to tell where it was never heard, or is offline already."""
        presence = self._heard.get((site, device))
        if presence is None or not presence.online:
            return None
        presence.online, presence.reason, presence.is_silent = False, SILENT, True
        return _tell(presence)

    def miss(self, site: str, device: str, missing: int) -> DeviceChanged | None:
        """So many of a device's messages are missing now."""
        presence = self._heard.get((site, device))
        if presence is None or presence.missing == missing:
            return None
        presence.missing = missing
        return _tell(presence)

    def last_seen(self, site: str, device: str) -> Instant | None:
        """When a device was heard last; None where it never was."""
        presence = self._heard.get((site, device))
        return None if presence is None else presence.last_seen

    def is_offline(self, site: str, device: str) -> bool:
        """Whether a device was heard and is not online any more."""
        presence = self._heard.get((site, device))
        return presence is not None and not presence.online

    def state(self) -> list[DevicePresence]:
        """Everything remembered."""
        return list(self._heard.values())

    def restore(self, state: Iterable[DevicePresence]) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._heard = {(presence.site, presence.device): presence for presence in state}


def _take(presence: DevicePresence, record: Record) -> bool:
    """Bring the presence up to date; True where something changed that is told at once."""
    body = record.body
    if not (isinstance(body, DeviceStatus) and body.is_last_will):
        presence.last_seen = max(presence.last_seen, record.received_at)
    if record.device_time is not None:
        skew = record.received_at - record.device_time
        if presence.least_skew is None or skew < presence.least_skew:
            presence.least_skew = skew
    if record.event_time < presence.spoke_at and not presence.is_silent:
        return False
    presence.spoke_at = max(presence.spoke_at, record.event_time)
    presence.is_silent = False
    before = (presence.online, presence.boot, presence.battery, presence.tamper)
    if record.identity is not None:
        presence.boot = record.identity.boot
    if isinstance(body, DeviceStatus):
        presence.online, presence.reason = body.online, body.reason
        presence.battery = presence.battery if body.battery is None else body.battery
        presence.tamper = presence.tamper if body.tamper is None else body.tamper
    else:
        presence.online, presence.reason = True, None
        if isinstance(body, CheckpointScan) and body.battery is not None:
            presence.battery = body.battery
    return before != (presence.online, presence.boot, presence.battery, presence.tamper)


def _tell(presence: DevicePresence) -> DeviceChanged:
    return DeviceChanged(
        site=presence.site,
        device=presence.device,
        online=presence.online,
        last_seen=presence.last_seen,
        boot=presence.boot,
        battery=presence.battery,
        tamper=presence.tamper,
        reason=presence.reason,
        clock_skew_us=presence.least_skew,
        missing=presence.missing,
    )
