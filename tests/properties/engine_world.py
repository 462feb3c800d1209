"""Random days on the estate, as journal records: what happens is drawn, when and in which order is part of the draw.

Seqs are ten apart, so that a test can put records in between without renumbering the others.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.commands import (
    AcknowledgeAlarm,
    BeginMode,
    CloseOccurrence,
    CommentAlarm,
    Disposition,
    EndMode,
    ExtendMode,
    MoveWorkOrder,
)
from domain.configuration import Configuration
from domain.effects import Effect
from domain.identity import MessageIdentity, derive_id
from domain.instant import MINUTE, SECOND, Instant, from_iso
from domain.mode import ModeKind, ModePlace
from domain.notification import NotificationPlan, QuietHours, Route
from domain.observations import LAST_WILL, AccessEvent, AccessKind, CheckpointScan, DeviceStatus, ScanMethod
from domain.readings import readings_from
from domain.record import (
    AnyCommand,
    BacklogDrained,
    Believed,
    Body,
    ConfigurationChanged,
    MonitorGap,
    Record,
    Tick,
)
from domain.site import Site
from domain.work_order import WorkOrderTrigger
from rules.catalog import CATALOG, Catalog
from rules.engine import Engine
from tests.rules.estate import FORCED, HELD, MISSED, NO_FLOW, SITE, a_rule, changed_site, configured
from tests.rules.fragile_kind import KIND, FragileKind

START: Final[Instant] = from_iso("2026-11-23T13:50:00Z")
"""Ten minutes before the night tour starts at 22:00 on the site's clock."""

SPACING: Final = 10

RARE: Final = 0.04
"""How often something happens to Vigil itself in a day from a seed: a gap, its end, a new configuration."""

FRAIL = replace(NO_FLOW, id="frail", kind=KIND, parameters={"fails_on": 66.0}, fault="pump.frail")
LOST = a_rule("lost", "stale", subjects=("flow", "heat"), parameters={"silent_seconds": 150.0})
"""By which the gateway is missed before anybody would wait for it."""

FRAGILE: Final[Catalog] = replace(
    CATALOG,
    readings={**CATALOG.readings, KIND: FragileKind},
    entries={**CATALOG.entries, KIND: replace(CATALOG.entries["limit"], check=lambda spec: None)},
)
"""The catalog with a kind that fails on some readings."""


TOLD = NotificationPlan(
    routes=(
        Route(id="all", to=("mail/duty",)),
        Route(id="quiet", to=("wecom",), quiet=(QuietHours(start="22:00", end="23:00"),)),
    ),
    interval_seconds=120.0,
    repeat_seconds=600.0,
)
"""Two that are told, one of them not in the first hour of the night tour."""


def waiting_for(**seconds: float) -> Site:
    """The site, with how long some of its devices may be silent."""
    devices = tuple(replace(device, report_seconds=seconds.get(device.id)) for device in SITE.devices)
    return replace(SITE, devices=devices)


UNSTARTED: Final = a_rule("unstarted", "tour_not_started")

CONFIGURATIONS: Final[tuple[Configuration, ...]] = (
    replace(
        configured(
            FORCED, HELD, MISSED, NO_FLOW, FRAIL, LOST, site=waiting_for(phone=600.0, panel=300.0, gateway=300.0)
        ),
        notification=TOLD,
    ),
    configured(replace(HELD, parameters={"held_seconds": 45.0}), MISSED, UNSTARTED, NO_FLOW),
    configured(FORCED, HELD, MISSED, NO_FLOW, FRAIL, site=changed_site("tours", "night", early_seconds=900.0)),
    configured(FORCED, HELD, MISSED, NO_FLOW, LOST, site=waiting_for(phone=120.0, phone2=120.0, panel=120.0)),
)

NUMBERS: Final = (1, 4, 2, 3, 5, 5, 8, 6)
"""How each boot of a device counts: some come too early, one bears the number of another, one never comes."""

