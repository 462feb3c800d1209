"""What a rule kind is: the contract between the engine and `rules.kinds`.

There are two: a `ReadingKind` holds all its rules at once, its state in columns; an `EventKind` gives one `Watch` per
rule and subject, which are pure functions over a small state. Both say what they found as `Finding`s; `rules.alarming`
turns these into alarms and `rules.work_ordering` into orders. The timer contract is the same for both: the engine asks
for the next deadline, fires it when time has come that far, and feeds observations in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.alarm import ConditionTrigger, Subject, Why
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.priority import Priority
from domain.readings import Qualities, Quality, Times, Values
from domain.site import Site
from domain.text import Text
from domain.undecided import UndecidedCause
from rules.reading_state import BOOL, INT64, Columns
from rules.segments import Mask, Positions

NOTHING_LACKS: Final = -1

_GOOD: Final = int(Quality.GOOD)
"""numpy compares a column with a number several times as fast as with a member of an enum."""

StateT = TypeVar("StateT")
FactT_contra = TypeVar("FactT_contra", contravariant=True)


class Finding(Struct, frozen=True, kw_only=True):
    """A rule's news about one subject: its condition is the case, is no longer, or cannot be seen.

    `cause` is the seq of the record that brought it to light (a deadline that fires before a reading: that reading's
    record; at a tick: the tick's), `index` the reading's place in that record (0 for others). `at` is when it became
    true. `asset` is what a repair would repair and `zone` where it is. `name` is the alarm's headline, with values.
    `fault` is the code of what is broken, where a rule finds several. `concerns` is as in `domain.alarm.Alarm`.
    `why.seen` is what is so at `at`: of a condition that is over or out of sight, what ended it.

    `correction` is set when late data showed that an occurrence should not have been: it clears and says so, and
    `corrects` is the `at` it was raised with (None: the latest).

    A kind with a ladder of levels gives each finding its `level` (a word of its own, such as `high_high`) and that
    level's `priority` (None: the rule's). It raises at the level it finds, worsens and eases in between (at once, or
    after whatever delay its settings say: the alarm follows), and clears from any level.
    """

    rule: str
    subject: Subject
    trigger: ConditionTrigger
    at: Instant
    cause: int
    index: int
    asset: str
    zone: str | None
    name: Text
    why: Why
    correction: Text | None = None
    corrects: Instant | None = None
    priority: Priority | None = None
    level: str = ""
    fault: str | None = None
    concerns: str | None = None


class Deadline(Struct, frozen=True, order=True):
    """A stored timer; the order of its fields is the order in which deadlines fire."""

    at: Instant
    rule: str
    subject: str


class ReadingBatch(Struct, frozen=True, kw_only=True):
    """Consecutive accepted readings as columns of length n, in judging order, late ones already taken out.

    `seq` and `index` say which record and which place in it; `point` (int32) is the row of the engine's point table,
    whose ids are `point_ids`. Per point, `at` never decreases.
    """

    seq: Times
    index: npt.NDArray[np.int32]
    point: npt.NDArray[np.int32]
    at: Times
    values: Values
    quality: Qualities

    def known(self) -> Mask:
        """Which readings have a value that can be used: of good quality, and a number."""
        known: Mask = (self.quality == _GOOD) & np.isfinite(self.values)
        return known


@dataclass(slots=True)
class UndecidedRows(Columns):
    """The rows of a kind that cannot be decided now, by their places in it, ascending.

    `lacking` is the row in the engine's point table of a point that the rule needs and that has no usable value, or
    `NOTHING_LACKS`. `is_new`: the rule has not heard its points since it is in force. `mark` is the seq of the reading
    by which it was decided last, 0 where that says nothing: another one later says that it was decided meanwhile.
    `span` is the longest window to be filled, `slow` the longest time that a value of its points stands; microseconds.
    """

    place: Positions = field(metadata=INT64)
    lacking: Positions = field(metadata=INT64)
    is_new: Mask = field(metadata=BOOL)
    mark: Times = field(metadata=INT64)
    span: Times = field(metadata=INT64)
    slow: Times = field(metadata=INT64)


class RowNames(Struct, frozen=True):
    """What the rows of a kind are, by their places: the number of each one's rule in `rule_ids`, and its point's row in
    the engine's point table (int32).
    """

    rule_ids: Sequence[str]
    rule: npt.NDArray[np.int32]
    point: npt.NDArray[np.int32]


class Doubt(Struct, frozen=True, kw_only=True):
    """Why a rule is undecided on a subject: points without a usable value, else `cause`, and that `said` in words."""

    lacking: tuple[str, ...] = ()
    cause: UndecidedCause = UndecidedCause.NEVER_HEARD
    said: Text = Text("no reading since the rule is in force", "规则生效后尚无读数")


class Watch(Protocol[FactT_contra, StateT]):
    """One rule on one subject, as pure functions over its state; `rules.event_rules` keeps the state and the time.

    `begin`, `observe` and `fire` give a new state and change nothing, so a rule that raises an error leaves no half
    step. Whatever a watch needs of the configuration (a door's times, the site's zone) it carries itself.
    """

    @property
    def rule(self) -> str:
        """The rule's id."""

    @property
    def site(self) -> str:
        """The site whose facts it hears."""

    @property
    def subject(self) -> Subject:
        """What it watches; facts are addressed to the subject's id."""

    @property
    def state_type(self) -> type[StateT]:
        """The state's type: snapshots are written and read by it."""

    def begin(self) -> StateT:
        """The state of a subject nothing is known of."""

    def observe(self, state: StateT, fact: FactT_contra) -> tuple[StateT, Sequence[Finding]]:
        """Judge one fact; the subject's deadlines up to its time have fired already."""

    def deadline(self, state: StateT) -> Instant | None:
        """When `fire` is wanted next without any fact, or None."""

    def fire(self, state: StateT, cause: int) -> tuple[StateT, Sequence[Finding]]:
        """Time has reached `deadline(state)`: the findings are stamped with it, and it moves on."""


