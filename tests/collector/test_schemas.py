"""The JSON Schemas, the documentation's examples and the decoder say the same."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from collector.message import MessageDecoder
from collector.refusal import Reason
from collector.topics import filters
from domain.directory import MessageKind
from domain.observations import Quarantined
from domain.record import Urgency
from tests.collector.building import DIRECTORY, DOCS, KEY, PAYLOADS, SENDERS, decode, the_record, topic_of

SCHEMAS = {kind: json.loads((DOCS / f"schemas/native/{kind}.schema.json").read_bytes()) for kind in MessageKind}

# What JSON Schema cannot say. The first two need the configuration, the third compares columns.
BEYOND_SCHEMA = {Reason.IDENTITY_MISMATCH, Reason.NOT_CARRIED, Reason.UNLISTED_POINTS, Reason.LENGTH_MISMATCH}


def _is_integer(_: TypeChecker, value: object) -> bool:
    """Whole numbers are written without a decimal point; to JSON Schema 17.0 is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(_validator: Validator, pattern: str, value: object, _schema: object) -> Iterator[ValidationError]:
    """`$` is the very end in the schemas' regular expressions; Python's lets a newline follow."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern}")


NativeValidator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def is_valid(kind: str, body: object) -> bool:
    return bool(NativeValidator(SCHEMAS[MessageKind(kind)]).is_valid(body))


# Values that are sometimes right: each key is drawn from what its neighbours, its bounds and its misuse suggest.
IDS = st.sampled_from(["d-lobby", "cp-1", "a", "x" * 64, "x" * 65, "", "a b", "a\n", "门", "A_-9"])
NUMBERS = st.one_of(
    st.sampled_from(
        [
            0,
            1,
            -1,
            2,
            3,
            90,
            90.5,
            100,
            100.1,
            180,
            181,
            2**53 - 1,
            2**53,
            -(2**53),
            1.0,
            0.5,
            -0.0,
            1e300,
            5e-324,
            100_001,
        ]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(),
)
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["", "x" * 64, "x" * 65, "x" * 128, "x" * 129, "x" * 512, "x" * 513, "x" * 1001, "a\0b", ":", '"', "\\u0000"]
    ),
)
TIMES = st.sampled_from(
    [
        "2026-11-23T07:30:00Z",
        "2026-11-23T07:30:00.5+08:00",
        "2026-11-23T07:30:00",
        "2026-02-30T07:30:00Z",
        "yesterday",
        0,
        10**12,
        -1,
        None,
    ]
)
WORDS = st.sampled_from(
    [
        "nfc",
        "qr",
        "granted",
        "forced",
        "in",
        "out",
        "card",
        "pin",
        "sos",
        "smoke",
        "person",
        "alarm",
        "armed",
        "fire",
        "intrusion",
        "no",
    ]
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, IDS, WORDS, TIMES)
POSITIONS = st.fixed_dictionaries(
    {"lat": NUMBERS}, optional={"lon": NUMBERS, "accuracy_m": st.one_of(st.none(), NUMBERS), "alt": NUMBERS}
)
CREDENTIALS = st.fixed_dictionaries({"kind": WORDS}, optional={"number": SCALARS})
ANSWERS = st.dictionaries(IDS, SCALARS, max_size=3)
COLUMNS = st.lists(st.one_of(IDS, NUMBERS, st.none(), st.sampled_from([0, 1, 2])), max_size=3)
ANY = st.one_of(SCALARS, POSITIONS, CREDENTIALS, ANSWERS, COLUMNS, st.recursive(SCALARS, st.lists, max_leaves=4))

FITTING = {
    "boot": IDS,
    "seq": st.sampled_from([1, 17, 2**53 - 1]),
    "at": TIMES,
    "site": st.sampled_from(["hq", None]),
    "method": WORDS,
    "position": POSITIONS,
    "battery": NUMBERS,
    "answers": ANSWERS,
    "credential": CREDENTIALS,
    "event": WORDS,
    "direction": WORDS,
    "points": st.lists(IDS, max_size=2),
    "values": st.lists(st.one_of(st.none(), NUMBERS), max_size=2),
    "signal": WORDS,
    "system": WORDS,
    "quality": st.lists(st.integers(0, 3), max_size=2),
    "online": st.booleans(),
    "receipt": st.booleans(),
    "silent": st.booleans(),
    "confidence": NUMBERS,
    "reason": TEXTS,
    "reader": TEXTS,
    "photo": TEXTS,
    "snapshot": TEXTS,
    "firmware": TEXTS,
    "zone": TEXTS,
    "partition": TEXTS,
}


@st.composite
def bodies(draw: st.DrawFn) -> tuple[MessageKind, dict[str, Any]]:
    """An example of the schema with some keys changed, added or removed."""
    kind = draw(st.sampled_from(list(MessageKind)))
    schema = SCHEMAS[kind]
    body = dict(draw(st.sampled_from(schema["examples"])))
    keys = st.sampled_from([*schema["properties"], "extra"])
    for key in draw(st.sets(keys, max_size=3)):
        match draw(st.sampled_from(["fitting", "fitting", "any", "null", "remove"])):
            case "fitting":
                body[key] = draw(FITTING.get(key, IDS))
            case "any":
                body[key] = draw(ANY)
            case "null":
                body[key] = None
            case _:
                body.pop(key, None)
    return kind, body


# One of these on either side of every bound in the schemas.
BOUNDARIES: list[object] = [
    *(None, True, False, 0, 1, 2, 3, -1, 0.5, 1.0, 1.0001, 90, 90.0001, -90, -90.0001, 180, 180.0001, -180, -180.0001),
    *(100, 100.0001, 100_000, 100_000.1, 2**53 - 1, 2**53, -(2**53 - 1), -(2**53), 1.5e300, 2**70),
    *("x" * length for length in (0, 1, 64, 65, 128, 129, 512, 513, 1000, 1001)),
    *(
        "a\0",
        "a b",
        "a\n",
        "门",
        "a:b",
        "[",
        "2026-11-23T07:30:00Z",
        "2026-11-23T07:30:00.123456789+08:00",
        "2026-11-23",
    ),
    *("2026-11-23T07:30:00.1234567890Z", "2026-11-23T07:30:00Z\n", "2026-11-23 07:30:00Z", "2026-11-23T07:30:60Z"),
    *([], {}, [1], ["chw-flow"], [[1]], {"a": 1}, {"a b": 1}, {"a": None}),
    *({f"q{n}": n for n in range(count)} for count in (200, 201)),
    *([0] * count for count in (10_000, 10_001)),
    *("nfc", "granted", "in", "card", "pin", "sos", "smoke", "alarm", "fire", "intrusion"),
]


@pytest.mark.parametrize("kind", list(MessageKind))
def test_decoder_and_schema_draw_the_same_line_at_every_bound(kind: MessageKind) -> None:
    for example in SCHEMAS[kind]["examples"]:
        for path in _paths(SCHEMAS[kind], example):
            for value in BOUNDARIES:
                _require_agreement(kind, _with(example, path, value))
            _require_agreement(kind, _without(example, path))


def test_decoder_and_schema_agree_on_every_element_of_a_column() -> None:
    one = {"device": "gw-4", "boot": "5e", "seq": 1, "points": ["chw-flow"], "values": [1], "quality": [0], "at": [1]}
    for key in ("points", "values", "quality", "at"):
        for value in BOUNDARIES:
            _require_agreement(MessageKind.READINGS, one | {key: [value]})
    for count in (0, 10_000, 10_001):
        for left_out in ("quality", "at", None):
            longer = {key: value * count if isinstance(value, list) else value for key, value in one.items()}
            _require_agreement(MessageKind.READINGS, {key: value for key, value in longer.items() if key != left_out})


def _paths(schema: dict[str, Any], example: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every key a body can have, and those of its inner objects."""
    for key in (*schema["properties"], "extra"):
        yield (key,)
        if isinstance(example.get(key), dict):
            yield from ((key, inner) for inner in (*example[key], "accuracy_m", "extra"))


