"""Envelopes of reading records in the historian: joined and cut like the rows, and as columns of a segment.

Version 2 of a segment has them; a version 1 segment has the readings alone. Every row bears its record's envelope, so
that rows stay rows when segments are merged, and a NULL in `received_at` says that nobody kept it:

    received_at   when the record was received, in microseconds
    event_shift   its event time less the newest of its readings' times: mostly 0
    device_shift  the device's time less the event time: mostly 0; NULL where the device told none
    number        the device's own number of the message; NULL where it has none
    boot          the run of the device's counter that the number belongs to
    origin        JSON: site, source, whose clock was believed, and the device that counts
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from domain.reading_envelopes import ABSENT, NO_ENVELOPES, Envelopes, Origin
from domain.readings import Rows, Times
from domain.record import Believed
from stores.historian_coverage import SeqRange

ENVELOPE_COLUMNS: Final = ("received_at", "event_shift", "device_shift", "number", "boot", "origin")

_MANY_ORIGINS: Final = 1 << 13
"""Looking up as many takes a millisecond or two, and the engine's thread waits for it."""

_Origin = tuple[str | None, str, Believed, str | None]
_ORIGIN: Final = msgspec.json.Decoder(_Origin)
_Column = npt.NDArray[Any]


def join_envelopes(parts: Sequence[Envelopes]) -> Envelopes:
    """Make one of several, in order of seq."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NO_ENVELOPES
    origins, origin = _one_table(parts)
    seq = np.concatenate([part.seq for part in parts])
    order: slice | Times = slice(None) if bool(np.all(seq[1:] >= seq[:-1])) else np.argsort(seq, kind="stable")
    return Envelopes(
        seq=seq[order],
        received_at=np.concatenate([part.received_at for part in parts])[order],
        event_time=np.concatenate([part.event_time for part in parts])[order],
        device_time=np.concatenate([part.device_time for part in parts])[order],
        number=np.concatenate([part.number for part in parts])[order],
        origins=origins,
        origin=origin[order],
    )


def envelopes_in(envelopes: Envelopes, ranges: Sequence[SeqRange]) -> Envelopes:
    """Keep those whose seq lies in one of the ranges."""
    inside = np.zeros(len(envelopes), np.bool_)
    for first, last in ranges:
        inside |= (envelopes.seq >= first) & (envelopes.seq <= last)
    return envelopes if bool(inside.all()) else _picked(envelopes, inside)


def as_columns(envelopes: Envelopes, seq: Times, at: Times) -> dict[str, _Column]:
    """Give the columns of a segment for rows in order of `seq`; `ABSENT` and None stand for NULL."""
    if not len(envelopes):
        nothing = np.full(len(seq), ABSENT)
        texts = np.full(len(seq), None, dtype=object)
        return {name: texts if name in ("boot", "origin") else nothing for name in ENVELOPE_COLUMNS}
    place = np.minimum(np.searchsorted(envelopes.seq, seq), len(envelopes) - 1)
    known = envelopes.seq[place] == seq
    event = envelopes.event_time[place]
    device = envelopes.device_time[place]
    origin = np.where(known, envelopes.origin[place], len(envelopes.origins))
    names, boots = (np.array([*texts, None, ""], dtype=object)[:-1] for texts in _texts(envelopes.origins))
    return {
        "received_at": np.where(known, envelopes.received_at[place], ABSENT),
        "event_shift": np.where(known, event - newest_of_record(seq, at), ABSENT),
        "device_shift": np.where(known & (device != ABSENT), device - event, ABSENT),
        "number": np.where(known, envelopes.number[place], ABSENT),
        "boot": boots[origin],
        "origin": names[origin],
    }


def from_columns(found: Mapping[str, _Column], seq: Times, at: Times) -> Envelopes:
    """Read the envelopes of whole records back; rows are in order of `seq`. Those that nobody kept are left out."""
    if "received_at" not in found or not len(seq):
        return NO_ENVELOPES
    whole = {name: np.ma.filled(found[name].astype(np.int64), ABSENT) for name in ENVELOPE_COLUMNS[:4]}
    first = np.flatnonzero(_begins(seq) & (whole["received_at"] != ABSENT))
    event = newest_of_record(seq, at)[first] + whole["event_shift"][first]
    shift = whole["device_shift"][first]
    texts = (np.ma.filled(found[name], None)[first].tolist() for name in ("origin", "boot"))
    places: dict[tuple[str, str | None], int] = {}
    origin = [places.setdefault(pair, len(places)) for pair in zip(*texts, strict=True)]
    return Envelopes(
        seq=seq[first],
        received_at=whole["received_at"][first],
        event_time=event,
        device_time=np.where(shift == ABSENT, ABSENT, event + shift),
        number=whole["number"][first],
        origins=tuple(_origin(text, boot) for text, boot in places),
        origin=np.array(origin, np.int32),
    )


def newest_of_record(seq: Times, at: Times) -> Times:
    """The newest time among the rows of each row's record; rows are in order of `seq`."""
    if not len(seq):
        return at
    begins = _begins(seq)
    newest: Times = np.maximum.reduceat(at, np.flatnonzero(begins))[np.cumsum(begins) - 1]
    return newest


def _one_table(parts: Sequence[Envelopes]) -> tuple[tuple[Origin, ...], Rows]:
    """All origins of the parts, and which of them each record has.

    One that occurs in several parts is listed once, unless each part has so many that few can recur: devices of which
    every message has a key of its own.
    """
    if min(len(part.origins) for part in parts) > _MANY_ORIGINS:
        before = np.cumsum([0, *(len(part.origins) for part in parts[:-1])])
        moved = [part.origin + np.int32(count) for part, count in zip(parts, before.tolist(), strict=True)]
        return tuple(origin for part in parts for origin in part.origins), np.concatenate(moved)
    places: dict[Origin, int] = {}
    renumbered = []
    for part in parts:
        own = np.array([places.setdefault(origin, len(places)) for origin in part.origins], np.int32)
        renumbered.append(own[part.origin])
    return tuple(places), np.concatenate(renumbered)


def _texts(origins: Sequence[Origin]) -> tuple[list[str], list[str | None]]:
    """Each origin as the text of its column, and its boot."""
    encode = msgspec.json.encode
    texts = [encode((each.site, each.source, each.believed, each.device)).decode() for each in origins]
    return texts, [each.boot for each in origins]


def _origin(text: str, boot: str | None) -> Origin:
    site, source, believed, device = _ORIGIN.decode(text)
    return Origin(site, source, believed, device, boot)


def _picked(envelopes: Envelopes, which: npt.NDArray[np.bool_]) -> Envelopes:
    """Some of them, with the origins that occur."""
    used, origin = np.unique(envelopes.origin[which], return_inverse=True)
    return Envelopes(
        seq=envelopes.seq[which],
        received_at=envelopes.received_at[which],
        event_time=envelopes.event_time[which],
        device_time=envelopes.device_time[which],
        number=envelopes.number[which],
        origins=tuple(envelopes.origins[place] for place in used.tolist()),
        origin=origin.astype(np.int32),
    )


def _begins(seq: Times) -> npt.NDArray[np.bool_]:
    begins = np.ones(len(seq), np.bool_)
    begins[1:] = seq[1:] != seq[:-1]
    return begins
