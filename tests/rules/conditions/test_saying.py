"""Sentences about events."""

from domain.alarm import ConditionTrigger
from domain.instant import MINUTE
from domain.text import Text
from rules.conditions.condition import Condition
from rules.conditions.saying import Event, finding
from rules.conditions.scan import CLEARED, LOST_UNUSABLE, RAISED
from rules.conditions.stating import Level, Watched, site_things
from rules.expressions.tree import Compare, Number, Value
from tests.reference.limit_world import a_rule, a_site

SITE = a_site()
WATCHED = Watched(spec=a_rule(), point=SITE.points[0], inputs={}, site=site_things(SITE))
LEVEL = Level(
    condition=Condition(
        inputs=("flow",), enter=Compare(">", Value(0), Number(5.0)), on_delay=MINUTE, off_delay=2 * MINUTE
    ),
    case=Text("too much", "过大"),
    expected=Text("at most 5", "不高于 5"),
    clears=Text("at most 5", "不高于 5"),
    unit="l/min",
    told=(("other", "A"),),
    compared={"limit": 5.0},
)


def an_event(kind: int, value: float = 7.0) -> Event:
    return Event(kind, ConditionTrigger.RAISE, 100, 9, 0, value, (float("nan"),), 40, 3, 0)


def test_a_raised_alarm_explains_itself() -> None:
    said = finding(WATCHED, LEVEL, an_event(RAISED))
    assert said.name.en == "Pump 1: flow out of range, flow 7 l/min"
    assert said.why.seen == Text("Flow 7 l/min, too much, for 1 min", "流量 7 l/min，过大，已持续 1 分钟")
    assert said.why.clears.en == "at most 5, for 2 min"
    assert said.why.values == {"value (l/min)": 7.0, "other (A)": "unknown", "limit": 5.0}
    assert (said.why.since, said.why.evidence, said.zone) == (40, (3,), "plant")


def test_what_is_over_and_what_cannot_be_seen() -> None:
    assert finding(WATCHED, LEVEL, an_event(CLEARED)).why.seen.en == "Flow 7 l/min, no longer too much"
    lost = finding(WATCHED, LEVEL, an_event(LOST_UNUSABLE, float("nan")))
    assert lost.why.seen.en == "cannot be judged any more: what it looks at is not known; last Flow unknown"
    assert lost.why.since == 100
