"""Copies of foreign messages: sealed, bounded, a week long, and good for another try."""

import json
from pathlib import Path

import pytest

from collector.foreign.mapping import ForeignDevice, ForeignFormat
from collector.message import MessageDecoder
from collector.raw_copies import KEPT_DAYS, RawCopies, RawCopy, SealedKey, read_copies, sealed_payload
from domain.instant import DAY
from domain.observations import CheckpointScan
from tests.collector.building import DIRECTORY, KEY, NOW

TAG = json.dumps({"RC522": {"UID": "04:A1:B2:C3", "Data": "secret", "Type": "x"}}).encode()


def copy(payload: bytes = b"{}", at: int = NOW, made: int = 0) -> RawCopy:
    return RawCopy(at=at, topic="tele/gate/SENSOR", payload=payload, made=made)


def test_what_is_kept_comes_back_in_order(tmp_path: Path) -> None:
    copies = RawCopies(tmp_path / "raw", KEY)
    copies.keep(copy(b'{"a": 1}', NOW - DAY))
    copies.keep(copy(b"\x00\xff", made=2))
    copies.close()
    assert list(read_copies(tmp_path / "raw")) == [
        ("2026-11-22:1", copy(b'{"a": 1}', NOW - DAY)),
        ("2026-11-23:1", copy(b"\x00\xff", made=2)),
    ]


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    copies = RawCopies(tmp_path, KEY)
    copies.keep(copy())
    copies.close()
    with (tmp_path / "2026-11-23.jsonl").open("ab") as file:
        file.write(b'{"at": 17')
    assert len(list(read_copies(tmp_path))) == 1


def test_numbers_are_sealed_and_names_and_what_is_written_on_a_tag_masked() -> None:
    sealed = json.loads(sealed_payload(TAG, KEY))
    assert sealed["RC522"] == {"UID": f"TOKEN{KEY.token('card', '04A1B2C3')}", "Data": "***", "Type": "x"}
    access = {"type": "access", "uid": "04a1b2c3", "username": "Somebody", "pincode": "1234", "hostname": "east"}
    shown = sealed_payload(json.dumps(access).encode(), KEY)
    assert not any(secret in shown for secret in (b"04a1b2c3", b"Somebody", b"1234"))
    assert json.loads(shown)["hostname"] == "east"


@pytest.mark.parametrize("payload", [b'{"data": "AAEC", "object": {"t":1}}', b"Offline", b'"x"', b'{"battery" :  1}'])
def test_what_holds_no_secret_stays_byte_for_byte(payload: bytes) -> None:
    assert sealed_payload(payload, KEY) == payload


def test_what_is_no_json_is_masked_as_text() -> None:
    assert b"04A1B2C3" not in sealed_payload(b'{"UID": "04A1B2C3", broken', KEY)


def test_a_sealed_copy_replays_to_the_same_scan_under_a_mended_mapping(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(bytes(range(32)).hex())
    key_file.chmod(0o600)
    block = ForeignFormat(
        format="tasmota", site="hq", tags={"04A1B2C3": "o-12"}, devices={"gate": ForeignDevice(checkpoint="cp-roof")}
    )
    decoder = MessageDecoder(SealedKey.load_or_create(key_file), mapping=(block,))
    (record,) = decoder.decode_message(
        "tele/gate/SENSOR", sealed_payload(TAG, KEY), retain=False, received_at=NOW, directory=DIRECTORY
    )
    assert isinstance(record.body, CheckpointScan)
    assert record.body.officer == "o-12"


def test_a_device_cannot_pass_a_token_off_as_a_number() -> None:
    token = KEY.token("card", "04A1B2C3")
    block = ForeignFormat(
        format="tasmota", site="hq", tags={"04A1B2C3": "o-12"}, devices={"gate": ForeignDevice(checkpoint="cp-roof")}
    )
    forged = json.dumps({"RC522": {"UID": f"TOKEN{token}"}}).encode()
    decoder = MessageDecoder(KEY, mapping=(block,))
    assert not decoder.decode_message("tele/gate/SENSOR", forged, retain=False, received_at=NOW, directory=DIRECTORY)


def test_a_day_has_a_bound_and_says_what_it_left_off(tmp_path: Path) -> None:
    copies = RawCopies(tmp_path, KEY, most_bytes=10)
    for _ in range(3):
        copies.keep(copy())
    copies.close()
    assert (len(list(read_copies(tmp_path))), copies.left_off) == (1, 2)


def test_a_week_later_they_are_gone(tmp_path: Path) -> None:
    copies = RawCopies(tmp_path, KEY)
    copies.keep(copy())
    assert copies.retire(NOW + KEPT_DAYS * DAY) == 0
    assert copies.retire(NOW + (KEPT_DAYS + 2) * DAY) == 1
    copies.close()
