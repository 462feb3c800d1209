from itertools import islice

import msgspec

from domain.instant import SECOND
from simulators.crowd import Crowd
from simulators.device import Message
from tests.samples import NOW


def first(count: int, *, devices: int = 3, rate: float = 10.0, seed: int = 1) -> list[Message]:
    return list(islice(Crowd(devices, rate, NOW, seed, "b1").messages(), count))


def test_devices_speak_in_turn_at_the_rate_and_each_counts_its_own() -> None:
    messages = first(7)
    assert [message.at - NOW for message in messages] == [number * SECOND // 10 for number in range(7)]
    assert [message.topic for message in messages[:4]] == [
        f"vigil/v1/crowd/device-000{number}/readings" for number in (1, 2, 3, 1)
    ]
    assert [message.identity.seq for message in messages if message.identity] == [1, 1, 1, 2, 2, 2, 3]


def test_rates_that_divide_no_second_do_not_drift() -> None:
    messages = first(3001, rate=3000.0)
    assert messages[3000].at == NOW + SECOND


def test_the_same_seed_gives_the_same_values() -> None:
    assert first(10) == first(10)
    assert first(10) != first(10, seed=2)
    body = msgspec.json.decode(first(1, devices=20_000)[0].payload)
    assert body["points"] == ["device-00001-value"]
    assert 5 < body["values"][0] < 35
