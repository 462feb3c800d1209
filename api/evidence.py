"""The journal records behind an alarm, in short: what each said, when, and whose clock was believed."""

import math
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from api.ports import ApiPorts
from api.views import Evidence, EvidenceReading
from domain.alarm import Occurrence, Subject
from domain.instant import to_iso
from domain.observations import Credential
from domain.readings import Quality, Readings
from domain.record import ConfigurationChanged, MonitorGap, Record

Fact = str | float | int | bool

_READINGS_SHOWN: Final = 20
_RECORDS_SHOWN: Final = 50
"""An occurrence that stands for long may gather thousands; the first tell why it was raised."""


def evidence_of(ports: ApiPorts, occurrence: Occurrence, subject: Subject) -> tuple[Evidence, ...]:
    """Read and sum up the records that led to the occurrence."""
    return tuple(_summary(seq, ports.journal.record(seq), subject) for seq in occurrence.why.evidence[:_RECORDS_SHOWN])


def quality_word(code: int) -> str:
    """`good`, `uncertain` or `bad`; a code that is none of ours is bad."""
    return Quality(code).name.lower() if code in {known.value for known in Quality} else Quality.BAD.name.lower()


def number(value: float) -> float | None:
    """The value as JSON can carry it: None for what is not a finite number."""
    return value if math.isfinite(value) else None


def _summary(seq: int, record: Record | None, subject: Subject) -> Evidence:
    if record is None:
        return Evidence(seq=seq, kept=False)
    return Evidence(
        seq=seq,
        kept=True,
        type=record.type,
        event_time=record.event_time,
        received_at=record.received_at,
        device_time=record.device_time,
        believed=record.believed,
        source=record.source,
        identity=record.identity,
        decoder=record.decoder,
        facts=dict(_facts(record.body)),
        readings=tuple(_readings(record.body, subject.id)) if isinstance(record.body, Readings) else (),
    )


def _facts(body: Struct, prefix: str = "") -> Iterator[tuple[str, Fact]]:
    match body:
        case Readings():
            yield "readings", len(body)
        case ConfigurationChanged():
            yield "digest", body.digest
        case MonitorGap():
            yield from (("start", to_iso(body.start)), ("end", to_iso(body.end)), ("reason", body.reason))
        case Credential():
            # The token tells one card from another and nobody who it is; a screen has no use for it.
            yield f"{prefix}kind", body.kind
        case _:
            for field in msgspec.structs.fields(body):
                yield from _named(f"{prefix}{field.name}", getattr(body, field.name))


def _named(name: str, value: object) -> Iterator[tuple[str, Fact]]:
    match value:
        case str() | bool() | int():
            yield name, value
        case float() if math.isfinite(value):
            yield name, value
        case Struct():
            yield from _facts(value, f"{name}.")
        case Mapping():
            for key, inner in value.items():
                yield from _named(f"{name}.{key}", inner)
        case tuple():
            yield name, ", ".join(str(inner) for inner in value)
        case bytes():
            yield f"{name}.size", len(value)


def _readings(body: Readings, point: str) -> Iterator[EvidenceReading]:
    rows = [row for row, name in enumerate(body.point_ids()) if name == point]
    at, values, quality = body.times(), body.numbers(), body.qualities()
    for row in rows[-_READINGS_SHOWN:]:
        yield EvidenceReading(
            point=point, at=int(at[row]), value=number(float(values[row])), quality=quality_word(int(quality[row]))
        )
