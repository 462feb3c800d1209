"""Sparkplug B: births name the metrics, data call them by number, the count shows what is missing, death takes all."""

from collections.abc import Sequence
from typing import Any

import pytest

from collector.formats.report import Arrival, Report
from collector.formats.sparkplug import SparkplugDecoder
from collector.formats.sparkplug_body import MOST_METRICS, _Payload, body_of, rebirth, value_of
from collector.refusal import Reason, Refused
from domain.instant import MINUTE, SECOND
from tests.collector.formats.telling import NOW, told

MADE = 1_795_417_200_000


def body(*metrics: dict[str, Any], seq: int | None = 0, made: int = MADE) -> bytes:
    payload: Any = _Payload(timestamp=made)
    if seq is not None:
        payload.seq = seq
    for metric in metrics:
        payload.metrics.add(**metric)
    return bytes(payload.SerializeToString())


BD = {"name": "bdSeq", "datatype": 8, "long_value": 4}
TEMPERATURE = {"name": "Boiler/Flow", "alias": 7, "datatype": 10, "double_value": 61.5}
BIRTH = body(BD, {"name": "Node Control/Rebirth", "datatype": 11, "boolean_value": False}, TEMPERATURE)


def data(value: float, seq: int, alias: int = 7) -> bytes:
    return body({"alias": alias, "double_value": value}, seq=seq)


class Plant:
    """A decoder, and messages to it."""

    def __init__(self) -> None:
        self.decoder = SparkplugDecoder()

    def send(self, place: str, payload: bytes, at: int = NOW) -> Sequence[Report]:
        return self.decoder(Arrival(f"spBv1.0/{place}", "spBv1.0", payload, at))

    def said(self, place: str, payload: bytes) -> list[str]:
        return told(self.send(place, payload))


def test_a_birth_names_what_data_call_by_number() -> None:
    plant = Plant()
    assert plant.said("g/NBIRTH/n", BIRTH) == [
        "g/n @2026-11-23T07:00:00Z: online (birth)",
        "g/n @2026-11-23T07:00:00Z: Boiler/Flow = 61.5",
    ]
    assert plant.said("g/NDATA/n", data(62.0, 1)) == ["g/n @2026-11-23T07:00:00Z: Boiler/Flow = 62.0"]


def test_a_device_has_names_and_numbers_of_its_own() -> None:
    plant = Plant()
    plant.send("g/NBIRTH/n", BIRTH)
    plant.send("g/DBIRTH/n/d", body({"name": "Level", "alias": 7, "datatype": 3, "int_value": 2**32 - 5}, seq=1))
    assert plant.said("g/DDATA/n/d", body({"alias": 7, "int_value": 2**32 - 6}, seq=2)) == [
        "g/n/d @2026-11-23T07:00:00Z: Level = -6"
    ]
    assert plant.said("g/NDATA/n", data(1.0, 3)) == ["g/n @2026-11-23T07:00:00Z: Boiler/Flow = 1.0"]


