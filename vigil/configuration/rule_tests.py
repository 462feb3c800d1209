"""Tests of rules, written beside them: readings in, what the rule says out. `vigil check --run-tests` runs them.

    tests:
      - {rule: pump-1-no-flow, given: "0 flow=50, 1 flow=2, 1:30 flow=2", then: "1:30 raise"}

In a site's own files the same list stands beside `rules:`.

A step of `given` is minutes or minutes:seconds, and a point with its value (`bad`: an unusable reading), or `tick`;
steps stand in the order of time. Values of one time are one message, and so one moment. `0-40 flow=2` reads the value
once a minute, from 0 to 40, or in the point's interval where that is shorter: it would go stale in between.
What is expected is the time, `raise`, `worsen`, `ease`, `lose_sight` or `clear`, and the level where the rule has
levels.
"""

import math
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import Configuration, RuleSpec
from domain.errors import VigilError
from domain.instant import HOUR, MINUTE, SECOND, Duration, Instant, from_seconds
from domain.readings import Quality
from domain.site import Equipment, Point, Site, Zone
from domain.text import same
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.rule import Finding, ReadingBatch
from rules.wording import span
from vigil.configuration.packs import FOLDER, Pack, RuleTest, pack_names, read_pack
from vigil.configuration.reading import suggestion
from vigil.configuration.yaml_tree import read_document

_START: Instant = 1_800_000_000 * SECOND
_STEP: Final = re.compile(
    r"(?P<minutes>[0-9]{1,6})(?::(?P<seconds>[0-5]?[0-9])|-(?P<until>[0-9]{1,6}))? +"
    r"(?:tick|(?!tick\b)(?P<point>[^\s=]{1,64}) *=(?P<value> *[^\s=]{1,64}))"
)
_THEN: Final = re.compile(r"(?P<minutes>[0-9]{1,6})(?::(?P<seconds>[0-5]?[0-9]))? +(?P<said>.*)", re.DOTALL)
_SHOWN: Final = 200
_HOLDS_SECONDS = 600.0
"""How long a value holds in a test, so that it need not say everything again."""


_LONGEST_SPAN: Final = 7 * 24 * HOUR


class RuleTestUnreadable(VigilError):
    """A test that cannot be read; says which step and how to write it."""


class TestFailure(Struct, frozen=True, kw_only=True):
    """A rule that says something else than its test expects, or a test that cannot be read, and where that stands.

    `hint` says what may be overlooked: of which point the test has gaps in which nothing is known.
    """

    __test__ = False

    file: str
    line: int
    rule: str
    given: str
    expected: str
    said: str
    hint: str = ""

    def __str__(self) -> str:
        """The form editors and terminals make clickable."""
        expected, said, given = (_cut(each) for each in (self.expected, self.said, self.given))
        told = f"expected {_quoted(expected)}, said {_quoted(said)}, given {given}"
        return f"{self.file}:{self.line}: {self.rule}: {told}{'. ' if self.hint else ''}{self.hint}"


class PlacedTest(Struct, frozen=True, kw_only=True):
    """A test and where it stands."""

    file: str
    line: int
    test: RuleTest


def run_pack_tests(names: Sequence[str] | None = None) -> tuple[int, list[TestFailure]]:
    """Run the tests of the packs; gives how many, and those that fail."""
    failures: list[TestFailure] = []
    count = 0
    for name in pack_names() if names is None else names:
        pack = read_pack(name)
        site, points = pack_site(pack)
        rules = {rule.id: rule.bound("machine", site.id, points) for rule in pack.rules}
        for placed in _pack_tests(pack):
            count += 1
            rule = placed.test.rule
            if rule not in rules:
                raise RuleTestUnreadable(f"pack '{name}' tests rule '{rule}', which it does not have: mend the id")
            failures += run_test(placed, rules[rule], site, points)
    return count, failures


def run_site_tests(configuration: Configuration, tests: Iterable[PlacedTest]) -> list[TestFailure]:
    """Run the tests of a site's own rules, which are all there; gives those that fail, unreadable ones among them.

    A test names points by id, by the name that the rule's `inputs` give them, or `value`, which is the rule's subject.
    A rule over several subjects is judged on those that the test reads.
    """
    rules = {rule.id: rule for rule in configuration.rules}
    sites = {site.id: _Stage(site) for site in configuration.sites}
    failures: list[TestFailure] = []
    for placed in tests:
        rule = rules[placed.test.rule]
        stage = sites[rule.site]
        subjects = rule.subjects or tuple(stage.points)
        words = stage.of(rule)
        try:
            read = {words.get(point) for _, point, _ in _steps(placed.test)}
            own = replace(rule, subjects=tuple(each for each in subjects if each in read) or subjects, enabled=True)
            failures += run_test(placed, own, stage.holding(own), words)
        except RuleTestUnreadable as error:
            failures.append(_failure(placed, str(error)))
    return failures


