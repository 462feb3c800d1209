"""Readings: columns in, columns out, and the list of points remembered by its bytes."""

import math

import msgspec
import numpy as np
import pytest

from collector.decode.columns import PointLists
from collector.message import MessageDecoder
from collector.refusal import Refused
from domain.configuration import Configuration
from domain.directory import Directory
from domain.instant import DAY, MILLISECOND, MINUTE, from_iso
from domain.observations import Quarantined
from domain.readings import Quality, Readings
from domain.record import Believed, Record
from domain.site import Site
from tests.collector.building import DIRECTORY, KEY, NOW, POINTS, SITE, decode, readings, the_record, topic_of

TOPIC = topic_of("readings")
NOW_MS = NOW // MILLISECOND


def columns(record: Record) -> tuple[list[str], list[int], list[float], list[int]]:
    body = record.body
    assert isinstance(body, Readings)
    return body.point_ids(), body.times().tolist(), body.numbers().tolist(), body.qualities().tolist()


def test_columns_arrive_as_they_were_sent() -> None:
    record = the_record(TOPIC, readings(values=[1, 2.5, -3e-3], quality=[0, 1, 2], at="2026-11-23T07:30:00Z"))
    at = from_iso("2026-11-23T07:30:00Z")
    assert columns(record) == (list(POINTS), [at] * 3, [1.0, 2.5, -0.003], [0, 1, 2])
    assert (record.event_time, record.believed, record.device_time) == (at, Believed.DEVICE, at)


def test_no_quality_means_good_and_no_value_means_bad() -> None:
    _, _, values, quality = columns(the_record(TOPIC, readings(values=[1, None, 3])))
    assert math.isnan(values[1])
    assert quality == [Quality.GOOD, Quality.BAD, Quality.GOOD]


def test_no_value_is_bad_whatever_quality_is_claimed() -> None:
    _, _, _, quality = columns(the_record(TOPIC, readings(values=[None, 2, None], quality=[0, 1, 1])))
    assert quality == [Quality.BAD, Quality.UNCERTAIN, Quality.BAD]


def test_a_column_of_times_is_judged_reading_by_reading() -> None:
    old, future = NOW_MS - 3_600_000, NOW_MS + 3_600_000
    record = the_record(TOPIC, readings(at=[old, 1000, future]))
    assert columns(record)[1] == [old * MILLISECOND, NOW, NOW]
    assert (record.event_time, record.believed, record.device_time) == (NOW, Believed.RECEIVED, future * MILLISECOND)


def test_a_believable_column_of_times_is_believed_and_the_newest_is_the_records() -> None:
    record = the_record(TOPIC, readings(at=[NOW_MS - 3000, NOW_MS - 1000, NOW_MS - 2000]))
    newest = (NOW_MS - 1000) * MILLISECOND
    assert (record.event_time, record.believed, record.device_time) == (newest, Believed.DEVICE, newest)


