"""What a rule over readings expects of a point, and what clears its alarm, as it is configured now.

An alarm keeps what held when it was raised. Where that is said otherwise now, because the rule changed, its point has
another name or a new version of Vigil has other words, this is what it is judged by.
"""

from collections.abc import Iterable

from msgspec import Struct

from domain.alarm import Alarm, Condition, SubjectKind
from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.site import Site
from domain.text import Text
from rules.catalog import CATALOG
from rules.conditions.saying import clears_of
from rules.conditions.stating import SiteThings, Watched
from rules.kinds import limit
from rules.kinds.limit_why import sentences


class ExpectedNow(Struct, frozen=True):
    """What is expected now, and what clears the alarm."""

    expected: Text
    clears: Text


def expected_now(alarm: Alarm, rules: Iterable[RuleSpec], sites: Iterable[Site]) -> ExpectedNow | None:
    """What holds for an alarm that stands, where that is not what it was raised with.

    None where it is the same, the condition is over, or the rule is none over readings of this point any more.
    """
    rule = next((each for each in rules if each.id == alarm.rule and each.site == alarm.site), None)
    site = next((each for each in sites if each.id == alarm.site), None)
    if alarm.condition is Condition.INACTIVE or alarm.subject.kind is not SubjectKind.POINT:
        return None
    if rule is None or site is None or not rule.enabled or alarm.subject.id not in rule.subjects:
        return None
    try:
        now = _said(rule, site, alarm.subject.id, alarm.level)
    except ConfigurationError:
        return None
    why = alarm.latest.why
    return None if now is None or (now.expected, now.clears) == (why.expected, why.clears) else now


def _said(rule: RuleSpec, site: Site, subject: str, level: str) -> ExpectedNow | None:
    # An index of the whole site would take tens of milliseconds for each alarm that somebody opens.
    needed = {subject, *rule.inputs.values()}
    points = {each.id: each for each in site.points if each.id in needed}
    if points.keys() != needed:
        return None
    point = points[subject]
    if rule.kind == limit.KIND:
        return ExpectedNow(*sentences(limit.check_parameters(rule), point))
    entry = CATALOG.entries.get(rule.kind)
    if entry is None or entry.levels is None:
        return None
    inputs = {name: points[each] for name, each in rule.inputs.items()}
    named = {each.equipment for each in points.values()}
    machines = {each.id: each for each in site.equipment if each.id in named}
    things = SiteThings(site.timezone, points, machines)
    levels = entry.levels(Watched(spec=rule, point=point, inputs=inputs, site=things))
    found = next((each for each in levels if each.name == level), None)
    return None if found is None else ExpectedNow(found.expected, clears_of(found))
