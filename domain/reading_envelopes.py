"""What reading records say beside their readings, as columns: when each was received, from whom, under which number.

With these and the readings themselves the records can be made again as an engine read them, long after the journal has
let them go. The decoder and the cause of a record are not among them: nothing is judged by these.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from domain.identity import REAL_LANE, MessageIdentity
from domain.readings import Readings, Rows, Times
from domain.record import Believed, Record

ABSENT: Final = int(np.iinfo(np.int64).min)
"""Stands in a column where a record has no device time or no number."""


class Origin(Struct, frozen=True, array_like=True):
    """What the records of one device have in common: `device` and `boot` name its count, None where it has none."""

    site: str | None
    source: str
    believed: Believed
    device: str | None
    boot: str | None


class Envelopes(Struct, frozen=True, kw_only=True):
    """The envelopes of n reading records in ascending order of `seq`; times in microseconds.

    `device_time` and `number` (the device's own) are `ABSENT` where a record has none; `origin` (int32) picks each
    record's among `origins`.
    """

    seq: Times
    received_at: Times
    event_time: Times
    device_time: Times
    number: Times
    origins: Sequence[Origin]
    origin: Rows

    def __len__(self) -> int:
        """How many records."""
        return len(self.seq)

    def record(self, place: int, body: Readings, lane: str = REAL_LANE) -> Record:
        """Make the record at a place again around its readings."""
        origin = self.origins[int(self.origin[place])]
        device_time, number = int(self.device_time[place]), int(self.number[place])
        identity = None
        if origin.device is not None and origin.boot is not None:
            identity = MessageIdentity(origin.device, origin.boot, number)
        return Record(
            seq=int(self.seq[place]),
            body=body,
            event_time=int(self.event_time[place]),
            received_at=int(self.received_at[place]),
            source=origin.source,
            site=origin.site,
            lane=lane,
            believed=origin.believed,
            device_time=None if device_time == ABSENT else device_time,
            identity=identity,
        )


def envelopes_of(records: Sequence[Record]) -> Envelopes:
    """Take the envelopes of records in ascending order of seq."""
    places: dict[tuple[str | None, str, Believed, str | None, str | None], int] = {}
    device: str | None
    boot: str | None
    rows: list[tuple[int, int, int, int, int, int]] = []
    for record in records:
        identity = record.identity
        device, boot, number = None, None, ABSENT
        if identity is not None:
            device, boot, number = identity.device, identity.boot, identity.seq
        key = (record.site, record.source, record.believed, device, boot)
        place = places.setdefault(key, len(places))
        device_time = ABSENT if record.device_time is None else record.device_time
        rows.append((record.seq, record.received_at, record.event_time, device_time, number, place))
    columns = np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, 6).T)
    return Envelopes(
        seq=columns[0],
        received_at=columns[1],
        event_time=columns[2],
        device_time=columns[3],
        number=columns[4],
        origins=tuple(Origin(*key) for key in places),
        origin=columns[5].astype(np.int32),
    )


NO_ENVELOPES: Final = envelopes_of(())
