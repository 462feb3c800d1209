"""What operators do to alarms, among it the cases of OPC UA Part 9 where several axes move at once."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.commands import (
    AssignAlarm,
    CommentAlarm,
    Disposition,
    ResetLatch,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
)
from domain.configuration import RuleCategory
from domain.instant import HOUR, MINUTE, SECOND
from domain.text import same
from rules.alarm_steps import Under
from tests.rules.alarm_life import RULE, Life, ack, close


def alarm_of(life: Life) -> str:
    return life.held.alarm.id


def raised(**fields: Any) -> Life:  # noqa: ANN401 - any field of a rule
    life = Life(rule=replace(RULE, **fields))
    life.change("raise", 10)
    return life


def shelve(life: Life, seconds: float = 3600.0, *, once: bool = False, reason: str = "painting") -> ShelveAlarm:
    return ShelveAlarm(id="c", actor="op", alarm=alarm_of(life), seconds=seconds, reason=reason, once=once)


def unshelve(life: Life) -> UnshelveAlarm:
    return UnshelveAlarm(id="c", actor="op", alarm=alarm_of(life))


def take_out(life: Life, reason: str = "being replaced") -> TakeOutOfService:
    return TakeOutOfService(id="c", actor="op", alarm=alarm_of(life), reason=reason)


def bring_back(life: Life) -> ReturnToService:
    return ReturnToService(id="c", actor="op", alarm=alarm_of(life))


def states(life: Life) -> tuple[str, str, str]:
    alarm = life.held.alarm
    return alarm.display_state, alarm.condition.value, alarm.acknowledgement.value


def test_acknowledge_while_shelved() -> None:
    life = raised()
    life.obey(shelve(life), 11)
    life.obey(ack(alarm_of(life)), 12)
    assert states(life) == ("SHLVD", "active", "acked")
    life.obey(unshelve(life), 13)
    assert states(life) == ("ACKED", "active", "acked")


def test_return_while_shelved_and_unshelve_into_inactive() -> None:
    life = raised()
    life.obey(ack(alarm_of(life)), 11)
    life.obey(shelve(life), 12)
    life.change("clear", 13)
    assert states(life) == ("SHLVD", "inactive", "acked")
    life.obey(unshelve(life), 14)
    assert states(life) == ("NORM", "inactive", "acked")


def test_return_unacknowledged_while_shelved_is_not_forgotten() -> None:
    life = raised()
    life.obey(shelve(life), 12)
    life.change("clear", 13)
    assert life.obey(unshelve(life), 14).alarm.display_state == "RTNUN"


def test_unshelve_into_active_announces_what_was_raised_meanwhile() -> None:
    life = raised()
    life.change("clear", 11)
    life.obey(close(life.held.alarm.latest.id), 12)
    life.obey(shelve(life), 13)
    made = life.change("raise", 14)
    assert (made.alarm.display_state, made.occurrence.announced_at) == ("SHLVD", None)
    back = life.obey(unshelve(life), 15)
    assert (back.alarm.display_state, back.occurrence.announced_at) == ("UNACK", 15)


def test_a_timed_shelf_outlasts_the_condition_and_a_one_shot_ends_with_it() -> None:
    timed, once = raised(), raised()
    timed.obey(shelve(timed), 11)
    once.obey(shelve(once, once=True), 11)
    assert timed.change("clear", 12).alarm.shelving == "timed"
    assert once.change("clear", 12).alarm.shelving == "unshelved"
    assert (timed.held.alarm.display_state, once.held.alarm.display_state) == ("SHLVD", "RTNUN")


@pytest.mark.parametrize("once", [False, True])
def test_either_shelf_ends_at_its_stored_time_once_even_after_a_restart(*, once: bool) -> None:
    life = raised()
    life.obey(shelve(life, 600.0, once=once), 11)
    life.restart()
    assert life.tick(11 + 10 * MINUTE - 1) == []
    assert life.tick(HOUR) == [("unshelved", 11 + 10 * MINUTE)]
    assert life.held.alarm.shelf is None
    assert life.tick(9 * HOUR) == []


def test_shelving_again_takes_the_new_time_and_kind() -> None:
    life = raised()
    life.obey(shelve(life, 600.0), 11)
    life.obey(shelve(life, 60.0, once=True), 12)
    assert life.tick(HOUR) == [("unshelved", 12 + MINUTE)]


def test_out_of_service_and_back_into_active_and_inactive() -> None:
    life = raised()
    life.obey(ack(alarm_of(life)), 11)
    life.obey(take_out(life), 12)
    assert states(life) == ("OOSRV", "active", "acked")
    assert life.held.alarm.out_of_service is not None
    life.obey(bring_back(life), 13)
    assert states(life) == ("ACKED", "active", "acked")
    life.obey(take_out(life), 14)
    life.change("clear", 15)
    assert life.obey(bring_back(life), 16).alarm.display_state == "NORM"


def test_out_of_service_hides_a_shelf_and_the_shelf_an_inhibition() -> None:
    life = Life()
    life.change("raise", 10, under=Under("parent", same("no power")))
    assert life.held.alarm.display_state == "DSUPR"
    assert life.obey(shelve(life), 11).alarm.display_state == "SHLVD"
    assert life.obey(take_out(life), 12).alarm.display_state == "OOSRV"


def test_shelving_names_who_until_when_and_why() -> None:
    life = raised()
    done = life.obey(shelve(life, 60.0), 11)
    shelf = done.alarm.shelf
    assert shelf is not None
    assert (shelf.shelved_by, shelf.at, shelf.until, shelf.reason) == ("op", 11, 11 + MINUTE, "painting")
    assert done.occurrence.decisions[-1].reason.en == "shelved for 1 min: painting"


@pytest.mark.parametrize(
    ("seconds", "reason", "code"),
    [
        (9 * 3600.0, "x", "shelf_too_long"),
        (8 * 3600.0 + 1, "x", "shelf_too_long"),
        (0.0, "x", "bad_duration"),
        (-5.0, "x", "bad_duration"),
        (float("nan"), "x", "bad_duration"),
        (float("inf"), "x", "bad_duration"),
        (60.0, " ", "reason_needed"),
    ],
)
def test_what_is_no_way_to_shelve(seconds: float, reason: str, code: str) -> None:
    life = raised()
    assert life.refusal(shelve(life, seconds, reason=reason)) == code
    assert life.refusal(shelve(life, seconds, reason=reason, once=True)) == code


@pytest.mark.parametrize("category", [RuleCategory.LIFE_SAFETY, RuleCategory.DURESS])
def test_life_safety_and_duress_are_never_suppressed(category: RuleCategory) -> None:
    life = raised(category=category)
    assert life.refusal(shelve(life)) == "never_suppressed"
    assert life.refusal(take_out(life)) == "never_suppressed"


def test_what_is_not_so_cannot_be_undone() -> None:
    life = raised()
    assert life.refusal(unshelve(life)) == "not_shelved"
    assert life.refusal(bring_back(life)) == "in_service"
    assert life.refusal(ResetLatch(id="c", actor="op", alarm=alarm_of(life))) == "not_latched"
    life.obey(take_out(life))
    assert life.refusal(take_out(life)) == "out_of_service"
    assert life.refusal(shelve(life)) == "out_of_service"
    assert raised().refusal(take_out(raised(), " ")) == "reason_needed"


def test_versions_and_unknown_alarms_are_looked_at_first() -> None:
    life = raised()
    for command in (shelve(life), unshelve(life), take_out(life), bring_back(life)):
        assert life.refusal(replace(command, expected_version=7)) == "version_conflict"
        assert life.refusal(replace(command, alarm="alarm-0")) == "unknown_alarm"


def test_an_alarm_is_with_one_operator_until_it_is_given_on() -> None:
    life = raised()
    given = AssignAlarm(id="c", actor="op", alarm=alarm_of(life), assignee="li")
    assert life.obey(given).alarm.assignee == "li"
    assert life.refusal(given) == "already_assigned"
    assert life.obey(replace(given, assignee=None)).alarm.assignee is None
    assert life.refusal(replace(given, assignee=None)) == "nothing_assigned"


def test_an_alarm_that_wants_its_end_first_can_be_forced_by_a_supervisor() -> None:
    life = raised(needs_clear=True)
    assert life.refusal(ack(alarm_of(life))) == "condition_active"
    assert life.refusal(ack(alarm_of(life), forced=True, roles=("operator",))) == "forbidden"
    done = life.obey(ack(alarm_of(life), forced=True, roles=("supervisor",)))
    assert done.alarm.display_state == "ACKED"
    assert done.occurrence.decisions[-1].kind == "acknowledgement"
    patient = raised(needs_clear=True)
    patient.change("clear", 20)
    assert patient.obey(ack(alarm_of(patient))).alarm.display_state == "NORM"


def test_a_latch_is_reset_when_its_condition_is_over_and_only_then_can_be_closed() -> None:
    life = raised(latch=True)
    reset = ResetLatch(id="c", actor="op", alarm=alarm_of(life))
    assert life.refusal(reset) == "condition_active"
    life.change("clear", 20)
    assert life.refusal(close(life.held.alarm.latest.id)) == "latched"
    done = life.obey(reset, 30)
    assert (done.alarm.latch, done.alarm.display_state) == ("released", "RTNUN")
    assert life.obey(close(life.held.alarm.latest.id), 31).alarm.display_state == "NORM"


def test_the_first_acknowledgement_of_an_occurrence_is_what_figures_count() -> None:
    life = raised()
    life.obey(ack(alarm_of(life)), 11)
    life.tick(9 * HOUR)
    again = life.obey(ack(alarm_of(life)), 9 * HOUR)
    assert (again.alarm.acknowledged_at, again.occurrence.acknowledged_at) == (9 * HOUR, 11)


def test_closing_needs_a_disposition_with_its_cause() -> None:
    life = raised()
    life.change("clear", 20)
    occurrence = life.held.alarm.latest.id
    assert life.refusal(close(occurrence, Disposition.FALSE)) == "cause_needed"
    assert life.obey(close(occurrence, Disposition.FALSE, cause="wind")).occurrence.disposition_cause == "wind"
    assert life.refusal(close(occurrence)) == "already_closed"


def test_a_comment_needs_words() -> None:
    life = raised()
    comment = CommentAlarm(id="c", actor="op", alarm=alarm_of(life), comment="seen")
    assert life.obey(comment).change == "commented"
    assert life.refusal(replace(comment, comment=" ")) == "comment_needed"


def test_who_acknowledges_while_the_order_progresses_has_the_time_kept() -> None:
    life = raised()
    done = life.obey(ack(alarm_of(life)), 11 * SECOND, is_progressing=True)
    assert (done.alarm.acknowledged_until, done.alarm.acknowledgement_left) == (None, 8 * HOUR)
    assert life.tick(99 * HOUR) == []
