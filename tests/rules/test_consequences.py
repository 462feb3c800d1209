from domain.commands import CloseOccurrence, Disposition
from domain.effects import AlarmChanged, WorkOrderChanged
from domain.instant import MINUTE
from rules.alarming import UNCLOSED_KEPT
from rules.consequences import Consequences
from rules.device_alarms import DEVICE_SILENT, device_silent, spec_of
from tests.rules.estate import HELD, MISSED, SITE, a_rule, configured
from tests.rules.playbook import Playbook

RAISED = "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK"
ORDERED = "10:02:00 order created front/door.closer requested x1"


def held_open() -> Playbook:
    return Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened").tick("10:02:30")


def test_the_alarm_names_the_order_that_answers_it() -> None:
    book = held_open().says(RAISED, ORDERED)
    alarm, order = book.latest(AlarmChanged).alarm, book.latest(WorkOrderChanged).order
    assert (alarm.latest.order, alarm.version) == (order.id, 1)
    assert order.occurrences == (alarm.latest.id,)


def test_a_rule_may_make_no_order() -> None:
    quiet = a_rule("held", "door_held", fault="door.closer")
    book = Playbook(configured(quiet), "09:00").at("10:00").door("front", "opened").tick("10:02:30")
    book.says(RAISED)


def test_rules_that_share_a_fault_share_an_order() -> None:
    forced = a_rule("forced", "door_forced", fault="door.closer", makes_order=True)
    book = Playbook(configured(HELD, forced), "09:00").at("10:00").door("front", "opened").tick("10:02:30")
    book.says(
        "10:00:00 alarm raised forced door:front #1 (Front door forced open) UNACK",
        "10:00:00 order created front/door.closer requested x1",
        RAISED,
        "10:02:00 order appended front/door.closer requested x2",
    )
    book.at("10:03").door("front", "closed").says(
        "10:03:00 alarm cleared forced door:front #1 (Front door forced open) RTNUN",
        "10:03:00 alarm cleared held door:front #1 (Front door held open) RTNUN",
        "10:03:00 order proposed_done front/door.closer requested x2",
    )


def test_a_correction_cancels_an_order_nobody_took() -> None:
    book = held_open().at("10:05").door("front", "closed", "10:01")
    said = "closed at 10:01:00, reported at 10:05:00"
    book.says(
        RAISED,
        ORDERED,
        f"10:05:00 alarm corrected held door:front #1 ({said}) RTNUN",
        f"10:05:00 order moved front/door.closer cancelled x1 ({said})",
    )


def test_why_carries_the_times_of_the_causing_record() -> None:
    why = held_open().latest(AlarmChanged).occurrence.why
    assert (why.device_time, why.believed) == (None, "received")


def test_a_removed_rule_closes_its_alarms() -> None:
    book = held_open().at("10:04").configure(configured(MISSED))
    book.says(
        RAISED,
        ORDERED,
        "10:04:00 alarm cleared held door:front #1 (Front door held open) RTNUN",
        "10:04:00 order proposed_done front/door.closer requested x1",
        "10:04:00 alarm closed held door:front #1 (Front door held open) NORM",
    )
    closed = book.latest(AlarmChanged).occurrence
    assert (closed.disposition, closed.disposition_cause, closed.closed_by) == (
        Disposition.UNKNOWN,
        "rule removed",
        "vigil",
    )


def test_a_subject_a_rule_no_longer_names_is_closed_too() -> None:
    named = a_rule("held", "door_held", subjects=("server",), makes_order=True, fault="door.closer")
    book = held_open().at("10:04").configure(configured(named))
    assert book.latest(AlarmChanged).change == "closed"


def test_a_rule_that_is_switched_off_is_removed() -> None:
    off = a_rule("held", "door_held", enabled=False, makes_order=True, fault="door.closer")
    assert held_open().configure(configured(off)).latest(AlarmChanged).change == "closed"


def test_occurrences_nobody_closes_end_by_themselves() -> None:
    book = Playbook(configured(a_rule("forced", "door_forced")), "09:00")
    for second in range(0, 102 * 40, 40):
        clock = f"{10 + second // 3600}:{second // 60 % 60:02}:{second % 60:02}"
        book.at(clock).door("front", "opened").door("front", "closed")
    closed = [
        effect.body.occurrence
        for effect in book.effects
        if isinstance(effect.body, AlarmChanged) and effect.body.change == "closed"
    ]
    assert [occurrence.number for occurrence in closed] == [1, 2]


def test_a_closed_occurrence_is_over_for_good() -> None:
    book = held_open().at("10:03").door("front", "closed")
    occurrence = book.latest(AlarmChanged).occurrence.id
    book.command(CloseOccurrence(id="c", actor="op", occurrence=occurrence, disposition=Disposition.NUISANCE))
    assert book.latest(AlarmChanged).alarm.display_state == "NORM"


def test_an_alarm_of_vigils_own_begins_and_ends_once_and_makes_no_order() -> None:
    consequences = Consequences("real")
    site, phone = SITE, SITE.devices[0]
    spec = spec_of(DEVICE_SILENT, "tower")
    found = device_silent(site, phone, None, 10, 1)
    (begun,) = consequences.begin(spec, found)
    assert begun[0] == 10
    assert isinstance(begun[1], AlarmChanged)
    assert begun[1].change == "raised"
    assert consequences.begin(spec, found) == []
    (ended,) = consequences.end(spec, found.subject, 20)
    assert isinstance(ended[1], AlarmChanged)
    assert (ended[0], ended[1].change) == (20, "cleared")
    assert consequences.end(spec, found.subject, 30) == []


def test_occurrences_of_vigils_own_alarms_do_not_pile_up() -> None:
    consequences = Consequences("real")
    spec = spec_of(DEVICE_SILENT, "tower")
    for at in range(0, UNCLOSED_KEPT * MINUTE, MINUTE):
        found = device_silent(SITE, SITE.devices[0], None, at, 1)
        consequences.begin(spec, found)
        consequences.end(spec, found.subject, at + 1)
    found = device_silent(SITE, SITE.devices[0], None, UNCLOSED_KEPT * MINUTE, 1)
    assert len(consequences.begin(spec, found)) == 2
