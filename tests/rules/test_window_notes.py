"""Notes on windows that are short beside the interval of their point, and that what they say is so."""

import math

import pytest
from msgspec.structs import replace

from domain.configuration import Parameter, RuleSpec
from domain.effects import AlarmChanged, UndecidedChanged
from domain.instant import from_seconds
from domain.problem import Problem
from domain.readings import Quality, readings_from
from domain.site import Site
from rules.settings import RuleChecks
from tests.rules.estate import a_rule
from tests.rules.playbook import Playbook
from tests.rules.undecided.test_looks import PLANT, POINTS, plant

EVERY = 900.0


def a_site(stale: float | None = None) -> Site:
    """A plant whose points are expected every quarter of an hour."""
    points = tuple(replace(point, interval_seconds=EVERY, stale_seconds=stale) for point in POINTS)
    return replace(PLANT, points=points, devices=())


def rule(kind: str, **parameters: Parameter) -> RuleSpec:
    inputs = {"speed": "speed"} if "speed" in str(parameters) else {}
    return a_rule("r", kind, subjects=("flow",), inputs=inputs, parameters=parameters)


def when(text: str) -> RuleSpec:
    return rule("expression", when=text)


def notes(spec: RuleSpec, site: Site) -> list[Problem]:
    checks = RuleChecks(site)
    assert checks.check(spec) == []
    return checks.notes(spec)


def judged(spec: RuleSpec, site: Site) -> tuple[bool, bool]:
    """Whether points that speak on time leave it undecided for good, and whether it raised an alarm."""
    book = Playbook(plant(spec, site=site), "09:00")
    begin, step = book.now, from_seconds(EVERY) // 5
    for number in range(25 * 5):
        book.now = begin + number * step
        if number % 5 == 0:
            values = [50.0 + math.sin(number), 7.0 + number % 3]
            body = readings_from(["flow", "speed"], [book.now] * 2, values, [Quality.GOOD] * 2)
            book.happens(body, source="gateway", boot="b1")
        book.tick()
    said = [effect.body.undecided for effect in book.effects if isinstance(effect.body, UndecidedChanged)]
    alarmed = any(isinstance(effect.body, AlarmChanged) and effect.body.alarm.rule == "r" for effect in book.effects)
    return bool(said) and said[-1].over_at is None, alarmed


@pytest.mark.parametrize(
    "spec",
    [
        rule("flatline", window_seconds=2700.0),
        rule("flatline", window_seconds=60.0),
        when("lowest(value, 5 min) > 1000"),
        rule("rate", rise=1000.0, window_seconds=900.0),
        rule("rate", rise=1000.0),
        rule("time_to_limit", limit=1e6, within_seconds=3600.0, window_seconds=2700.0),
        when("avg(value, 20 min) > 1000"),
        when("value > 1000 for 1 min"),
        when("value - previous(value) > 1000"),
        rule("limit", high=1000.0),
    ],
    ids=lambda spec: f"{spec.kind} {spec.parameters}",
)
def test_a_window_long_enough_is_not_noted_and_judges(spec: RuleSpec) -> None:
    assert notes(spec, a_site()) == []
    assert judged(spec, a_site()) == (False, False)


def test_a_mean_of_one_reading_is_that_reading() -> None:
    assert notes(when("avg(value, 15 min) > 1000"), a_site()) == [
        Problem(
            ("parameters", "when"),
            "rule 'r': a window of 15 min holds one reading of point 'flow', which is expected every 15 min: "
            "the mean is the reading before that, as if there were no window",
            "Give the window 45 min or more, or the point the 'interval_seconds' at which it really speaks.",
        )
    ]


def test_a_trend_without_a_reading_in_each_third_cannot_be_decided() -> None:
    spec = rule("time_to_limit", limit=1e6, within_seconds=3600.0, window_seconds=1800.0)
    (note,) = notes(spec, a_site())
    assert "has no reading in each of its thirds" in note.message
    assert note.remedy.startswith("Give the window 45 min or more")
    assert judged(spec, a_site()) == (True, False)


@pytest.mark.parametrize(
    "spec", [when("avg(value, 1 h) > 1000"), rule("rate", rise=1000.0, window_seconds=3600.0)], ids=["avg", "rate"]
)
def test_values_that_go_stale_before_the_next_one_leave_no_window_whole(spec: RuleSpec) -> None:
    (note,) = notes(spec, a_site(stale=EVERY))
    assert "a value of 'flow' stands for 15 min only, so that the rule can never be decided there" in note.message
    assert note.remedy.startswith("Let 'stale_seconds' of 'flow' be longer than its 'interval_seconds'")
    assert judged(spec, a_site(stale=EVERY)) == (True, False)
    assert notes(spec, a_site(stale=EVERY + 1)) == []
    assert judged(spec, a_site(stale=EVERY + 1)) == (False, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("avg(value, 5 min) > 1000", "the mean is the reading before that, as if there were no window"),
        ("avg(speed, 5 min) > 1000", "holds one reading of point 'speed'"),
        ("change(value, 5 min) > 1000", "the change since the reading before counts"),
    ],
)
def test_the_note_stands_at_the_expression(text: str, said: str) -> None:
    (note,) = notes(when(text), a_site())
    assert (note.path, said in note.message) == (("parameters", "when"), True)
    assert not judged(when(text), a_site())[0]


def test_each_sort_is_noted_once_whatever_number_of_points_shows_it() -> None:
    many = replace(rule("rate", rise=1000.0, window_seconds=60.0), subjects=("flow", "speed", "fan"))
    assert len(notes(many, a_site())) == 1
    several = when("avg(value, 5 min) * avg(speed, 5 min) * change(value, 1 min) > 1000")
    assert len(notes(several, a_site())) == 2


def test_of_several_points_under_one_window_the_quickest_counts() -> None:
    site = a_site()
    quick = replace(site, points=(site.points[0], replace(site.points[1], interval_seconds=60.0), *site.points[2:]))
    assert notes(when("avg(value * speed, 5 min) > 1000"), a_site()) != []
    (note,) = notes(
        when("avg(value * speed, 5 min) > 1000"),
        replace(
            quick,
            points=tuple(
                replace(point, stale_seconds=30.0) if point.id == "speed" else point for point in quick.points
            ),
        ),
    )
    assert "a value of 'speed' stands for 30 s only" in note.message
    assert notes(when("avg(value * speed, 5 min) > 1000"), quick) == []
