from importlib.metadata import version
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from domain.observations import CheckpointScan, DeviceStatus, PersonSignal, ScanMethod
from domain.record import Body, Record
from journal import codec
from journal.codec import (
    CURRENT_VERSION,
    RawBody,
    UnreadableRecord,
    UnstorableRecord,
    decode,
    encode,
    pack_block,
    stored_form,
    unpack_block,
)
from tests.journal.record_samples import RECORDS, a_record, a_scan, encoded_samples, samples

SAMPLES = samples()
RELEASES = sorted(RECORDS.glob("*.hex"))
READ_BACK = 17


def raw_scan(data: bytes) -> list[object]:
    raw: list[object] = msgspec.msgpack.decode(data)
    return raw


@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: record.type)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    assert decode(READ_BACK, encode(record)) == msgspec.structs.replace(record, seq=READ_BACK)


def test_samples_and_versions_cover_every_body_type() -> None:
    tags = sorted(str(body.__struct_config__.tag) for body in get_args(Body))
    assert sorted(record.type for record in SAMPLES) == tags
    assert sorted(CURRENT_VERSION) == tags


def test_the_seq_is_not_in_the_bytes() -> None:
    record = a_scan()
    assert encode(record) == encode(msgspec.structs.replace(record, seq=5))


def test_this_release_writes_what_its_file_says() -> None:
    path = RECORDS / f"{version('vigil')}.hex"
    assert encoded_samples() == path.read_text(encoding="ascii"), (
        "what the journal stores has changed: if that is wanted, raise the type's number in CURRENT_VERSION, "
        "add the step to UPCASTERS, and write this release's file with `python -m tests.journal.record_samples`"
    )


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_what_each_release_wrote_is_read(path: Path) -> None:
    lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    assert len(lines) == len(SAMPLES) or path.stem != version("vigil")
    for (_, _, digits), sample in zip(lines, SAMPLES, strict=True):
        record = decode(READ_BACK, bytes.fromhex(digits))
        assert record == msgspec.structs.replace(sample, seq=READ_BACK)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300])
def test_a_block_holds_records_of_consecutive_seqs(count: int) -> None:
    records = [a_scan(number) for number in range(count)]
    block = pack_block([encode(record) for record in records])
    expected = [msgspec.structs.replace(record, seq=100 + i) for i, record in enumerate(records)]
    assert unpack_block(100, block) == expected


def test_what_is_kept_is_what_will_be_read() -> None:
    loose = a_record(CheckpointScan(site="tower", officer="p", checkpoint="c", method=ScanMethod.GPS, battery=5))
    data, record = stored_form(loose)
    assert isinstance(record.body, CheckpointScan)
    assert repr(record.body.battery) == "5.0"
    assert repr(record) == repr(decode(0, data))


@pytest.mark.parametrize(
    "fields",
    [{"source": "lone \ud800 surrogate"}, {"event_time": 2**64}, {"event_time": "now"}, {"site": object()}],
    ids=["surrogate", "too large", "wrong type", "no value"],
)
def test_what_cannot_be_read_back_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(UnstorableRecord, match="checkpoint_scan record from"):
        stored_form(msgspec.structs.replace(a_scan(), **fields))


def test_an_older_version_is_brought_up_to_date_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    written = a_record(PersonSignal(site="tower", person="p-1", kind="sos"))  # type: ignore[arg-type]
    old = raw_scan(encode(written))
    old_body = old[-1]
    assert isinstance(old_body, dict)
    old[-1] = {"type": "panic_button", "where": "tower", "who": old_body["person"]}
    data = msgspec.msgpack.encode(old)

    def split_words(raw: RawBody) -> RawBody:
        return {"type": "panic_button", "site": raw["where"], "person": raw["who"]}

    def rename(raw: RawBody) -> RawBody:
        return {**raw, "type": "person_signal", "kind": "sos"}

    monkeypatch.setattr(codec, "CURRENT_VERSION", {**CURRENT_VERSION, "person_signal": 3})
    monkeypatch.setattr(codec, "UPCASTERS", {("panic_button", 1): split_words, ("panic_button", 2): rename})
    expected = msgspec.structs.replace(written, seq=4, version=3)
    assert decode(4, data) == expected
    newer = encode(a_scan())
    assert unpack_block(4, pack_block([data, newer])) == [expected, decode(5, newer)]


def test_a_step_is_taken_even_where_the_old_shape_still_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(a_record(DeviceStatus(site="tower", online=True, battery=0.5)))
    monkeypatch.setattr(codec, "CURRENT_VERSION", {**CURRENT_VERSION, "device_status": 2})
    to_percent = {("device_status", 1): lambda raw: {**raw, "battery": raw["battery"] * 100}}
    monkeypatch.setattr(codec, "UPCASTERS", to_percent)
    bodies = [decode(1, data).body, unpack_block(1, pack_block([data]))[0].body]
    assert [body.battery for body in bodies if isinstance(body, DeviceStatus)] == [50.0, 50.0]


def changed(place: int, value: object) -> bytes:
    raw = raw_scan(encode(a_scan()))
    raw[place] = value
    return msgspec.msgpack.encode(raw)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "damaged"),
        (b"\xc1\xff", "damaged"),
        (encode(a_scan())[:-3], "damaged"),
        (changed(0, 2), "newer Vigil"),
        (changed(1, 9), "newer Vigil"),
        (changed(1, 0), "nothing leads from checkpoint_scan version 0"),
        (changed(-1, {"type": "unheard_of"}), "nothing leads from unheard_of version 1"),
        (changed(-1, {"type": "checkpoint_scan"}), "does not fit its type"),
    ],
)
def test_unreadable_bytes_say_which_record_and_why(data: bytes, what: str) -> None:
    with pytest.raises(UnreadableRecord, match=rf"record 7\b.*{what}"):
        decode(7, data)


def test_a_damaged_block_says_where() -> None:
    with pytest.raises(UnreadableRecord, match="from seq 7 on is damaged"):
        unpack_block(7, b"\x92\x01")
