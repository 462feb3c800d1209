from collections.abc import Iterable

import msgspec
import pytest

from domain.effects import AlarmChange, AlarmChanged
from domain.instant import Instant, from_seconds
from domain.observations import AccessEvent, AccessKind
from domain.record import Record
from rules.kinds.door_forced import KEPT, Contact, ContactKind, DoorForced, ForcedState
from rules.kinds.retelling import Told
from tests.rules.estate import FORCED, SITE, a_rule, changed_site, configured
from tests.rules.playbook import Playbook, instant

RAISED = "10:00:00 alarm raised forced door:front #1 (Front door forced open) UNACK"


def playbook() -> Playbook:
    return Playbook(configured(FORCED), "09:00")


def test_an_opening_nobody_was_let_through_for_raises_at_once() -> None:
    playbook().at("10:00:00").door("front", "opened").says(RAISED)


def test_it_clears_when_the_door_closes() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:20").door("front", "closed")
    book.says(RAISED, "10:00:20 alarm cleared forced door:front #1 (Front door forced open) RTNUN")


def test_a_grant_lets_through_for_grant_and_entry_time() -> None:
    playbook().at("09:59:52").door("front", "granted").at("10:00:00").door("front", "opened").says_nothing()
    playbook().at("09:59:51").door("front", "granted").at("10:00:00").door("front", "opened").says(RAISED)


def test_an_exit_request_lets_through() -> None:
    playbook().at("09:59:58").door("front", "exit_request").at("10:00:00").door("front", "opened").says_nothing()


def test_the_doors_own_times_hold() -> None:
    site = changed_site("doors", "front", grant_seconds=20.0, entry_seconds=10.0)
    book = Playbook(configured(FORCED, site=site), "09:00")
    book.at("09:59:30").door("front", "granted").at("10:00:00").door("front", "opened").says_nothing()


def test_a_denied_card_lets_nobody_through() -> None:
    playbook().at("09:59:58").door("front", "denied").at("10:00:00").door("front", "opened").says(RAISED)


def test_a_grant_at_another_door_lets_nobody_through_here() -> None:
    playbook().at("09:59:58").door("server", "granted").at("10:00:00").door("front", "opened").says(RAISED)


def test_a_grant_after_the_opening_explains_nothing() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:01").door("front", "granted")
    book.says(RAISED)


def test_a_grant_that_arrives_late_corrects_by_name() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:01").door("front", "granted", "09:59:57")
    corrected = "(grant at 09:59:57 arrived late, at 10:00:01)"
    book.says(RAISED, f"10:00:01 alarm corrected forced door:front #1 {corrected} RTNUN")


def test_a_late_grant_corrects_an_occurrence_that_has_cleared() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:20").door("front", "closed")
    book.at("12:00:00").door("front", "granted", "09:59:57").says(
        RAISED,
        "10:00:20 alarm cleared forced door:front #1 (Front door forced open) RTNUN",
        "12:00:00 alarm corrected forced door:front #1 (grant at 09:59:57 arrived late, at 12:00:00) RTNUN",
    )


def test_the_controllers_own_word_is_believed_whatever_was_granted() -> None:
    book = playbook().at("09:59:58").door("front", "granted").at("10:00:00").door("front", "forced")
    book.door("front", "forced").says(RAISED)
    book.at("10:00:05").door("front", "granted", "09:59:59").says_nothing()


def test_a_repeated_opened_is_no_second_opening() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:05:00").door("front", "opened")
    book.says(RAISED)


def test_each_closing_makes_the_next_opening_count_again() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:20").door("front", "closed")
    book.at("10:01:00").door("front", "opened").says(
        RAISED,
        "10:00:20 alarm cleared forced door:front #1 (Front door forced open) RTNUN",
        "10:01:00 alarm raised forced door:front #2 (Front door forced open) UNACK",
    )


