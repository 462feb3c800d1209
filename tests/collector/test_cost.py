"""What a message costs, from bytes to record: the minimum of many runs, weighed against known work beside them."""

import json
import timeit

import pytest
from msgspec.structs import replace

from collector.message import MessageDecoder
from domain.configuration import Configuration
from domain.directory import Directory
from domain.instant import MILLISECOND
from domain.observations import Quarantined
from tests.collector.building import KEY, NOW, SITE, access, decode, readings, scan, topic_of
from tests.known_work import known_seconds, slowness

POSITION = {"lat": 31.2304, "lon": 121.4737, "accuracy_m": 8.5}
POINTS = tuple(f"p{number}" for number in range(50))
FIFTY = {"points": list(POINTS), "values": [20.125 + n for n in range(50)]}
WITH_FIFTY = Directory(
    Configuration(
        sites=(
            replace(
                SITE,
                devices=tuple(
                    replace(device, points=POINTS) if device.id == "gw-4" else device for device in SITE.devices
                ),
            ),
        )
    )
)


@pytest.mark.parametrize(
    ("kind", "body", "most_microseconds"),
    [
        ("scan", scan(at="2026-11-23T07:30:00+08:00", position=POSITION, battery=83), 15),
        ("access", access(at=NOW // MILLISECOND, credential={"kind": "card", "number": "04A1B2C3"}), 15),
        ("readings", readings(at=NOW // MILLISECOND, **FIFTY), 40),
        ("readings", readings(at="2026-11-23T07:30:00Z", quality=[0, 1] * 25, **FIFTY), 40),
    ],
)
def test_a_message_costs_microseconds(kind: str, body: dict[str, object], most_microseconds: int) -> None:
    decoder = MessageDecoder(KEY)
    payload = json.dumps(body).encode()
    (record,) = decode(topic_of(kind), payload, decoder=decoder, directory=WITH_FIFTY)
    assert not isinstance(record.body, Quarantined)
    runs, known = [], []
    for _ in range(25):
        runs.append(
            timeit.timeit(lambda: decode(topic_of(kind), payload, decoder=decoder, directory=WITH_FIFTY), number=200)
        )
        known.append(known_seconds())
    assert min(runs) / 200 * 1e6 / slowness(min(known)) < most_microseconds