ALTERNATING: Final = 3
"""The boot of a device that does not end its predecessor: two devices speak in turn."""

DOORS: Final = ("front", "server")
STOPS: Final = ("gate", "roof")

Happening = tuple[Body, str, int]
"""What happened, who says so (empty: Vigil itself), and how many seconds ago it was made when it is received."""


def _alarm(rule: str, kind: str, subject: str) -> str:
    return derive_id("alarm", "real", "tower", rule, kind, subject)


ALARMS: Final = (
    _alarm("held", "door", "front"),
    _alarm("forced", "door", "front"),
    _alarm("missed", "tour_stop", "night/gate"),
    _alarm("no-flow", "point", "flow"),
    _alarm("vigil-missing-messages", "device", "panel"),
    _alarm("vigil-missing-messages", "device", "gateway"),
)
OCCURRENCES: Final = tuple(derive_id("occurrence", alarm, number) for alarm in ALARMS for number in (1, 2))
ORDERS: Final = (
    derive_id("order", "real", "tower", "front", "door.closer", OCCURRENCES[0]),
    derive_id("order", "real", "tower", "pump", "pump.no_flow", OCCURRENCES[6]),
)

PLACES: Final = (
    (ModePlace.DOOR, "front"),
    (ModePlace.EQUIPMENT, "pump"),
    (ModePlace.DEVICE, "panel"),
    (ModePlace.SITE, "tower"),
)
MODES: Final = tuple(derive_id("mode", "real", f"command-{number}") for number in range(2, 20))

AGES: Final = st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 3600))


def _begin_mode(place: tuple[ModePlace, str], seconds: float) -> BeginMode:
    kind, thing = place
    return BeginMode(
        id="", actor="op", site="tower", place=kind, thing=thing, kind=ModeKind.TESTING, seconds=seconds, reason="x"
    )


doors: Final = st.builds(
    lambda door, kind, age: (AccessEvent(site="tower", door=door, kind=kind, person="p"), "panel", age),
    st.sampled_from(DOORS),
    st.sampled_from([AccessKind.OPENED, AccessKind.CLOSED, AccessKind.GRANTED, AccessKind.FORCED, AccessKind.HELD]),
    AGES,
)
scans: Final = st.builds(
    lambda stop, phone, age: (
        CheckpointScan(site="tower", officer="li", checkpoint=stop, method=ScanMethod.NFC),
        phone,
        age,
    ),
    st.sampled_from(STOPS),
    st.sampled_from(["phone", "phone2"]),
    AGES,
)
statuses: Final = st.builds(
    lambda online, reason, device: (DeviceStatus(site="tower", online=online, reason=reason), device, 0),
    st.booleans(),
    st.sampled_from([None, LAST_WILL]),
    st.sampled_from(["phone", "panel", "gateway"]),
)


class Sample(msgspec.Struct, frozen=True):
    """One reading to be: `age` in seconds before its message."""

    point: str
    age: int
    value: float
    quality: int