def test_an_opening_that_arrives_after_its_closing_is_judged_and_over() -> None:
    book = playbook().at("10:00:20").door("front", "closed").door("front", "opened", "10:00:00")
    book.says(RAISED, "10:00:20 alarm cleared forced door:front #1 (Front door forced open) RTNUN")


def test_an_earlier_opening_of_a_door_still_open_stands() -> None:
    book = playbook().at("10:00:20").door("front", "granted").door("front", "opened")
    book.door("front", "opened", "10:00:00").says(RAISED)


def test_an_alarm_is_raised_for_the_first_report_of_an_opening_whichever_arrives_first() -> None:
    book = playbook().at("10:00:00").door("front", "opened").door("front", "closed", "09:59:50").says(RAISED)
    corrected = "(opened at 09:59:55, reported late, at 10:00:00)"
    book.door("front", "opened", "09:59:55").says(
        f"10:00:00 alarm corrected forced door:front #1 {corrected} RTNUN",
        "09:59:55 alarm raised forced door:front #2 (Front door forced open) UNACK",
    )


def test_an_opening_that_continued_one_somebody_was_let_through_for_is_corrected() -> None:
    book = playbook().at("10:00:00").door("front", "granted", "09:58:58").door("front", "opened")
    corrected = "(opened at 09:59:00, reported late, at 10:00:05)"
    book.at("10:00:05").door("front", "opened", "09:59:00")
    book.says(RAISED, f"10:00:05 alarm corrected forced door:front #1 {corrected} RTNUN")


def test_an_opening_found_out_while_another_stands_waits_until_that_one_ends() -> None:
    book = playbook().at("10:05:00").door("front", "opened").door("front", "closed", "10:00:20")
    book.door("front", "opened", "10:00:00").says(
        "10:05:00 alarm raised forced door:front #1 (Front door forced open) UNACK"
    )
    book.at("10:06:00").door("front", "closed").says(
        "10:06:00 alarm cleared forced door:front #1 (Front door forced open) RTNUN",
        "10:00:00 alarm raised forced door:front #2 (Front door forced open) UNACK",
        "10:00:20 alarm cleared forced door:front #2 (Front door forced open) RTNUN",
    )


MINUTES = tuple(f"10:{minute:02}" for minute in range(20))


def test_contacts_uploaded_after_many_grants_raise_nothing() -> None:
    book = playbook().at("11:00:00")
    for minute in MINUTES:
        book.door("front", "granted", f"{minute}:00")
    for minute in MINUTES:
        book.door("front", "opened", f"{minute}:01").door("front", "closed", f"{minute}:05")
    book.says_nothing()


def test_grants_uploaded_after_many_openings_correct_every_one() -> None:
    book = playbook().at("11:00:00")
    for minute in MINUTES:
        book.door("front", "opened", f"{minute}:01").door("front", "closed", f"{minute}:05")
    for minute in MINUTES:
        book.door("front", "granted", f"{minute}:00")
    changes = [effect.body.change for effect in book.effects if isinstance(effect.body, AlarmChanged)]
    assert [changes.count(each) for each in (AlarmChange.RAISED, AlarmChange.CLEARED, AlarmChange.CORRECTED)] == [
        20,
        20,
        20,
    ]


def test_what_is_more_than_a_day_older_than_the_newest_is_passed_over() -> None:
    book = playbook().at("2026-11-24 10:00:01").door("front", "denied").door("front", "closed")
    book.door("front", "opened", "10:00:00").door("front", "closed", "10:00:00").says_nothing()
    book.door("front", "opened", "10:00:01").says(
        RAISED.replace("10:00:00", "10:00:01"),
        "11-24 10:00:01 alarm cleared forced door:front #1 (Front door forced open) RTNUN",
    )


@pytest.mark.parametrize("granted", [True, False])
def test_a_door_that_stands_open_for_days_is_what_it_was_said_to_be(granted: bool) -> None:
    book = playbook().at("10:00:00")
    if granted:
        book.door("front", "granted")
    book.door("front", "opened")
    book.at("2026-11-26 10:00").door("front", "opened").door("front", "granted", "2026-11-26 09:00")
    book.says(*([] if granted else [RAISED]))
    book.at("2026-11-26 10:01").door("front", "closed").says(
        *([] if granted else ["11-26 10:01:00 alarm cleared forced door:front #1 (Front door forced open) RTNUN"])
    )


