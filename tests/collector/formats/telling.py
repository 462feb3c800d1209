"""What a decoder gave, in lines that a person can compare with a fixture."""

from collections.abc import Iterable
from typing import Any

from collector.formats.report import (
    Arrival,
    Crossing,
    Decode,
    DoorEvent,
    Fix,
    Format,
    Link,
    Report,
    Saying,
    Tag,
    Value,
)
from domain.instant import Instant, from_iso, to_iso

NOW: Instant = from_iso("2026-11-23T07:30:05Z")


def arrival(form: Format, case: dict[str, Any], payload: bytes) -> Arrival:
    base = case.get("base", form.base) or ""
    return Arrival(case["topic"], base, payload, case.get("now", NOW), case.get("timezone"))


def told(reports: Iterable[Report]) -> list[str]:
    """One line for each thing that is said."""
    return [f"{_who(report)}:{_said(said)}" for report in reports for said in report.said]


def decoded(
    form: Format, topic: str, payload: bytes, base: str | None = None, decode: Decode | None = None
) -> list[str]:
    """What one message says, on a base of its own or the format's."""
    chosen = base if base is not None else form.base or ""
    return told((decode or form.decoder())(Arrival(topic, chosen, payload, NOW)))


def _who(report: Report) -> str:
    key = "" if report.key is None else f" #{report.key}"
    at = "" if report.at is None else f" @{to_iso(report.at)}"
    return f"{report.device}{key}{at}"


def _said(said: Saying) -> str:
    match said:
        case Value():
            unit = f" {said.unit}" if said.unit else ""
            at = "" if said.at is None else f" at {to_iso(said.at)}"
            return f" {said.field} = {said.value!r}{unit}{at}"
        case Link():
            reason = "" if said.reason is None else f" ({said.reason})"
            battery = "" if said.battery is None else f", battery {said.battery}"
            return f" {'online' if said.online else 'offline'}{reason}{battery}"
        case Tag():
            return f" tag {said.number}{'' if said.authentic else ', its keys are wrong'}"
        case DoorEvent():
            number = "" if said.number is None else f" with {said.number}"
            reason = "" if said.reason is None else f": {said.reason}"
            return f" {said.kind} at '{said.door}'{number}{reason}"
        case Fix():
            place = said.position
            within = "" if place.accuracy_m is None else f" within {place.accuracy_m} m"
            battery = "" if said.battery is None else f", battery {said.battery}"
            return f" at {place.latitude}, {place.longitude}{within}{battery}"
        case Crossing():
            return f" {'enters' if said.entered else 'leaves'} '{said.region}'"
