"""Judges recorded readings by a site's rules, and gathers what was raised and cleared."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from domain.configuration import Configuration, RuleSpec
from domain.errors import VigilError
from domain.instant import Instant
from domain.readings import Times
from domain.site import Site
from rules.catalog import CATALOG
from rules.event_rules import Found
from rules.point_table import NEVER, Rows
from rules.reading_intake import is_late
from rules.reading_rules import ReadingRules
from rules.rule import Finding, ReadingBatch
from rules.segments import Mask
from vigil.judging.recorded_columns import Part


class Raised(Struct, kw_only=True):
    """One time that a rule's condition was the case for a point; `cleared_at` None: still at the end."""

    rule: str
    point: str
    raised_at: Instant
    cleared_at: Instant | None
    level: str
    name: str
    seen: str


class NothingToJudge(VigilError):
    """No rule judges any of the mapped points."""


class Judge:
    """The rules of one site over the points of a map."""

    def __init__(self, configuration: Configuration, site_id: str, points: Sequence[str], only: Sequence[str]) -> None:
        """Take the rules that look at mapped points alone, or of these the chosen ones.

        Raises:
            NothingToJudge: there are none; says what to do.
        """
        site = configuration.site(site_id)
        if site is None:
            raise NothingToJudge(f"site '{site_id}' of the map is not configured: give its folder with --config")
        unknown = sorted({*only} - {rule.id for rule in configuration.rules})
        if unknown:
            raise NothingToJudge(f"rule '{unknown[0]}' is not configured: name others with --rule, or leave it out")
        rules = [each for rule in configuration.rules if (each := _on_points(rule, site, points, only)) is not None]
        if not rules:
            raise NothingToJudge(
                "no rule over readings looks at the map's points alone: map more columns, or add rules"
            )
        self.rules = [rule.id for rule in rules]
        self.late = 0
        self._rules = ReadingRules({name: make() for name, make in CATALOG.readings.items()})
        self._site, self._specs, self._points = site, rules, list(points)
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
        late = self._late(point, part.at)
        keep = np.flatnonzero(~late) if bool(late.any()) else slice(None)
        self.late += int(np.count_nonzero(late))
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
                    name=each.name.en,
                    seen=each.why.seen.en,
                )
                self.raised.append(self._open[key])
            elif each.trigger is ConditionTrigger.WORSEN:
                self._open[key].level = each.level
            elif each.trigger is ConditionTrigger.CLEAR:
                self._open.pop(key).cleared_at = each.at


def _on_points(rule: RuleSpec, site: Site, points: Sequence[str], only: Sequence[str]) -> RuleSpec | None:
    """The rule on those of its subjects that are mapped; None where it is not chosen or looks at others besides."""
    mapped = dict.fromkeys(points)
    if rule.site != site.id or rule.kind not in CATALOG.readings or (only and rule.id not in only):
        return None
    subjects = tuple(subject for subject in rule.subjects if subject in mapped)
    if not subjects or not all(point in mapped for point in rule.inputs.values()):
        return None
    return replace(rule, subjects=subjects)
