import pytest

from domain.instant import MINUTE, SECOND, from_seconds
from domain.priority import Priority
from domain.site import Device, DeviceKind, Site
from domain.text import same
from rules.silent_devices import Change, SilentDevices, SilentNews

REPORT = 20.0
PATIENCE = from_seconds(21.5)


def a_site(*report_seconds: float | None, site: str = "s") -> Site:
    return Site(
        id=site,
        name=same(site),
        timezone="UTC",
        devices=tuple(
            Device(id=f"d{number}", name=same("d"), kind=DeviceKind.SENSOR, report_seconds=seconds)
            for number, seconds in enumerate(report_seconds)
        ),
    )


def watching(*report_seconds: float | None) -> SilentDevices:
    silence = SilentDevices()
    silence.configure([a_site(*report_seconds)], 0)
    return silence


def short(news: list[SilentNews]) -> list[tuple[int, str, str]]:
    return [(each.at, str(each.change), each.device) for each in news]


def speak(silence: SilentDevices, until: int, devices: tuple[str, ...], every: int = 5 * SECOND) -> list[SilentNews]:
    """Devices that speak in turn; time goes on with each message."""
    news: list[SilentNews] = []
    for at in range(every, until + 1, every):
        for device in devices:
            news += silence.hear("s", device, at)
        news += silence.fire(at)
    return news


@pytest.mark.parametrize("seconds", [20.0, 90.0, 180.0, 1800.0, 90_000.0])
def test_silence_is_reported_within_a_tenth_and_a_second(seconds: float) -> None:
    silence = watching(seconds)
    silence.hear("s", "d0", SECOND)
    due = silence.next_deadline()
    assert due is not None
    assert from_seconds(seconds) <= due - SECOND <= from_seconds(1.1 * seconds + 1)
    assert silence.fire(due - 1) == []
    assert short(silence.fire(due)) == [(due, "silent", "d0"), (due, "alone", "d0")]
    assert silence.next_deadline() is None


def test_one_that_speaks_is_not_silent_and_costs_no_timer() -> None:
    silence = watching(REPORT)
    for at in range(0, 100 * SECOND, SECOND):
        assert silence.hear("s", "d0", at) == []
    assert len(silence._heap) == 1
    assert silence.fire(100 * SECOND) == []


def test_its_next_message_ends_it() -> None:
    silence = watching(REPORT)
    silence.fire(PATIENCE)
    assert short(silence.hear("s", "d0", MINUTE)) == [(MINUTE, "back", "d0")]
    assert silence.next_deadline() == MINUTE + PATIENCE


def test_who_is_not_waited_for_is_never_silent() -> None:
    silence = watching(None, REPORT)
    assert silence.hear("s", "d0", 1) == silence.hear("s", "stranger", 1) == silence.hear("t", "d1", 1) == []
    assert [each.device for each in silence.fire(MINUTE)] == ["d1", "d1"]
    assert silence.is_watching("d1")
    assert silence.is_watching("s")
    assert not silence.is_watching("d0")


def test_one_silent_among_many_is_reported_at_once() -> None:
    silence = watching(*[REPORT] * 5)
    said = speak(silence, 60 * SECOND, ("d0", "d1", "d2", "d3"))
    assert short(said) == [(PATIENCE, "silent", "d4"), (PATIENCE, "alone", "d4")]


def test_a_whole_site_is_one_alarm_with_all_its_devices() -> None:
    silence = watching(*[REPORT] * 4)
    for number in range(4):
        silence.hear("s", f"d{number}", number * 3 * SECOND)
    last = 9 * SECOND
    said = silence.fire(10 * MINUTE)
    assert short(said) == [
        *((number * 3 * SECOND + PATIENCE, "silent", f"d{number}") for number in range(4)),
        (last + PATIENCE, "site_silent", ""),
    ]
    assert said[-1].devices == ("d0", "d1", "d2", "d3")


def test_when_the_site_speaks_again_the_others_have_their_time_anew() -> None:
    silence = watching(*[REPORT] * 3)
    silence.fire(10 * MINUTE)
    back = silence.hear("s", "d1", 20 * MINUTE)
    assert [str(each.change) for each in back] == ["back", "site_back"]
    silence.hear("s", "d0", 20 * MINUTE + SECOND)
    for at in range(20 * MINUTE, 21 * MINUTE, 5 * SECOND):
        assert silence.hear("s", "d0", at) + silence.hear("s", "d1", at) == []
    assert short(silence.fire(21 * MINUTE)) == [
        (20 * MINUTE + PATIENCE, "silent", "d2"),
        (20 * MINUTE + PATIENCE, "alone", "d2"),
    ]


def test_alarms_that_were_held_back_are_raised_when_somebody_else_speaks() -> None:
    silence = watching(REPORT, REPORT, REPORT)
    silence.hear("s", "d2", 10 * SECOND)
    assert [each.change for each in silence.fire(PATIENCE)] == [Change.SILENT, Change.SILENT]
    assert short(silence.hear("s", "d1", 25 * SECOND)) == [
        (25 * SECOND, "back", "d1"),
        (25 * SECOND, "alone", "d0"),
    ]


def test_two_devices_make_no_site() -> None:
    silence = watching(REPORT, REPORT)
    assert [str(each.change) for each in silence.fire(MINUTE)] == ["silent", "alone"] * 2


def test_slow_devices_are_not_waited_for_but_join_a_silent_site() -> None:
    silence = watching(REPORT, REPORT, REPORT, 90.0)
    assert [str(each.change) for each in silence.fire(MINUTE)] == ["silent"] * 3 + ["site_silent"]
    assert short(silence.fire(10 * MINUTE)) == [(from_seconds(95.0), "silent", "d3")]


