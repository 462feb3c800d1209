"""What a rule kind is: the contract between the engine and `rules.kinds`.

A kind holds all its rules at once. It says what it found as `Finding`s; `rules.alarming` turns these into alarms and
`rules.work_ordering` into orders. The timer contract has three calls: the engine asks `next_deadline()`, calls
`fire(until)` when time has come that far, and feeds observations in between.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from domain.alarm import ConditionTrigger, Subject, Why
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.readings import Qualities, Times, Values
from domain.record import Record
from domain.site import Site
from domain.text import Text
from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """A rule's news about one subject: its condition is the case, is no longer, or cannot be seen.

    `cause` is the seq of the record that brought it to light (a deadline that fires before a reading: that reading's
    record; at a tick: the tick's), `index` the reading's place in that record (0 for others). `at` is when it became
    true. `asset` is what a repair would repair and `zone` where it is. `name` is the alarm's headline, with values.
    `correction` is set when late data showed that the occurrence should not have been: it clears and says so.
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


class EventKind(Protocol):
    """A kind that looks at scans, access events and other single records."""

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], at: Instant) -> Sequence[Finding]:
        """Take the rules of this kind that now hold, keeping the state of those that stay.

        What had been raised for rules or subjects that are gone is cleared by the engine, not here.
        """

    def observe(self, record: Record) -> Sequence[Finding]:
        """Judge one record; the engine has already fired this subject's deadlines up to its event time."""

    def next_deadline(self) -> Instant | None:
        """When this kind wants to be called next without any observation, or None."""

    def fire(self, until: Instant, cause: int) -> Sequence[Finding]:
        """Fire all deadlines <= `until`, each finding stamped with its own deadline, in `Deadline` order."""

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken."""


class ReadingKind(Protocol):
    """A kind that judges readings in columns. State is numpy columns, one row per (rule, point)."""

    def configure(self, site_rules: Sequence[tuple[Site, RuleSpec]], point_ids: Sequence[str], at: Instant) -> None:
        """Take the rules that now hold, over the engine's point table, keeping the state of (rule, point) that stay."""

    def judge(self, batch: ReadingBatch) -> Sequence[Finding]:
        """Judge a batch in one segment scan per (rule, point); findings sorted by (cause, index, rule, subject).

        Cutting the batch anywhere gives the same findings (batch law).
        """

    def next_deadline(self) -> Instant | None:
        """The minimum of the deadline columns, or None."""

    def fire(self, until: Instant, cause: int) -> Sequence[Finding]:
        """Fire all deadlines <= `until`, stamped with their own time, in `Deadline` order."""

    def park(self, rule: str, point: str) -> None:
        """Judge this (rule, point) no more (it raised an error)."""

    def snapshot(self) -> bytes:
        """All state, as versioned bytes."""

    def restore(self, state: bytes) -> None:
        """Take state back; called after `configure` with the configuration that held when it was taken."""