def test_data_before_the_birth_are_set_aside_once_a_minute_and_the_birth_is_asked_for() -> None:
    plant = Plant()
    (first,) = plant.send("g/NDATA/n", data(1.0, 5))
    assert first.aside is not None
    assert first.aside[0] is Reason.BEFORE_BIRTH
    assert first.reply == ("spBv1.0/g/NCMD/n", rebirth(NOW // 1000))
    (second,) = plant.send("g/NDATA/n", data(1.0, 6), NOW + SECOND)
    assert (second.aside, second.reply, second.said) == (None, None, [])
    (third,) = plant.send("g/NDATA/n", data(1.0, 7), NOW + MINUTE)
    assert third.reply is not None


def test_a_rebirth_is_a_command_that_says_so() -> None:
    command = body_of(rebirth(MADE), 1000)
    assert (command.timestamp, command.metrics[0].name) == (MADE, "Node Control/Rebirth")
    assert value_of(command.metrics[0], 11) is True


@pytest.mark.parametrize(
    ("before", "now", "lost"), [(0, 1, 0), (1, 5, 3), (255, 0, 0), (254, 1, 2), (5, 5, 255)], ids=str
)
def test_the_count_shows_what_is_missing_and_never_that_it_was_seen_before(before: int, now: int, lost: int) -> None:
    plant = Plant()
    plant.send("g/NBIRTH/n", BIRTH)
    for seq in range(1, before + 1):
        plant.send("g/NDATA/n", data(1.0, seq))
    (report,) = plant.send("g/NDATA/n", data(2.0, now))
    assert report.lost == lost
    assert report.said


def test_a_message_without_a_count_is_no_gap() -> None:
    plant = Plant()
    plant.send("g/NBIRTH/n", BIRTH)
    (report,) = plant.send("g/NDATA/n", body({"alias": 7, "double_value": 1.0}, seq=None))
    assert report.lost == 0
    (report,) = plant.send("g/NDATA/n", data(1.0, 1))
    assert report.lost == 0


def test_the_death_of_a_node_is_that_of_its_devices() -> None:
    plant = Plant()
    plant.send("g/NBIRTH/n", BIRTH)
    plant.send("g/DBIRTH/n/d", body({"name": "Level", "alias": 1, "double_value": 1.0}, seq=1))
    assert plant.said("g/NDEATH/n", body(BD, seq=None)) == ["g/n: offline (death)", "g/n/d: offline (death)"]
    # Its numbers mean nothing any more.
    (after,) = plant.send("g/NDATA/n", data(1.0, 2))
    assert after.reply is not None


def test_the_will_of_an_earlier_connection_says_nothing() -> None:
    plant = Plant()
    plant.send("g/NBIRTH/n", BIRTH)
    assert plant.send("g/NDEATH/n", body({"name": "bdSeq", "datatype": 8, "long_value": 3}, seq=None)) == []
    assert plant.said("g/NDATA/n", data(62.0, 1))


def test_the_death_of_a_device_is_its_own() -> None:
    assert Plant().said("g/DDEATH/n/d", body(seq=3)) == ["g/n/d: offline (death)"]


def test_a_null_is_no_value() -> None:
    assert Plant().said("g/NDATA/n", body({"name": "Level", "is_null": True})) == [
        "g/n @2026-11-23T07:00:00Z: Level = None"
    ]


@pytest.mark.parametrize("place", ["STATE/host", "g/NCMD/n", "g/DCMD/n/d"])
def test_what_hosts_say_is_none_of_ours(place: str) -> None:
    assert Plant().send(place, b"OFFLINE") == []


@pytest.mark.parametrize(
    ("place", "payload", "reason"),
    [
        ("g/NDATA/n", b"\x07\x07", Reason.NOT_PROTOBUF),
        ("g/NDATA/n", BIRTH.replace(b"Boiler", b"Boil\xff\xfe"), Reason.NOT_UTF8),
        (
            "g/NDATA/n",
            body({"name": "x", "string_value": "text"}).replace(b"text", b"\xff\xfe\xfd\xfc"),
            Reason.NOT_UTF8,
        ),
        ("g/NDATA/n", b"x" * (512 * 1024 + 1), Reason.OVERSIZE),
        ("g/NIX/n", BIRTH, Reason.BAD_TOPIC),
        ("g/NDATA", BIRTH, Reason.BAD_TOPIC),
        ("g/NDATA/n", body(*[{"name": "x"}] * (MOST_METRICS + 1)), Reason.OUT_OF_RANGE),
    ],
    ids=["garbage", "name", "text", "too large", "type", "short topic", "too many"],
)
def test_refused(place: str, payload: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        Plant().send(place, payload)
    assert refused.value.reason is reason


def measured(value: float, seq: int, unit: str | None = None, key: str = "engUnit") -> bytes:
    payload: Any = _Payload(timestamp=MADE, seq=seq)
    metric = payload.metrics.add(name="Boiler/Flow", datatype=10, double_value=value)
    if unit is not None:
        metric.properties.keys.extend(["Quality", key])
        metric.properties.values.add()
        metric.properties.values.add(string_value=unit)
    return bytes(payload.SerializeToString())


def test_a_metric_keeps_the_unit_of_its_birth_until_it_names_another() -> None:
    plant = Plant()
    when = "g/n @2026-11-23T07:00:00Z: "
    assert plant.said("g/NBIRTH/n", measured(1.0, 0, "m3/h"))[1:] == [f"{when}Boiler/Flow = 1.0 m3/h"]
    assert plant.said("g/NDATA/n", measured(2.0, 1)) == [f"{when}Boiler/Flow = 2.0 m3/h"]
    assert plant.said("g/NDATA/n", measured(3.0, 2, "gpm", "EngUnit")) == [f"{when}Boiler/Flow = 3.0 gpm"]
    assert plant.said("g/NDATA/n", measured(4.0, 3)) == [f"{when}Boiler/Flow = 4.0 gpm"]
    assert plant.said("g/NBIRTH/n", measured(5.0, 0))[1:] == [f"{when}Boiler/Flow = 5.0"]


def test_properties_that_name_no_unit_say_none() -> None:
    plant = Plant()
    assert plant.said("g/NDATA/n", measured(1.0, 0, "x", "Description"))[0].endswith("Boiler/Flow = 1.0")
    assert plant.said("g/NDATA/n", measured(1.0, 1, " "))[0].endswith("Boiler/Flow = 1.0")
    assert plant.said("g/NDATA/n", measured(1.0, 2, "u" * 5_000))[0].endswith("u" * 32)
