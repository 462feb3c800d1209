"""Alarms about Vigil itself: raised for what is passed over, one per device, and beyond the reach of configurations."""

import msgspec

from domain.alarm import OWN_SITE, SubjectKind
from domain.commands import AcknowledgeAlarm
from domain.effects import ENGINE_FAULT, AlarmChanged, CommandOutcome, QuarantineAdded
from domain.observations import CheckpointScan, ScanMethod
from domain.record import BacklogDrained, Record, Tick
from rules.own_alarms import PARKED_RECORD, parked_record
from tests.rules.estate import HELD, MISSED, configured
from tests.rules.playbook import Playbook

ERROR = "ArithmeticError: boom"
PARKED = (QuarantineAdded, AlarmChanged, CommandOutcome)


def park(book: Playbook, record: Record, error: str = ERROR) -> Playbook:
    outcome = book.engine.park(record, ENGINE_FAULT, error)
    assert outcome.readings is None
    book.effects += outcome.effects
    book.unread += outcome.effects
    return book


def a_scan(book: Playbook, source: str = "phone") -> Record:
    """A scan that the engine has not been given."""
    body = CheckpointScan(site="tower", officer="li", checkpoint="gate", method=ScanMethod.NFC)
    return book.record(body, source=source, boot="b1")


def test_a_parked_record_is_quarantined_and_raises_an_alarm_that_waits_for_acknowledgement() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00")
    scan = a_scan(book)
    park(book, scan).says(
        "10:00:00 quarantine engine_fault",
        "10:00:00 alarm raised vigil-parked-record device:phone #1 (Vigil could not judge a message) UNACK",
        "10:00:00 alarm cleared vigil-parked-record device:phone #1 (Vigil could not judge a message) RTNUN",
        about=PARKED,
    )
    assert [effect.cause for effect in book.effects[-3:]] == [scan.seq] * 3
    why = book.latest(AlarmChanged).occurrence.why
    assert why.seen.en == f"record {scan.seq} (checkpoint_scan from phone) was passed over: {ERROR}"
    assert why.evidence == (scan.seq,)
    assert book.latest(QuarantineAdded).detail == ERROR


def test_many_from_one_device_are_one_alarm_with_many_occurrences_even_after_a_restart() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00")
    for minute in range(3):
        park(book.at(f"10:0{minute}"), a_scan(book)).restarts()
    alarm = book.latest(AlarmChanged).alarm
    assert (alarm.occurrences, alarm.version) == (3, 6)
    park(book, a_scan(book, "phone2"))
    assert book.latest(AlarmChanged).alarm.id != alarm.id


def test_a_new_configuration_leaves_it_alone() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00")
    park(book, a_scan(book)).unread.clear()
    book.configure(configured(MISSED)).says_nothing()


def test_a_command_that_is_passed_over_has_an_outcome_too() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00")
    command = AcknowledgeAlarm(id="c1", actor="op", alarm="a")
    park(book, book.record(command, source="operator:op")).says(
        "10:00:00 quarantine engine_fault",
        "10:00:00 command c1 refused engine_fault",
        "10:00:00 alarm raised vigil-parked-record rule:vigil-parked-record #1 (Vigil could not judge a message) UNACK",
        "10:00:00 alarm cleared vigil-parked-record rule:vigil-parked-record #1 "
        "(Vigil could not judge a message) RTNUN",
        about=PARKED,
    )
    assert ERROR in book.latest(CommandOutcome).detail


def test_a_parked_end_of_the_backlog_does_not_hold_absence_for_ever() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").gap("09:30", "10:00")
    assert book.engine.holding
    park(book, book.record(BacklogDrained(waited=0)))
    assert not book.engine.holding


def test_records_of_other_lanes_are_passed_over_in_silence() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00")
    assert book.engine.park(book.record(Tick(), lane="drill-1"), ENGINE_FAULT, ERROR).effects == ()


def test_what_belongs_to_no_site_is_vigils_own() -> None:
    tick = msgspec.structs.replace(Playbook(configured()).record(Tick()), site=None)
    spec, finding = parked_record(tick, ERROR)
    assert (spec.id, spec.site, spec.makes_order) == (PARKED_RECORD, OWN_SITE, False)
    assert finding.subject.kind is SubjectKind.RULE
