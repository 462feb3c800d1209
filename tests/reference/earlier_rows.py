"""A plant that lives for two hours, the state of whose rules was kept by an earlier version meanwhile.

`rows_of_version_1.msgpack` beside this file was written by the version that kept rows under version 1, and is never
written anew: `state` is what its rules remembered at `CUT`, `told` what it said of the time that followed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from domain.configuration import Parameter, RuleSpec
from domain.instant import MINUTE, SECOND
from domain.priority import Priority
from domain.site import Site
from domain.text import same
from rules.catalog import CATALOG
from rules.event_rules import Found
from rules.reading_rules import ReadingRules, ReadingRulesState
from rules.rule import Finding
from tests.reference.limit_world import START, Reading, a_batch, point_ids
from tests.rules.kinds.ten_cases import a_plant

FILE: Final = Path(__file__).with_name("rows_of_version_1.msgpack")
SITE: Final[Site] = a_plant({"t": "degC", "u": "degC", "door": "1", "fan": "1"}, low=0.0, high=60.0)
CUT: Final = 51
END: Final = 120
"""Minutes after which the state was kept, and after which the plant lives no more."""

_KINDS: Final[Mapping[str, tuple[str, str, dict[str, Parameter]]]] = {
    "limit": ("limit", "t", {"high": 30.0, "deadband": 2.0, "on_delay_seconds": 150.0}),
    "range": ("out_of_range", "u", {"off_delay_seconds": 90.0}),
    "rate": ("rate", "t", {"rise": 5.0, "fall": 5.0}),
    "rate-late": ("rate", "u", {"rise": 4.0, "on_delay_seconds": 30.0}),
    "stale": ("stale", "door", {"silent_seconds": 400.0, "on_delay_seconds": 200.0}),
    "hours": ("outside_hours", "fan", {"running_hours": "daily 08:00-08:50, 09:10-09:20"}),
    "held": ("state_held", "door", {"state": 1.0, "held_seconds": 260.0}),
    "held-guarded": ("state_held", "fan", {"state": 1.0, "held_seconds": 100.0, "hours": "daily 08:05-10:00"}),
    "ladder": ("ladder", "t", {"high": 28.0, "high_high": 35.0, "deadband": 1.0, "only_while": "value > 1"}),
    "deviation": ("deviation", "t", {"most": 8.0, "deadband": 1.0, "on_delay_seconds": 70.0}),
    "flat": ("flatline", "u", {"window_seconds": 300.0, "tolerance": 3.0}),
    "starts": ("short_cycling", "fan", {"most_starts": 3, "window_seconds": 900.0}),
    "changes": ("expression", "t", {"when": "value - previous(value) > 4 or fan > 0 for 3 min"}),
}
_INPUTS: Final = {"deviation": {"other": "u"}, "changes": {"fan": "fan"}}


class Kept(Struct, frozen=True):
    """What the file holds."""

    state: ReadingRulesState
    told: list[tuple[str, str, int, str]]


def specs() -> list[RuleSpec]:
    """One rule of each sort."""
    return [
        RuleSpec(
            id=rule,
            kind=kind,
            site=SITE.id,
            name=same(rule),
            priority=Priority.LOW,
            subjects=(subject,),
            inputs=_INPUTS.get(rule, {}),
            parameters=parameters,
        )
        for rule, (kind, subject, parameters) in _KINDS.items()
    ]


def configured() -> ReadingRules:
    """Rules that know nothing yet."""
    rules = ReadingRules(CATALOG.readings)
    assert rules.configure([(SITE, spec) for spec in specs()], point_ids(SITE), START) == []
    return rules


def lived(rules: ReadingRules, first: int, last: int) -> list[Found]:
    """Let these minutes pass: a reading of each point a minute, a door that is not heard for ten, and ticks."""
    found: list[Found] = []
    for minute in range(first, last):
        chance = Random(minute)
        values = {
            "t": chance.choice([20.0, 22.0, 27.0, 29.0, 31.0, 36.0]),
            "u": chance.choice([20.0, 21.0, 22.0, 22.5, 27.0]) if minute % 30 > 10 else 21.0 + minute % 2,
            "door": float(minute % 20 > 8),
            "fan": float(chance.random() < 0.6 or minute % 40 > 30),
        }
        silent = {"door"} if minute % 60 in {*range(14), *range(50, 60)} else set()
        readings = [
            Reading(point, (minute * 60 + 5 * place) * SECOND, value, seq=minute * 10 + place + 1)
            for place, (point, value) in enumerate(values.items())
            if point not in silent
        ]
        found += rules.judge(a_batch(SITE, readings))
        found += rules.fire(START + minute * MINUTE + 30 * SECOND, minute * 10 + 9)
    return found


def written(found: Sequence[Found]) -> list[tuple[str, str, int, str]]:
    """What matters of findings."""
    assert all(isinstance(each, Finding) for each in found)
    return [(each.rule, each.trigger.value, each.at, each.level) for each in found if isinstance(each, Finding)]


def kept() -> Kept:
    """Read the file."""
    return msgspec.msgpack.decode(FILE.read_bytes(), type=Kept)
