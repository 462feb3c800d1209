"""The site model: organisation > site > zone tree > things, and the relations rules use.

Plain frozen facts. Whether they fit together (every reference resolves, no cycles) is judged by
`domain.site_checks`; reading them from files is `vigil.configuration`.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.fraud import FraudSettings
from domain.observations import ScanMethod
from domain.text import Text
from domain.working_calendar import EVERY_DAY, DayKind, WorkingCalendar


class Position(Struct, frozen=True, array_like=True):
    """A place on the site's plans, in metres right of and above the lower left corner that all floors share."""

    x: float
    y: float


class Zone(Struct, frozen=True, kw_only=True):
    """A building, floor, area or room; zones form a tree by `parent`.

    `outline` holds the corners of its floor space in turn, at least three (`domain.plan`). `storey` orders floors from
    the lowest: -1 is the basement, 1 the ground floor. A zone without either is on the plan of the zone around it.
    """

    id: str
    name: Text
    parent: str | None = None
    kind: str = "area"
    storey: int | None = None
    outline: tuple[Position, ...] = ()


class Coordinates(Struct, frozen=True, kw_only=True):
    """Where on earth something is, in degrees (WGS 84)."""

    latitude: float
    longitude: float


class QuestionType(StrEnum):
    """What kind of answer a question wants."""

    YES_NO = "yes_no"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"


class Question(Struct, frozen=True, kw_only=True):
    """What an inspection asks (巡检项目), and which answers pass.

    A number passes from `low` to `high`, in `unit`; yes or no where it equals `expected`; a choice where it is among
    `passing`; any text passes. `fault` is the code a failing answer opens on the asset (none: checkpoint and question).
    """

    id: str
    text: Text
    type: QuestionType = QuestionType.YES_NO
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    expected: bool = True
    choices: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()
    fault: str | None = None


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A place a patrol must prove it visited (巡更点), or an asset with a tag (hydrant, extinguisher) it inspects.

    `methods` are those that prove a visit well (empty: any), `location` and `radius_m` where a scan with a position
    should be made. `visit_every_seconds`: somebody must be here at least so often, in a tour or without. `asset` is
    what `questions` are about: equipment, or (None) the checkpoint itself.
    """

    id: str
    name: Text
    zone: str
    position: Position | None = None
    location: Coordinates | None = None
    radius_m: float = 30.0
    methods: tuple[ScanMethod, ...] = ()
    visit_every_seconds: float | None = None
    asset: str | None = None
    questions: tuple[Question, ...] = ()


class Walk(Struct, frozen=True, kw_only=True):
    """How many seconds it takes to walk between two checkpoints or two zones, in either direction."""

    a: str
    b: str
    seconds: float


class Door(Struct, frozen=True, kw_only=True):
    """A door with contact, lock and readers (门禁). Times in seconds, starting values from domain.md section 4."""

    id: str
    name: Text
    zone: str
    leads_to: str | None = None
    held_seconds: float = 120.0
    grant_seconds: float = 5.0
    entry_seconds: float = 3.0
    high_security: bool = False
    position: Position | None = None


class Equipment(Struct, frozen=True, kw_only=True):
    """A machine or system (设备); `feeds` names equipment, doors and devices that lose their supply when it stops."""

    id: str
    name: Text
    zone: str
    equipment_class: str
    feeds: tuple[str, ...] = ()
    position: Position | None = None


ON_OFF: Final = {"0": Text("off", "关"), "1": Text("on", "开")}
"""What the values of a point are called that says only yes or no and does not name its states."""


class Point(Struct, frozen=True, kw_only=True):
    """A measuring point (测点) of a piece of equipment.

    `quantity` is what it measures, in the words of its equipment class (`flow`, `supply_temperature`).
    `interval_seconds` is how often a value is expected; a value counts as known for `stale_seconds` after it was
    measured (three intervals where not given). `low` and `high` bound what the sensor can say at all. `states` names
    whole values of a point in unit 1 by their number: {"0": closed, "1": open}.
    """

    id: str
    name: Text
    equipment: str
    unit: str
    quantity: str | None = None
    interval_seconds: float = 60.0
    stale_seconds: float | None = None
    low: float | None = None
    high: float | None = None
    states: dict[str, Text] = {}

    @property
    def holds_seconds(self) -> float:
        """How long a value stands for the present, in seconds."""
        return self.stale_seconds if self.stale_seconds is not None else 3.0 * self.interval_seconds

    @property
    def is_state(self) -> bool:
        """Whether the point says only yes (1) or no (0): it has no dimension and no other values."""
        if self.states:
            return self.states.keys() <= ON_OFF.keys()
        return self.unit == "1" and (self.low, self.high) == (0.0, 1.0)

    @property
    def state_names(self) -> dict[str, Text]:
        """What its values are called by their number: its own `states`, on and off where it says only yes or no."""
        return self.states or (ON_OFF if self.is_state else {})

    def state(self, value: float) -> Text | None:
        """What a value is called; None where it has no name."""
        if not self.states and not self.is_state:
            return None
        return self.state_names.get(str(int(value))) if value.is_integer() else None


class DeviceKind(StrEnum):
    """What a device is for; it decides which message kinds it may send (`domain.directory`)."""

    PHONE = "phone"
    READER = "reader"
    CONTROLLER = "controller"
    GATEWAY = "gateway"
    SENSOR = "sensor"
    CAMERA = "camera"
    PANEL = "panel"


class Device(Struct, frozen=True, kw_only=True):
    """Something that holds credentials and reports for things: only what is listed here is believed from it.

    `report_seconds` is how long it may be silent before that is reported; None: nobody waits for it. It should be at
    least twice the interval at which the device speaks.
    """

    id: str
    name: Text
    kind: DeviceKind
    doors: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()
    report_seconds: float | None = None


class PersonRole(StrEnum):
    """What a person does on site."""

    OFFICER = "officer"
    ENGINEER = "engineer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    CARDHOLDER = "cardholder"
    VISITOR = "visitor"


class Person(Struct, frozen=True, kw_only=True):
    """A person by opaque id; names and telephone numbers live in the erasable people store only."""

    id: str
    role: PersonRole


class TourOrder(StrEnum):
    """In which order the stops are to be walked; `random` is drawn anew for each run, from the tour's seed."""

    ANY = "any"
    STRICT = "strict"
    RANDOM = "random"