class TestWords:
    """What the tests of a site's rules may call its points."""

    __test__ = False

    def __init__(self, site: Site) -> None:
        """Index the site's points."""
        self.site = site
        self.points = {point.id: point for point in site.points}
        self._by_id = {point: point for point in self.points}

    def of(self, rule: RuleSpec) -> Mapping[str, str]:
        """Point ids by the words for them: the ids, the rule's names for its inputs, and `value` for a sole subject."""
        subjects = rule.subjects or tuple(self.points)
        words = ChainMap(rule.inputs, self._by_id)
        return words.new_child({"value": subjects[0]}) if len(subjects) == 1 else words

    def unknown_points(self, test: RuleTest, rule: RuleSpec) -> list[tuple[str, str]]:
        """What a test reads that is no point, each with the remedy; of unreadable steps only the run complains."""
        try:
            steps = _steps(test)
        except RuleTestUnreadable:
            return []
        words = self.of(rule)
        unknown = dict.fromkeys(point for _, point, _ in steps if point != "tick" and point not in words)
        return [_no_point(test, point, words) for point in unknown]


class _Stage(TestWords):
    """A site on which rules are tested one by one: a rule gets the points that it looks at, however many there are."""

    def holding(self, rule: RuleSpec) -> Site:
        """The site with the rule's points alone."""
        needed = dict.fromkeys((*rule.subjects, *rule.inputs.values()))
        return replace(self.site, points=tuple(self.points[each] for each in needed))


def run_test(placed: PlacedTest, rule: RuleSpec, site: Site, points: Mapping[str, str]) -> list[TestFailure]:
    """Judge the readings of one test; `points` gives point ids by the words the test uses."""
    test = placed.test
    kind = CATALOG.readings[rule.kind](Listening())
    ids = [point.id for point in site.points]
    kind.configure([(site, rule)], ids, _START)
    found: list[Finding] = []
    waiting: list[_Reading] = []
    intervals = {point.id: point.interval_seconds for point in site.points}

    def apart(word: str) -> Duration:
        """How far apart the readings of a span are: a minute, or whole seconds of an interval that is shorter."""
        seconds = intervals.get(points.get(word, ""), 60.0)
        return min(MINUTE, max(1, int(seconds)) * SECOND)

    seq, before = 0, (-1, "")
    for at, point, value in _steps(test, apart):
        is_same_message = point != "tick" and before[0] == at and before[1] != "tick"
        seq, before = (seq if is_same_message else seq + 1), (at, point)
        if point == "tick":
            found += kind.judge(_batch(waiting)) if waiting else ()
            waiting = []
            found += kind.fire(_START + at, seq)
        elif point in points:
            # A point of the site that the rule does not look at says nothing to it.
            if points[point] in ids:
                waiting.append(_Reading(seq, ids.index(points[point]), _START + at, value))
        else:
            raise RuleTestUnreadable(". ".join(_no_point(test, point, points)))
    found += kind.judge(_batch(waiting)) if waiting else ()
    said = ", ".join(_written(each) for each in found)
    return [] if said == _expected(test) else [_failure(placed, said, _hint(_steps(test, apart), site, points))]


def _hint(steps: Sequence[tuple[Duration, str, str]], site: Site, points: Mapping[str, str]) -> str:
    """Which point is unknown for a while between its readings in the test, if any: easily overlooked at 10 s."""
    holds = {point.id: from_seconds(point.holds_seconds) for point in site.points}
    before: dict[str, Duration] = {}
    for at, word, _ in steps:
        point = points.get(word, "")
        if point in holds and at - before.get(point, at) > holds[point]:
            known = span(holds[point]).en
            return f"A value of '{point}' is known for {known}: after {_clock(before[point])} it is unknown for a while"
        before[point] = at
    return ""


def _no_point(test: RuleTest, point: str, words: Mapping[str, str]) -> tuple[str, str]:
    """What is wrong with a step that reads what is no point, and what was meant."""
    what = f"the test of rule '{test.rule}' reads '{point}', which is no point"
    if point == "value":
        return what, "The rule has several subjects: name one of them."
    return what, suggestion(point, sorted(words))


def _expected(test: RuleTest) -> str:
    """What the test expects, written as what a rule says is."""
    return ", ".join(filter(None, (_THEN.sub(_timed, each.strip()) for each in test.then.split(","))))


def _timed(found: re.Match[str]) -> str:
    """A time as `given` has it, minutes or minutes:seconds, and what is said then."""
    since = (int(found["minutes"]) * 60 + int(found["seconds"] or 0)) * SECOND
    return f"{_clock(since)} {' '.join(found['said'].split())}"


