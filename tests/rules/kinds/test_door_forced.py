from domain.effects import AlarmChanged
from rules.kinds.door_forced import DoorForced, ForcedState
from tests.rules.estate import FORCED, a_rule, changed_site, configured
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


def test_contact_reports_older_than_the_newest_are_passed_over() -> None:
    book = playbook().at("10:00:00").door("front", "opened")
    book.door("front", "closed", "09:59:50").door("front", "forced", "09:59:55").says(RAISED)


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


def test_what_is_remembered_stays_small() -> None:
    book = playbook()
    for second in range(40):
        book.at(f"10:00:{second:02}").door("front", "opened").door("front", "closed").door("front", "granted")
    (watch,) = [state for state in book.engine._judgement.state().door_rules if state.subject == "front"]
    assert watch.state is not None
    assert len(watch.state) < 400


def test_state_survives_a_restart() -> None:
    book = playbook().at("09:59:58").door("front", "granted").restarts().at("10:00:00").door("front", "opened")
    book.says_nothing()


def test_a_rule_watches_the_doors_it_names_and_waits_for_no_clock() -> None:
    rule = a_rule("forced", "door_forced", subjects=("front",))
    (watch,) = DoorForced().watches(configured().sites[0], rule)
    assert watch.begin() == ForcedState()
    assert watch.deadline(watch.begin()) is None
    assert watch.fire(watch.begin(), 1) == (ForcedState(), ())