class TourStop(Struct, frozen=True, kw_only=True):
    """One checkpoint of a tour, and when it may be scanned. Seconds count from the run's start.

    A scan before `not_before_seconds` is early, after `due_seconds` late, and after the grace as well the stop was
    missed; without `due_seconds` it is due at the tour's maximum duration. `not_before` and `not_after` say the same on
    the site's clock (HH:MM), on the night the run begins. `leg_min_seconds` and `leg_max_seconds` bound the way from
    the stop before; `dwell_seconds` is how long one must stay before the next stop. In a random order the checkpoint
    and its dwell are drawn, times and legs belong to the place in the order.
    """

    checkpoint: str
    due_seconds: float | None = None
    not_before_seconds: float = 0.0
    not_before: str | None = None
    not_after: str | None = None
    leg_min_seconds: float | None = None
    leg_max_seconds: float | None = None
    dwell_seconds: float = 0.0


class WeeklyTime(Struct, frozen=True, kw_only=True):
    """A start written in site time: `at` is HH:MM on the given weekdays (0 is Monday).

    `days` narrows it to working days or days off of the site's calendar. With `within_seconds` the start is drawn for
    each day between `at` and so much later, from the tour's seed.
    """

    at: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    days: DayKind = DayKind.ANY
    within_seconds: float = 0.0


class Tour(Struct, frozen=True, kw_only=True):
    """A planned round (巡更路线): its stops, when it starts, who may walk it, and how patient to be. Times in seconds.

    It starts at the times of `starts`, `every_seconds` from midnight on, and as `recurrences` say (cron's five fields).
    `start_window_seconds` after its start it may still be begun, and every stop is due so much later; it was begun late
    `start_grace_seconds` after that. `estimated_seconds` is for people, more than `maximum_seconds` between first and
    last scan is late. `officers` may walk it; empty: whoever does. `early_seconds` before the start scans begin to
    count, `grace_seconds` is the buffer of each stop.
    """

    id: str
    name: Text
    stops: tuple[TourStop, ...]
    starts: tuple[WeeklyTime, ...] = ()
    every_seconds: float | None = None
    grace_seconds: float = 300.0
    early_seconds: float = 300.0
    officers: tuple[str, ...] = ()
    order: TourOrder = TourOrder.ANY
    seed: str = ""
    recurrences: tuple[str, ...] = ()
    start_window_seconds: float = 0.0
    start_grace_seconds: float = 900.0
    estimated_seconds: float | None = None
    maximum_seconds: float | None = None


class Site(Struct, frozen=True, kw_only=True):
    """A property (项目) with all that is watched in it; `timezone` is an IANA name such as Asia/Shanghai.

    `shift_ends` are the times of day (HH:MM) at which shifts end, and with them what was acknowledged. Where
    `room_log_seconds` is given, the control room owes an entry in its log at least that often.
    """

    id: str
    name: Text
    timezone: str
    zones: tuple[Zone, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    doors: tuple[Door, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    points: tuple[Point, ...] = ()
    devices: tuple[Device, ...] = ()
    people: tuple[Person, ...] = ()
    tours: tuple[Tour, ...] = ()
    calendar: WorkingCalendar = EVERY_DAY
    walks: tuple[Walk, ...] = ()
    fraud: FraudSettings = FraudSettings()
    shift_ends: tuple[str, ...] = ()
    room_log_seconds: float | None = None
