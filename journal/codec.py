"""Records as bytes, for as long as a journal lives.

A stored record is a MessagePack array of its envelope in the order of `_Stored`, the body last, as a map with its type
under `type`. The seq is not part of it: the place in the journal says it. Inside a segment, records stand in blocks
(`pack_block`): one MessagePack array of stored records whose seqs are consecutive.

The version that is written is the one of `CURRENT_VERSION`, whatever the record says, because a body in memory always
has today's shape. What an older Vigil wrote is brought up to date by `UPCASTERS` when it is read; the bytes stay.

Changing a body type: a new field with a default needs nothing here. Anything else raises the type's number in
`CURRENT_VERSION` and adds the step from the old number to `UPCASTERS`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from domain.errors import VigilError
from domain.identity import MessageIdentity
from domain.instant import Instant
from domain.record import Believed, Body, Record

RawBody: TypeAlias = dict[str, Any]
"""A body as it stands in the bytes: builtin types only."""

FORMAT: Final = 1
"""Of the envelope. Fields may be appended to it with a default; any other change needs a new number."""

CURRENT_VERSION: Final[Mapping[str, int]] = {
    "abandon_tour_run": 1,
    "access_event": 1,
    "acknowledge_alarm": 1,
    "add_log_entry": 1,
    "assign_alarm": 1,
    "backlog_drained": 1,
    "begin_mode": 1,
    "channel_reported": 1,
    "checkpoint_scan": 1,
    "close_incident": 1,
    "close_occurrence": 1,
    "comment_alarm": 1,
    "configuration_changed": 1,
    "decide_proposal": 1,
    "device_status": 1,
    "end_mode": 1,
    "engine_started": 1,
    "extend_mode": 1,
    "monitor_gap": 1,
    "hand_over_tour_run": 1,
    "move_work_order": 1,
    "panel_event": 1,
    "person_signal": 1,
    "propose_patrol": 1,
    "quarantined": 1,
    "readings": 1,
    "resend_message": 1,
    "reset_latch": 1,
    "resource_reported": 1,
    "return_to_service": 1,
    "shelve_alarm": 1,
    "take_out_of_service": 1,
    "tick": 1,
    "unshelve_alarm": 1,
    "video_event": 1,
}
"""Every body type by its tag, and the version of its shape that this release writes."""

UPCASTERS: Final[Mapping[tuple[str, int], Callable[[RawBody], RawBody]]] = {}
"""From (type, version) to the same body in the next version. A step may rename the type by changing `type`."""

_SHORT_ARRAY: Final = 15
_SHORT_ARRAY_TAG: Final = 0x90
_LONG_ARRAY_TAG: Final = b"\xdc"
LONGEST_BLOCK: Final = 65_535
"""Records in one block: what the two length bytes of a MessagePack array can count."""


class UnstorableRecord(VigilError):
    """A record that could not be read back from what would be stored. It is refused: storing it would stop readers."""


class UnreadableRecord(VigilError):
    """Stored bytes that this release cannot turn into a record."""


class _Stored(Struct, frozen=True, array_like=True, gc=False):  # holds no cycles; thousands are made at once
    format: int
    version: int
    event_time: Instant
    received_at: Instant
    source: str
    site: str | None
    lane: str
    believed: Believed
    device_time: Instant | None
    identity: MessageIdentity | None
    cause: int | None
    decoder: str | None
    body: Body


_ENVELOPE_FIELDS: Final = _Stored.__struct_fields__
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Stored)
_BLOCK_DECODER: Final = msgspec.msgpack.Decoder(list[_Stored])
_RAW_BLOCK_DECODER: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])


def encode(record: Record) -> bytes:
    """Give the bytes to store, without the seq.

    Raises:
        UnstorableRecord: a text is not valid Unicode, a number exceeds 64 bits, or a body's type is not in the table.
    """
    body = record.body
    tag = record.type
    try:
        return _ENCODER.encode(
            (
                FORMAT,
                CURRENT_VERSION[tag],
                record.event_time,
                record.received_at,
                record.source,
                record.site,
                record.lane,
                record.believed,
                record.device_time,
                record.identity,
                record.cause,
                record.decoder,
                body,
            )
        )
    except (UnicodeEncodeError, OverflowError, TypeError, KeyError) as error:
        raise UnstorableRecord(f"a {tag} record from {record.source!r} cannot be stored: {error}") from error


def decode(seq: int, data: bytes) -> Record:
    """Give the record that `data` holds, in today's shape, with its seq.

    Raises:
        UnreadableRecord: not the bytes of a record, or a type or version that this release does not know.
    """
    try:
        stored = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _upcast(seq, data)
    return _record(seq, stored) if _is_current(stored) else _upcast(seq, data)


def stored_form(record: Record) -> tuple[bytes, Record]:
    """Give the bytes to store and the record as every reader will get it, with seq 0.

    Reading back at once proves that the journal never holds what it cannot give, and lets a reader at the tail have
    exactly what a replay will have: `5` in a field of floats is 5.0 for both.

    Raises:
        UnstorableRecord: it would not come back.
    """
    data = encode(record)
    try:
        return data, _record(0, _DECODER.decode(data))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnstorableRecord(f"a {record.type} record from {record.source!r} cannot be stored: {error}") from error


def pack_block(parts: Sequence[bytes]) -> bytes:
    """Join encoded records of consecutive seqs (at most `LONGEST_BLOCK`) into one block."""
    count = len(parts)
    if count <= _SHORT_ARRAY:
        return bytes((_SHORT_ARRAY_TAG | count,)) + b"".join(parts)
    return _LONG_ARRAY_TAG + count.to_bytes(2) + b"".join(parts)


def unpack_block(first_seq: int, block: bytes) -> list[Record]:
    """Give the records of a block, the first of which has the seq `first_seq`.

    Raises:
        UnreadableRecord: as `decode`.
    """
    try:
        stored = _BLOCK_DECODER.decode(block)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _unpack_older_block(first_seq, block)
    if not all(map(_is_current, stored)):
        return _unpack_older_block(first_seq, block)
    return [_record(seq, item) for seq, item in enumerate(stored, first_seq)]


def _unpack_older_block(first_seq: int, block: bytes) -> list[Record]:
    try:
        parts = _RAW_BLOCK_DECODER.decode(block)
    except msgspec.MsgspecError as error:
        raise UnreadableRecord(f"the block of records from seq {first_seq} on is damaged ({error})") from error
    return [decode(seq, bytes(part)) for seq, part in enumerate(parts, first_seq)]


def _is_current(stored: _Stored) -> bool:
    return stored.format == FORMAT and stored.version == CURRENT_VERSION.get(str(stored.body.__struct_config__.tag))


def _record(seq: int, stored: _Stored) -> Record:
    return Record(
        seq=seq,
        body=stored.body,
        event_time=stored.event_time,
        received_at=stored.received_at,
        source=stored.source,
        site=stored.site,
        lane=stored.lane,
        believed=stored.believed,
        device_time=stored.device_time,
        identity=stored.identity,
        cause=stored.cause,
        decoder=stored.decoder,
        version=stored.version,
    )


def _upcast(seq: int, data: bytes) -> Record:
    """Read what an older release wrote, step by step; this path is rare and may be slow."""
    try:
        raw = msgspec.msgpack.decode(data)
        envelope = dict(zip(_ENVELOPE_FIELDS, raw, strict=True))
        body: RawBody = envelope["body"]
        version: int = envelope["version"]
        tag: str = body["type"]
        known = envelope["format"] == FORMAT
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError, KeyError) as error:
        raise UnreadableRecord(f"record {seq} is damaged: its bytes are no record ({error})") from error
    if not known or version > CURRENT_VERSION.get(tag, version):
        raise UnreadableRecord(
            f"record {seq} ({tag}, version {version}, format {envelope['format']}) was written by a newer Vigil: "
            "run that release or a later one"
        )
    while (step := UPCASTERS.get((tag, version))) is not None:
        body = step(body)
        tag, version = body["type"], version + 1
    if version != CURRENT_VERSION.get(tag):
        raise UnreadableRecord(f"record {seq}: nothing leads from {tag} version {version} to today's shape")
    envelope |= {"version": version, "body": body}
    try:
        return _record(seq, _DECODER.decode(_ENCODER.encode(list(envelope.values()))))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableRecord(f"record {seq} ({tag}, version {version}) does not fit its type: {error}") from error