def test_tamper_is_another_rules_business() -> None:
    playbook().at("10:00:00").door("front", "tamper").says_nothing()


def test_why_says_when_somebody_was_let_through_last() -> None:
    book = playbook().at("09:30:00").door("front", "granted").at("10:00:00").door("front", "opened")
    why = book.latest(AlarmChanged).occurrence.why
    assert why.seen.en == "opened at 10:00:00, nobody was let through"
    assert why.expected.en == "a grant or exit request within 8 s before"
    assert [considered.en for considered in why.considered] == ["last let through at 09:30:00"]
    assert why.values == {
        "window_s": 8.0,
        "opened_at": "2026-11-23T02:00:00Z",
        "last_grant_at": "2026-11-23T01:30:00Z",
    }
    assert (why.evidence, why.device_time, why.believed) == ((3,), instant("10:00:00"), "device")


def test_why_names_the_controller_where_it_was_its_word() -> None:
    book = playbook().at("10:00:00").door("front", "forced")
    assert book.latest(AlarmChanged).occurrence.why.seen.en == "the controller reports the door forced at 10:00:00"


def event(seconds: float, kind: AccessKind) -> Record:
    at = instant("00:00") + from_seconds(seconds)
    body = AccessEvent(site="tower", door="front", kind=kind)
    return Record(seq=1, body=body, event_time=at, received_at=at, source="panel", site="tower")


def watched(state: ForcedState, records: Iterable[Record]) -> tuple[ForcedState, list[tuple[str, Instant]]]:
    """The state after these, and what was said: trigger and time."""
    watch = DoorForced().watches(SITE, FORCED)[0]
    said = []
    for record in records:
        state, found = watch.observe(state, record)
        said += [(str(each.trigger), each.at) for each in found]
    return state, said


def test_what_is_remembered_of_a_busy_door_is_a_day() -> None:
    passes = [
        event(second, kind) for second in range(0, 3 * 86_400, 300) for kind in (AccessKind.OPENED, AccessKind.CLOSED)
    ]
    state, said = watched(ForcedState(), passes)
    assert len(said) == len(passes), "each opening was raised and cleared"
    assert (len(state.contacts), len(state.told.raised), state.grants) == (2 * 289, 289, ())
    assert len(msgspec.msgpack.encode(state)) < 12_000


def test_what_is_remembered_is_bounded_where_a_door_says_too_much_in_a_day() -> None:
    at = instant("00:00")
    full = ForcedState(
        grants=tuple(range(at, at + KEPT)),
        contacts=tuple(Contact(at + number, 0, ContactKind.OPENED) for number in range(KEPT)),
        told=Told(raised=(at,), standing=at),
    )
    state, said = watched(full, [event(1, AccessKind.OPENED), event(1, AccessKind.GRANTED)])
    assert (len(state.contacts), len(state.grants), said) == (KEPT, KEPT, [])
    assert state.judged_since == at + 1 + from_seconds(8)
    state, said = watched(state, [event(1.5, AccessKind.FORCED), event(9, AccessKind.CLOSED)])
    assert said == [("clear", at + from_seconds(9))]
    assert state.told.standing is None


def test_state_survives_a_restart() -> None:
    book = playbook().at("09:59:58").door("front", "granted").restarts().at("10:00:00").door("front", "opened")
    book.says_nothing()


def test_a_rule_watches_the_doors_it_names_and_waits_for_no_clock() -> None:
    rule = a_rule("forced", "door_forced", subjects=("front",))
    (watch,) = DoorForced().watches(configured().sites[0], rule)
    assert watch.begin() == ForcedState()
    assert watch.deadline(watch.begin()) is None
    assert watch.fire(watch.begin(), 1) == (ForcedState(), ())
