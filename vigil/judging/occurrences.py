"""Judges recorded readings by a site's rules, and gathers what was raised and cleared."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from domain.configuration import Configuration, RuleSpec
from domain.errors import VigilError
from domain.instant import Instant, from_seconds
from domain.priority import Priority
from domain.readings import Times
from domain.text import Text
from rules.catalog import CATALOG
from rules.event_rules import Found
from rules.lateness import is_late
from rules.point_table import NEVER, Rows
from rules.reading_rules import ReadingRules
from rules.rule import Finding, ReadingBatch
from rules.segments import Mask
from vigil.configuration.reading import suggestion
from vigil.judging.recorded_columns import Part


class Raised(Struct, kw_only=True):
    """One time that a rule's condition was the case for a point; `cleared_at` None: still at the end.

    `level` and `priority` are the most urgent that it reached. `seen` is what was so when it was raised, `ended` what
    was when it cleared.
    """

    rule: str
    point: str
    raised_at: Instant
    cleared_at: Instant | None
    level: str
    priority: Priority
    name: Text
    seen: Text
    ended: Text | None = None


class Late(Struct, frozen=True, kw_only=True):
    """A reading that is older than what its point was judged by: its line, its time, and the newest one before it."""

    line: int
    at: Instant
    newest: Instant


class Unjudged(Struct, frozen=True, kw_only=True):
    """A rule that is not judged on all of its points, and why: `points` have no column."""

    rule: str
    why: str
    points: tuple[str, ...]


class NothingToJudge(VigilError):
    """No rule judges any of the mapped points."""


class NotOfTheSite(NothingToJudge):
    """The map names what is not configured; `place` is where in the map."""

    def __init__(self, place: tuple[str, ...], message: str) -> None:
        """Say what is not configured."""
        super().__init__(message)
        self.place = place


class Judge:
    """The rules of one site over the points of a map."""

    def __init__(self, configuration: Configuration, site_id: str, points: Sequence[str], only: Sequence[str]) -> None:
        """Take the rules that look at mapped points alone, or of these the chosen ones.

        Raises:
            NothingToJudge: there are none; says what to do.
            NotOfTheSite: of these, where the map names what is not configured.
        """
        site = configuration.site(site_id)
        if site is None:
            message = f"site '{site_id}' of the map is not configured: give its folder with --config"
            raise NotOfTheSite(("site",), message)
        known = sorted(rule.id for rule in configuration.rules)
        unknown = sorted({*only} - {*known})
        if unknown:
            meant = suggestion(unknown[0], known)
            raise NothingToJudge(f"rule '{unknown[0]}' of --rule is not configured: {meant}")
        missing = sorted({*points} - {point.id for point in site.points})
        if missing:
            raise NotOfTheSite(
                ("readings", "points", missing[0]),
                f"point '{missing[0]}' of the map is not configured at site '{site.id}': "
                f"{suggestion(missing[0], [point.id for point in site.points])}",
            )
        chosen = [rule for rule in configuration.rules if rule.site == site.id and (not only or rule.id in only)]
        off = [rule.id for rule in chosen if only and not rule.enabled]
        if off:
            raise NothingToJudge(f"rule '{off[0]}' is switched off: write `enabled: true`, or name others with --rule")
        chosen = [rule for rule in chosen if rule.enabled]
        mapped = dict.fromkeys(points)
        self.unjudged = tuple(told for rule in chosen if (told := _unjudged(rule, mapped)) is not None)
        rules = [each for rule in chosen if (each := _on_points(rule, mapped)) is not None]
        if not rules:
            why = f": {self.unjudged[0].why}" if self.unjudged else ""
            raise NothingToJudge(
                f"no rule over readings looks at the map's points alone{why}: map more columns, or add rules"
            )
        self.rules = [rule.id for rule in rules]
        self.late = self.late_in_file = 0
        self.first_late: Late | None = None
        self.holds = max(from_seconds(point.holds_seconds) for point in site.points if point.id in points)
        self._rules = ReadingRules(CATALOG.readings)
        self._site, self._specs, self._points = site, rules, list(points)
        self._priorities = {rule.id: rule.priority for rule in rules}
        self.timezone = site.timezone
        self._judged_to = np.full(len(points), NEVER, dtype=np.int64)
        self._has_begun = False
        self._open: dict[tuple[str, str], Raised] = {}
        self.raised: list[Raised] = []

    def judge(self, part: Part) -> None:
        """Judge one part; what is older than its point was judged by counts as late and is not judged."""
        if not part.at.size:
            return
        if not self._has_begun:
            site_rules = [(self._site, rule) for rule in self._specs]
            self._rules.configure(site_rules, self._points, int(part.at[0]))
            self._has_begun = True
        point = part.point.astype(np.int32)
        judged_to = self._judged_to.copy()
        late = self._late(point, part.at)
        if self.first_late is None and bool(late.any()):
            place = int(np.argmax(late))
            earlier = part.at[:place][point[:place] == point[place]]
            newest = int(earlier.max(initial=judged_to[point[place]]))
            self.first_late = Late(line=int(part.line[place]), at=int(part.at[place]), newest=newest)
        keep = np.flatnonzero(~late) if bool(late.any()) else slice(None)
        self.late += int(np.count_nonzero(late))
        self.late_in_file += int(np.count_nonzero(late))
        batch = ReadingBatch(
            seq=part.line[keep],
            index=point[keep],
            point=point[keep],
            at=part.at[keep],
            values=part.values[keep],
            quality=part.quality[keep],
        )
        self._take(self._rules.judge(batch))
        self._take(self._rules.fire(int(part.at.max()), int(part.line[-1])))

    def _late(self, point: Rows, at: Times) -> Mask:
        """Mark what is older than its point was judged by; where time never goes back that is seen at a glance."""
        if bool((at[1:] >= at[:-1]).all()) and int(at[0]) >= int(self._judged_to.max()):
            self._judged_to[point] = at
            return np.zeros(at.size, dtype=np.bool_)
        return is_late(point, at, self._judged_to)

    def _take(self, found: Iterable[Found]) -> None:
        for each in found:
            if not isinstance(each, Finding):
                raise NothingToJudge(f"rule '{each.rule}' failed on '{each.subject.id}': {each.error}: report it")
            key = (each.rule, each.subject.id)
            if each.trigger is ConditionTrigger.RAISE and key not in self._open:
                self._open[key] = Raised(
                    rule=each.rule,
                    point=each.subject.id,
                    raised_at=each.at,
                    cleared_at=None,
                    level=each.level,
                    priority=each.priority or self._priorities[each.rule],
                    name=each.name,
                    seen=each.why.seen,
                )
                self.raised.append(self._open[key])
            elif each.trigger is ConditionTrigger.WORSEN:
                _worsen(self._open[key], each)
            elif each.trigger is ConditionTrigger.CLEAR:
                over = self._open.pop(key)
                over.cleared_at, over.ended = each.at, each.why.seen


def _worsen(raised: Raised, found: Finding) -> None:
    """An alarm that eases and worsens again may still have been worse before."""
    priority = found.priority or raised.priority
    if priority.rank <= raised.priority.rank:
        raised.level, raised.priority = found.level, priority


def _unjudged(rule: RuleSpec, points: Collection[str]) -> Unjudged | None:
    """What of a rule over readings is not judged for want of a column."""
    wanted = (*rule.inputs.values(), *rule.subjects)
    missing = [point for point in wanted if point not in points]
    if rule.kind not in CATALOG.readings or not missing:
        return None
    return Unjudged(rule=rule.id, why=no_column(missing).en, points=tuple(missing))


def no_column(points: Sequence[str]) -> Text:
    """That the map has no columns for these points, one at least."""
    first, others = points[0], len(points) - 1
    more = f" and {others} more point{'s' if others > 1 else ''}" if others else ""
    more_zh = f"（另缺 {others} 个测点）" if others else ""
    return Text(f"the map has no column for point '{first}'{more}", f"映射中没有测点“{first}”的列{more_zh}")


def _on_points(rule: RuleSpec, points: Collection[str]) -> RuleSpec | None:
    """The rule on those of its subjects that are mapped; None where it judges no readings or has other inputs."""
    if rule.kind not in CATALOG.readings:
        return None
    subjects = tuple(subject for subject in rule.subjects if subject in points)
    if not subjects or not all(point in points for point in rule.inputs.values()):
        return None
    return replace(rule, subjects=subjects)