samples: Final = st.builds(
    Sample,
    st.sampled_from(["flow", "heat", "gone"]),
    st.integers(0, 90),
    st.sampled_from([5.0, 15.0, 22.0, 30.0, 66.0]),
    st.sampled_from([0, 0, 0, 1, 2]),
)
messages: Final = st.lists(samples, min_size=1, max_size=6)
commands: Final = st.one_of(
    st.builds(lambda alarm: AcknowledgeAlarm(id="", actor="op", alarm=alarm), st.sampled_from(ALARMS)),
    st.builds(lambda alarm: CommentAlarm(id="", actor="op", alarm=alarm, comment="x"), st.sampled_from(ALARMS)),
    st.builds(
        lambda occurrence: CloseOccurrence(id="", actor="op", occurrence=occurrence, disposition=Disposition.REAL),
        st.sampled_from(OCCURRENCES),
    ),
    st.builds(
        lambda order, trigger: MoveWorkOrder(
            id="", actor="op", order=order, trigger=trigger, assignee="wu", reason="because"
        ),
        st.sampled_from(ORDERS),
        st.sampled_from(WorkOrderTrigger),
    ),
    st.builds(_begin_mode, st.sampled_from(PLACES), st.sampled_from([60, 900])),
    st.builds(
        lambda mode, seconds: ExtendMode(id="", actor="op", mode=mode, seconds=seconds, reason="x"),
        st.sampled_from(MODES),
        st.sampled_from([1.0, 600.0]),
    ),
    st.builds(lambda mode: EndMode(id="", actor="op", mode=mode), st.sampled_from(MODES)),
)
notices: Final = st.sampled_from(
    [
        Tick(),
        Tick(),
        Tick(),
        MonitorGap(start=0, end=0, reason="test"),
        BacklogDrained(waited=0),
        *(ConfigurationChanged(configuration=each, digest=each.digest()) for each in CONFIGURATIONS),
    ]
)

Step = tuple[int, Happening | list[Sample] | Body]
steps: Final[st.SearchStrategy[list[Step]]] = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 20, 60, 300, 900]), st.one_of(doors, scans, statuses, messages, commands, notices)
    ),
    max_size=40,
)
"""What happens one after the other: seconds since the step before, and the step."""


def journal(drawn: Sequence[Step]) -> list[Record]:
    """The steps as records, after a first configuration and before a last backlog and tick."""
    first = CONFIGURATIONS[0]
    records = [_record(ConfigurationChanged(configuration=first, digest=first.digest()), SPACING, START)]
    now = START
    counted: dict[str, int] = {}
    for number, (pause, step) in enumerate(drawn, start=2):
        now += pause * SECOND
        record = _from_step(step, number, now)
        if record.source != "vigil":
            counted[record.source] = count = counted.get(record.source, 0) + 1
            record = replace(record, identity=_identity(record.source, count - 1))
        records.append(record)
    seq = records[-1].seq
    end = now + 120 * MINUTE
    return [*records, _record(BacklogDrained(waited=0), seq + SPACING, end), _record(Tick(), seq + 2 * SPACING, end)]


def _from_step(step: Happening | list[Sample] | Body, number: int, now: Instant) -> Record:
    seq = number * SPACING
    if isinstance(step, list):
        columns = [(each.point, now - each.age * SECOND, each.value, each.quality) for each in step]
        points, at, values, quality = ([row[place] for row in columns] for place in range(4))
        body = readings_from(points, at, values, quality)  # type: ignore[arg-type]
        return _record(body, seq, now, source="gateway")
    if isinstance(step, tuple):
        said, source, age = step
        return _record(said, seq, now, source=source, age=age * SECOND)
    if isinstance(step, MonitorGap):
        return _record(MonitorGap(start=now - 200 * SECOND, end=now, reason="test"), seq, now)
    if isinstance(step, AnyCommand):
        return _record(replace(step, id=f"command-{number}"), seq, now)
    return _record(step, seq, now)


