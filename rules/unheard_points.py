"""Devices whose silence shows in their points before anybody would miss them, so that one alarm stands for all these.

Where a rule on the silence of a point (`stale`) hears nothing, and its device is offline or nothing was heard of it
either since that value went stale, the device's own alarm is raised, whatever its `report_seconds`; the topology puts
those of its points under it. It is as urgent as the most urgent of these rules, at least `medium`. Rules that are
`critical` or about life safety keep their own alarm in front: they do not raise it, but one that stands already becomes
`critical` with them.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from domain.alarm import ConditionTrigger, SubjectKind
from domain.configuration import RuleSpec
from domain.instant import Duration, from_seconds
from domain.priority import Priority
from domain.site import Device, Point, Site
from rules.device_watch import DeviceWatch
from rules.kinds.stale import hears_nothing
from rules.own_alarms import Said
from rules.point_table import NEVER, PointTable
from rules.rule import Finding

DEVICE_POINTS: Final = 2
"""The device is told apart from its point where it has so many: of a single sensor both alarms would say the same."""


class _Carried(Struct, frozen=True, gc=False):
    site: Site
    device: Device
    holds: Duration


class UnheardPoints:
    """What the devices of all sites carry."""

    def __init__(self) -> None:
        """Nothing is configured."""
        self._carried: dict[str, _Carried] = {}

    def configure(self, sites: Iterable[Site]) -> None:
        """Take the points that devices carry now."""
        self._carried = {}
        for site in sites:
            points = {point.id: point for point in site.points}
            for device in site.devices:
                if len(device.points) >= DEVICE_POINTS:
                    here = (points[each] for each in device.points if each in points)
                    self._carried.update((point.id, _Carried(site, device, _hold(point))) for point in here)

    def news(
        self, found: Finding, specs: Mapping[str, RuleSpec], devices: DeviceWatch, points: PointTable, cause: int
    ) -> list[Said]:
        """What a finding shows of the device of its point. Call it where time was all that came: at a tick."""
        carried = self._carried.get(found.subject.id) if found.subject.kind is SubjectKind.POINT else None
        spec = specs.get(found.rule)
        if carried is None or spec is None or spec.is_safety or found.trigger is not ConditionTrigger.RAISE:
            return []
        if not hears_nothing(found):
            return []
        site, device = carried.site, carried.device
        if spec.priority is Priority.CRITICAL and not devices.is_alarmed(site.id, device.id):
            return []
        last_seen = devices.last_seen(site.id, device.id)
        if last_seen is not None and not devices.is_offline(site.id, device.id):
            heard = int(points.judged_to[points.row(found.subject.id)])
            if heard == NEVER or last_seen > min(heard, found.at - 2 * carried.holds) + carried.holds:
                return []
        priority = min(spec.priority, Priority.MEDIUM, key=lambda each: each.rank)
        return devices.miss(site.id, device.id, priority, found.at, cause)


def _hold(point: Point) -> Duration:
    return from_seconds(point.holds_seconds)
