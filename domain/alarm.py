"""Alarms and their occurrences: what is known of each, over independent axes (`domain.axes`; ISA-18.2, OPC UA Part 9).

An alarm is the standing pair (rule, subject); each activation of it is an occurrence with an id of its own. The
one-word ISA-18.2 state is computed for display and stored nowhere.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.axes.acknowledgement import ACKNOWLEDGEMENT_TABLE, Acknowledgement, AcknowledgementTrigger
from domain.axes.chatter import Chatter
from domain.axes.condition import CONDITION_TABLE, Condition, ConditionTrigger
from domain.axes.inhibition import Inhibition
from domain.axes.latch import Latch
from domain.axes.occurrence import OCCURRENCE_TABLE, OccurrenceState, OccurrenceTrigger
from domain.axes.service import Service
from domain.axes.shelving import Shelving
from domain.commands import Disposition
from domain.configuration import RuleCategory
from domain.instant import Duration, Instant
from domain.priority import Priority
from domain.text import Text

__all__ = [
    "ACKNOWLEDGEMENT_TABLE",
    "CONDITION_TABLE",
    "OCCURRENCE_TABLE",
    "OWN_SITE",
    "Acknowledgement",
    "AcknowledgementTrigger",
    "Alarm",
    "Condition",
    "ConditionTrigger",
    "Decision",
    "DecisionKind",
    "Occurrence",
    "OccurrenceState",
    "OccurrenceTrigger",
    "OutOfService",
    "Shelf",
    "Subject",
    "SubjectKind",
    "Why",
]

OWN_SITE: Final = "vigil"
"""The site of alarms of Vigil's own that belong to no site; `Alarm.concerns` says whose page they are for."""


class SubjectKind(StrEnum):
    """What kinds of things an alarm can be about."""

    POINT = "point"
    DOOR = "door"
    TOUR = "tour"
    TOUR_STOP = "tour_stop"
    DEVICE = "device"
    PERSON = "person"
    CHECKPOINT = "checkpoint"
    QUESTION = "question"
    SITE = "site"
    RULE = "rule"
    CHANNEL = "channel"
    RESOURCE = "resource"
    EQUIPMENT = "equipment"
    EQUIPMENT_CLASS = "equipment_class"


class Subject(Struct, frozen=True, order=True):
    """The thing an alarm is about. A tour stop's id is `tour/checkpoint`, a question's `checkpoint/question`."""

    kind: SubjectKind
    id: str


class Why(Struct, frozen=True, kw_only=True):
    """The answer to "why is this alarm here?", complete without documentation (domain.md section 6).

    `evidence` are the seqs of the records that led to it; `values` the numbers and times that were compared, each
    name with its unit; `states` says what those of them are called that mean a state of their point, by the same names
    (0: closed); `device_time`, `received_at` and `believed` are those of the record that completed it.
    """

    seen: Text
    expected: Text
    since: Instant
    clears: Text
    considered: tuple[Text, ...] = ()
    evidence: tuple[int, ...] = ()
    values: dict[str, float | str] = {}
    states: dict[str, Text] = {}
    device_time: Instant | None = None
    received_at: Instant | None = None
    believed: str | None = None


class DecisionKind(StrEnum):
    """What Vigil decided about an occurrence besides raising it."""

    PRIORITY = "priority"
    GROUPED = "grouped"
    INHIBITED = "inhibited"
    RELEASED = "released"
    CHATTER = "chatter"
    FLOOD = "flood"
    CONFIRMED = "confirmed"
    ACKNOWLEDGEMENT = "acknowledgement"
    SHELVING = "shelving"
    SIGHT_LOST = "sight_lost"
    CLEARED = "cleared"


class Decision(Struct, frozen=True, kw_only=True):
    """One decision and its reason, so that no grouping or suppression goes unexplained."""

    at: Instant
    kind: DecisionKind
    reason: Text


