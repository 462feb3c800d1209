"""Ten cases for every kind over readings, told in few words: who said what when, and what came of it.

A case is steps and what is expected. A step is "12:30 flow=5" (minutes:seconds after the beginning, a point, its value;
`bad` for a reading that is unusable) or "15:00 tick". What is expected is "12:30 raise", with its level if it has one.
"""

from collections.abc import Mapping, Sequence

from domain.configuration import RuleSpec
from domain.instant import SECOND
from domain.readings import Quality
from domain.site import Equipment, Point, Site, Zone
from domain.text import same
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.rule import Finding, ReadingBatch, ReadingKind
from rules.settings import check_rule
from tests.reference.limit_world import START, Reading, a_batch, point_ids

CASES = (
    "fault",
    "normal",
    "equipment_off",
    "point_missing",
    "at_threshold",
    "irregular",
    "out_of_order",
    "duplicate_time",
    "gap",
    "start_up",
)
"""What every kind is tried on."""

Cases = Mapping[str, tuple[str, str]]


def a_plant(units: Mapping[str, str], interval: float = 60.0, **ranges: float) -> Site:
    """A site with one machine and its points, by unit; `ranges` are the low and high of all of them.

    A value of the first point holds for three intervals, those of the others (states, set points) for a day.
    """
    return Site(
        id="tower",
        name=same("tower"),
        timezone="UTC",
        zones=(Zone(id="plant", name=same("plant")),),
        equipment=(Equipment(id="machine", name=same("Machine"), zone="plant", equipment_class="pump"),),
        points=tuple(
            Point(
                id=point,
                name=same(point),
                equipment="machine",
                unit=unit,
                interval_seconds=interval,
                stale_seconds=None if number == 0 else 86_400.0,
                low=ranges.get("low"),
                high=ranges.get("high"),
            )
            for number, (point, unit) in enumerate(units.items())
        ),
    )


def told(site: Site, rule: RuleSpec, steps: str) -> str:
    """What the rule's kind says of the steps, each judged as a batch of its own and all as one: both must agree."""
    one, many = (_judged(site, rule, steps, at_once=at_once) for at_once in (True, False))
    assert [each.why for each in one] == [each.why for each in many]
    return ", ".join(_written(each) for each in many)


def findings(site: Site, rule: RuleSpec, steps: str) -> Sequence[Finding]:
    """The findings themselves."""
    return _judged(site, rule, steps, at_once=True)


def _judged(site: Site, rule: RuleSpec, steps: str, *, at_once: bool) -> list[Finding]:
    assert not check_rule(rule, site)
    kind = CATALOG.readings[rule.kind](Listening())
    kind.configure([(site, rule)], point_ids(site), START)
    found: list[Finding] = []
    waiting: list[Reading] = []
    for seq, step in enumerate(filter(None, (each.strip() for each in steps.split(","))), start=1):
        clock, what = step.split()
        at = _seconds(clock) * SECOND
        if what == "tick":
            found += _taken(kind, site, waiting, at_once=at_once)
            waiting = []
            found += kind.fire(START + at, seq)
            continue
        point, value = what.split("=")
        good = value != "bad"
        waiting.append(Reading(point, at, float(value) if good else 0.0, Quality.GOOD if good else Quality.BAD, seq))
    return found + _taken(kind, site, waiting, at_once=at_once)


def _taken(kind: ReadingKind, site: Site, readings: Sequence[Reading], *, at_once: bool) -> list[Finding]:
    batches: list[ReadingBatch] = [a_batch(site, readings)] if at_once else [a_batch(site, [each]) for each in readings]
    return [finding for batch in batches if batch.point.size for finding in kind.judge(batch)]


def _seconds(clock: str) -> int:
    minutes, _, seconds = clock.partition(":")
    return int(minutes) * 60 + int(seconds or 0)


def _written(finding: Finding) -> str:
    minutes, seconds = divmod((finding.at - START) // SECOND, 60)
    return " ".join(filter(None, (f"{minutes}:{seconds:02}", finding.trigger.value, finding.level)))