def _failure(placed: PlacedTest, said: str, hint: str = "") -> TestFailure:
    test = placed.test
    return TestFailure(
        file=placed.file,
        line=placed.line,
        rule=test.rule,
        given=test.given,
        expected=_expected(test),
        said=said,
        hint=hint,
    )


def _pack_tests(pack: Pack) -> list[PlacedTest]:
    """The tests of a pack, with those of the pack that it is like, of rules that are the same in both."""
    path = FOLDER / f"{pack.pack}.yaml"
    document = read_document(path, f"{FOLDER.name}/{path.name}")
    places = [document.problem(("tests", number), "", "") for number in range(len(pack.tests))]
    own = [
        PlacedTest(file=place.file, line=place.line, test=test) for place, test in zip(places, pack.tests, strict=True)
    ]
    if pack.like is None:
        return own
    like = read_pack(pack.like)
    same = {rule.id for rule in like.rules if rule in pack.rules}
    return [*own, *(placed for placed in _pack_tests(like) if placed.test.rule in same)]


def _a_minute(_point: str) -> Duration:
    return MINUTE


def _steps(test: RuleTest, apart: Callable[[str], Duration] = _a_minute) -> list[tuple[Duration, str, str]]:
    """The readings and ticks in the order of time; those of a span are so far apart as its point's."""
    steps: list[tuple[Duration, str, str]] = []
    before = 0
    for step in filter(None, (each.strip() for each in test.given.split(","))):
        found = _STEP.fullmatch(step)
        value = "" if found is None or found["value"] is None else found["value"].strip()
        if found is None or (value and value != "bad" and not _is_finite(value)):
            msg = (
                f"the test of rule '{test.rule}' has the step '{step[:40]}': write it like '1:30 flow=2', '0-9 flow=2' "
                "or '5 tick'"
            )
            raise RuleTestUnreadable(msg)
        at = (int(found["minutes"]) * 60 + int(found["seconds"] or 0)) * SECOND
        if at < before:
            msg = (
                f"the test of rule '{test.rule}' goes back in time at '{step[:40]}': put its steps in the order of time"
            )
            raise RuleTestUnreadable(msg)
        before = at
        point = found["point"] or "tick"
        times = _times(test, step, at, found["until"], apart(point))
        steps += [(each, point, value) for each in times]
    return sorted(steps, key=lambda step: step[0])


def _times(test: RuleTest, step: str, begin: Duration, until: str | None, apart: Duration) -> range:
    """The times of a step: its own, or so far apart until the end of a span."""
    end = begin if until is None else int(until) * MINUTE
    if not begin <= end <= begin + _LONGEST_SPAN:
        msg = f"the test of rule '{test.rule}' has the span '{step[:40]}': end it after its beginning, within a week"
        raise RuleTestUnreadable(msg)
    return range(begin, end + 1, apart)


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _quoted(said: str) -> str:
    return f"'{said}'" if said else "nothing"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class _Reading(NamedTuple):
    seq: int
    row: int
    at: Instant
    value: str


def _batch(readings: Sequence[_Reading]) -> ReadingBatch:
    """All readings between two ticks: how they are cut changes nothing, and one batch is judged sooner than many."""
    bad = [each.value == "bad" for each in readings]
    row = np.array([each.row for each in readings], dtype=np.int32)
    return ReadingBatch(
        seq=np.array([each.seq for each in readings], dtype=np.int64),
        index=np.arange(len(readings), dtype=np.int32),
        point=row,
        at=np.array([each.at for each in readings], dtype=np.int64),
        values=np.array([0.0 if is_bad else float(each.value) for is_bad, each in zip(bad, readings, strict=True)]),
        quality=np.array([Quality.BAD if is_bad else Quality.GOOD for is_bad in bad], dtype=np.uint8),
    )


def _written(finding: Finding) -> str:
    return " ".join(filter(None, (_clock(finding.at - _START), finding.trigger.value, finding.level)))


def _clock(since: Duration) -> str:
    minutes, seconds = divmod(since // SECOND, 60)
    return f"{minutes}:{seconds:02}"


def pack_site(pack: Pack) -> tuple[Site, dict[str, str]]:
    """One machine with every point of the pack, each read once a minute."""
    points = tuple(
        Point(id=role, name=same(role), equipment="machine", unit=unit, quantity=role, stale_seconds=_HOLDS_SECONDS)
        for role, unit in pack.points.items()
    )
    site = Site(
        id="tests",
        name=same("tests"),
        timezone="UTC",
        zones=(Zone(id="plant", name=same("plant")),),
        equipment=(
            Equipment(id="machine", name=same("machine"), zone="plant", equipment_class=pack.equipment_classes[0]),
        ),
        points=points,
    )
    return site, {role: role for role in pack.points}
