"""Commands: the engine carries them out or refuses, and says which; each command id takes effect once."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from domain.commands import (
    AbandonTourRun,
    AddLogEntry,
    BeginMode,
    CloseIncident,
    CloseOccurrence,
    DecideProposal,
    EndMode,
    ExtendMode,
    HandOverTourRun,
    MoveWorkOrder,
    ProposePatrol,
    ResendMessage,
)
from domain.effects import CommandOutcome, MessageResent, TourRunChanged
from domain.errors import CommandRefused, IllegalTransition
from domain.instant import DAY, Duration, Instant
from domain.record import AnyCommand
from rules.consequences import Consequences
from rules.operator_log import OperatorLog
from rules.patrol import Patrol
from rules.patrol_news import StopNews
from rules.patrol_proposals import Proposals
from rules.telling import Dated

REMEMBERED_FOR: Final[Duration] = DAY
REMEMBERED_AT_MOST: Final = 100_000

ACCEPTED: Final = "accepted"


class Done(Struct, frozen=True):
    """What a command changed: the effects, and the new version of what it was about, where it has versions.

    `news` of tours' runs is for rules to judge.
    """

    told: list[Dated]
    version: int | None
    news: Sequence[StopNews] = ()


class CarriedOut(Struct, frozen=True):
    """What follows from a command: what is `told` at once, the `news` that rules judge then, and the `outcome`."""

    told: Sequence[Dated] = ()
    news: Sequence[StopNews] = ()
    outcome: Sequence[Dated] = ()


class Commands:
    """Carries commands out, remembering their ids for a day."""

    def __init__(
        self,
        consequences: Consequences,
        patrol: Patrol,
        log: OperatorLog,
        proposals: Proposals,
        replan: Callable[[Instant], list[Dated]],
    ) -> None:
        """No command was seen. `replan` lets the tours that now hold take effect."""
        self._consequences = consequences
        self._log = log
        self._patrol = patrol
        self._proposals = proposals
        self._replan = replan
        self._seen: dict[str, Instant] = {}

    def carry_out(self, command: AnyCommand, at: Instant, cause: int) -> CarriedOut:
        """What follows from a command, `cause` being its seq; nothing for an id that was seen before.

        The outcome of the first time stands in the read models; that is the answer to the second.
        """
        if command.id in self._seen:
            return CarriedOut()
        self._seen[command.id] = at
        if len(self._seen) > REMEMBERED_AT_MOST:
            del self._seen[next(iter(self._seen))]
        try:
            done = self._do(command, at, cause)
        except CommandRefused as error:
            return CarriedOut(outcome=[(at, refused(command, error.code, str(error)))])
        except IllegalTransition as error:
            return CarriedOut(outcome=[(at, refused(command, "illegal_transition", str(error)))])
        outcome = CommandOutcome(
            command=command.id,
            accepted=True,
            code=ACCEPTED,
            detail="",
            subject=_subject(command),
            version=done.version,
        )
        return CarriedOut(done.told, done.news, [(at, outcome)])

    def forget(self, at: Instant) -> None:
        """Let ids go that are older than a day."""
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] >= at - REMEMBERED_FOR:
                break
            del self._seen[oldest]

    def state(self) -> dict[str, Instant]:
        """Everything remembered."""
        return dict(self._seen)

    def restore(self, state: dict[str, Instant]) -> None:
        """Take back what `state` gave."""
        self._seen = dict(state)

    def _do(self, command: AnyCommand, at: Instant, cause: int) -> Done:
        match command:
            case MoveWorkOrder():
                return Done(*self._consequences.move(command, at))
            case HandOverTourRun():
                run = self._patrol.hand_over(command, at)
                return Done([(at, TourRunChanged(run=run))], run.version)
            case AbandonTourRun():
                if not command.reason.strip():
                    raise CommandRefused("reason_needed", "to abandon a run, give a reason")
                run, news = self._patrol.abandon(command, at, cause)
                return Done([(at, TourRunChanged(run=run))], run.version, news)
            case ProposePatrol():
                proposed = self._proposals.propose(command, at)
                return Done([(at, proposed)], proposed.proposal.version)
            case DecideProposal():
                decided, has_effect = self._proposals.decide(command, at)
                told: list[Dated] = [(at, each) for each in decided]
                return Done([*told, *(self._replan(at) if has_effect else ())], decided[0].proposal.version)
            case ResendMessage():
                return Done([(at, MessageResent(message=command.message))], None)
            case AddLogEntry():
                for alarm in command.alarms:
                    self._consequences.book.expected(alarm, None)
                added, over = self._log.add(command, at)
                return Done([(at, added), *([] if over is None else self._consequences.own(over))], None)
            case _:
                return Done(*self._consequences.command(command, at))


def refused(command: AnyCommand, code: str, detail: str) -> CommandOutcome:
    """Say that a command was not carried out, and why."""
    return CommandOutcome(command=command.id, accepted=False, code=code, detail=detail, subject=_subject(command))


def _subject(command: AnyCommand) -> str:  # noqa: PLR0911 - one for each kind of thing
    """The id of what the command is about."""
    match command:
        case CloseOccurrence():
            return command.occurrence
        case CloseIncident():
            return command.incident
        case AddLogEntry() | ProposePatrol():
            return command.site
        case BeginMode():
            return command.thing
        case ExtendMode() | EndMode():
            return command.mode
        case DecideProposal():
            return command.proposal
        case MoveWorkOrder():
            return command.order
        case AbandonTourRun() | HandOverTourRun():
            return command.run
        case ResendMessage():
            return command.message
        case _:
            return command.alarm
