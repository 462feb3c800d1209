"""From what a device says to what that means here: reports become the observations of the domain.

A retained message is old news of unknown age: it may say how things stand (a device is offline, a value with a time of
its own), but never that something happened now. A value without a time is then uncertain, and the rest is passed over.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import Struct, field

from collector.credentials import CredentialKey
from collector.foreign.mapping import ONLY_DOOR, DoorField, PointField
from collector.foreign.sources import MappedDevice, tag_number
from collector.formats.fields import number_of
from collector.formats.report import Crossing, DoorEvent, Fix, Link, Report, Saying, Scalar, Tag, Value
from collector.refusal import Reason
from collector.timing import Timing, believe
from domain.identity import MessageIdentity
from domain.instant import Duration, Instant
from domain.observations import (
    AccessEvent,
    AccessKind,
    CheckpointScan,
    Credential,
    DeviceStatus,
    PersonSignal,
    ScanMethod,
    SignalKind,
)
from domain.readings import Quality, readings_from
from domain.record import Believed, Observation, Record
from domain.units import can_mean

RETAINED: Final = "retained"
NOT_MAPPED: Final = "not_mapped"
NOTHING_SAID: Final = "nothing_said"
LEFT: Final = "left_region"
UNKNOWN_CONTACT: Final = "contact_unknown"
_SHOWN_POINTS: Final = 20


class Arrived(NamedTuple):
    """How a message came, and how far ahead of our clock a device's may be."""

    received_at: Instant
    retain: bool
    decoded_by: str
    tolerance: Duration


class Column(NamedTuple):
    """One reading before it is packed."""

    point: str
    at: Instant
    value: float
    quality: Quality


class Translated(Struct):
    """What a report gave: records in the order they belong into the journal, what was passed over and why, which part
    could not be believed, and the numbers of tags that nobody has mapped, as tokens.
    """

    records: list[Record] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    asides: list[tuple[Reason, str]] = field(default_factory=list)
    strange_tags: list[str] = field(default_factory=list)


