"""What messages say about their devices, on the whole engine: alarms, effects, snapshots, gaps of Vigil's own."""

import msgspec

from domain.alarm import Subject, SubjectKind
from domain.commands import CloseOccurrence, Disposition
from domain.effects import (
    AlarmChanged,
    CommandOutcome,
    DeviceChanged,
    DuplicateIgnored,
    EffectBody,
    IdentityConflict,
    SequenceGap,
    SequenceGapClosed,
)
from domain.observations import DeviceStatus, PersonSignal, SignalKind
from domain.record import Record
from domain.site import Site
from domain.text import same
from rules.device_watch import DeviceWatch
from rules.duplicates import BOOTS_KEPT
from tests.rules.estate import HELD, SITE, configured
from tests.rules.playbook import Playbook

SIGNAL = PersonSignal(site="tower", person="li", kind=SignalKind.CHECK_CALL)
GAPS: tuple[type[EffectBody], ...] = (SequenceGap, SequenceGapClosed, AlarmChanged)
CONFLICTS: tuple[type[EffectBody], ...] = (IdentityConflict, AlarmChanged)

MISSING = "vigil-missing-messages device:phone #1 (Messages of Phone missing: 2..4)"
TWO = "vigil-identity-conflict device:phone #1 (Two devices speak as Phone)"


def playbook() -> Playbook:
    return Playbook(configured(HELD), "09:00").at("10:00")


def watched(*devices: str, seconds: float = 60.0) -> Site:
    return msgspec.structs.replace(
        SITE,
        devices=tuple(
            msgspec.structs.replace(device, report_seconds=seconds if device.id in devices else None)
            for device in SITE.devices
        ),
    )


def speak(book: Playbook, *seqs: int, boot: str = "b1", device: str = "phone") -> Playbook:
    for seq in seqs:
        book.counters[f"{device}/{boot}"] = seq - 1
        book.happens(SIGNAL, source=device, boot=boot)
    return book


def close(book: Playbook, occurrence: str) -> Playbook:
    return book.command(CloseOccurrence(id="c", actor="op", occurrence=occurrence, disposition=Disposition.REAL))


# messages missing


def test_a_skipped_number_is_reported_within_a_minute_and_no_sooner_than_it_may_come() -> None:
    book = speak(playbook(), 1, 5).tick("10:00:44").says(about=GAPS)
    book.tick("10:00:46").says("10:00:45 gap phone/b1 2..4 x3", f"10:00:45 alarm raised {MISSING} UNACK", about=GAPS)
    assert book.latest(DeviceChanged).missing == 3


def test_messages_that_come_in_another_order_are_not_missing() -> None:
    book = speak(playbook(), *range(1, 10), *range(110, 9, -1), 111)
    book.tick("10:05").says(about=GAPS)


def test_a_gap_is_over_when_its_messages_have_come() -> None:
    book = speak(playbook(), 1, 5).tick("10:01")
    book.unread.clear()
    speak(book.restarts().at("10:10"), 3, 2).says(about=GAPS)
    speak(book, 4).says("10:10:00 gap phone/b1 2..4 filled", f"10:10:00 alarm cleared {MISSING} RTNUN", about=GAPS)
    assert book.latest(DeviceChanged).missing == 0


def test_a_second_gap_stands_under_the_same_alarm_which_ends_with_the_last() -> None:
    book = speak(playbook(), 1, 5).tick("10:01")
    speak(book, 8).tick("10:02")
    book.unread.clear()
    speak(book, 2, 3, 4).says("10:02:00 gap phone/b1 2..4 filled", about=GAPS)
    speak(book, 6, 7).says("10:02:00 gap phone/b1 6..7 filled", f"10:02:00 alarm cleared {MISSING} RTNUN", about=GAPS)


def test_to_close_the_alarm_is_to_accept_the_loss() -> None:
    book = speak(playbook(), 1, 5).tick("10:01")
    book.unread.clear()
    close(book, book.latest(AlarmChanged).occurrence.id).says(
        f"10:01:00 alarm closed {MISSING} NORM",
        "10:01:00 gap phone/b1 2..4 accepted",
        "10:01:00 command c accepted",
        about=(*GAPS, CommandOutcome),
    )
    assert book.latest(DeviceChanged).missing == 0
    closed = book.latest(AlarmChanged).occurrence
    assert (closed.disposition, closed.closed_by, closed.cleared_at is None) == (Disposition.REAL, "op", False)
    speak(book, 3).tick("10:09").says(about=GAPS)
    speak(book, 8).tick("10:11").says(
        "10:09:45 gap phone/b1 6..7 x2",
        "10:09:45 alarm raised vigil-missing-messages device:phone #2 (Messages of Phone missing: 6..7) UNACK",
        about=GAPS,
    )


def test_other_alarms_cannot_be_closed_while_they_stand() -> None:
    book = playbook().door("front", "opened").tick("10:03")
    close(book, book.latest(AlarmChanged).occurrence.id)
    assert book.latest(CommandOutcome).code == "condition_active"


