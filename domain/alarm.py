"""Alarms and their occurrences: independent axes, each with its own table (ISA-18.2 / OPC UA Part 9).

An alarm is the standing pair (rule, subject); each activation of it is an occurrence with an id of its own. The
one-word ISA-18.2 state is computed for display and stored nowhere.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.commands import Disposition
from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text


class Condition(StrEnum):
    """Whether what the rule watches is the case now; unknown neither raises nor clears."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    UNKNOWN = "unknown"


class ConditionTrigger(StrEnum):
    """What the rule found out. One with a ladder of levels says between them whether it got worse or eased."""

    RAISE = "raise"
    CLEAR = "clear"
    LOSE_SIGHT = "lose_sight"
    WORSEN = "worsen"
    EASE = "ease"


CONDITION_TABLE: Final[Mapping[tuple[Condition, ConditionTrigger], Condition]] = {
    (Condition.INACTIVE, ConditionTrigger.RAISE): Condition.ACTIVE,
    (Condition.ACTIVE, ConditionTrigger.CLEAR): Condition.INACTIVE,
    (Condition.ACTIVE, ConditionTrigger.LOSE_SIGHT): Condition.UNKNOWN,
    (Condition.ACTIVE, ConditionTrigger.WORSEN): Condition.ACTIVE,
    (Condition.ACTIVE, ConditionTrigger.EASE): Condition.ACTIVE,
    (Condition.UNKNOWN, ConditionTrigger.RAISE): Condition.ACTIVE,
    (Condition.UNKNOWN, ConditionTrigger.CLEAR): Condition.INACTIVE,
}


class Acknowledgement(StrEnum):
    """Whether somebody has taken the alarm on."""

    NOT_NEEDED = "not_needed"
    UNACKED = "unacked"
    ACKED = "acked"


class AcknowledgementTrigger(StrEnum):
    """What asks for, gives or ends an acknowledgement."""

    ASK = "ask"
    ACKNOWLEDGE = "acknowledge"
    FORGET = "forget"


ACKNOWLEDGEMENT_TABLE: Final[Mapping[tuple[Acknowledgement, AcknowledgementTrigger], Acknowledgement]] = {
    (Acknowledgement.NOT_NEEDED, AcknowledgementTrigger.ASK): Acknowledgement.UNACKED,
    (Acknowledgement.UNACKED, AcknowledgementTrigger.ASK): Acknowledgement.UNACKED,
    (Acknowledgement.ACKED, AcknowledgementTrigger.ASK): Acknowledgement.UNACKED,
    (Acknowledgement.UNACKED, AcknowledgementTrigger.ACKNOWLEDGE): Acknowledgement.ACKED,
    (Acknowledgement.UNACKED, AcknowledgementTrigger.FORGET): Acknowledgement.NOT_NEEDED,
    (Acknowledgement.ACKED, AcknowledgementTrigger.FORGET): Acknowledgement.NOT_NEEDED,
}


class OccurrenceState(StrEnum):
    """The life of one activation."""

    ACTIVE = "active"
    CLEARED = "cleared"
    CLOSED = "closed"


class OccurrenceTrigger(StrEnum):
    """What moves an occurrence on."""

    CLEAR = "clear"
    CLOSE = "close"


OCCURRENCE_TABLE: Final[Mapping[tuple[OccurrenceState, OccurrenceTrigger], OccurrenceState]] = {
    (OccurrenceState.ACTIVE, OccurrenceTrigger.CLEAR): OccurrenceState.CLEARED,
    (OccurrenceState.CLEARED, OccurrenceTrigger.CLOSE): OccurrenceState.CLOSED,
}


class SubjectKind(StrEnum):
    """What kinds of things an alarm can be about."""

    POINT = "point"
    DOOR = "door"
    TOUR_STOP = "tour_stop"
    DEVICE = "device"
    SITE = "site"
    RULE = "rule"


class Subject(Struct, frozen=True, order=True):
    """The thing an alarm is about. A tour stop's id is `tour/checkpoint`."""

    kind: SubjectKind
    id: str


class Why(Struct, frozen=True, kw_only=True):
    """The answer to "why is this alarm here?", complete without documentation (domain.md section 6).

    `evidence` are the seqs of the records that led to it; `values` the numbers and times that were compared, each
    name with its unit; `device_time`, `received_at` and `believed` are those of the record that completed it.
    """

    seen: Text
    expected: Text
    since: Instant
    clears: Text
    considered: tuple[Text, ...] = ()
    evidence: tuple[int, ...] = ()
    values: dict[str, float | str] = {}
    device_time: Instant | None = None
    received_at: Instant | None = None
    believed: str | None = None


class Occurrence(Struct, frozen=True, kw_only=True):
    """One activation of an alarm."""

    id: str
    alarm: str
    number: int
    state: OccurrenceState
    priority: Priority
    raised_at: Instant
    why: Why
    configuration: str
    cleared_at: Instant | None = None
    closed_at: Instant | None = None
    closed_by: str | None = None
    disposition: Disposition | None = None
    disposition_cause: str = ""
    correction: Text | None = None
    order: str | None = None


class Alarm(Struct, frozen=True, kw_only=True):
    """The standing alarm of one (rule, subject); `version` grows by one with every change.

    `priority` is that of the `level` it stands at now (of a rule with a ladder; otherwise the rule's); the latest
    occurrence's priority is the worst it has reached.
    """

    id: str
    site: str
    rule: str
    subject: Subject
    asset: str
    zone: str | None
    name: Text
    priority: Priority
    fault: str | None
    procedure: Text
    condition: Condition
    acknowledgement: Acknowledgement
    occurrences: int
    latest: Occurrence
    acknowledged_by: str | None = None
    acknowledged_at: Instant | None = None
    level: str = ""
    version: int = 1

    @property
    def display_state(self) -> str:
        """The one-word ISA-18.2 state: NORM, UNACK, ACKED or RTNUN (returned to normal, not acknowledged)."""
        if self.condition is Condition.INACTIVE:
            return "RTNUN" if self.acknowledgement is Acknowledgement.UNACKED else "NORM"
        return "UNACK" if self.acknowledgement is Acknowledgement.UNACKED else "ACKED"