def _with(example: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    first, *rest = path
    return example | {first: _with(example[first], tuple(rest), value) if rest else value}


def _without(example: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    first, *rest = path
    if rest:
        return example | {first: _without(example[first], tuple(rest))}
    return {key: value for key, value in example.items() if key != first}


def _require_agreement(kind: MessageKind, body: dict[str, Any]) -> None:
    (first, *_) = decode(topic_of(kind), body)
    refused = first.body if isinstance(first.body, Quarantined) else None
    if refused is not None and refused.reason in BEYOND_SCHEMA:
        return
    assert is_valid(kind, body) is (refused is None), (refused and refused.detail, body)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bodies())
def test_the_decoder_accepts_what_the_schema_accepts_and_nothing_else(
    drawn: tuple[MessageKind, dict[str, Any]],
) -> None:
    _require_agreement(*drawn)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(list(MessageKind)), st.data())
def test_no_mutation_of_the_bytes_gets_past_the_schema(kind: MessageKind, data: st.DataObject) -> None:
    payload = json.dumps(data.draw(st.sampled_from(SCHEMAS[kind]["examples"])), ensure_ascii=False).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload)))
        length = data.draw(st.integers(0, 6))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from([b'"', b"\\", b",", b":", b'"seq":1,', b"\\u0000", b"{}", b"1e999"]),
            )
        )
        payload = payload[:at] + piece + payload[at + length :]
    (first, *_) = decode(topic_of(kind), payload)
    if isinstance(first.body, Quarantined):
        return

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs), payload
        return dict(pairs)

    body = json.loads(payload.decode(), object_pairs_hook=unique)
    assert is_valid(kind, body), payload


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(list(MessageKind)),
    st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode(errors="surrogatepass"))),
)
def test_no_bytes_break_the_decoder(kind: MessageKind, payload: bytes) -> None:
    records = MessageDecoder(KEY).decode_message(
        topic_of(kind), payload, retain=False, received_at=1, directory=DIRECTORY
    )
    assert records
    for record in records:
        assert isinstance(record.body, Quarantined)
        assert record.body.reason != Reason.DECODER_FAULT, record.body.detail


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(IDS, max_size=8).map("/".join)))
def test_no_topic_breaks_the_decoder(topic: str) -> None:
    for record in decode(topic, b"{}"):
        assert isinstance(record.body, Quarantined)
        assert record.body.reason != Reason.DECODER_FAULT, record.body.detail