def test_what_a_new_boot_skipped_at_its_beginning_is_missing() -> None:
    book = speak(playbook(), 1)
    speak(book, 4, boot="b2").tick("10:01").says(
        "10:00:45 gap phone/b2 1..3 x3",
        "10:00:45 alarm raised vigil-missing-messages device:phone #1 (Messages of Phone missing: 1..3) UNACK",
        about=GAPS,
    )


def test_what_a_device_sent_before_vigil_knew_it_is_not_missing() -> None:
    speak(playbook(), 50_000, 50_001).tick("10:05").says(about=GAPS)


def test_boots_that_are_long_gone_take_their_gaps_with_them() -> None:
    book = speak(playbook(), 1, 5).tick("10:01")
    book.unread.clear()
    for number in range(BOOTS_KEPT):
        speak(book, 1, boot=f"c{number}")
    book.says("10:01:00 gap phone/b1 2..4 forgotten", f"10:01:00 alarm cleared {MISSING} RTNUN", about=GAPS)


def test_nothing_is_called_missing_while_the_backlog_is_read() -> None:
    book = speak(playbook().gap("09:30", "10:00"), 1, 5)
    speak(book.tick("10:01"), 2, 3, 4).drained("10:01:10").tick("10:02").says(about=GAPS)


def test_messages_of_unconfigured_devices_are_not_waited_for() -> None:
    speak(playbook(), 1, 5, device="stranger").tick("10:05").says(about=GAPS)


def test_a_device_that_is_configured_no_more_has_no_alarm_any_more() -> None:
    book = speak(playbook(), 1, 5).tick("10:01")
    book.unread.clear()
    rest = tuple(device for device in SITE.devices if device.id != "phone")
    book.configure(configured(HELD, site=msgspec.structs.replace(SITE, devices=rest)))
    book.says(f"10:01:00 alarm cleared {MISSING} RTNUN", f"10:01:00 alarm closed {MISSING} NORM", about=GAPS)
    speak(book, 2, 3, 4).tick("10:10").says(about=GAPS)


# identity in conflict


def changed(record: Record, body: DeviceStatus | PersonSignal, seq: int) -> Record:
    return msgspec.structs.replace(record, seq=seq, body=body)


def test_one_number_with_two_contents_is_a_conflict_which_is_over_after_ten_quiet_minutes() -> None:
    book = speak(playbook(), 1)
    other = changed(book.records[-1], msgspec.structs.replace(SIGNAL, person="wang"), book.engine.last_seq + 1)
    book.judge(other).says(
        "10:00:00 duplicate phone/b1/1",
        "10:00:00 conflict phone/b1/1 content_differs",
        f"10:00:00 alarm raised {TWO} UNACK",
        about=(*CONFLICTS, DuplicateIgnored),
    )
    book.restarts().at("10:05")
    book.judge(msgspec.structs.replace(other, seq=other.seq + 1, received_at=book.now)).says(about=CONFLICTS)
    book.tick("10:14").says(about=CONFLICTS)
    book.tick("10:16").says(f"10:15:00 alarm cleared {TWO} RTNUN", about=CONFLICTS)


def test_a_device_that_counts_back_is_in_conflict() -> None:
    book = speak(playbook(), *range(1, 60))
    speak(book.at("10:30"), 1).says(
        "10:30:00 conflict phone/b1/1 counted_back", f"10:30:00 alarm raised {TWO} UNACK", about=CONFLICTS
    )


def test_two_boots_at_once_are_in_conflict() -> None:
    book = speak(playbook(), 1, boot="a")
    for number in range(1, 5):
        speak(book.at(f"10:1{number}"), number, boot="b")
        speak(book.at(f"10:1{number}:30"), number + 1, boot="a")
    book.says("10:14:30 conflict phone/a/5 boots_alternate", f"10:14:30 alarm raised {TWO} UNACK", about=CONFLICTS)


def test_a_conflict_of_a_device_that_is_configured_no_more_is_over() -> None:
    book = speak(playbook(), *range(1, 60))
    speak(book.at("10:30"), 1)
    book.configure(configured(HELD, site=msgspec.structs.replace(SITE, devices=())))
    book.unread.clear()
    book.tick("11:00").says(about=CONFLICTS)
    book.happens(SIGNAL, source="phone", boot="b1").says(about=CONFLICTS)
    stranger = changed(book.records[1], msgspec.structs.replace(SIGNAL, person="wang"), book.engine.last_seq + 1)
    book.judge(stranger).says(about=CONFLICTS)


def test_a_captured_message_that_is_replayed_shows_nobody_to_be_alive() -> None:
    book = speak(Playbook(configured(HELD, site=watched("phone")), "09:59:30").at("10:00"), 1, 2)
    book.tick("10:02").unread.clear()
    captured = msgspec.structs.replace(book.records[-2], seq=book.engine.last_seq + 1, received_at=book.now)
    book.judge(captured).says(
        "10:02:00 duplicate phone/b1/2", about=(DuplicateIgnored, DeviceChanged, AlarmChanged, IdentityConflict)
    )


# silence


