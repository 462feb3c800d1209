"""The live picture of a site, put together from the read models, the historian and the configuration."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from api.evidence import number, quality_word
from api.live_views import Live, LiveCounts, LiveDevice, LiveDoor, LiveEquipment, LivePoint
from api.people import mentioned, names_of
from api.ports import ApiPorts
from api.reading_views import PointValue, SiteValues
from domain.alarm import OWN_SITE, Acknowledgement, Alarm
from domain.axes.inhibition import Inhibition
from domain.effects import DeviceChanged, DoorChanged, DoorState
from domain.incident import Incident, IncidentState
from domain.instant import DAY, Instant, from_datetime, from_seconds, to_datetime
from domain.mode import ModeState
from domain.site import Device, Door, Point, Site
from domain.tour_run import TourRun, TourRunState
from domain.work_order import WorkOrder
from stores.ports import AlarmFilter, IncidentFilter, LatestReading, ModeFilter, OrderFilter, Page

T = TypeVar("T")

_PAGE: Final = 500
_CURRENT: Final = frozenset({TourRunState.SCHEDULED, TourRunState.DUE, TourRunState.IN_PROGRESS})
_LONGEST_RUN: Final = DAY
"""Runs that began before this much ahead of today are not looked for among the current ones."""


def live_of(ports: ApiPorts, site: Site) -> Live:
    """Put the picture together, with the alarms of Vigil's own that concern the site.

    The stream's position is read first: what changes while the rest is read comes again in the stream, whole.
    """
    position = ports.models.last_position()
    now = ports.clock()
    standing = _every(lambda page: ports.models.alarms(AlarmFilter(site=site.id, own=True, standing=True), page))
    # What another alarm stands for is found under that one's incident: in a storm it is thousands.
    alarms = tuple(a for a in standing if a.inhibition is Inhibition.FREE or a.inhibited_mode is not None)
    incidents = (*_open_incidents(ports, site.id), *_own_incidents(ports, site))
    modes = tuple(_every(lambda page: ports.models.modes(ModeFilter(site=site.id, state=ModeState.IN_FORCE), page)))
    orders = tuple(_every(lambda page: ports.models.orders(OrderFilter(site=site.id, open=True), page)))
    tours = tuple(_tours(ports, site, now))
    doors = _doors(site, ports.models.doors(site.id))
    equipment = _equipment(site, ports, now)
    devices = _devices(site, ports.models.devices(site.id))
    people = mentioned([*alarms, *orders, *tours]) | {door.person for door in doors if door.person}
    people |= {mode.begun_by for mode in modes}
    return Live(
        site=site.id,
        own_site=OWN_SITE,
        at=now,
        position=position,
        configuration=ports.configuration().digest(),
        counts=_counts(
            [alarm for alarm in alarms if not alarm.is_suppressed], orders, tours, doors, equipment, devices
        ),
        alarms=alarms,
        incidents=incidents,
        modes=modes,
        orders=orders,
        tours=tours,
        doors=doors,
        equipment=equipment,
        devices=devices,
        people=names_of(ports, people),
    )


def _own_incidents(ports: ApiPorts, site: Site) -> Iterator[Incident]:
    """Those of Vigil's own alarms that concern the site; a site that bears Vigil's name has them anyhow."""
    if site.id == OWN_SITE:
        return
    for incident in _open_incidents(ports, OWN_SITE):
        if incident.concerns in {None, site.id}:
            yield incident


def _open_incidents(ports: ApiPorts, site: str) -> Iterator[Incident]:
    return _every(lambda page: ports.models.incidents(IncidentFilter(site=site, state=IncidentState.OPEN), page))


def values_of(ports: ApiPorts, site: Site) -> SiteValues:
    """The newest values alone."""
    now = ports.clock()
    latest = ports.historian.latest([point.id for point in site.points])
    return SiteValues(
        site=site.id,
        at=now,
        points=tuple(_value(point, latest.get(point.id), now) for point in site.points),
    )


def _every(fetch: Callable[[Page], tuple[Sequence[T], str | None]]) -> Iterator[T]:
    """All items of a list that the site's own size bounds: one alarm per (rule, subject), one order per fault."""
    cursor: str | None = None
    while True:
        items, cursor = fetch(Page(limit=_PAGE, cursor=cursor))
        yield from items
        if cursor is None:
            return


