"""What `GET /sites` and a site's live status answer."""

from collections.abc import Mapping

from msgspec import Struct

from domain.alarm import Alarm
from domain.effects import DoorState
from domain.incident import Incident
from domain.instant import Instant
from domain.mode import Mode
from domain.priority import Priority
from domain.site import DeviceKind
from domain.text import Text
from domain.tour_run import TourRun
from domain.work_order import WorkOrder


class SiteSummary(Struct, frozen=True, kw_only=True):
    """A site, with how many things are watched there."""

    id: str
    name: Text
    timezone: str
    checkpoints: int
    doors: int
    equipment: int
    points: int
    devices: int
    tours: int


class LivePoint(Struct, frozen=True, kw_only=True):
    """A point with its newest value. `stale`: too old to stand for the present, or there is none.

    `states` are what its whole values are called, by their number; empty where they are not named.
    """

    point: str
    name: Text
    unit: str
    states: Mapping[str, Text]
    value: float | None
    at: Instant | None
    quality: str | None
    stale: bool


class LiveEquipment(Struct, frozen=True, kw_only=True):
    """A piece of equipment with its points."""

    equipment: str
    name: Text
    zone: str
    equipment_class: str
    points: tuple[LivePoint, ...]


class LiveDoor(Struct, frozen=True, kw_only=True):
    """A door as it stands; unknown until its first report. `person` was last granted, by opaque id."""

    door: str
    name: Text
    zone: str
    state: DoorState
    since: Instant | None
    last_event: str | None
    person: str | None


class LiveDevice(Struct, frozen=True, kw_only=True):
    """A device as it stands; `online` None until it first reports.

    `missing` counts messages that it has numbered and that have not come, `report_seconds` is how long it may be silent
    before that is reported.
    """

    device: str
    name: Text
    kind: DeviceKind
    online: bool | None
    last_seen: Instant | None
    battery: float | None
    tamper: bool | None
    reason: str | None
    clock_skew_us: int | None
    missing: int
    report_seconds: float | None


class LiveCounts(Struct, frozen=True, kw_only=True):
    """The figures of a site at a glance."""

    alarms: int
    unacknowledged: int
    by_priority: Mapping[Priority, int]
    open_orders: int
    doors_open: int
    doors_unknown: int
    devices_offline: int
    devices_unknown: int
    points_stale: int
    tours_in_progress: int


class Live(Struct, frozen=True, kw_only=True):
    """All of a site as it stands now.

    `position` is the place in the live stream from which to go on (`/api/v1/stream?after=`): whatever changed while
    this was read comes again there, and repeats do no harm. `at` is Vigil's clock. `people` names the opaque ids used.
    `own_site` is the site that alarms of Vigil's own bear; those that concern this site are part of it.
    """

    site: str
    own_site: str
    at: Instant
    position: int
    configuration: str
    counts: LiveCounts
    alarms: tuple[Alarm, ...]
    incidents: tuple[Incident, ...]
    modes: tuple[Mode, ...]
    orders: tuple[WorkOrder, ...]
    tours: tuple[TourRun, ...]
    doors: tuple[LiveDoor, ...]
    equipment: tuple[LiveEquipment, ...]
    devices: tuple[LiveDevice, ...]
    people: Mapping[str, str]