def test_a_silent_device_is_offline_and_alarms_until_it_speaks() -> None:
    book = Playbook(configured(HELD, site=watched("phone")), "09:59:30")
    about = (DeviceChanged, AlarmChanged)
    speak(book.at("10:00"), 1).says("10:00:00 device phone online", about=about)
    book.tick("10:01").tick("10:01:10").says(
        "10:01:03 device phone offline",
        "10:01:03 alarm raised vigil-device-silent device:phone #1 (Phone is silent) UNACK",
        about=about,
    )
    assert (book.latest(DeviceChanged).reason, book.latest(AlarmChanged).occurrence.why.seen.en) == (
        "silent",
        "last heard at 10:00:00",
    )
    speak(book.restarts().at("10:20"), 2).says(
        "10:20:00 device phone online",
        "10:20:00 alarm cleared vigil-device-silent device:phone #1 (Phone is silent) RTNUN",
        about=about,
    )


def test_an_old_message_that_comes_now_shows_the_device_to_be_alive() -> None:
    book = speak(Playbook(configured(HELD, site=watched("phone")), "09:59:30").at("10:00"), 1).tick("10:02")
    book.at("10:03").happens(SIGNAL, made="09:50", source="phone", boot="b1")
    assert (book.latest(DeviceChanged).online, book.latest(AlarmChanged).change) == (True, "cleared")


def test_a_device_that_was_never_heard_is_silent_too() -> None:
    book = Playbook(configured(HELD, site=watched("phone")), "10:00").tick("10:02")
    book.says(
        "10:01:03 alarm raised vigil-device-silent device:phone #1 (Phone is silent) UNACK",
        about=(DeviceChanged, AlarmChanged),
    )
    assert "nothing was heard" in book.latest(AlarmChanged).occurrence.why.seen.en


def test_a_device_whose_link_died_is_offline_already_and_alarms_when_its_time_is_over() -> None:
    book = speak(Playbook(configured(HELD, site=watched("phone")), "09:59:30").at("10:00"), 1)
    book.at("10:00:10").happens(DeviceStatus(site="tower", online=False, reason="will"), source="phone")
    book.unread.clear()
    book.tick("10:02").says(
        "10:01:03 alarm raised vigil-device-silent device:phone #1 (Phone is silent) UNACK",
        about=(DeviceChanged, AlarmChanged),
    )
    assert book.latest(DeviceChanged).reason == "will"


def test_a_whole_site_is_one_alarm_that_lists_its_devices() -> None:
    names = ("phone", "phone2", "panel", "gateway")
    book = Playbook(configured(HELD, site=watched(*names)), "09:59:30")
    for second, name in enumerate(names):
        speak(book.at(f"10:00:0{second}"), 1, device=name)
    book.unread.clear()
    site_silent = "vigil-site-silent site:tower #1 (Tower: all 4 devices silent)"
    book.tick("10:02").says(
        *(f"10:01:0{3 + second} device {name} offline" for second, name in enumerate(names)),
        f"10:01:06 alarm raised {site_silent} UNACK",
        about=(DeviceChanged, AlarmChanged),
    )
    why = book.latest(AlarmChanged).occurrence.why
    assert why.values["devices"] == "phone, phone2, panel, gateway"
    assert "the last was heard at 10:00:03" in why.seen.en
    speak(book.restarts().at("10:05"), 2, device="panel").says(
        "10:05:00 device panel online",
        f"10:05:00 alarm cleared {site_silent} RTNUN",
        about=(DeviceChanged, AlarmChanged),
    )


def test_after_a_restart_and_while_the_backlog_is_read_nobody_is_called_silent() -> None:
    book = speak(Playbook(configured(HELD, site=watched("phone")), "09:59:30").at("10:00"), 1)
    book.restarts().gap("10:00:10", "11:00").tick("11:00:30").says()
    speak(book.at("11:00:40"), 2).drained("11:01").tick("11:01:40").says()
    book.tick("11:01:45").says("11:01:43 alarm raised vigil-device-silent device:phone #1 (Phone is silent) UNACK")


def test_a_device_nobody_waits_for_any_more_has_no_alarm() -> None:
    book = Playbook(configured(HELD, site=watched("phone")), "10:00").tick("10:02")
    book.configure(configured(HELD))
    assert book.latest(AlarmChanged).occurrence.disposition_cause == "rule removed"


def test_vigils_own_rules_about_devices_are_watched_and_no_others() -> None:
    watch = DeviceWatch()
    watch.configure([watched("phone")], 0)
    phone, site = Subject(SubjectKind.DEVICE, "phone"), Subject(SubjectKind.SITE, "tower")
    panel = Subject(SubjectKind.DEVICE, "panel")
    assert watch.is_watching("vigil-device-silent", phone)
    assert watch.is_watching("vigil-site-silent", site)
    assert watch.is_watching("vigil-missing-messages", panel)
    assert watch.is_watching("vigil-identity-conflict", panel)
    assert not watch.is_watching("vigil-device-silent", panel)
    assert not watch.is_watching("held", panel)
    watch.configure([Site(id="tower", name=same("t"), timezone="UTC")], 0)
    assert not watch.is_watching("vigil-missing-messages", panel)
