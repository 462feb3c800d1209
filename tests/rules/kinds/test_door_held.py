import pytest

from domain.effects import AlarmChanged
from domain.errors import ConfigurationError
from domain.text import Text
from rules.kinds.door_held import DoorHeld, check_parameters
from tests.rules.estate import HELD, a_rule, changed_site, configured
from tests.rules.playbook import Playbook, instant

QUIET = a_rule("held", "door_held")


def playbook(**parameters: float) -> Playbook:
    return Playbook(configured(a_rule("held", "door_held", parameters=parameters)), "09:00")


def test_a_door_held_open_raises_exactly_when_its_time_is_over() -> None:
    book = playbook().at("10:00:00").door("front", "opened")
    book.tick("10:01:59").says_nothing()
    book.tick("10:02:30").says("10:02:00 alarm raised held door:front #1 (Front door held open) UNACK")


def test_it_clears_when_the_door_closes() -> None:
    book = playbook().at("10:00:00").door("front", "opened").tick("10:03:00")
    book.at("10:05:00").door("front", "closed").says(
        "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:05:00 alarm cleared held door:front #1 (Front door held open) RTNUN",
    )


def test_a_door_closed_in_time_says_nothing() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:01:59").door("front", "closed")
    book.tick("10:10:00").says_nothing()


def test_the_deadline_fires_before_a_later_event_without_any_tick() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:04:00").door("front", "closed")
    book.says(
        "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:04:00 alarm cleared held door:front #1 (Front door held open) RTNUN",
    )


def test_a_high_security_door_has_thirty_seconds() -> None:
    book = playbook().at("10:00:00").door("server", "opened")
    book.tick("10:00:31").says("10:00:30 alarm raised held door:server #1 (Server room held open) UNACK")


def test_a_high_security_door_with_a_time_of_its_own_keeps_it() -> None:
    site = changed_site("doors", "server", held_seconds=45.0)
    book = Playbook(configured(QUIET, site=site), "09:00").at("10:00:00").door("server", "opened")
    book.tick("10:01:00").says("10:00:45 alarm raised held door:server #1 (Server room held open) UNACK")


def test_the_rules_own_time_holds_for_all_its_doors() -> None:
    book = playbook(held_seconds=10.0).at("10:00:00").door("front", "opened").door("server", "opened")
    book.tick("10:01:00").says(
        "10:00:10 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:00:10 alarm raised held door:server #1 (Server room held open) UNACK",
    )


def test_the_controllers_own_word_raises_at_once() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:40").door("front", "held")
    book.tick("10:09:00").says("10:00:40 alarm raised held door:front #1 (Front door held open) UNACK")


def test_the_controllers_word_is_enough_for_a_door_nobody_saw_open() -> None:
    book = playbook().at("10:00:40").door("front", "held").door("front", "held")
    book.says("10:00:40 alarm raised held door:front #1 (Front door held open) UNACK")
    book.at("10:01:00").door("front", "closed").says(
        "10:01:00 alarm cleared held door:front #1 (Front door held open) RTNUN"
    )


def test_a_repeated_opened_changes_nothing() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:01:30").door("front", "opened")
    book.tick("10:02:00").says("10:02:00 alarm raised held door:front #1 (Front door held open) UNACK")


def test_an_opening_that_arrives_after_its_closing_starts_nothing() -> None:
    book = playbook().at("10:00:30").door("front", "closed").door("front", "opened", "10:00:00")
    book.tick("10:10:00").says_nothing()


def test_a_closing_that_arrives_late_corrects_the_alarm() -> None:
    book = playbook().at("10:00:00").door("front", "opened").tick("10:03:00")
    book.at("10:05:00").door("front", "closed", "10:01:00").says(
        "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:05:00 alarm corrected held door:front #1 (closed at 10:01:00, reported at 10:05:00) RTNUN",
    )


def test_a_grant_is_no_news_of_the_contact() -> None:
    book = playbook().at("10:00:00").door("front", "granted").tick("10:09:00")
    book.says_nothing()


def test_why_says_what_was_seen_and_what_would_clear_it() -> None:
    book = playbook().at("10:00:00").door("front", "opened").tick("10:03:00")
    why = book.latest(AlarmChanged).occurrence.why
    assert why.seen == Text("open since 10:00:00, not closed yet", "自 10:00:00 开启，尚未关闭")
    assert why.expected.en == "closed within 2 min"
    assert why.since == instant("10:00:00")
    assert why.evidence == (2, 3)
    assert why.values == {"held_s": 120.0, "open_s": 120.0}
    assert why.received_at == instant("10:03:00")


def test_an_order_is_made_where_the_rule_says_so() -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00:00").door("front", "opened").tick("10:03:00")
    book.says(
        "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:02:00 order created front/door.closer requested x1",
    )


def test_a_changed_time_holds_for_a_door_that_is_open_already() -> None:
    book = playbook().at("10:00:00").door("front", "opened").at("10:00:30")
    book.configure(configured(a_rule("held", "door_held", parameters={"held_seconds": 60.0})))
    book.tick("10:01:10").says("10:01:00 alarm raised held door:front #1 (Front door held open) UNACK")


def test_state_survives_a_restart() -> None:
    book = playbook().at("10:00:00").door("front", "opened").restarts()
    book.tick("10:03:00").restarts().at("10:05:00").door("front", "closed").says(
        "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:05:00 alarm cleared held door:front #1 (Front door held open) RTNUN",
    )


def test_a_rule_watches_the_doors_it_names() -> None:
    rule = a_rule("held", "door_held", subjects=("server",))
    watches = DoorHeld().watches(configured().sites[0], rule)
    assert [watch.subject.id for watch in watches] == ["server"]
    assert watches[0].begin() == watches[0].state_type()


def test_a_watch_that_is_fired_without_an_open_door_does_nothing() -> None:
    watch = DoorHeld().watches(configured().sites[0], QUIET)[0]
    assert watch.fire(watch.begin(), 1) == (watch.begin(), ())


@pytest.mark.parametrize("seconds", [0.0, -1.0, 86_401.0])
@pytest.mark.parametrize("name", ["held_seconds", "high_security_seconds"])
def test_a_time_out_of_range_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match=f"parameter '{name}' is {seconds!r}"):
        check_parameters(a_rule("held", "door_held", parameters={name: seconds}))
