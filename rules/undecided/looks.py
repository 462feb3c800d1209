"""Rules that cannot be decided on something they watch: who guards nothing is told, with the reason.

Kinds know at any time which of their rows are undecided; nothing is kept for that, and no reading costs anything. The
clock looks at them ten times within the patience of `AlarmPolicy.undecided_seconds`, and only of rows that were seen
undecided anything is remembered. A look stands in the journal as its tick, so how readings were cut into batches
changes nothing. Where very many rows are to be told at once, Vigil's own alarms say at once how many, and the rows
follow within looks of a second's distance, so that no look holds up what else is to be judged.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from domain.configuration import Configuration, RuleSpec
from domain.effects import UndecidedChanged
from domain.instant import SECOND, Duration, Instant
from domain.priority import Priority
from domain.readings import Times
from domain.text import Text
from domain.undecided import Undecided, UndecidedCause
from rules.own_alarms import Said
from rules.point_table import NEVER, PointTable
from rules.reading_rules import ReadingRules, SiteRules
from rules.rule import NOTHING_LACKS, ReadingKind, RowNames, UndecidedRows
from rules.segments import Mask, Positions
from rules.supervision import Failure, attempt
from rules.undecided.elsewhere import Elsewhere, Rows, RulesInForce, lacked_points
from rules.undecided.estate import Estate, Surroundings
from rules.undecided.machine_alarms import Occasion, StoredLost
from rules.undecided.own_alarms import UndecidedAlarms, Untold
from rules.undecided.reasons import CAUSES, COMPUTED, LACKING, NUMBER, Reasons
from rules.undecided.rows import Doubts, StoredDoubt, after, ended, goes_on, laid, nothing_before, with_untold
from rules.undecided.words import can_look, cannot_look

LOOKS: Final = 10
"""How often the clock looks within the patience, but at most once a second."""

EFFORT: Final = 500
"""How much one look may tell: so many rows that lack a point, or whose doubt is over."""

COMPUTING: Final = 10
"""What a row counts whose reason must be computed."""

_DECIDED: Final = Text("it can be decided again", "恢复判定")
_PARKED: Final = Text("the rule failed on it and is parked: it judges nothing there", "规则在此出错已停用，不再判断")
_GONE: Final = Text("the rule watches this no more", "规则不再监测此项")


class UndecidedState(Struct, frozen=True, kw_only=True):
    """The stored form. `alarmed` are rules, `silenced` (site, device) and `lost` machines and classes that have an
    alarm, `failing` kinds. `watched_from` is when the latest gap in watching ended.
    """

    doubts: list[StoredDoubt] = []
    alarmed: list[str] = []
    next_look: Instant | None = None
    silenced: list[tuple[str, str, Priority]] = []
    failing: list[str] = []
    lost: list[StoredLost] = []
    watched_from: Instant = 0


class _Look(NamedTuple):
    """What one look found of one kind.

    The rows that are undecided `now`, of each a point that it lacks (or `NOTHING_LACKS`), whether it was told or is
    due to be, and how long its window takes to be filled where it lacks none; and the rows of which it is told `later`
    that they are decided again.
    """

    name: str
    kind: ReadingKind
    now: Doubts
    lacking: Positions
    is_told: Mask
    fills_in: Times
    later: Doubts


class UndecidedRules:
    """Looks after all rules over readings."""

    def __init__(self, rules: ReadingRules, points: PointTable) -> None:
        """Nothing is configured."""
        self._rules = rules
        self._points = points
        self._specs: Mapping[str, RuleSpec] = {}
        self._in_force = RulesInForce()
        self._estate = Estate.empty()
        self._patience: Duration = 0
        self._between: Duration = SECOND
        self._doubts: dict[str, Doubts] = {}
        self._alarms = UndecidedAlarms()
        self._failing: dict[str, bool] = {}
        self._next: Instant | None = None
        self._looked_at: Instant = 0
        self._watched_from: Instant = 0
        self._effort = 0

    def configure(
        self,
        configuration: Configuration,
        rules: SiteRules,
        refused: Collection[str],
        before: UndecidedState,
        at: Instant,
    ) -> list[Said]:
        """Take what now holds, after the kinds have, and tell what is over.

        Rules that are `refused` judge nothing; `before` is the state from before that.
        """
        kinds = self._rules.kinds()
        self._specs = {spec.id: spec for _, spec in rules}
        self._in_force = RulesInForce([spec for _, spec in sorted(self._specs.items()) if spec.kind in kinds])
        self._estate = Estate(configuration, self._specs.values())
        self._patience = configuration.alarms.span("undecided")
        self._between = max(SECOND, self._patience // LOOKS)
        gone, due = self._lay(before.doubts), at + self._between
        self._next = None if not kinds else due if before.next_look is None else min(before.next_look, due)
        said: list[Said] = [
            (at, UndecidedChanged(undecided=self._over(each, _PARKED if each.rule in refused else _GONE, at)))
            for each in gone
        ]
        is_lacked = lacked_points(kinds, self._doubts, self._points.usable(at, self._estate.holds))
        said += self._alarms.configure(self._in_force, self._estate, is_lacked, at)
        for kind in [kind for kind in self._failing if kind not in kinds]:
            del self._failing[kind]
            said.append(can_look(kind, at))
        return said

    def pause(self, end: Instant) -> None:
        """Nobody watched for a while, until `end`: what was not told yet has its time anew."""
        self._watched_from = max(self._watched_from, end)
        for name, doubts in list(self._doubts.items()):
            self._keep(name, doubts.take(np.flatnonzero(doubts.told_at)))

    def next_deadline(self) -> Instant | None:
        """When to look next; None where no rule looks at readings."""
        return self._next

    def look(self, until: Instant, cause: int, around: Callable[[], Surroundings]) -> list[Said]:
        """See which rules are undecided, if it is time; the kinds have fired what was due."""
        if self._next is None or until < self._next:
            return []
        self._looked_at, self._next, self._effort = until, until + self._between, EFFORT
        usable = self._points.usable(until, self._estate.holds)
        reasons = Reasons(self._estate, self._points, usable)
        failed: dict[str, str] = {}
        looks: list[_Look] = []
        told: list[Undecided] = []
        for name, kind in self._rules.kinds().items():
            found = attempt(kind.undecided, until, usable)
            if isinstance(found, Failure):
                failed[name] = found.error
            elif name in self._doubts or found.place.size:
                each, said = self._look_at(name, kind, found, reasons, until)
                looks.append(each)
                told += said
        told.sort(key=lambda each: (each.rule, each.subject, each.over_at is None))
        news: list[Said] = [(until, UndecidedChanged(undecided=each)) for each in told]
        news += self._about_failures(failed, until, cause)
        elsewhere = Elsewhere(self._in_force, self._estate, self._points, usable, around(), until)
        news += self._about_rules(looks, failed, reasons, elsewhere, cause)
        for each in looks:
            self._keep(each.name, with_untold(each.now, each.later))
        return news

    def state(self) -> UndecidedState:
        """Everything remembered."""
        stored = [
            StoredDoubt(name, *self._pair(self._rules.kinds()[name].names(), place), *rest)
            for name, doubts in self._doubts.items()
            for place, *rest in doubts.rows()
        ]
        return UndecidedState(
            doubts=stored,
            alarmed=list(self._alarms.rules),
            next_look=self._next,
            silenced=[(*device, priority) for device, priority in self._alarms.devices.items()],
            failing=list(self._failing),
            lost=self._alarms.machines.state(),
            watched_from=self._watched_from,
        )

    def restore(self, state: UndecidedState) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._lay(state.doubts)
        self._alarms.rules = dict.fromkeys(state.alarmed, True)
        self._alarms.devices = {(site, device): priority for site, device, priority in state.silenced}
        self._alarms.machines.restore(state.lost)
        self._failing = dict.fromkeys(state.failing, True)
        self._watched_from = state.watched_from
        if state.next_look is not None:  # snapshots from before looks were kept: what `configure` set
            self._next = state.next_look

    def _lay(self, stored: Sequence[StoredDoubt]) -> list[StoredDoubt]:
        """Find the rows' places; gives those that were told and have none any more."""
        self._doubts = {}
        gone: list[StoredDoubt] = []
        kinds = self._rules.kinds()
        by_kind: dict[str, list[StoredDoubt]] = {}
        for each in stored:
            by_kind.setdefault(each.kind, []).append(each)
        for name, rows in by_kind.items():
            kind = kinds.get(name)
            places = [None] * len(rows) if kind is None else kind.places([(each.rule, each.point) for each in rows])
            gone += [each for place, each in zip(places, rows, strict=True) if place is None and each.told_at]
            self._keep(name, laid(rows, places))
        return gone

    def _keep(self, name: str, doubts: Doubts) -> None:
        self._doubts.pop(name, None)
        if doubts.place.size:
            self._doubts[name] = doubts

    def _look_at(
        self, name: str, kind: ReadingKind, found: UndecidedRows, reasons: Reasons, until: Instant
    ) -> tuple[_Look, list[Undecided]]:
        """What is remembered of one kind's rows now, and what is told of them within the effort that is left."""
        before = self._doubts.get(name, nothing_before())
        on = goes_on(before, found)
        over = ended(before, found, on, until)
        count = self._afford(np.ones_like(over.place))
        told = [self._decided(name, kind.names(), row) for row in over.take(slice(count)).rows()]
        later = over.take(slice(count, None))
        if later.place.size:
            is_free = ~np.isin(found.place, later.place)
            found, on = found.take(np.flatnonzero(is_free)), on[is_free]
        now = after(before, found, on, self._seen(found, until), self._since(found, until), until)
        due = np.flatnonzero(self._is_due(now, found, until))
        is_told = now.told_at > 0
        is_told[due] = True
        costs = np.where(found.lacking[due] == NOTHING_LACKS, COMPUTING, 1)
        for row in due[: self._afford(costs)].tolist():
            each = self._undecided(kind, now, row, reasons)
            now.told_at[row], now.cause[row] = until, NUMBER[each.cause]
            told.append(each)
        fills_in = np.where(found.lacking == NOTHING_LACKS, found.span, 0)
        return _Look(name, kind, now, found.lacking, is_told, fills_in, later), told

    def _afford(self, costs: Positions) -> int:
        """How many of these rows can still be told in this look; what is left over has another one soon."""
        total = np.cumsum(costs)
        count = int(np.searchsorted(total, self._effort, side="right"))
        self._effort -= int(total[count - 1]) if count else 0
        if count < total.size:
            self._next = self._looked_at + SECOND
        return count

    def _seen(self, found: UndecidedRows, until: Instant) -> Positions:
        """The number of each row's cause, as far as it lies in a point."""
        lacks = found.lacking != NOTHING_LACKS
        point = found.lacking[lacks]
        heard = self._points.judged_to[point]
        is_silent = heard + self._estate.holds[point] <= until
        of_points = np.where(is_silent, NUMBER[UndecidedCause.SILENT], NUMBER[UndecidedCause.UNUSABLE])
        seen = np.full(found.place.size, COMPUTED)
        seen[lacks] = np.where(heard == NEVER, NUMBER[UndecidedCause.NEVER_HEARD], of_points)
        return seen

    def _since(self, found: UndecidedRows, until: Instant) -> Times:
        """When rows that are noticed now were decided last: exactly where a good value went stale."""
        lacks = found.lacking != NOTHING_LACKS
        point = found.lacking[lacks]
        since = np.full(found.place.size, until)
        stale = np.minimum(self._points.good_at[point] + self._estate.holds[point], until)
        since[lacks] = np.where(self._points.is_good[point], stale, until)
        return since

    def _is_due(self, now: Doubts, found: UndecidedRows, until: Instant) -> Mask:
        """Which rows are to be told: undecided long enough for one cause, or for whatever causes, or for another."""
        longest = self._patience + found.span + found.slow
        is_long = until - now.seen_from >= self._patience + self._waits_longer(found)
        is_due = (now.told_at == 0) & (is_long | (until - now.noticed >= longest))
        told_before = np.where(now.cause < len(LACKING), now.cause, COMPUTED)
        is_other = (now.told_at > 0) & (now.seen != told_before) & (until - now.seen_from >= self._patience)
        due: Mask = is_due | is_other
        return due

    def _waits_longer(self, found: UndecidedRows) -> Times:
        """How much longer than the patience it takes until rows are told: what never spoke may be slow."""
        lacks = found.lacking != NOTHING_LACKS
        point = found.lacking[lacks]
        longer = found.span.copy()
        longer[lacks] = np.where(self._points.judged_to[point] == NEVER, self._estate.holds[point], 0)
        return np.where(found.is_new, np.maximum(found.slow, longer), longer)

    def _undecided(self, kind: ReadingKind, now: Doubts, row: int, reasons: Reasons) -> Undecided:
        place = int(now.place[row])
        rule, point = self._pair(kind.names(), place)
        reason = reasons.of(kind, place, int(now.seen[row]))
        return Undecided(
            site=self._specs[rule].site,
            rule=rule,
            subject=point,
            cause=reason.cause,
            because=reason.because,
            since=int(now.since[row]),
            points=reason.points,
        )

    def _decided(self, name: str, names: RowNames, row: tuple[int, ...]) -> Undecided:
        """The end of a row of `Doubts`."""
        doubt = StoredDoubt(name, *self._pair(names, row[0]), *row[1:])
        is_parked = self._rules.is_parked(doubt.rule, doubt.point)
        return self._over(doubt, _PARKED if is_parked else _DECIDED, doubt.over_at)

    def _over(self, before: StoredDoubt, because: Text, at: Instant) -> Undecided:
        place = self._estate.place(before.point)
        spec = self._specs.get(before.rule)
        return Undecided(
            site=spec.site if spec is not None else "" if place is None else place.site.id,
            rule=before.rule,
            subject=before.point,
            cause=CAUSES[before.cause],
            because=because,
            since=before.since,
            over_at=at,
        )

    def _pair(self, names: RowNames, place: int) -> tuple[str, str]:
        """The (rule, point) of a row."""
        # Before `configure` the points' table is new already, while rows and estate are those of before.
        return names.rule_ids[int(names.rule[place])], self._estate.places[int(names.point[place])].point.id

    def _about_failures(self, failed: Mapping[str, str], at: Instant, cause: int) -> list[Said]:
        """Vigil's own alarms about kinds that cannot be looked at, which begin or end."""
        over = [kind for kind in self._failing if kind not in failed]
        begun = [kind for kind in failed if kind not in self._failing]
        self._failing = dict.fromkeys(failed, True)
        ends: list[Said] = [can_look(kind, at) for kind in over]
        return [*ends, *(cannot_look(kind, failed[kind], at, cause) for kind in begun)]

    def _about_rules(
        self, looks: Sequence[_Look], failed: Collection[str], reasons: Reasons, elsewhere: Elsewhere, cause: int
    ) -> list[Said]:
        """Vigil's own alarms about rules, which begin or end."""
        at = self._looked_at
        parts = [Untold.blank(0)]
        for number, look in enumerate(looks):
            rows = np.flatnonzero(look.is_told)
            told = elsewhere.of(Rows(look.kind, look.now.take(rows), look.lacking[rows]))
            look.now.alone_from[rows[told.is_elsewhere]] = at + self._between  # the first look that could find it so
            place, row = told.lacks.row, rows[told.lacks.row]
            parts.append(
                Untold(
                    look=np.full_like(row, number),
                    row=row,
                    rule=told.rule[place],
                    point=told.point[place],
                    lacked=told.lacks.point,
                    device=told.lacks.device,
                    machine=told.lacks.machine,
                    since=look.now.since[row],
                    ripe=at - look.now.alone_from[row] >= self._patience + look.fills_in[row],
                    is_lasting=at - self._lacked_from(told.lacks.point, look.now.noticed[row]) >= self._patience,
                )
            )
        untold = Untold.joined(parts)

        def because(which: int) -> Text:
            look, row = looks[int(untold.look[which])], int(untold.row[which])
            return reasons.of(look.kind, int(look.now.place[row]), int(look.now.seen[row])).because

        news, by_cause = self._alarms.news(
            untold, failed, Occasion(because, reasons.news, elsewhere.is_lost, at, cause)
        )
        for number, look in enumerate(looks):
            here = untold.look == number
            is_left = np.zeros(look.is_told.size, dtype=np.bool_)
            is_left[untold.row[here & ~by_cause]] = True
            of_causes = untold.row[here & by_cause]
            look.now.alone_from[of_causes[~is_left[of_causes]]] = at + self._between
        return news

    def _lacked_from(self, lacked: Positions, noticed: Times) -> Times:
        """Since when, at the latest, rows lack a point (or `NOTHING`) that were `noticed` as undecided then.

        A row that has been undecided for long may lack a further point since a minute.
        """
        points = self._points
        went = points.good_at[lacked] + np.where(points.is_good[lacked], self._estate.holds[lacked], 0)
        slow = np.where(points.judged_to[lacked] == NEVER, self._estate.holds[lacked], 0)
        since = np.where(points.good_at[lacked] == NEVER, noticed + slow, np.maximum(went, self._watched_from))
        return np.where(lacked == NOTHING_LACKS, 0, since)