@pytest.mark.parametrize("at", [NOW_MS + 300_000, NOW_MS - 7 * DAY // MILLISECOND])
def test_the_bounds_of_belief_are_those_of_events(at: int) -> None:
    assert the_record(TOPIC, readings(at=[at] * 3)).believed is Believed.DEVICE
    assert the_record(TOPIC, readings(at=at)).believed is Believed.DEVICE
    beyond = NOW_MS + 5 * MINUTE // MILLISECOND + 1
    assert the_record(TOPIC, readings(at=[beyond] * 3)).believed is Believed.RECEIVED
    assert the_record(TOPIC, readings(at=beyond)).believed is Believed.RECEIVED


def test_points_the_device_does_not_carry_are_named_and_do_not_stop_the_others() -> None:
    mixed = readings(
        points=["room-t", "chw-flow", "nobody-s", "chw-flow"],
        values=[9, 1, None, 2],
        at=[NOW_MS + 10**9, 1000 * 10**9, 5, 1100 * 10**9],
    )
    record, aside = decode(TOPIC, mixed)
    assert columns(record)[0] == ["chw-flow", "chw-flow"]
    assert columns(record)[2:] == ([1.0, 2.0], [0, 0])
    # Nothing of the record hangs on what is not in it.
    assert record.device_time == 1100 * 10**9 * MILLISECOND
    assert isinstance(aside.body, Quarantined)
    assert (aside.body.reason, aside.identity) == ("unlisted_points", None)
    assert "nobody-s, room-t" in aside.body.detail
    assert (aside.body.site, aside.body.device) == ("hq", "gw-4")


@pytest.mark.parametrize(
    ("points", "values", "at", "named"),
    [
        (["chw-flow", "chw-flow"], [1, 2], NOW_MS, ["chw-flow"]),
        (["chw-flow", "chw-flow"], [1, None], NOW_MS, ["chw-flow"]),
        (["chw-flow", "chw-flow"], [1, 2], [NOW_MS, NOW_MS], ["chw-flow"]),
        (["chw-flow", "chw-supply-t", "chw-flow"], [1, 2, 3], [NOW_MS, NOW_MS, NOW_MS], ["chw-flow"]),
        (["chw-flow", "chw-flow"], [1, 2], [NOW_MS - 1, NOW_MS], []),
        (["chw-flow", "chw-flow"], [1, 1], NOW_MS, []),
        (["chw-flow", "chw-flow"], [None, None], NOW_MS, []),
        (["chw-flow", "chw-supply-t"], [1, 2], NOW_MS, []),
    ],
)
def test_two_values_of_a_point_at_one_time_are_told_and_both_are_taken(
    points: list[str], values: list[float | None], at: object, named: list[str]
) -> None:
    record, *asides = decode(TOPIC, readings(points=points, values=values, at=at))
    assert columns(record)[0] == points
    assert len(asides) == bool(named)
    for aside in asides:
        assert isinstance(aside.body, Quarantined)
        assert aside.body.reason == "conflicting_values"
        assert f"{len(named)} points have two different values at one time: {', '.join(named)};" in aside.body.detail


def test_conflicts_of_points_the_device_does_not_carry_are_no_matter() -> None:
    mixed = readings(points=["room-t", "room-t", "chw-flow"], values=[1, 2, 3], at=NOW_MS)
    assert [aside.body.reason for aside in decode(TOPIC, mixed)[1:] if isinstance(aside.body, Quarantined)] == [
        "unlisted_points"
    ]


def test_many_unlisted_points_are_counted_rather_than_listed() -> None:
    points = [f"p{n:03}" for n in range(300)]
    (aside,) = decode(TOPIC, readings(points=points, values=[1] * 300))
    assert isinstance(aside.body, Quarantined)
    assert "300 points" in aside.body.detail
    assert "280 more" in aside.body.detail


def test_a_repeated_list_is_recognised_and_a_new_configuration_forgets_it() -> None:
    decoder = MessageDecoder(KEY)
    first, second = (decode(TOPIC, readings(seq=seq), decoder=decoder)[0].body for seq in (1, 2))
    assert isinstance(first, Readings)
    assert isinstance(second, Readings)
    assert first.points is second.points
    without = Directory(Configuration(sites=(_site_without("chw-flow"),)))
    assert len(decode(TOPIC, readings(), decoder=decoder, directory=without)) == 2
    assert len(decode(TOPIC, readings(), decoder=decoder)) == 1


def test_what_one_device_may_send_says_nothing_about_another() -> None:
    decoder = MessageDecoder(KEY)
    assert len(decode(TOPIC, readings(), decoder=decoder)) == 1
    (aside,) = decode(topic_of("readings", "sensor-8"), readings(device="sensor-8"), decoder=decoder)
    assert isinstance(aside.body, Quarantined)


def test_ever_new_lists_do_not_fill_the_memory() -> None:
    lists = PointLists(remembered_bytes=1000)
    for n in range(1000):
        lists.find(DIRECTORY, "hq", "gw-4", b'["chw-flow"]' + b" " * (n % 100))
    assert sum(len(key[2]) for key in lists._known) <= 1000
    assert lists._known


def test_a_faulty_list_is_not_remembered() -> None:
    lists = PointLists()
    for raw in (b"[]", b'["a b"]', b'["\xff"]', b'["a\\nb"]', b"[1]", b'["a"'):
        with pytest.raises(Refused):
            lists.find(DIRECTORY, "hq", "gw-4", raw)
    assert not lists._known


def test_ten_thousand_readings_fit_in_a_message() -> None:
    values = np.linspace(0, 1, 10_000).tolist()
    at = [NOW_MS - 10_000 + n for n in range(10_000)]
    record = the_record(TOPIC, readings(points=["chw-flow"] * 10_000, values=values, at=at))
    assert columns(record)[2] == values


def _site_without(point: str) -> Site:
    devices = tuple(
        msgspec.structs.replace(device, points=tuple(known for known in device.points if known != point))
        for device in SITE.devices
    )
    return msgspec.structs.replace(SITE, devices=devices)
