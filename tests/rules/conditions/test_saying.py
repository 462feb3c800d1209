"""Sentences about events."""

from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from domain.instant import MINUTE
from domain.site import Point
from domain.text import Text
from rules.conditions.condition import Condition
from rules.conditions.saying import Event, finding
from rules.conditions.scan import CLEARED, LOST_UNUSABLE, RAISED, REGAINED
from rules.conditions.stating import Level, Told, Watched, site_things
from rules.expressions.tree import Compare, Number, Value
from tests.reference.limit_world import a_rule, a_site

NOT_KNOWN = float("nan")
SITE = a_site()
WATCHED = Watched(spec=a_rule(), point=SITE.points[0], inputs={}, site=site_things(SITE))
LEVEL = Level(
    condition=Condition(
        inputs=("flow",),
        enter=Compare(">", Value(0), Number(5.0)),
        told=(Number(1.0),),
        on_delay=MINUTE,
        off_delay=2 * MINUTE,
    ),
    case=Text("too much", "过大"),
    expected=Text("at most 5", "不高于 5"),
    clears=Text("at most 5", "不高于 5"),
    unit="l/min",
    told=(("other", "A"),),
    compared={"limit": 5.0},
)


def an_event(kind: int, value: float = 7.0, *so: float) -> Event:
    """`so`: whether the value is beyond, then whether each guard holds."""
    return Event(kind, ConditionTrigger.RAISE, 100, 9, 0, value, (NOT_KNOWN,), so or (1.0,), 40, 3, 0)


def test_a_raised_alarm_explains_itself() -> None:
    said = finding(WATCHED, LEVEL, LEVEL, an_event(RAISED))
    assert said.name.en == "Pump 1: flow out of range, flow 7 l/min"
    assert said.why.seen == Text("Flow 7 l/min, too much, for 1 min", "流量 7 l/min，过大，已持续 1 分钟")
    assert said.why.clears.en == "at most 5, for 2 min"
    assert said.why.values == {"value (l/min)": 7.0, "other (A)": "unknown", "limit": 5.0}
    assert (said.why.since, said.why.evidence, said.zone) == (40, (3,), "plant")


def test_what_is_over_and_what_cannot_be_seen() -> None:
    assert finding(WATCHED, LEVEL, LEVEL, an_event(CLEARED)).why.seen.en == "Flow 7 l/min, no longer too much"
    lost = finding(WATCHED, LEVEL, LEVEL, an_event(LOST_UNUSABLE, float("nan")))
    assert lost.why.seen.en == "Flow not known: its latest reading is unusable"
    assert lost.why.since == 100


def test_between_its_limit_and_what_ends_it_a_value_is_not_said_to_be_beyond() -> None:
    leaves = replace(LEVEL.condition, leave=Compare("<=", Value(0), Number(4.0)))
    level = replace(LEVEL, condition=leaves, clears=Text("at most 4", "不高于 4"))

    def seen(kind: int, is_beyond: float) -> Text:
        return finding(WATCHED, level, level, an_event(kind, 4.5, is_beyond)).why.seen

    assert seen(RAISED, 0.0) == Text(
        "Flow 4.5 l/min, was too much, not over until at most 4, for 1 min",
        "流量 4.5 l/min，曾过大，恢复条件：不高于 4，已持续 1 分钟",
    )
    assert seen(REGAINED, 0.0).en == "Flow 4.5 l/min, was too much, not over until at most 4"
    assert seen(REGAINED, 1.0).en == "Flow 4.5 l/min, too much"
    assert seen(REGAINED, NOT_KNOWN).en == "Flow 4.5 l/min, too much"
    assert seen(CLEARED, 0.0).en == "Flow 4.5 l/min, no longer too much"


def test_what_a_guard_has_ended_is_not_said_to_be_back() -> None:
    spec = replace(WATCHED.spec, parameters={"only_while": "fan > 0", "hours": "mon-fri 08:00-18:00"})
    fan = Point(id="fan", name=Text("Supply fan", "送风机"), equipment="pump-1", unit="1", low=0.0, high=1.0)
    site = replace(SITE, points=(*SITE.points, fan))
    watched = replace(WATCHED, spec=spec, inputs={"fan": fan}, site=site_things(site))

    def seen(*guards: float) -> Text:
        return finding(watched, LEVEL, LEVEL, an_event(CLEARED, 7.0, 0.0, *guards)).why.seen

    assert seen(0.0, 1.0) == Text(
        "Flow 7 l/min, no longer judged: only while supply fan is on",
        "流量 7 l/min，不再判断：仅在 送风机为“开” 时判断",
    )
    assert seen(1.0, 0.0).en == "Flow 7 l/min, no longer judged: only mon-fri 08:00-18:00"
    assert seen(1.0, 1.0).en == "Flow 7 l/min, no longer too much"
    assert seen(NOT_KNOWN, 1.0).en == "Flow 7 l/min, no longer too much"


def test_an_alarm_that_eases_says_what_is_over_and_what_it_is_now() -> None:
    worse = replace(LEVEL, case=Text("far too much", "严重过大"), name="worse")
    said = finding(WATCHED, LEVEL, worse, an_event(CLEARED))
    assert said.why.seen.en == "Flow 7 l/min, no longer far too much"
    assert said.level == LEVEL.name


def test_a_number_that_is_not_known_is_not_put_into_words_but_for_what_another_point_measures() -> None:
    def describe(value: float, told: Told) -> Text:
        written = f"{value:.0f} and {told['other']:.0f}"
        return Text(written, written)

    level = replace(LEVEL, describe=describe, describe_over=describe, over=Text("all right", "正常"))
    known = replace(an_event(RAISED), told=(3.0,))
    assert finding(WATCHED, level, level, known).why.seen.en == "Flow 7 l/min, 7 and 3, for 1 min"
    assert finding(WATCHED, level, level, an_event(RAISED)).why.seen.en == "Flow 7 l/min, too much, for 1 min"
    assert finding(WATCHED, level, level, an_event(CLEARED)).why.seen.en == "Flow 7 l/min, all right"
    joined = replace(WATCHED, inputs={"other": a_site(("flow", "heat")).points[1]})
    assert finding(joined, level, level, an_event(RAISED)).why.seen.en == "Flow 7 l/min, 7 and nan, for 1 min"
