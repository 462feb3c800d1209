"""Bad inputs B1 to B8 of the reliability bar: refused in bounded time, the next message goes on.

What is one fixture each (duplicate keys, NaN, encodings, retained) stands in tests/payloads/native.
"""

import json
import tracemalloc

import pytest

from collector.message import MessageDecoder
from domain.instant import HOUR, MILLISECOND, Instant
from domain.observations import CheckpointScan, Quarantined
from domain.record import Believed
from tests.collector.building import KEY, NOW, decode, readings, refusal, scan, the_record, topic_of
from tests.known_work import weighed

# 5 ms is the bar; the minimum of a few runs is the decoder's own cost, the rest is the machine's. A machine that others
# keep busy takes more processor time for the same work, too: how much is seen from a piece of work that never changes.
BAR_SECONDS = 0.005


def cpu_seconds(topic: str, payload: bytes) -> float:
    """The processor time of one refusal, as on the machine of the bars."""
    decoder = MessageDecoder(KEY)
    return weighed(lambda: decode(topic, payload, decoder=decoder))


@pytest.mark.parametrize("kind", ["scan", "readings"])
@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024 + 1, 8 * 1024 * 1024])
def test_b1_size_costs_no_memory(kind: str, size: int) -> None:
    payload = b'{"device": "' + b"x" * size
    tracemalloc.start()
    try:
        kept = refusal(topic_of(kind), payload)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.size == len(payload)
    assert peak < 3 * 1024 * 1024


@pytest.mark.parametrize("kind", ["scan", "readings"])
@pytest.mark.parametrize("depth", [65, 2_000, 60_000, 200_000])
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"points":[', b'{"answers":{"a":', b'[{"a":'])
def test_b2_nesting(kind: str, depth: int, opening: bytes) -> None:
    payload = (opening * depth)[: 1024 * 1024]
    assert refusal(topic_of(kind), payload).reason in {"too_nested", "oversize"}
    assert cpu_seconds(topic_of(kind), payload) < BAR_SECONDS


def test_b2_brackets_in_a_text_are_no_nesting() -> None:
    the_record(topic_of("scan"), scan(answers={"q": "[{" * 400 + '"\\'}))


@pytest.mark.parametrize("kind", ["scan", "readings"])
@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"{" + b",".join(b'"k%05d":1' % n for n in range(80_000)) + b"}", id="80000-keys"),
        pytest.param(b"{" + b",".join(b'"seq":1' for _ in range(100_000)) + b"}", id="one-key-100000-times"),
        pytest.param(b'{"points":[' + b",".join([b"1"] * 500_000) + b"]}", id="long-list-of-points"),
        pytest.param(b'{"values":[' + b",".join([b"1"] * 500_000) + b"]}", id="long-list-of-values"),
        pytest.param(b'{"at":[' + b",".join([b"1"] * 500_000) + b"]}", id="long-list-of-times"),
        pytest.param(b"[]" * 500_000, id="many-empty-lists"),
        pytest.param(b'{"a":"' + b"\\u0000" * 10_000 + b'"}', id="many-escapes"),
        pytest.param(b'""' * 32_000, id="many-empty-texts"),
    ],
)
def test_b2_width(kind: str, payload: bytes) -> None:
    assert refusal(topic_of(kind), payload).reason
    assert cpu_seconds(topic_of(kind), payload) < BAR_SECONDS


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("NaN", "not_json"),
        ("Infinity", "not_json"),
        ("-Infinity", "not_json"),
        ("1e999", "out_of_range"),
        ("-1e999", "out_of_range"),
        ("9" * 4301, "out_of_range"),
        (str(2**63), "out_of_range"),
        ("1" + "0" * 29, "out_of_range"),
        (str(2**53), "out_of_range"),
        ("1e16", "out_of_range"),
        ("0x10", "not_json"),
        ("1_000", "not_json"),
        ("01", "not_json"),
        (".5", "not_json"),
        ("+1", "not_json"),
    ],
)
def test_b3_numbers(number: str, reason: str) -> None:
    raw = json.dumps(readings(points=["chw-flow"], values=[0])).replace("[0]", f"[{number}]")
    assert refusal(topic_of("readings"), raw.encode()).reason == reason
    raw = json.dumps(scan(answers={"q": "X"})).replace('"X"', number)
    assert refusal(topic_of("scan"), raw.encode()).reason == reason


def test_b5_texts_are_kept_exactly() -> None:
    for text in (
        "\u202eabc\u200b",
        "e" + "\u0301" * 900,
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "'; DROP TABLE--",
        "<script>",
        "\x7f\x01",
        "\ufeff",
    ):
        body = the_record(topic_of("scan"), scan(answers={"q": text})).body
        assert isinstance(body, CheckpointScan)
        assert body.answers == {"q": text}


@pytest.mark.parametrize(
    ("at", "believed"),
    [
        (0, Believed.RECEIVED),
        (4_294_967_295_000, Believed.RECEIVED),
        ((NOW + 26 * HOUR) // MILLISECOND, Believed.RECEIVED),
        ((NOW - 26 * HOUR) // MILLISECOND, Believed.DEVICE),
        ("2026-11-23T07:30:00", Believed.RECEIVED),
        ("2016-12-31T23:59:60Z", Believed.RECEIVED),
        ("2026-11-23T07:30:00+26:00", Believed.RECEIVED),
    ],
)
def test_b7_times(at: int | str, believed: Believed) -> None:
    for kind, body in (("scan", scan(at=at)), ("readings", readings(at=at))):
        record = the_record(topic_of(kind), body)
        assert record.believed is believed
        assert (record.event_time == NOW) is (believed is Believed.RECEIVED)


def test_poison_among_good_stops_nobody() -> None:
    decoder = MessageDecoder(KEY)
    seen: list[Instant | str] = []
    for n in range(1, 50):
        body = scan(seq=n) if n % 2 else b"\xff\x00{" * n
        (record,) = decode(topic_of("scan"), body, decoder=decoder)
        seen.append(record.body.reason if isinstance(record.body, Quarantined) else record.identity.seq)  # type: ignore[union-attr]
    assert seen == [n if n % 2 else "not_utf8" for n in range(1, 50)]
