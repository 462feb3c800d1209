"""What operators ask for: imperatives. The engine carries them out or refuses; nobody else changes an alarm.

The command's `id` is its idempotency key: the same id again has no second effect and gets the first answer.
"""

from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant
from domain.mode import ModeKind, ModePlace
from domain.operator_log import LogKind
from domain.patrol_proposal import ProposalTrigger, ProposedPlan
from domain.work_order import WorkOrderTrigger


class Disposition(StrEnum):
    """What an occurrence turned out to be (处置结果); closing needs one."""

    REAL = "real"
    FALSE = "false"
    NUISANCE = "nuisance"
    TEST = "test"
    DRILL = "drill"
    UNKNOWN = "unknown"


class Command(Struct, frozen=True, kw_only=True):
    """What all commands carry: who asks, with which roles at that time, and which version they looked at.

    `expected_version` None means "whatever it is now"; otherwise another version refuses the command.
    """

    id: str
    actor: str
    roles: tuple[str, ...] = ()
    expected_version: int | None = None


class AcknowledgeAlarm(Command, frozen=True, tag="acknowledge_alarm", kw_only=True):
    """An operator has seen the alarm and takes it on.

    `forced` overrides the rule's wish that the condition be over first; it takes a supervisor.
    """

    alarm: str
    comment: str = ""
    forced: bool = False


class CloseOccurrence(Command, frozen=True, tag="close_occurrence", kw_only=True):
    """End an occurrence with its outcome; `cause` says why where the disposition is `false`."""

    occurrence: str
    disposition: Disposition
    cause: str = ""
    comment: str = ""


class CloseIncident(Command, frozen=True, tag="close_incident", kw_only=True):
    """End all occurrences of an incident that is over with one outcome."""

    incident: str
    disposition: Disposition
    cause: str = ""
    comment: str = ""


class AddLogEntry(Command, frozen=True, tag="add_log_entry", kw_only=True):
    """Write an entry into the operators' log; `at` is when it happened (None: now), `caller` who telephoned."""

    site: str
    kind: LogKind
    text: str
    at: Instant | None = None
    caller: str = ""
    alarms: tuple[str, ...] = ()


class CommentAlarm(Command, frozen=True, tag="comment_alarm", kw_only=True):
    """Add a remark to an alarm."""

    alarm: str
    comment: str


class AssignAlarm(Command, frozen=True, tag="assign_alarm", kw_only=True):
    """Give the alarm to an operator; None takes it from whoever has it."""

    alarm: str
    assignee: str | None = None


class ShelveAlarm(Command, frozen=True, tag="shelve_alarm", kw_only=True):
    """Put an alarm aside for at most `seconds`; `once` ends it with the condition, if that is earlier."""

    alarm: str
    seconds: float
    reason: str
    once: bool = False


class UnshelveAlarm(Command, frozen=True, tag="unshelve_alarm", kw_only=True):
    """Take an alarm back before its time."""

    alarm: str


class TakeOutOfService(Command, frozen=True, tag="take_out_of_service", kw_only=True):
    """Take an alarm out of service until somebody brings it back."""

    alarm: str
    reason: str


class ReturnToService(Command, frozen=True, tag="return_to_service", kw_only=True):
    """Bring an alarm back into service."""

    alarm: str


class ResetLatch(Command, frozen=True, tag="reset_latch", kw_only=True):
    """Let go of an alarm that is held on after its condition is over."""

    alarm: str


class BeginMode(Command, frozen=True, tag="begin_mode", kw_only=True):
    """Put a place into a mode for at most `seconds`; alarms there are suppressed by design meanwhile.

    `with_dependents` takes along what the thing feeds or carries.
    """

    site: str
    place: ModePlace
    thing: str
    kind: ModeKind
    seconds: float
    reason: str
    with_dependents: bool = False


class ExtendMode(Command, frozen=True, tag="extend_mode", kw_only=True):
    """Let a mode end so many `seconds` from now, sooner or later than it would."""

    mode: str
    seconds: float
    reason: str


class EndMode(Command, frozen=True, tag="end_mode", kw_only=True):
    """End a mode before its time."""

    mode: str
    comment: str = ""


class MoveWorkOrder(Command, frozen=True, tag="move_work_order", kw_only=True):
    """Step a work order; `assignee` for dispatch and reassign, `reason` for hold, cancel, reject and reopen."""

    order: str
    trigger: WorkOrderTrigger
    reason: str = ""
    assignee: str | None = None


class HandOverTourRun(Command, frozen=True, tag="hand_over_tour_run", kw_only=True):
    """Another officer walks a run on from now."""

    run: str
    officer: str
    reason: str = ""


class ResendMessage(Command, frozen=True, tag="resend_message", kw_only=True):
    """Try once more to send a message that was refused."""

    message: str


class AbandonTourRun(Command, frozen=True, tag="abandon_tour_run", kw_only=True):
    """End a run before its stops are walked, with a reason."""

    run: str
    reason: str


class ProposePatrol(Command, frozen=True, tag="propose_patrol", kw_only=True):
    """Put a planner's proposal before the supervisors of a site; it changes nothing yet."""

    site: str
    plan: ProposedPlan


class DecideProposal(Command, frozen=True, tag="decide_proposal", kw_only=True):
    """Accept or refuse a proposal, or withdraw an accepted one; it takes a supervisor, and all but accepting a reason.

    Runs that have not begun follow what then holds; those under way stay as they were planned.
    """

    proposal: str
    trigger: ProposalTrigger
    reason: str = ""
