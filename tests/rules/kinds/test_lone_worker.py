import pytest

from domain.alarm import Alarm
from domain.effects import AlarmChanged
from rules.settings import check_rule
from tests.rules.estate import SITE, a_rule, configured
from tests.rules.playbook import Playbook

CALLS = a_rule("calls", "missed_check_call", subjects=("li",))
SOS = a_rule("help", "sos", latch=True)
DOWN = a_rule("down", "man_down")


def playbook() -> Playbook:
    return Playbook(configured(CALLS, SOS, DOWN), "20:00")


def latest(book: Playbook) -> Alarm:
    found: Alarm = book.latest(AlarmChanged).alarm
    return found


def test_a_check_call_at_least_hourly_with_grace_until_signed_off() -> None:
    book = playbook().at("20:00").signal("sign_on").tick("21:04:59").says_nothing().tick("21:05")
    book.says("21:05:00 alarm raised calls person:li #1 (li: no check call for 1 h 5 min) UNACK")
    book.at("21:10").signal("check_call")
    book.says("21:10:00 alarm cleared calls person:li #1 (li: no check call for 1 h 5 min) RTNUN")
    book.at("21:30").signal("sign_off").tick("23:59").says_nothing()


def test_a_call_uploaded_late_corrects() -> None:
    book = playbook().signal("sign_on").tick("21:06").at("21:20").restarts().signal("check_call", "20:50")
    book.says(
        "21:05:00 alarm raised calls person:li #1 (li: no check call for 1 h 5 min) UNACK",
        "21:20:00 alarm corrected calls person:li #1 (li: called 20:50, uploaded 21:20) RTNUN",
    )


def test_nobody_is_missed_while_nobody_could_listen() -> None:
    book = playbook().signal("sign_on").gap("20:10", "21:30").at("21:30").signal("check_call", "20:55")
    book.drained("21:31").says_nothing()


@pytest.mark.parametrize(("silent", "words"), [(False, "li: SOS"), (True, "li: silent SOS")])
def test_a_call_for_help_says_where_the_last_scan_was(*, silent: bool, words: str) -> None:
    book = playbook().at("20:30").scan("roof").at("20:40").signal("sos", silent=silent)
    alarm = latest(book)
    assert (alarm.name.en, alarm.latest.why.values["last_scan"]) == (words, "roof")
    assert alarm.latest.why.values["last_scan_at"] == "20:30"
    assert ("silent" in alarm.latest.why.values) is silent


def test_each_call_for_help_counts_and_stands_until_reset() -> None:
    book = playbook().at("20:40").signal("sos").at("20:41").signal("sos")
    alarm = latest(book)
    assert alarm.occurrences == 2
    assert alarm.latch == "latched"


def test_a_rule_for_help_must_latch() -> None:
    (problem,) = check_rule(a_rule("help", "sos"), SITE)
    assert "latch" in problem.message + problem.remedy


def test_a_fall_can_be_taken_back_for_some_seconds() -> None:
    playbook().at("20:40:00").signal("man_down").at("20:40:10").signal("cancel").tick("20:41").says_nothing()
    book = playbook().at("20:40:00").signal("man_down").tick("20:40:20")
    book.says("20:40:15 alarm raised down person:li #1 (li: man down) UNACK")
    book.at("20:45").signal("check_call")
    book.says("20:45:00 alarm cleared down person:li #1 (li: man down) RTNUN")


def test_a_cancel_heard_late_takes_the_alarm_back() -> None:
    book = playbook().at("20:40:00").signal("man_down").tick("20:40:20").at("20:50").restarts()
    book.signal("cancel", "20:40:05")
    corrected = latest(book).latest.correction
    assert corrected is not None
    assert corrected.en == "li: taken back in time, heard later"


def test_people_of_other_roles_are_not_watched_unless_named() -> None:
    playbook().at("20:40").signal("sos", person="stranger").says_nothing()
