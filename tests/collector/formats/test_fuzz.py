"""No input makes a decoder fail: arbitrary JSON and bytes, and fixtures with something changed.

`scripts/fuzz_decoders.py` does the same for as long as one likes, and watches the time that each input takes.
"""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.formats.table import FORMATS
from scripts.fuzz_decoders import check_of, mutate, seeds

SEPARATOR = b"\n"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
KEYS = st.sampled_from(
    [
        "_type",
        "type",
        "tst",
        "time",
        "Time",
        "uid",
        "access",
        "hostname",
        "deviceInfo",
        "devEui",
        "object",
        "rxInfo",
        "n",
        "bn",
        "v",
        "t",
        "bt",
        "u",
        "params",
        "ts",
        "method",
        "last_seen",
        "contact",
        "action",
        "PN532",
        "UID",
        "desc",
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=8), inner, max_size=6)
)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_any_json_and_any_bytes(form: str) -> None:
    check, topics = check_of(form), [topic.encode() for topic, _ in seeds(form)]

    @settings(max_examples=60, deadline=None)
    @given(topic=st.sampled_from(topics), body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary())
    def never_fails(topic: bytes, body: bytes) -> None:
        check(topic + SEPARATOR + body)

    never_fails()


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_fixtures_with_something_changed(form: str) -> None:
    check, rng = check_of(form), random.Random(7)
    pool = [topic.encode() + SEPARATOR + payload for topic, payload in seeds(form)]
    for _ in range(150):
        check(mutate(rng, pool))
