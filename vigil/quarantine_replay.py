"""Gives quarantined messages another chance: their bytes are decoded again and their records appended to the journal.

Nothing counts twice. What the engine has seen of a message it knows by the message's identity. That there was a replay
already says the journal: a replayed record names the quarantined one as its cause. And of readings of which the device
carried only some, the others go in alone (`_Remainders`).
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from collector.message import MessageDecoder
from collector.refusal import Reason
from collector.topics import SHOWN_TOPIC
from domain.directory import Directory
from domain.observations import Quarantined
from domain.readings import Readings, readings_from
from domain.record import Observation, Record, Urgency
from journal.codec import UnstorableRecord
from journal.ports import Journal, JournalReader

MASK: Final = b'"***"'
"""What the collector writes in place of a credential number."""

_NEIGHBOURS: Final = 2048
"""The accepted part of a message is committed in the same or the next group of the journal as the refused part."""

_SLICE: Final = 1024


class Fate(StrEnum):
    """What became of a message that was to be replayed."""

    REPLAYED = "replayed"
    ALREADY = "already_taken"
    REFUSED = "refused_again"
    IMPOSSIBLE = "impossible"


class Replayed(Struct, frozen=True, kw_only=True):
    """What became of one quarantined record: `detail` says why, `records` are the seqs of what was appended."""

    seq: int
    fate: Fate
    detail: str
    records: tuple[int, ...] = ()


def replay_quarantined(
    journal: Journal,
    decoder: MessageDecoder,
    directory: Directory,
    seqs: Collection[int],
    parked: Collection[int] = (),
) -> list[Replayed]:
    """Replay these records under the present configuration, in the order of their seqs.

    `parked` are the seqs of records that were passed over, which are appended as they are. `journal` is the one
    writer's own: the service's, or that of a command while no service runs.

    Raises:
        JournalUnavailable: the journal does not take records now; those before the one at hand are appended.
    """
    replay = _Replay(journal, decoder, directory)
    replay.learn(seqs)
    return [replay.one(seq, is_parked=seq in parked) for seq in sorted(seqs)]


def obstacle(body: Quarantined) -> str:
    """Why the stored bytes cannot stand for the message; empty where they can."""
    if MASK in body.payload:
        return "credential numbers in it were masked before it was stored: let the device send it again"
    if len(body.payload) != body.size:
        return f"only {len(body.payload)} of its {body.size} bytes were kept: let the device send it again"
    if len(body.topic) >= SHOWN_TOPIC:
        return "its topic was cut when it was stored: let the device send it again"
    return ""


class _Replay:
    def __init__(self, journal: Journal, decoder: MessageDecoder, directory: Directory) -> None:
        self._journal = journal
        self._decoder = decoder
        self._directory = directory
        self._answers: dict[int, list[Record]] = {}
        self._remainders = _Remainders()

    def learn(self, seqs: Collection[int]) -> None:
        """Find what was replayed before: a replay comes later in the journal than what it replays."""
        self._answers = {seq: [] for seq in seqs}
        after = min(seqs, default=self._journal.last_seq)
        while records := self._journal.read(after, _SLICE):
            for record in records:
                if record.cause in self._answers:
                    self._answers[record.cause].append(record)
                self._remainders.note(record)
            after = records[-1].seq

    def one(self, seq: int, *, is_parked: bool) -> Replayed:
        record = self._journal.record(seq)
        if record is None:
            return _impossible(seq, "the journal does not have it, or no more: its retention is over")
        if isinstance(record.body, Quarantined):
            return self._decode_again(record, record.body)
        if not is_parked:
            return _impossible(seq, f"this {record.type} record was not quarantined, or holds nothing to decode again")
        if not isinstance(record.body, Observation):
            return _impossible(seq, f"{record.type} belongs to its own time: ask for it again")
        return self._already(seq) if self._answers[seq] else self._append(seq, [replace(record, cause=seq)], "")

    def _decode_again(self, record: Record, body: Quarantined) -> Replayed:
        if body.reason == Reason.CONFLICTING_VALUES:
            return self._already(record.seq)
        why_not = obstacle(body)
        if why_not:
            return _impossible(record.seq, why_not)
        made = self._decoder.decode_message(
            body.topic,
            body.payload,
            retain=body.reason == Reason.RETAINED,
            received_at=record.received_at,
            directory=self._directory,
        )
        refused = next((each.body for each in made if isinstance(each.body, Quarantined)), None)
        detail = "" if refused is None else f"{refused.reason}: {refused.detail}"
        good = [replace(each, cause=record.seq) for each in made if not isinstance(each.body, Quarantined)]
        if not good:
            return Replayed(seq=record.seq, fate=Fate.REFUSED, detail=detail)
        if body.reason == Reason.UNLISTED_POINTS:
            accepted = _accepted_beside(self._journal, record, good)
            good = self._remainders.of(good, [*accepted, *self._answers[record.seq]])
        elif self._answers[record.seq]:
            good = []
        return self._append(record.seq, good, detail) if good else self._already(record.seq, detail)

    def _append(self, seq: int, records: Iterable[Record], detail: str) -> Replayed:
        appended: list[int] = []
        for record in records:
            urgency = Urgency.READING if isinstance(record.body, Readings) else Urgency.EVENT
            try:
                appended.append(self._journal.append(record, urgency))
            except UnstorableRecord as error:
                return Replayed(seq=seq, fate=Fate.REFUSED, detail=str(error), records=tuple(appended))
            self._remainders.note(record)
        detail = f"as record {_shown(appended)}{_still(detail)}"
        return Replayed(seq=seq, fate=Fate.REPLAYED, detail=detail, records=tuple(appended))

    def _already(self, seq: int, detail: str = "") -> Replayed:
        answers = [answer.seq for answer in self._answers[seq]]
        what = f"replayed before as record {_shown(answers)}" if answers else "everything in it has been taken"
        return Replayed(seq=seq, fate=Fate.ALREADY, detail=what + _still(detail))


class _Remainders:
    """Which points of partly accepted messages were replayed before.

    Such readings go without the message's identity, under which the engine has seen the accepted part. Delivered twice,
    a message lies in quarantine twice; sender and times tell that it is the same.
    """

    def __init__(self) -> None:
        self._points: dict[tuple[object, ...], set[str]] = {}

    def note(self, record: Record) -> None:
        """Remember a replayed remainder; any other record is none of ours."""
        if record.cause is not None and record.identity is None and isinstance(record.body, Readings):
            self._points.setdefault(_message(record), set()).update(record.body.point_ids())

    def of(self, made: Iterable[Record], taken: Sequence[Record]) -> list[Record]:
        """The readings of points that are not in `taken`; with the identity only where nothing was taken before."""
        found: list[Record] = []
        before = {point for record in taken if isinstance(record.body, Readings) for point in record.body.point_ids()}
        for record in made:
            known = before | self._points.get(_message(record), set())
            if not known:
                found.append(record)
            elif isinstance(record.body, Readings):
                rest = _without(record.body, known)
                found += [replace(record, body=rest, identity=None)] if len(rest) else []
        return found


def _message(record: Record) -> tuple[object, ...]:
    return record.lane, record.source, record.event_time, record.device_time


def _accepted_beside(journal: JournalReader, aside: Record, made: Sequence[Record]) -> list[Record]:
    """The readings of the same message that were accepted when the rest of it was set aside."""
    identities = [record.identity for record in made]
    return [
        record
        for record in journal.read(max(0, aside.seq - _NEIGHBOURS), 2 * _NEIGHBOURS)
        if isinstance(record.body, Readings)
        and record.cause is None
        and (record.lane, record.source, record.received_at) == (aside.lane, aside.source, aside.received_at)
        and record.identity in identities
    ]


def _without(readings: Readings, points: Collection[str]) -> Readings:
    ids = readings.point_ids()
    kept = np.flatnonzero([point not in points for point in ids])
    return readings_from(
        [ids[place] for place in kept.tolist()],
        readings.times()[kept],
        readings.numbers()[kept],
        readings.qualities()[kept],
    )


def _impossible(seq: int, detail: str) -> Replayed:
    return Replayed(seq=seq, fate=Fate.IMPOSSIBLE, detail=detail)


def _still(detail: str) -> str:
    return f"; the rest is refused again ({detail})" if detail else ""


def _shown(seqs: Sequence[int]) -> str:
    return ", ".join(map(str, seqs))