class Translation:
    """Translates one report about one mapped device."""

    def __init__(self, report: Report, mapped: MappedDevice, arrived: Arrived, key: CredentialKey) -> None:
        """`key` seals the numbers of credentials."""
        self._report = report
        self._mapped = mapped
        self._arrived = arrived
        self._key = key
        self._timing = believe(report.at, arrived.received_at, arrived.tolerance)
        self._columns: list[Column] = []
        self._made = Translated()

    def translate(self) -> Translated:
        """Give everything that the report means here."""
        for saying in self._report.said:
            for body in self._bodies(saying):
                self._add(body, self._timing)
        if self._columns:
            self._add_readings()
        if self._report.aside is not None:
            self._made.asides.append(self._report.aside)
        if not (self._made.records or self._made.passed_over or self._made.asides):
            self._made.passed_over.append(NOTHING_SAID)
        return self._made

    def _bodies(self, saying: Saying) -> Iterator[Observation]:
        match saying:
            case Value():
                yield from self._value(saying)
            case Link(online=online, reason=reason, battery=battery):
                yield DeviceStatus(site=self._mapped.site, online=online, reason=reason, battery=battery)
            case Fix() if self._mapped.person is not None:
                yield PersonSignal(
                    site=self._mapped.site,
                    person=self._mapped.person,
                    kind=SignalKind.POSITION,
                    position=saying.position,
                )
            case Fix():
                self._made.passed_over.append(NOT_MAPPED)
            case _ if self._arrived.retain:
                self._made.passed_over.append(RETAINED)
            case Tag():
                yield from self._tag(saying)
            case DoorEvent():
                yield from self._door_event(saying)
            case Crossing():
                yield from self._crossing(saying)

    def _value(self, said: Value) -> Iterator[Observation]:
        point, door = self._mapped.points.get(said.field), self._mapped.doors.get(said.field)
        if point is not None:
            self._reading(said, point)
        if door is not None and said.field != ONLY_DOOR:
            if self._arrived.retain:
                self._made.passed_over.append(RETAINED)
            elif (is_open := opens(said.value, door)) is None:
                self._made.passed_over.append(UNKNOWN_CONTACT)
            else:
                kind = AccessKind.OPENED if is_open else AccessKind.CLOSED
                yield AccessEvent(site=self._mapped.site, door=door.door, kind=kind)
        if point is None and door is None:
            self._made.passed_over.append(NOT_MAPPED)

    def _reading(self, said: Value, point: PointField) -> None:
        if said.unit and point.unit is not None and not can_mean(said.unit, point.unit):
            expected = point.unit or "no unit"
            remedy = f"write `unit: {said.unit}` there with a scale, or mend the device"
            detail = f"'{said.field}' is in {said.unit}, the mapping says {expected}: {remedy}"
            self._made.asides.append((Reason.WRONG_UNIT, detail))
            return
        own = said.at if said.at is not None else self._report.at
        timing = believe(own, self._arrived.received_at, self._arrived.tolerance)
        number = number_of(said.value)
        if number is None:
            value, quality = float("nan"), Quality.BAD
        else:
            value, quality = number * point.scale + point.offset, Quality.GOOD
            if self._arrived.retain and timing.believed is Believed.RECEIVED:
                quality = Quality.UNCERTAIN
        self._columns.append(Column(point.point, timing.event_time, value, quality))

    def _tag(self, tag: Tag) -> Iterator[Observation]:
        mapped = self._mapped
        token = self._key.token("card", tag_number(tag.number))
        if not tag.authentic:
            self._made.asides.append((Reason.NOT_AUTHENTIC, "the reader found the tag's keys wrong: it may be a copy"))
            return
        known = mapped.tags.get(token)
        if known is None or (mapped.checkpoint is None and mapped.person is None):
            self._made.strange_tags.append(token)
            self._made.passed_over.append(NOT_MAPPED)
            return
        officer, checkpoint = (known, mapped.checkpoint) if mapped.checkpoint else (mapped.person, known)
        yield CheckpointScan(
            site=mapped.site, officer=officer or known, checkpoint=checkpoint or known, method=ScanMethod.NFC
        )

    def _door_event(self, event: DoorEvent) -> Iterator[Observation]:
        door = self._mapped.doors.get(event.door) or self._mapped.doors.get(ONLY_DOOR)
        if door is None:
            self._made.passed_over.append(NOT_MAPPED)
            return
        credential, person = None, None
        if event.number is not None:
            token = self._key.token("card", tag_number(event.number))
            credential = Credential(kind="card", token=token, key_id=self._key.id)
            person = self._mapped.tags.get(token)
            if person is None:
                self._made.strange_tags.append(token)
        yield AccessEvent(
            site=self._mapped.site,
            door=door.door,
            kind=event.kind,
            reason=event.reason,
            reader=self._report.device[:64],
            credential=credential,
            person=person,
        )

    def _crossing(self, crossing: Crossing) -> Iterator[Observation]:
        checkpoint = self._mapped.regions.get(crossing.region)
        if checkpoint is None or self._mapped.person is None:
            self._made.passed_over.append(NOT_MAPPED)
        elif not crossing.entered:
            self._made.passed_over.append(LEFT)
        else:
            yield CheckpointScan(
                site=self._mapped.site,
                officer=self._mapped.person,
                checkpoint=checkpoint,
                method=ScanMethod.GPS,
                position=crossing.position,
            )

    def _add_readings(self) -> None:
        columns: Sequence[Column] = self._columns
        conflict = _conflict(columns)
        if conflict is not None:
            self._made.asides.append((Reason.CONFLICTING_VALUES, conflict))
        readings = readings_from(
            [each.point for each in columns],
            [each.at for each in columns],
            [each.value for each in columns],
            [each.quality for each in columns],
        )
        claimed = max((said.at for said in self._report.said if isinstance(said, Value) and said.at), default=None)
        newest = claimed if claimed is not None else self._report.at
        self._add(readings, believe(newest, self._arrived.received_at, self._arrived.tolerance))

    def _add(self, body: Observation, timing: Timing) -> None:
        key, mapped = self._report.key, self._mapped
        # One message, several records: each is counted, else the engine would take the second for the first again.
        identity = None if key is None else MessageIdentity(mapped.device, key, len(self._made.records) + 1)
        self._made.records.append(
            Record(
                seq=0,
                body=body,
                event_time=timing.event_time,
                received_at=self._arrived.received_at,
                source=mapped.device,
                site=mapped.site,
                believed=timing.believed,
                device_time=timing.device_time,
                identity=identity,
                decoder=self._arrived.decoded_by,
            )
        )


def _conflict(columns: Sequence[Column]) -> str | None:
    """Name the points that have two different values at one time; None where there are none."""
    seen: dict[tuple[str, Instant], Column] = {}
    found: list[str] = []
    for each in columns:
        before = seen.setdefault((each.point, each.at), each)
        if before.quality != each.quality or (each.quality is not Quality.BAD and before.value != each.value):
            found.append(each.point)
    if not found:
        return None
    names = sorted(set(found))
    more = f" and {len(names) - _SHOWN_POINTS} more" if len(names) > _SHOWN_POINTS else ""
    what = f"{len(names)} points have two different values at one time: {', '.join(names[:_SHOWN_POINTS])}{more}"
    return f"{what}; each was judged, in the order of the message"


def opens(value: Scalar, door: DoorField) -> bool | None:
    """Tell whether a contact says that its door is open; None where it says nothing of use."""
    if value is None or door.open_when is None:
        return None
    said, wanted = _plain(value), _plain(door.open_when)
    if said == wanted:
        return True
    if door.closed_when is not None:
        return False if said == _plain(door.closed_when) else None
    return False if isinstance(said, float) and isinstance(wanted, float) else None


def _plain(value: bool | float | str) -> float | str:  # noqa: FBT001 - a value, not a switch
    """One form for what means the same: on, true and 1."""
    if isinstance(value, str):
        word = value.strip().casefold()
        number = {"on": 1.0, "true": 1.0, "off": 0.0, "false": 0.0}.get(word, number_of(word))
        return word if number is None else number
    return float(value)