@pytest.mark.parametrize("kind", list(MessageKind))
def test_each_schema_is_a_schema_and_its_examples_are_accepted(kind: MessageKind) -> None:
    schema = SCHEMAS[kind]
    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        assert is_valid(kind, example)
        the_record(topic_of(kind), example)


def test_each_key_says_what_it_means() -> None:
    for schema in SCHEMAS.values():
        for key, value in schema["properties"].items():
            described = value.get("description") or schema["$defs"][value["$ref"].rsplit("/", 1)[1]]["description"]
            assert described, key


def test_shared_definitions_are_the_same_in_every_schema() -> None:
    shared: dict[str, object] = {}
    for schema in SCHEMAS.values():
        for name, definition in schema["$defs"].items():
            assert shared.setdefault(name, definition) == definition


def test_the_examples_of_the_documentation_are_accepted() -> None:
    page = (DOCS / "native-format.md").read_text(encoding="utf-8")
    examples = re.findall(r"`(vigil/v1/\S+)`\n\n```json\n(.*?)```", page, re.DOTALL)
    assert {topic.rsplit("/", 1)[1] for topic, _ in examples} == set(MessageKind)
    for topic, example in examples:
        the_record(topic, example.encode())
        assert is_valid(topic.rsplit("/", 1)[1], json.loads(example))


@pytest.mark.parametrize("path", sorted((PAYLOADS / "accepted").glob("*.json")), ids=lambda path: path.stem)
def test_accepted_fixtures_are_valid(path: Path) -> None:
    assert is_valid(path.name.split(".")[0], json.loads(path.read_text(encoding="utf-8")))


def test_the_channels_are_those_that_are_subscribed() -> None:
    said = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
    receipt = said["channels"].pop("receipt")
    assert receipt["address"] == "vigil/v1/{site}/{device}/receipt"
    assert said["operations"].pop("hear-receipt")["action"] == "receive"
    del said["components"]["messages"]["receipt"]
    addresses = {channel["address"] for channel in said["channels"].values()}
    subscribed = {*filters(Urgency.EVENT), *filters(Urgency.READING)}
    assert {re.sub(r"\{\w+\}", "+", address) for address in addresses} == subscribed
    for kind, message in said["components"]["messages"].items():
        reference = message["payload"]["schema"]["$ref"]
        assert json.loads((DOCS / reference).read_bytes()) == SCHEMAS[MessageKind(kind)]
    assert set(said["channels"]) == set(said["components"]["messages"]) == set(SENDERS)
    assert all(operation["bindings"]["mqtt"]["qos"] == 1 for operation in said["operations"].values())
