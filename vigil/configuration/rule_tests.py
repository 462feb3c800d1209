"""Tests of rules, written beside them: readings in, what the rule says out. `vigil check --run-tests` runs them.

    tests:
      - {rule: pump-1-no-flow, given: "0 flow=50, 1 flow=2, 1:30 flow=2", then: "1:30 raise"}

In a site's own files the same list stands beside `rules:`.

A step of `given` is minutes or minutes:seconds, and a point with its value (`bad`: an unusable reading), or `tick`.
What is expected is the time, `raise`, `worsen`, `ease`, `lose_sight` or `clear`, and the level where the rule has
levels.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from domain.configuration import Configuration, RuleSpec
from domain.errors import VigilError
from domain.instant import SECOND, Duration, Instant
from domain.readings import Quality
from domain.site import Equipment, Point, Site, Zone
from domain.text import same
from rules.catalog import CATALOG
from rules.rule import Finding, ReadingBatch
from vigil.configuration.packs import FOLDER, Pack, RuleTest, pack_names, read_pack
from vigil.configuration.reading import suggestion
from vigil.configuration.yaml_tree import read_document

_START: Instant = 1_800_000_000 * SECOND
_HOLDS_SECONDS = 600.0
"""How long a value holds in a test, so that it need not say everything again."""


class RuleTestUnreadable(VigilError):
    """A test that cannot be read; says which step and how to write it."""


class TestFailure(Struct, frozen=True, kw_only=True):
    """A rule that says something else than its test expects, or a test that cannot be read, and where that stands."""

    __test__ = False

    file: str
    line: int
    rule: str
    given: str
    expected: str
    said: str

    def __str__(self) -> str:
        """The form editors and terminals make clickable."""
        return (
            f"{self.file}:{self.line}: {self.rule}: expected '{self.expected}', said '{self.said}', given {self.given}"
        )


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
    sites = {site.id: site for site in configuration.sites}
    failures: list[TestFailure] = []
    for placed in tests:
        rule = rules[placed.test.rule]
        site = sites[rule.site]
        subjects = rule.subjects or tuple(point.id for point in site.points)
        words = {point.id: point.id for point in site.points} | rule.inputs
        if len(subjects) == 1:
            words["value"] = subjects[0]
        try:
            read = {words.get(point) for _, point, _ in _steps(placed.test)}
            own = replace(rule, subjects=tuple(each for each in subjects if each in read) or subjects, enabled=True)
            failures += run_test(placed, own, site, words)
        except RuleTestUnreadable as error:
            failures.append(_failure(placed, str(error)))
    return failures


def run_test(placed: PlacedTest, rule: RuleSpec, site: Site, points: Mapping[str, str]) -> list[TestFailure]:
    """Judge the readings of one test; `points` gives point ids by the words the test uses."""
    test = placed.test
    kind = CATALOG.readings[rule.kind]()
    ids = [point.id for point in site.points]
    kind.configure([(site, rule)], ids, _START)
    found: list[Finding] = []
    for seq, (at, point, value) in enumerate(_steps(test), start=1):
        if point == "tick":
            found += kind.fire(_START + at, seq)
        elif point in points:
            found += kind.judge(_reading(seq, ids.index(points[point]), _START + at, value))
        else:
            known = suggestion(point, sorted(points))
            raise RuleTestUnreadable(f"the test of rule '{test.rule}' reads '{point}', which is no point. {known}")
    said = ", ".join(_written(each) for each in found)
    return [] if said == _expected(test) else [_failure(placed, said)]


def _expected(test: RuleTest) -> str:
    return ", ".join(filter(None, (each.strip() for each in test.then.split(","))))


def _failure(placed: PlacedTest, said: str) -> TestFailure:
    test = placed.test
    return TestFailure(
        file=placed.file, line=placed.line, rule=test.rule, given=test.given, expected=_expected(test), said=said
    )


def _pack_tests(pack: Pack) -> list[PlacedTest]:
    path = FOLDER / f"{pack.pack}.yaml"
    document = read_document(path, f"{FOLDER.name}/{path.name}")
    places = [document.problem(("tests", number), "", "") for number in range(len(pack.tests))]
    return [
        PlacedTest(file=place.file, line=place.line, test=test) for place, test in zip(places, pack.tests, strict=True)
    ]


def _steps(test: RuleTest) -> list[tuple[Duration, str, str]]:
    steps: list[tuple[Duration, str, str]] = []
    for step in filter(None, (each.strip() for each in test.given.split(","))):
        clock, _, what = step.partition(" ")
        minutes, _, seconds = clock.partition(":")
        point, _, value = what.strip().partition("=")
        try:
            at = (int(minutes) * 60 + int(seconds or 0)) * SECOND
            steps.append((at, point, value if value in {"", "bad"} else str(float(value))))
        except ValueError:
            msg = f"the test of rule '{test.rule}' has the step '{step[:40]}': write it like '1:30 flow=2' or '5 tick'"
            raise RuleTestUnreadable(msg) from None
    return steps


def _reading(seq: int, row: int, at: Instant, value: str) -> ReadingBatch:
    is_bad = value == "bad"
    return ReadingBatch(
        seq=np.array([seq], dtype=np.int64),
        index=np.zeros(1, dtype=np.int32),
        point=np.array([row], dtype=np.int32),
        at=np.array([at], dtype=np.int64),
        values=np.array([0.0 if is_bad else float(value)]),
        quality=np.array([Quality.BAD if is_bad else Quality.GOOD], dtype=np.uint8),
    )


def _written(finding: Finding) -> str:
    minutes, seconds = divmod((finding.at - _START) // SECOND, 60)
    return " ".join(filter(None, (f"{minutes}:{seconds:02}", finding.trigger.value, finding.level)))


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
