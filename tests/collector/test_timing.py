"""Which clock is believed."""

import pytest

from collector.refusal import Reason, Refused
from collector.timing import Timing, believe, claimed_instant
from domain.instant import DAY, HOUR, MINUTE, SECOND, from_iso
from domain.record import Believed
from tests.collector.building import NOW, scan, the_record, topic_of

TOLERANCE = 5 * MINUTE


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        (1_795_390_200_500, 1_795_390_200_500_000),
        (0, 0),
        (2**53 - 1, (2**53 - 1) * 1000),
        ("2026-11-23T07:30:00Z", from_iso("2026-11-23T07:30:00Z")),
        ("2026-11-23T15:30:00+08:00", from_iso("2026-11-23T07:30:00Z")),
        ("2026-11-23T07:30:00.123456789Z", from_iso("2026-11-23T07:30:00.123456Z")),
        (None, None),
    ],
)
def test_times_that_name_an_instant(at: int | str | None, instant: int | None) -> None:
    assert claimed_instant(at) == instant


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-23T07:30:00",
        "2026-02-30T07:30:00Z",
        "2026-13-01T07:30:00Z",
        "2026-11-23T24:30:00Z",
        "2016-12-31T23:59:60Z",
        "2026-11-23T07:30:00+26:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_times_that_name_none_cost_the_time_not_the_message(at: str) -> None:
    record = the_record(topic_of("scan"), scan(at=at))
    # Two of these are instants, only far from any that is believed.
    assert (record.event_time, record.believed) == (NOW, Believed.RECEIVED)


@pytest.mark.parametrize(
    "at",
    [
        "yesterday",
        " ",
        "2026-11-23",
        "20261123T073000Z",
        "2026-11-23 07:30:00Z",
        "2026-11-23t07:30:00z",
        "2026-W47-1T07:30:00Z",
        "2026-11-23T07:30Z",
        "2026-11-23T07:30:00,5Z",
        "2026-11-23T07:30:00.Z",
        "2026-11-23T07:30:00+0800",
        "２０２６-11-23T07:30:00Z",
        "1795390200500",
        "2026-11-23T07:30:00Z\n",
    ],
)
def test_text_that_is_no_time_is_refused(at: str) -> None:
    with pytest.raises(Refused) as refused:
        claimed_instant(at)
    assert refused.value.reason is Reason.INVALID_TIME


@pytest.mark.parametrize(
    "claimed", [NOW, NOW - SECOND, NOW - 26 * HOUR, NOW - 7 * DAY, NOW - 3650 * DAY, NOW + TOLERANCE, NOW + SECOND]
)
def test_the_device_is_believed_about_the_past(claimed: int) -> None:
    assert believe(claimed, NOW, TOLERANCE) == Timing(claimed, Believed.DEVICE, claimed)


@pytest.mark.parametrize(
    "claimed",
    [
        0,
        from_iso("1970-01-01T00:00:01Z"),
        from_iso("2014-12-31T23:59:59Z"),
        NOW + TOLERANCE + 1,
        NOW + 26 * HOUR,
        from_iso("2106-02-07T06:28:15Z"),
        (2**53 - 1) * 1000,
    ],
)
def test_a_lost_or_hasty_clock_is_kept_but_not_believed(claimed: int) -> None:
    assert believe(claimed, NOW, TOLERANCE) == Timing(NOW, Believed.RECEIVED, claimed)


def test_a_clock_of_ours_beyond_2100_believes_no_device_either() -> None:
    beyond = from_iso("2100-06-01T00:00:00Z")
    assert believe(beyond, beyond, TOLERANCE).believed is Believed.RECEIVED


def test_without_a_clock_ours_counts_and_nothing_is_claimed() -> None:
    assert believe(None, NOW, TOLERANCE) == Timing(NOW, Believed.RECEIVED, None)