class Occurrence(Struct, frozen=True, kw_only=True):
    """One activation of an alarm.

    `count` is how many activations it stands for (more than one where the alarm chatters). `incident` gathers it with
    others; `decisions` say why, and what else was decided. `announced_at` is when operators were first asked to look:
    None while something stands for it. `acknowledged_at` is the first acknowledgement. `confirmed_with` is the
    occurrence of another detector that says the same.
    """

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
    count: int = 1
    incident: str | None = None
    decisions: tuple[Decision, ...] = ()
    announced_at: Instant | None = None
    acknowledged_at: Instant | None = None
    confirmed_with: str | None = None


class Shelf(Struct, frozen=True, kw_only=True):
    """Who put the alarm aside, until when at the latest, and why."""

    shelved_by: str
    at: Instant
    until: Instant
    reason: str


class OutOfService(Struct, frozen=True, kw_only=True):
    """Who took the alarm out of service, and why."""

    taken_by: str
    at: Instant
    reason: str


class Alarm(Struct, frozen=True, kw_only=True):
    """The standing alarm of one (rule, subject); `version` grows by one with every change.

    `priority` is that of the `level` it stands at now (of a rule with a ladder; otherwise the rule's); the latest
    occurrence's priority is the worst it has reached.

    An acknowledgement ends at `acknowledged_until`; while an accepted order for the alarm progresses that waits, and
    `acknowledgement_left` is what remains. `inhibited_under` is the alarm that stands for this one, `inhibited_mode`
    the mode of its place that suppresses it. `inhibits`: while active, it stands for the alarms of what its asset feeds
    or carries. `needs_clear`: it can be acknowledged only when its condition is over. `concerns` is the site whose
    rule an alarm of Vigil's own is about; None: it is about the installation, and concerns whoever looks at any site.
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
    category: RuleCategory = RuleCategory.ORDINARY
    inhibits: bool = False
    needs_clear: bool = False
    acknowledged_until: Instant | None = None
    acknowledgement_left: Duration | None = None
    shelving: Shelving = Shelving.UNSHELVED
    shelf: Shelf | None = None
    inhibition: Inhibition = Inhibition.FREE
    inhibited_under: str | None = None
    inhibited_mode: str | None = None
    service: Service = Service.IN_SERVICE
    out_of_service: OutOfService | None = None
    latch: Latch = Latch.RELEASED
    chatter: Chatter = Chatter.STEADY
    assignee: str | None = None
    concerns: str | None = None
    version: int = 1

    @property
    def is_safety(self) -> bool:
        """Whether it is about life safety or duress: never suppressed, only grouped."""
        return self.category is not RuleCategory.ORDINARY

    @property
    def is_standing(self) -> bool:
        """Whether there is something to act on: its condition is, or may be, the case, or its latch holds it on."""
        return self.condition is not Condition.INACTIVE or self.latch is Latch.LATCHED

    @property
    def is_suppressed(self) -> bool:
        """Whether it is kept from the operators' list: out of service, shelved, or suppressed by design."""
        return (
            self.service is Service.OUT_OF_SERVICE
            or self.shelving is not Shelving.UNSHELVED
            or self.inhibition is Inhibition.INHIBITED
        )

    @property
    def display_state(self) -> str:
        """The one-word ISA-18.2 state: NORM, UNACK, ACKED, RTNUN (returned, unacknowledged), SHLVD, DSUPR or OOSRV."""
        if self.service is Service.OUT_OF_SERVICE:
            return "OOSRV"
        if self.shelving is not Shelving.UNSHELVED:
            return "SHLVD"
        if self.inhibition is Inhibition.INHIBITED:
            return "DSUPR"
        if self.is_standing:
            return "UNACK" if self.acknowledgement is Acknowledgement.UNACKED else "ACKED"
        return "RTNUN" if self.acknowledgement is Acknowledgement.UNACKED else "NORM"