def _tours(ports: ApiPorts, site: Site, now: Instant) -> Iterator[TourRun]:
    """Runs of the site's own today, and those under way since before."""
    local = to_datetime(now).astimezone(ZoneInfo(site.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    today, tomorrow = from_datetime(midnight), from_datetime(midnight + timedelta(days=1))
    # Latest start first, so the first one that is too old ends the search.
    for run in _every(lambda page: ports.models.runs(site.id, None, page)):
        if run.starts_at < today - _LONGEST_RUN:
            return
        if today <= run.starts_at < tomorrow or (run.starts_at < today and run.state in _CURRENT):
            yield run


def _doors(site: Site, reported: Sequence[DoorChanged]) -> tuple[LiveDoor, ...]:
    known = {changed.door: changed for changed in reported}
    return tuple(_door(door, known.get(door.id)) for door in site.doors)


def _door(door: Door, changed: DoorChanged | None) -> LiveDoor:
    return LiveDoor(
        door=door.id,
        name=door.name,
        zone=door.zone,
        state=changed.state if changed else DoorState.UNKNOWN,
        since=changed.since if changed else None,
        last_event=changed.last_event if changed else None,
        person=changed.person if changed else None,
    )


def _devices(site: Site, reported: Sequence[DeviceChanged]) -> tuple[LiveDevice, ...]:
    known = {changed.device: changed for changed in reported}
    return tuple(_device(device, known.get(device.id)) for device in site.devices)


def _device(device: Device, changed: DeviceChanged | None) -> LiveDevice:
    return LiveDevice(
        device=device.id,
        name=device.name,
        kind=device.kind,
        online=changed.online if changed else None,
        last_seen=changed.last_seen if changed else None,
        battery=changed.battery if changed else None,
        tamper=changed.tamper if changed else None,
        reason=changed.reason if changed else None,
        clock_skew_us=changed.clock_skew_us if changed else None,
        missing=changed.missing if changed else 0,
        report_seconds=device.report_seconds,
    )


def _equipment(site: Site, ports: ApiPorts, now: Instant) -> tuple[LiveEquipment, ...]:
    latest = ports.historian.latest([point.id for point in site.points])
    points: defaultdict[str, list[LivePoint]] = defaultdict(list)
    for point in site.points:
        points[point.equipment].append(_point(point, latest.get(point.id), now))
    return tuple(
        LiveEquipment(
            equipment=machine.id,
            name=machine.name,
            zone=machine.zone,
            equipment_class=machine.equipment_class,
            points=tuple(points[machine.id]),
        )
        for machine in site.equipment
    )


def _point(point: Point, reading: LatestReading | None, now: Instant) -> LivePoint:
    newest = _value(point, reading, now)
    return LivePoint(
        point=point.id,
        name=point.name,
        unit=point.unit,
        states=point.state_names,
        value=newest.value,
        at=newest.at,
        quality=newest.quality,
        stale=newest.stale,
    )


def _value(point: Point, reading: LatestReading | None, now: Instant) -> PointValue:
    return PointValue(
        point=point.id,
        value=number(reading.value) if reading else None,
        at=reading.at if reading else None,
        quality=quality_word(reading.quality) if reading else None,
        stale=reading is None or now - reading.at > from_seconds(point.holds_seconds),
    )


def _counts(
    alarms: Sequence[Alarm],
    orders: Sequence[WorkOrder],
    tours: Sequence[TourRun],
    doors: Sequence[LiveDoor],
    equipment: Sequence[LiveEquipment],
    devices: Sequence[LiveDevice],
) -> LiveCounts:
    return LiveCounts(
        alarms=len(alarms),
        unacknowledged=sum(alarm.acknowledgement is Acknowledgement.UNACKED for alarm in alarms),
        by_priority=Counter(alarm.priority for alarm in alarms),
        open_orders=len(orders),
        doors_open=sum(door.state is DoorState.OPEN for door in doors),
        doors_unknown=sum(door.state is DoorState.UNKNOWN for door in doors),
        devices_offline=sum(device.online is False for device in devices),
        devices_unknown=sum(device.online is None for device in devices),
        points_stale=sum(point.stale for machine in equipment for point in machine.points),
        tours_in_progress=sum(run.state is TourRunState.IN_PROGRESS for run in tours),
    )
