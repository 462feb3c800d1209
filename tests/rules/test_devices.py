import msgspec

from domain.effects import DeviceChanged
from domain.observations import CheckpointScan, DeviceStatus, PersonSignal, ScanMethod, SignalKind
from domain.site import Site
from domain.text import same
from rules.devices import SILENT, Devices
from tests.rules.estate import configured
from tests.rules.playbook import Playbook, instant

SIGNAL = PersonSignal(site="tower", person="li", kind=SignalKind.CHECK_CALL)


def playbook() -> Playbook:
    return Playbook(configured(), "09:00")


def status(*, online: bool, reason: str | None = None, battery: float | None = None) -> DeviceStatus:
    return DeviceStatus(site="tower", online=online, reason=reason, battery=battery)


def devices(book: Playbook) -> list[DeviceChanged]:
    found = [effect.body for effect in book.unread if isinstance(effect.body, DeviceChanged)]
    book.unread.clear()
    return found


def test_a_device_is_online_once_it_speaks() -> None:
    (told,) = devices(playbook().at("10:00").happens(SIGNAL, source="phone", boot="b1"))
    assert told == DeviceChanged(
        site="tower", device="phone", online=True, last_seen=instant("10:00"), boot="b1", clock_skew_us=0
    )


def test_more_is_told_at_most_once_a_minute() -> None:
    book = playbook()
    for clock in ("10:00:00", "10:00:20", "10:00:59", "10:01:00", "10:01:10"):
        book.at(clock).happens(SIGNAL, source="phone", boot="b1")
    assert [told.last_seen for told in devices(book)] == [instant("10:00:00"), instant("10:01:00")]


def test_offline_a_new_boot_battery_and_tamper_are_told_at_once() -> None:
    book = playbook().at("10:00:00").happens(SIGNAL, source="phone", boot="b1")
    book.at("10:00:01").happens(SIGNAL, source="phone", boot="b2")
    book.at("10:00:02").happens(status(online=True, battery=80.0), source="phone", boot="b2")
    book.at("10:00:03").happens(DeviceStatus(site="tower", online=True, tamper=True), source="phone", boot="b2")
    book.at("10:00:04").happens(status(online=False, reason="will"), source="phone")
    told = [(each.online, each.boot, each.battery, each.tamper, each.reason) for each in devices(book)]
    assert told == [
        (True, "b1", None, None, None),
        (True, "b2", None, None, None),
        (True, "b2", 80.0, None, None),
        (True, "b2", 80.0, True, None),
        (False, "b2", 80.0, True, "will"),
    ]


def test_a_scan_brings_the_phones_battery() -> None:
    scan = CheckpointScan(site="tower", officer="li", checkpoint="gate", method=ScanMethod.NFC, battery=61.0)
    book = playbook().at("10:00").happens(scan, source="phone", boot="b1")
    assert [told.battery for told in devices(book)] == [61.0]


def test_a_buffered_message_brings_no_device_back() -> None:
    book = playbook().at("10:00").happens(SIGNAL, source="phone", boot="b1")
    book.at("10:30").happens(status(online=False, reason="will"), source="phone")
    book.at("10:40").happens(SIGNAL, made="10:20", source="phone", boot="b1")
    assert [told.online for told in devices(book)] == [True, False, False]
    book.at("10:41").happens(SIGNAL, source="phone", boot="b1")
    assert [told.online for told in devices(book)] == [True]


def test_the_clocks_error_is_the_smallest_delay_since_it_was_told() -> None:
    book = playbook().at("10:00:00").happens(SIGNAL, source="phone", boot="b1")
    book.at("10:00:30").happens(SIGNAL, made="10:00:10", source="phone", boot="b1")
    book.at("10:00:40").happens(SIGNAL, made="10:00:37", source="phone", boot="b1")
    book.at("10:01:40").happens(SIGNAL, made="09:00", source="phone", boot="b1")
    assert [told.clock_skew_us for told in devices(book)] == [0, 3_000_000]


def test_only_configured_devices_are_known() -> None:
    assert devices(playbook().at("10:00").happens(SIGNAL, source="stranger", boot="b1")) == []


def test_a_device_that_is_no_longer_configured_is_forgotten() -> None:
    book = playbook().at("10:00").happens(SIGNAL, source="phone", boot="b1")
    book.configure(configured(site=Site(id="tower", name=same("Tower"), timezone="UTC")))
    assert book.engine._judgement.state().devices.presence == []


def test_state_survives_a_restart() -> None:
    book = playbook().at("10:00:00").happens(SIGNAL, source="phone", boot="b1")
    book.restarts().at("10:00:20").happens(SIGNAL, source="phone", boot="b1")
    assert len(devices(book)) == 1


def test_a_device_that_falls_silent_is_offline_until_any_message_of_it_comes() -> None:
    book = playbook().at("10:00").happens(SIGNAL, source="phone", boot="b1")
    known = Devices()
    known.configure(configured().sites)
    assert known.fall_silent("tower", "phone") is None
    known.hear("tower", book.records[-1])
    told = known.fall_silent("tower", "phone")
    assert told is not None
    assert (told.online, told.reason) == (False, SILENT)
    assert known.fall_silent("tower", "phone") is None
    older = msgspec.structs.replace(book.records[-1], event_time=instant("09:00"))
    back = known.hear("tower", older)
    assert back is not None
    assert (back.online, back.reason) == (True, None)


def test_missing_messages_are_told_when_their_number_changes() -> None:
    known = Devices()
    known.configure(configured().sites)
    assert known.miss("tower", "phone", 3) is None
    assert known.last_seen("tower", "phone") is None
    known.hear("tower", playbook().at("10:00").happens(SIGNAL, source="phone", boot="b1").records[-1])
    told = known.miss("tower", "phone", 3)
    assert told is not None
    assert told.missing == 3
    assert known.miss("tower", "phone", 3) is None
    assert known.last_seen("tower", "phone") == instant("10:00")
