"""What quarantine keeps: the head of the bytes, without credential numbers, even where no parser can read them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.quarantine import masked
from tests.collector.building import NOW, access, decode, refusal, topic_of
from tests.known_work import weighed

SECRET = "8842913377"


@pytest.mark.parametrize(
    "payload",
    [
        f'{{"credential": {{"kind": "card", "number": "{SECRET}"}}, "door": "d"}}',
        f'{{"number":{SECRET},"door":"d"}}',
        f'{{"card_number" : "{SECRET}"}}',
        f'{{"pin":"{SECRET}"',
        f'{{"pin":"{SECRET}',
        f'{{"UID": "{SECRET}"}}',
        f'{{"cardUid": ["{SECRET}", "x"]}}',
        f'{{"credential": {{"a": {{"x": "{SECRET}"}}}}}}',
        f'{{"credential": {{"n": "{SECRET}',
        f"{{'number': '{SECRET}'}}",
        f"{{number: {SECRET}}}",
        f"number={SECRET}&door=d",
        f'{{"n\\u0075mber": "{SECRET}"}}',
        f'{{"number": "a\\"{SECRET}"}}',
        f'{{"door":"d","event":"granted",,"number"\n:\t"{SECRET}"}}',
        f'{{"pin":"number":"{SECRET}"}}',
        f'\x00{{"number": "{SECRET}"}}',
    ],
)
def test_numbers_are_masked(payload: str) -> None:
    for raw in (payload.encode(), payload.encode() + b"\xff"):
        kept = refusal(topic_of("access"), raw)
        assert SECRET.encode() not in kept.payload
        assert SECRET not in kept.detail
        assert kept.size == len(raw)


def test_another_encoding_is_withheld_because_its_keys_cannot_be_found() -> None:
    kept = refusal(topic_of("access"), json.dumps(access(number=SECRET)).encode("utf-16"))
    assert kept.payload.startswith(b"(withheld")


def test_everything_else_is_kept_as_it_came() -> None:
    body = b'{"door":"d-lobby","event":"opened","reason":"kept \xff","seq":1'
    assert refusal(topic_of("access"), body).payload == body


def test_only_the_head_is_kept_with_the_true_size() -> None:
    kept = refusal(topic_of("scan"), b"x" * 100_000)
    assert (len(kept.payload), kept.size) == (8192, 100_000)


def test_a_number_cut_at_the_head_is_masked_too() -> None:
    body = b'{"reason":"' + b"x" * 8170 + b'","number":"' + SECRET.encode() * 10 + b'"}'
    assert SECRET.encode()[:4] not in refusal(topic_of("access"), body).payload


def test_a_monstrous_topic_is_cut() -> None:
    kept = refusal("vigil/" + "x" * 65_000, b"{}")
    assert len(kept.topic) == 512
    assert (kept.site, kept.device) == (None, None)


def test_the_record_says_where_it_came_from() -> None:
    (record,) = decode(topic_of("scan"), b"")
    assert (record.source, record.site, record.received_at, record.decoder) == ("phone-7", "hq", NOW, "native/1")


@given(st.binary(max_size=300), st.sampled_from(["number", "pin", "card", "credential", "uid", "PIN", "card-no"]))
def test_no_context_before_the_key_uncovers_a_number(before: bytes, key: str) -> None:
    # A quote or backslash before it can make the key part of a text or of an escape: then nobody reads it as a key.
    before = before.replace(b'"', b"").replace(b"\\", b"").replace(b"'", b"")
    assert SECRET.encode() not in masked(before + f' "{key}": "{SECRET}"'.encode())


@pytest.mark.parametrize(
    "piece", [b"a-", b'"', b"'", b'"number', b"number", b"\\", b'"pin":', b"{", b"pin:[", b"pin", b'"\\']
)
def test_masking_takes_linear_time(piece: bytes) -> None:
    assert weighed(lambda: masked((piece * 8192)[:8192]), times=3) < 0.05
