import pytest

from domain.commands import (
    AbandonTourRun,
    AcknowledgeAlarm,
    CloseOccurrence,
    Command,
    CommentAlarm,
    Disposition,
    MoveWorkOrder,
    ResendMessage,
)
from domain.effects import AlarmChanged, CommandOutcome, MessageResent, TourRunChanged, WorkOrderChanged
from domain.instant import DAY
from domain.work_order import WorkOrderTrigger
from rules import commands
from rules.commands import Commands
from rules.consequences import Consequences
from rules.operator_log import OperatorLog
from rules.patrol import Patrol
from rules.patrol_proposals import Proposals
from tests.rules.estate import HELD, MISSED, configured
from tests.rules.playbook import Playbook

ALL = (AlarmChanged, WorkOrderChanged, TourRunChanged, CommandOutcome)


@pytest.fixture
def book() -> Playbook:
    """A door held open: one active alarm, one order, one scheduled run."""
    made = Playbook(configured(HELD, MISSED), "09:00").at("10:00").door("front", "opened").tick("10:02:30")
    made.unread.clear()
    return made


def alarm(book: Playbook) -> str:
    return str(book.latest(AlarmChanged).alarm.id)


def occurrence(book: Playbook) -> str:
    return str(book.latest(AlarmChanged).occurrence.id)


def order(book: Playbook) -> str:
    return str(book.latest(WorkOrderChanged).order.id)


def outcome(book: Playbook, command: Command) -> CommandOutcome:
    book.command(command)
    found = book.latest(CommandOutcome)
    assert isinstance(found, CommandOutcome)
    return found


def test_an_accepted_command_tells_the_change_then_its_outcome(book: Playbook) -> None:
    book.command(AcknowledgeAlarm(id="c1", actor="op", alarm=alarm(book), comment="mine")).says(
        "10:02:30 alarm acknowledged held door:front #1 (Front door held open) ACKED",
        "10:02:30 command c1 accepted",
        about=ALL,
    )
    told = book.latest(AlarmChanged)
    assert (told.actor, told.comment, told.alarm.acknowledged_by) == ("op", "mine", "op")
    assert book.latest(CommandOutcome) == CommandOutcome(
        command="c1", accepted=True, code="accepted", detail="", subject=told.alarm.id, version=told.alarm.version
    )


def test_each_command_reaches_what_it_is_about(book: Playbook) -> None:
    run = book.effects[1].body
    assert isinstance(run, TourRunChanged)
    assert outcome(book, CommentAlarm(id="c1", actor="op", alarm=alarm(book), comment="hm")).subject == alarm(book)
    moved = MoveWorkOrder(id="c2", actor="op", order=order(book), trigger=WorkOrderTrigger.DISPATCH, assignee="wu")
    assert outcome(book, moved).version == 2
    assert outcome(book, AbandonTourRun(id="c3", actor="op", run=run.run.id, reason="storm")).subject == run.run.id
    resent = outcome(book, ResendMessage(id="c5", actor="op", message="notice-1"))
    assert (resent.subject, resent.version, book.latest(MessageResent).message) == ("notice-1", None, "notice-1")
    book.at("10:04").door("front", "closed")
    closing = CloseOccurrence(id="c4", actor="op", occurrence=occurrence(book), disposition=Disposition.REAL)
    assert outcome(book, closing).accepted
    assert book.latest(AlarmChanged).change == "closed"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (AcknowledgeAlarm(id="c", actor="op", alarm="alarm-0"), "unknown_alarm"),
        (CommentAlarm(id="c", actor="op", alarm="alarm-0", comment="x"), "unknown_alarm"),
        (CloseOccurrence(id="c", actor="op", occurrence="o", disposition=Disposition.REAL), "unknown_occurrence"),
        (MoveWorkOrder(id="c", actor="op", order="w", trigger=WorkOrderTrigger.ACCEPT), "unknown_order"),
        (AbandonTourRun(id="c", actor="op", run="r", reason="x"), "unknown_run"),
        (AbandonTourRun(id="c", actor="op", run="r", reason=" "), "reason_needed"),
    ],
)
def test_what_is_refused_changes_nothing_and_says_why(book: Playbook, command: Command, code: str) -> None:
    refused = outcome(book, command)
    assert (refused.accepted, refused.code, refused.version) == (False, code, None)
    assert refused.detail
    book.says(f"10:02:30 command c refused {code}", about=ALL)


def test_a_step_the_table_does_not_know_is_refused(book: Playbook) -> None:
    refused = outcome(book, MoveWorkOrder(id="c", actor="op", order=order(book), trigger=WorkOrderTrigger.FINISH))
    assert refused.code == "illegal_transition"
    assert "possible: dispatch, cancel" in refused.detail


def test_closing_while_the_condition_is_active_is_refused(book: Playbook) -> None:
    closing = CloseOccurrence(id="c", actor="op", occurrence=occurrence(book), disposition=Disposition.REAL)
    assert outcome(book, closing).code == "condition_active"


def test_the_same_id_again_has_no_second_effect(book: Playbook) -> None:
    command = AcknowledgeAlarm(id="c1", actor="op", alarm=alarm(book))
    book.command(command).unread.clear()
    book.command(command).says(about=ALL)
    book.restarts().command(command).says(about=ALL)


def test_a_refused_id_is_remembered_too(book: Playbook) -> None:
    book.command(AcknowledgeAlarm(id="c1", actor="op", alarm="alarm-0")).unread.clear()
    book.command(AcknowledgeAlarm(id="c1", actor="op", alarm=alarm(book))).says(about=ALL)


def test_ids_are_remembered_for_a_day() -> None:
    desk = Commands(Consequences("real"), Patrol(), OperatorLog("real"), Proposals("real"), lambda _: [])
    command = CommentAlarm(id="c1", actor="op", alarm="a", comment="x")
    assert desk.carry_out(command, 0, 1).outcome
    desk.forget(DAY)
    assert not desk.carry_out(command, DAY, 2).outcome
    desk.forget(DAY + 1)
    assert desk.carry_out(command, DAY + 1, 3).outcome


def test_ids_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "REMEMBERED_AT_MOST", 2)
    desk = Commands(Consequences("real"), Patrol(), OperatorLog("real"), Proposals("real"), lambda _: [])
    for number in range(3):
        desk.carry_out(CommentAlarm(id=f"c{number}", actor="op", alarm="a", comment="x"), number, number)
    assert list(desk.state()) == ["c1", "c2"]
