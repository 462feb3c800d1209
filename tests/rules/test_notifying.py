"""Who is told of alarms, when, and why not: grouping, quiet hours, urgency, repeats; and nothing of it twice."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.alarm import Alarm
from domain.alarm_policy import AlarmPolicy
from domain.commands import AcknowledgeAlarm, CloseOccurrence, Disposition, ShelveAlarm, TakeOutOfService
from domain.configuration import Configuration, RuleCategory
from domain.effects import AlarmChanged, NotificationDecided, NotificationDue
from domain.notification import NotificationPlan, QuietHours, Route
from domain.priority import Priority
from rules.notifying import SPELLED_OUT
from tests.rules.estate import FORCED, MISSED, configured
from tests.rules.playbook import Playbook, instant

TOLD = (NotificationDecided, NotificationDue)
MAIL = Route(id="all", to=("mail/duty",))
FIRE = replace(FORCED, id="fire", priority=Priority.CRITICAL, category=RuleCategory.LIFE_SAFETY)


def routed(*routes: Route, rules: tuple[Any, ...] = (FORCED,), **plan: float) -> Configuration:
    return replace(configured(*rules), notification=NotificationPlan(routes=routes, **plan))


def book(*routes: Route, rules: tuple[Any, ...] = (FORCED,), **plan: float) -> Playbook:
    return Playbook(routed(*(routes or (MAIL,)), rules=rules, **plan), "09:00")


def forced(book: Playbook, at: str, door: str = "front") -> Playbook:
    """Break a door open, and let it be shut again a second later, so that the alarm clears."""
    return book.at(at).door(door, "opened")


def alarm_of(book: Playbook) -> Alarm:
    alarm: Alarm = book.latest(AlarmChanged).alarm
    return alarm


def acknowledge(book: Playbook, command: str = "c1") -> Playbook:
    return book.command(AcknowledgeAlarm(id=command, actor="operator-1", alarm=alarm_of(book).id))


def told(book: Playbook, *lines: str) -> None:
    book.says(*lines, about=TOLD)


def test_urgent_news_goes_ahead_and_the_rest_of_its_cause_follows_after_the_interval() -> None:
    day = forced(book(rules=(FORCED, FIRE)), "10:00:00")
    told(
        day,
        "10:00:00 tell mail/duty: urgent fire",
        "10:00:00 hold mail/duty: grouped until 10:05:00",
    )
    told(day.tick("10:04:59"))
    told(day.tick("10:05:00"), "10:05:00 tell mail/duty: news forced")


def test_a_second_alarm_joins_the_group_and_does_not_prolong_its_wait() -> None:
    day = forced(book(), "10:00:00")
    forced(day, "10:00:20", "server")
    told(
        day,
        "10:00:00 hold mail/duty: grouped until 10:00:30",
        "10:00:20 hold mail/duty: grouped until 10:00:30",
    )
    assert day.engine.next_deadline() == instant("10:00:30")
    told(day.tick("10:00:31"), "10:00:30 tell mail/duty: news forced forced")


def test_what_comes_later_waits_for_the_interval_and_an_end_is_told_to_whoever_was_told() -> None:
    day = forced(book(), "10:00:00")
    day.tick("10:00:30").unread.clear()
    forced(day, "10:01:00", "server")
    day.at("10:02:00").door("front", "closed")
    told(day, "10:01:00 hold mail/duty: grouped until 10:05:30")
    told(day.tick("10:05:30"), "10:05:30 tell mail/duty: news forced over forced")
    day.at("10:20:00").door("server", "closed")
    told(day.tick("10:21:00"), "10:20:30 tell mail/duty: over forced over")
    assert day.engine.next_deadline() != instant("14:05:30")


def test_urgent_news_goes_out_at_once_and_a_storm_of_it_in_steps() -> None:
    day = forced(book(rules=(FIRE,)), "10:00:00")
    forced(day, "10:00:03", "server")
    told(
        day,
        "10:00:00 tell mail/duty: urgent fire",
        "10:00:03 hold mail/duty: grouped until 10:00:10",
    )
    told(day.tick("10:00:10"), "10:00:10 tell mail/duty: urgent fire")


def test_what_nobody_takes_on_is_repeated_until_somebody_does() -> None:
    day = forced(book(), "10:00:00")
    day.tick("10:00:30").unread.clear()
    told(day.tick("14:00:30"), "14:00:30 tell mail/duty: repeat forced")
    acknowledge(day.at("15:00"))
    told(day.tick("22:59"))


def test_repeats_of_a_time_without_a_clock_are_one() -> None:
    day = forced(book(), "10:00:00")
    day.tick("10:00:30").unread.clear()
    told(day.tick("23:00:00"), "22:00:30 tell mail/duty: repeat forced")


def test_what_was_taken_on_before_it_was_due_is_not_told() -> None:
    day = forced(book(), "10:00:00")
    acknowledge(day.at("10:00:10"))
    told(
        day.tick("10:05:00"),
        "10:00:00 hold mail/duty: grouped until 10:00:30",
        "10:00:10 hold mail/duty: taken_on",
    )


def test_what_was_closed_before_it_was_due_is_not_told() -> None:
    day = forced(book(wait_seconds=600.0), "10:00:00").at("10:01").door("front", "closed")
    close = CloseOccurrence(id="c", actor="a", occurrence=alarm_of(day).latest.id, disposition=Disposition.TEST)
    day.at("10:02").command(close)
    told(
        day.tick("11:00:00"),
        "10:00:00 hold mail/duty: grouped until 10:10:00",
        "10:02:00 hold mail/duty: taken_on",
    )


def test_what_is_over_before_it_was_told_is_told_with_its_end_as_nobody_has_looked_at_it() -> None:
    day = forced(book(), "10:00:00").at("10:00:05").door("front", "closed")
    day.unread.clear()
    told(day.tick("10:01:00"), "10:00:30 tell mail/duty: news forced over")
    told(day.tick("20:00:00"))


def test_what_is_shelved_is_not_told_and_is_news_again_when_that_is_over() -> None:
    day = forced(book(), "10:00:00")
    shelve = ShelveAlarm(id="s", actor="a", alarm=alarm_of(day).id, seconds=600.0, reason="painters")
    day.at("10:00:10").command(shelve)
    told(
        day.tick("10:05:00"),
        "10:00:00 hold mail/duty: grouped until 10:00:30",
        "10:00:10 hold mail/duty: suppressed",
    )
    told(
        day.tick("10:10:10").tick("10:10:41"),
        "10:10:10 hold mail/duty: grouped until 10:10:40",
        "10:10:40 tell mail/duty: news forced",
    )
    again = ShelveAlarm(id="t", actor="a", alarm=alarm_of(day).id, seconds=28_800.0, reason="painters again")
    day.at("10:11").command(again)
    told(day.tick("15:00"))


def test_an_alarm_that_is_raised_while_suppressed_is_told_to_nobody() -> None:
    day = forced(book(), "10:00:00").at("10:00:20")
    day.door("front", "closed")
    day.command(TakeOutOfService(id="o", actor="a", alarm=alarm_of(day).id, reason="replaced"))
    day.unread.clear()
    told(forced(day, "10:05:00"), "10:05:00 hold nobody: suppressed")
    told(day.tick("18:00"))


def test_an_acknowledgement_that_has_expired_is_news_again() -> None:
    day = forced(book(), "10:00:00").tick("10:00:30")
    acknowledge(day.at("10:01"))
    day.unread.clear()
    expires = alarm_of(day).acknowledged_until
    assert expires is not None
    day.tick("2026-11-24 10:30")
    said = [effect.body.notice for effect in day.unread if isinstance(effect.body, NotificationDue)]
    assert [notice.reason for notice in said][:1] == ["news"]
    assert said[0].at >= expires


def test_a_correction_withdraws_what_was_not_told_and_is_told_where_it_was() -> None:
    day = book(MAIL, Route(id="slow", to=("slow",), rules=("missed",), quiet=(all_day(),)), rules=(MISSED,))
    day.tick("22:15:01").tick("22:15:31")
    day.unread.clear()
    day.at("22:20").scan("gate", "22:14")
    told(day, "22:20:00 hold slow: withdrawn")
    told(day.tick("22:21"), "22:20:30 tell mail/duty: over missed over")
    notice = day.latest(NotificationDue).notice
    assert notice.items[0].correction is not None


def all_day() -> QuietHours:
    return QuietHours(start="08:00", end="07:59", priorities=(Priority.MEDIUM,))


def test_quiet_hours_hold_news_back_until_they_are_over_and_a_route_that_speaks_wins() -> None:
    night = QuietHours(start="22:00", end="07:00")
    quiet = Route(id="quiet", to=("mail/duty", "wecom"), quiet=(night,))
    loud = Route(id="loud", to=("wecom",), rules=("missed",))
    day = book(quiet, loud, rules=(FORCED, MISSED))
    day.tick("22:15:01")
    told(
        day,
        "22:15:00 hold mail/duty: quiet_hours until 11-24 07:00:00",
        "22:15:00 hold wecom: grouped until 22:15:30",
    )
    told(day.tick("22:16"), "22:15:30 tell wecom: news missed")
    day.tick("2026-11-24 06:59:59")
    day.unread.clear()
    day.tick("2026-11-24 07:00:00")
    said = [effect.body.notice for effect in day.unread if isinstance(effect.body, NotificationDue)]
    assert [(notice.recipient, len(notice.items)) for notice in said] == [("mail/duty", 2)]


def test_an_alarm_of_a_priority_that_is_not_quiet_is_told_in_quiet_hours_and_the_others_stay_back() -> None:
    night = QuietHours(start="22:00", end="07:00")
    day = book(Route(id="r", to=("mail",), quiet=(night,)), rules=(FORCED, MISSED))
    day.tick("22:15:01")
    forced(day, "22:16:00")
    day.unread.clear()
    told(day.tick("22:17:00"), "22:16:30 tell mail: news forced")


def test_where_no_route_leads_anywhere_that_is_said_and_without_routes_nothing_is() -> None:
    day = forced(book(Route(id="r", to=("mail",), rules=("held",))), "10:00:00")
    told(day, "10:00:00 hold nobody: no_route")
    told(forced(Playbook(configured(FORCED), "09:00"), "10:00:00"))


def test_two_routes_to_one_recipient_are_one_notice() -> None:
    day = forced(book(MAIL, Route(id="again", to=("mail/duty", "wecom"))), "10:00:00")
    day.unread.clear()
    told(day.tick("10:01"), "10:00:30 tell mail/duty: news forced", "10:00:30 tell wecom: news forced")


def test_deadlines_survive_a_restart_and_fire_once_at_their_own_time() -> None:
    day = forced(book(), "10:00:00").restarts()
    told(
        day.tick("10:07:00"), "10:00:00 hold mail/duty: grouped until 10:00:30", "10:00:30 tell mail/duty: news forced"
    )
    told(day.restarts().tick("10:08:00"))
    told(day.restarts().tick("14:10:00"), "14:00:30 tell mail/duty: repeat forced")


def test_while_a_gap_is_read_up_news_waits_and_comes_afterwards_with_its_own_time() -> None:
    day = forced(book(), "10:00:00").gap("10:00:10", "10:01:00")
    assert day.engine.next_deadline() is None
    told(day.tick("10:01:05"), "10:00:00 hold mail/duty: grouped until 10:00:30")
    told(day.drained("10:01:10"), "10:00:30 tell mail/duty: news forced")


def test_a_route_that_is_taken_away_takes_along_what_waited() -> None:
    day = forced(book(), "10:00:00")
    day.unread.clear()
    day.at("10:00:10").configure(routed(Route(id="other", to=("wecom",))))
    told(day.tick("20:00:00"))


def test_a_notice_spells_out_the_first_and_names_the_rest() -> None:
    rules = tuple(replace(FORCED, id=f"forced-{number}") for number in range(SPELLED_OUT + 3))
    many = replace(routed(MAIL, rules=rules), alarms=AlarmPolicy(source_burst=1_000))
    day = forced(Playbook(many, "09:00"), "10:00:00").tick("10:00:30")
    notice = day.latest(NotificationDue).notice
    assert (len(notice.items), len(notice.others)) == (SPELLED_OUT, 3)
    assert notice.site_name.en == "Tower"
    assert len({item.alarm for item in notice.items} | set(notice.others)) == SPELLED_OUT + 3


def test_notices_of_one_recipient_differ_in_their_ids() -> None:
    day = forced(book(), "10:00:00").tick("10:00:30").tick("14:00:30").tick("18:00:30")
    ids = [effect.body.notice.id for effect in day.effects if isinstance(effect.body, NotificationDue)]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize("cut", [1, 3])
def test_effects_do_not_depend_on_how_records_were_cut(cut: int) -> None:
    day = forced(book(), "10:00:00")
    forced(day, "10:00:20", "server")
    day.tick("10:00:31").at("10:06").door("front", "closed").tick("10:12")
    again = Playbook(routed(MAIL), "09:00")
    records = day.records[1:]
    for start in range(0, len(records), cut):
        again.judge(*records[start : start + cut])
    assert again.effects == day.effects
