"""All rule kinds there are. A new one is a module in `rules.kinds`, a line here, and its test."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec import Struct

from domain.alarm import SubjectKind
from domain.configuration import RuleSpec
from domain.record import Record
from domain.text import Text
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.conditions.stating import ConditionMeaning, ConditionSettings, Level, Watched
from rules.heard import Heard
from rules.kinds import (
    count,
    denied_burst,
    deviation,
    discrepancy,
    door_forced,
    door_held,
    expression,
    failed_inspection,
    flatline,
    ladder,
    limit,
    lone_worker,
    missed_checkpoint,
    out_of_range,
    outside_hours,
    rate,
    short_cycling,
    stale,
    state_held,
    time_to_limit,
    tour_not_started,
    unvisited_checkpoint,
)
from rules.patrol_news import StopNews
from rules.rule import EventKind, ReadingKind
from rules.rule_parameters import read_parameters


class KindEntry(Struct, frozen=True, kw_only=True):
    """What is known of a kind besides how it judges.

    `subjects` says what its rules name as subjects (for tour stops: tours), `settings` is the type of its parameters,
    and `check` raises ConfigurationError where a rule's parameters are wrong. `levels` gives the levels of a rule on a
    point, and raises ConfigurationError where its parameters do not fit the points that it names.
    """

    subjects: SubjectKind
    summary: Text
    settings: type[Struct]
    check: Callable[[RuleSpec], object]
    levels: Callable[[Watched], Sequence[Level]] | None = None


class Catalog(Struct, frozen=True, kw_only=True):
    """Kinds by name: what describes them, and what judges, by what they look at."""

    entries: Mapping[str, KindEntry]
    readings: Mapping[str, Callable[[Listening], ReadingKind]]
    doors: Mapping[str, EventKind[Record]]
    stops: Mapping[str, EventKind[StopNews]]
    heard: Mapping[str, EventKind[Heard]]


def _no_parameters(spec: RuleSpec) -> object:
    return read_parameters(spec, door_forced.DoorForcedSettings)


def _reads(settings: type[Struct]) -> Callable[[RuleSpec], object]:
    return lambda spec: read_parameters(spec, settings)


CONDITIONS: Final[tuple[ConditionMeaning[Any], ...]] = (
    count.MEANING,
    deviation.MEANING,
    discrepancy.MEANING,
    expression.MEANING,
    flatline.MEANING,
    ladder.MEANING,
    out_of_range.MEANING,
    outside_hours.MEANING,
    rate.MEANING,
    short_cycling.MEANING,
    stale.MEANING,
    state_held.MEANING,
    time_to_limit.MEANING,
)
"""The kinds that are made of conditions over readings."""


def _entry(meaning: ConditionMeaning[ConditionSettings]) -> KindEntry:
    return KindEntry(
        subjects=SubjectKind.POINT,
        summary=meaning.summary,
        settings=meaning.settings,
        check=meaning.check,
        levels=meaning.levels,
    )


CATALOG: Final = Catalog(
    entries={meaning.kind: _entry(meaning) for meaning in CONDITIONS}
    | {
        denied_burst.KIND: KindEntry(
            subjects=SubjectKind.DOOR,
            summary=Text("somebody is denied again and again", "多次刷卡被拒"),
            settings=denied_burst.DeniedBurstSettings,
            check=denied_burst.check_parameters,
        ),
        door_forced.KIND: KindEntry(
            subjects=SubjectKind.DOOR,
            summary=Text("a door opened though nobody was let through", "无授权开门"),
            settings=door_forced.DoorForcedSettings,
            check=_no_parameters,
        ),
        door_held.KIND: KindEntry(
            subjects=SubjectKind.DOOR,
            summary=Text("a door stayed open too long", "开门超时"),
            settings=door_held.DoorHeldSettings,
            check=door_held.check_parameters,
        ),
        failed_inspection.KIND: KindEntry(
            subjects=SubjectKind.QUESTION,
            summary=Text("an inspection's answer does not pass", "巡检不合格"),
            settings=failed_inspection.FailedInspectionSettings,
            check=_no_parameters,
        ),
        lone_worker.CHECK_CALL: KindEntry(
            subjects=SubjectKind.PERSON,
            summary=Text("somebody who works alone does not call in", "未按时报平安"),
            settings=lone_worker.CheckCallSettings,
            check=_reads(lone_worker.CheckCallSettings),
        ),
        lone_worker.MAN_DOWN: KindEntry(
            subjects=SubjectKind.PERSON,
            summary=Text("somebody fell and did not take it back", "人员倒地未撤销"),
            settings=lone_worker.ManDownSettings,
            check=_reads(lone_worker.ManDownSettings),
        ),
        lone_worker.SOS: KindEntry(
            subjects=SubjectKind.PERSON,
            summary=Text("somebody calls for help", "紧急求助"),
            settings=lone_worker.SosSettings,
            check=lone_worker.check_sos,
        ),
        unvisited_checkpoint.KIND: KindEntry(
            subjects=SubjectKind.CHECKPOINT,
            summary=Text("nobody was at a checkpoint for too long", "巡更点长时间无人巡到"),
            settings=unvisited_checkpoint.UnvisitedSettings,
            check=_reads(unvisited_checkpoint.UnvisitedSettings),
        ),
        limit.KIND: KindEntry(
            subjects=SubjectKind.POINT,
            summary=Text("a value is beyond a limit for long enough", "测值越限"),
            settings=limit.LimitSettings,
            check=limit.check_parameters,
        ),
        tour_not_started.KIND: KindEntry(
            subjects=SubjectKind.TOUR,
            summary=Text("a run of a tour that nobody has begun in time", "未按时开始巡逻"),
            settings=tour_not_started.TourNotStartedSettings,
            check=_no_parameters,
        ),
        missed_checkpoint.KIND: KindEntry(
            subjects=SubjectKind.TOUR_STOP,
            summary=Text("a stop of a tour that nobody walked in time", "漏巡"),
            settings=missed_checkpoint.MissedCheckpointSettings,
            check=_no_parameters,
        ),
    },
    # Limits look at values, not at silence: they ask nobody who listened.
    readings={limit.KIND: lambda _: limit.LimitKind()}
    | {meaning.kind: partial(ConditionKind, meaning) for meaning in CONDITIONS},
    doors={
        denied_burst.KIND: denied_burst.DeniedBurst(),
        door_forced.KIND: door_forced.DoorForced(),
        door_held.KIND: door_held.DoorHeld(),
    },
    stops={
        missed_checkpoint.KIND: missed_checkpoint.MissedCheckpoint(),
        tour_not_started.KIND: tour_not_started.TourNotStarted(),
    },
    heard={
        failed_inspection.KIND: failed_inspection.FailedInspection(),
        lone_worker.CHECK_CALL: lone_worker.MissedCheckCall(),
        lone_worker.MAN_DOWN: lone_worker.ManDown(),
        lone_worker.SOS: lone_worker.Sos(),
        unvisited_checkpoint.KIND: unvisited_checkpoint.UnvisitedCheckpoint(),
    },
)