class EventKind(Protocol[FactT_contra]):
    """A kind that judges single facts: records about doors, or what the patrol picture says about stops."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[Watch[FactT_contra, Any]]:
        """Bind a rule to each of its subjects.

        Raises:
            ConfigurationError: the parameters are wrong.
        """


class ReadingKind(Protocol):
    """A kind that judges readings in columns. State is numpy columns, one row per (rule, point)."""

    readings_per_step: int
    """How many readings it judges best at once: the engine cuts larger batches, by the batch law without effect."""

    joins_points: bool
    """Whether a rule looks at several points: what a record says of them at one time is one moment then, so that it is
    given the readings of a record together."""

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        """Take the rules that now hold, over the engine's point table, keeping the state of (rule, point) that stay."""

    def judge(self, batch: ReadingBatch) -> Sequence[Finding]:
        """Judge a batch in one segment scan per (rule, point); findings sorted by (cause, index, rule, subject).

        Cutting the batch anywhere gives the same findings (batch law); where points are joined, anywhere between two
        records. State is replaced after everything was computed: where `judge` or `fire` raises an error nothing has
        changed, so that the engine can look for the culprit.
        """

    def next_deadline(self) -> Instant | None:
        """The minimum of the deadline columns, or None."""

    def fire(self, until: Instant, cause: int) -> Sequence[Finding]:
        """Fire all deadlines <= `until`, stamped with their own time, in `Deadline` order."""

    def park(self, rule: str, point: str) -> None:
        """Judge this (rule, point) no more (it raised an error)."""

    def rows_and_bytes(self) -> tuple[int, int]:
        """How many rows there are (a rule with levels has one for each), and what they remember, in bytes of memory."""

    def undecided(self, at: Instant, usable: Mask) -> UndecidedRows:
        """What cannot be decided at a time up to which `fire` was called; `usable` are the points that have a value.

        A row whose guard is known not to hold is decided, and so is one that is parked: others tell of that.
        """

    def lacked(self, places: Positions, usable: Mask) -> tuple[Positions, Positions]:
        """All points that n rows need and that are not `usable`, as pairs: the row, 0 to n - 1 and ascending, and the
        point's row in the engine's point table.
        """

    def names(self) -> RowNames:
        """What all rows are; the same object until the next `configure`, not to be changed."""

    def places(self, pairs: Sequence[tuple[str, str]]) -> Sequence[int | None]:
        """The rows of (rule, point), None for what is not there."""

    def doubt(self, place: int, has_value: Callable[[str], bool]) -> Doubt:
        """Why a row that `undecided` gave is so; `has_value` tells whether a point has a usable value."""

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken."""