def test_fewer_than_three_of_the_fast_ones_have_their_own_alarms() -> None:
    silence = watching(REPORT, 90.0, 90.0)
    silence.hear("s", "d1", 5 * SECOND)
    said = silence.fire(MINUTE)
    assert short(said) == [(PATIENCE, "silent", "d0"), (5 * SECOND + PATIENCE, "alone", "d0")]


def test_a_pause_of_vigil_is_no_silence_of_the_devices() -> None:
    silence = watching(REPORT, REPORT, REPORT)
    silence.hear("s", "d0", 10 * SECOND)
    silence.pause(5 * SECOND, 65 * SECOND)
    assert silence.fire(60 * SECOND + PATIENCE - 1) == []
    due = [(each.at, each.device) for each in silence.fire(MINUTE * 2) if each.change is Change.SILENT]
    assert due == [(60 * SECOND + PATIENCE, "d1"), (60 * SECOND + PATIENCE, "d2"), (65 * SECOND + PATIENCE, "d0")]


def test_a_pause_while_alarms_are_held_back_holds_them_longer() -> None:
    silence = watching(REPORT, REPORT, REPORT)
    silence.hear("s", "d2", 10 * SECOND)
    silence.fire(PATIENCE)
    silence.pause(PATIENCE, PATIENCE + MINUTE)
    assert short(silence.fire(10 * MINUTE))[-1] == (10 * SECOND + MINUTE + PATIENCE, "site_silent", "")


def test_a_clock_that_is_set_back_delays_nothing() -> None:
    silence = watching(REPORT)
    silence.hear("s", "d0", 60 * MINUTE)
    silence.hear("s", "d0", MINUTE)
    assert silence.next_deadline() == MINUTE + PATIENCE


def test_a_new_configuration_keeps_times_and_forgets_who_is_gone() -> None:
    silence = watching(REPORT, REPORT, REPORT)
    silence.hear("s", "d0", SECOND)
    silence.fire(PATIENCE)
    silence.configure([a_site(40.0, None, REPORT), a_site(90.0, site="t")], PATIENCE + 1)
    assert [place.held for place in silence.state()] == [{"d2": SECOND + PATIENCE}, {}]
    assert silence.next_deadline() == SECOND + PATIENCE
    silence.fire(SECOND + PATIENCE)
    assert silence.next_deadline() == SECOND + from_seconds(42.5)
    silence.configure([], MINUTE)
    assert (silence.next_deadline(), silence.fire(60 * MINUTE)) == (None, [])


def test_timers_of_sites_that_are_gone_do_not_fire() -> None:
    silence = watching(REPORT)
    silence._sites.clear()
    assert silence.next_deadline() is None


def test_state_survives() -> None:
    silence = watching(REPORT, REPORT, REPORT)
    silence.hear("s", "d1", 10 * SECOND)
    silence.fire(PATIENCE)
    restored = SilentDevices()
    restored.restore(silence.state())
    assert short(restored.fire(MINUTE)) == [
        (10 * SECOND + PATIENCE, "silent", "d1"),
        (10 * SECOND + PATIENCE, "site_silent", ""),
    ]


def test_those_that_are_silent_now_are_told_on_demand() -> None:
    silence = watching(REPORT, REPORT)
    speak(silence, 300 * SECOND, ("d1",))
    assert silence.silent() == {("s", "d0")}
    silence.hear("s", "d0", 301 * SECOND)
    assert silence.silent() == frozenset()


def test_one_that_was_silent_alone_before_its_whole_site_was_is_back_when_it_speaks() -> None:
    silence = watching(*[REPORT] * 4)
    speak(silence, MINUTE, ("d1", "d2", "d3"))
    silence.fire(2 * MINUTE)
    assert short(silence.hear("s", "d1", 3 * MINUTE))[-1] == (3 * MINUTE, "site_back", "")
    assert short(silence.hear("s", "d0", 3 * MINUTE + SECOND)) == [(3 * MINUTE + SECOND, "back", "d0")]


def test_who_is_missed_by_its_points_has_one_alarm_until_it_speaks() -> None:
    silence = watching(None, REPORT)
    low, high = Priority.MEDIUM, Priority.HIGH
    assert short(silence.miss("s", "d0", low, 5)) == [(5, "silent", "d0"), (5, "missed", "d0")]
    assert silence.miss("s", "d0", low, 6) == silence.miss("t", "d0", low, 6) == []
    assert silence.silent() == {("s", "d0")}
    assert [each.priority for each in silence.miss("s", "d0", high, 7)] == [None, high]
    assert silence.is_watching("d0")
    assert short(silence.hear("s", "d0", 8)) == [(8, "back", "d0")]
    assert silence.hear("s", "d0", 9) == []
    silence.miss("s", "d1", low, SECOND)
    assert short(silence.fire(MINUTE)) == [(PATIENCE, "silent", "d1")]
    assert short(silence.hear("s", "d1", MINUTE)) == [(MINUTE, "back", "d1")]


def test_a_snapshot_from_before_alarms_were_remembered_has_them_too() -> None:
    silence = watching(REPORT)
    silence.fire(MINUTE)
    (before,) = silence.state()
    before.alarmed = {}
    restored = SilentDevices()
    restored.restore([before])
    assert restored.is_alarmed("s", "d0")
    assert restored.miss("s", "d0", Priority.MEDIUM, 2 * MINUTE) == []


def test_who_is_no_longer_configured_is_not_missed_any_more() -> None:
    silence = watching(None, REPORT)
    silence.miss("s", "d0", Priority.MEDIUM, 5)
    silence.configure([a_site(None, REPORT)], 6)
    assert silence.hear("s", "d0", 8) == []