def _identity(source: str, count: int) -> MessageIdentity:
    """What the device's next message after `count` others is called."""
    boot, place = divmod(count, len(NUMBERS))
    if boot >= ALTERNATING:
        return MessageIdentity(source, f"b{ALTERNATING - count % 2}", 100 + count // 2)
    return MessageIdentity(source, f"b{boot}", NUMBERS[place])


def _record(body: Body, seq: int, now: Instant, *, source: str = "vigil", age: int = 0) -> Record:
    return Record(
        seq=seq,
        body=body,
        event_time=now - age,
        received_at=now,
        source=source,
        site="tower",
        believed=Believed.RECEIVED if source == "vigil" else Believed.DEVICE,
        device_time=None if source == "vigil" else now - age,
    )


def day_from(chance: Random, count: int) -> list[Step]:
    """A busy day from a seed: longer than a drawn one, and with people who mostly do what makes sense."""
    usual: list[Callable[[Random], Happening | list[Sample] | Body]] = [_a_door, _a_message, _a_command, _a_tick]
    makers = [*usual, *usual, _a_scan]
    drawn: list[Step] = []
    for _ in range(count):
        make = _a_notice if chance.random() < RARE else chance.choice(makers)
        drawn.append((chance.choice([0, 1, 20, 60, 300]), make(chance)))
    return drawn


def _a_door(chance: Random) -> Happening:
    kind = chance.choice([AccessKind.OPENED, AccessKind.OPENED, AccessKind.CLOSED, AccessKind.CLOSED, *AccessKind])
    age = chance.choice([0, 0, 0, 5, 300])
    return AccessEvent(site="tower", door=chance.choice(DOORS), kind=kind), "panel", age


def _a_scan(chance: Random) -> Happening:
    scan = CheckpointScan(site="tower", officer="li", checkpoint=chance.choice(STOPS), method=ScanMethod.NFC)
    return scan, chance.choice(["phone", "phone2"]), chance.choice([0, 0, chance.randint(0, 7200)])


def _a_message(chance: Random) -> list[Sample]:
    usual = chance.choice([5.0, 30.0])
    values = [chance.choice([usual, usual, usual, 22.0, 66.0]) for _ in range(3)]
    return [Sample(chance.choice(["flow", "flow", "heat", "gone"]), 40 - 20 * n, v, 0) for n, v in enumerate(values)]


def _a_command(chance: Random) -> Body:
    alarm, occurrence = chance.choice(ALARMS), chance.choice(OCCURRENCES)
    trigger = chance.choice([*WorkOrderTrigger, *list(WorkOrderTrigger)[:3], WorkOrderTrigger.START])
    moved = MoveWorkOrder(
        id="", actor="op", order=chance.choice(ORDERS), trigger=trigger, assignee="wu", reason="because"
    )
    choices: list[Body] = [
        AcknowledgeAlarm(id="", actor="op", alarm=alarm),
        CommentAlarm(id="", actor="op", alarm=alarm, comment="seen"),
        CloseOccurrence(id="", actor="op", occurrence=occurrence, disposition=Disposition.REAL),
        moved,
        _begin_mode(chance.choice(PLACES), chance.choice([60.0, 900.0])),
        EndMode(id="", actor="op", mode=chance.choice(MODES)),
    ]
    return chance.choice(choices)


def _a_tick(chance: Random) -> Body:
    return Tick()


def _a_notice(chance: Random) -> Body:
    configuration = chance.choice(CONFIGURATIONS)
    change = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
    choices: list[Body] = [MonitorGap(start=0, end=0, reason="test"), BacklogDrained(waited=0), change]
    return chance.choice(choices)


days: Final[st.SearchStrategy[list[Step]]] = st.one_of(
    steps, st.builds(lambda seed, count: day_from(Random(seed), count), st.integers(0, 2**32), st.integers(20, 150))
)


def judged(records: Sequence[Record], cuts: Sequence[int] = ()) -> tuple[list[Effect], list[tuple[object, ...]]]:
    """The effects of a journal cut into calls at these places, and the readings it gave to store, one by one."""
    engine = Engine(catalog=FRAGILE)
    effects: list[Effect] = []
    stored: list[tuple[object, ...]] = []
    for begin, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        outcome = engine.handle(records[begin:end])
        effects += outcome.effects
        readings = outcome.readings
        if readings is not None:
            names = [readings.points[place] for place in readings.index.tolist()]
            columns = (readings.seq.tolist(), names, readings.at.tolist(), readings.values.tolist())
            stored += zip(*columns, readings.quality.tolist(), strict=True)
    return effects, stored


def encoded(effects: Sequence[Effect]) -> list[bytes]:
    return [msgspec.msgpack.encode(effect) for effect in effects]
