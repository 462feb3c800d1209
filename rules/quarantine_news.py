"""What is said of records that are not judged."""

from typing import Final

from domain.effects import QuarantineAdded
from domain.observations import Quarantined
from domain.readings import Readings
from domain.record import Observation, Record

MALFORMED: Final = "malformed_readings"
"""The quarantine reason for readings whose columns differ in length: no decoder makes them, a damaged journal could."""


def quarantined(body: Quarantined) -> QuarantineAdded:
    """What the collector could not believe or read."""
    return QuarantineAdded(
        site=body.site,
        device=body.device,
        topic=body.topic,
        reason=body.reason,
        detail=body.detail,
        size=body.size,
    )


def passed_over(record: Record, reason: str, error: str) -> QuarantineAdded:
    """A record that the engine or the store failed on."""
    device = record.source if isinstance(record.body, Observation) else None
    return QuarantineAdded(site=record.site, device=device, topic="", reason=reason, detail=error, size=0)


def malformed(record: Record, body: Readings) -> QuarantineAdded:
    """Readings that are no columns."""
    lengths = f"{len(body.at)} bytes of times, {len(body.values)} of values, {len(body.quality)} qualities"
    return QuarantineAdded(
        site=record.site,
        device=record.source,
        topic="",
        reason=MALFORMED,
        detail=f"columns differ in length: {lengths}",
        size=len(body.at) + len(body.values) + len(body.quality),
    )
