"""The identity law where alarms stand under alarms: rules inhibit and suppress one another."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.alarm_policy import AlarmPolicy
from domain.configuration import Configuration, RuleSpec
from domain.effects import Effect
from domain.record import ConfigurationChanged, Record
from rules.engine import Engine
from tests.properties.engine_world import FRAGILE, day_from, encoded, journal
from tests.rules.estate import a_rule

POLICY = AlarmPolicy(
    undecided_seconds=100.0, source_burst=3, flood_begins=4, flood_ends=2, gather_seconds=120.0, chatter_count=3
)
MORE = (
    a_rule("low", "limit", subjects=("flow",), parameters={"low": 2.0}),
    a_rule("ladder", "ladder", subjects=("flow",), parameters={"high": 5.0, "high_high": 8.0}),
    a_rule("stale", "stale", subjects=("flow",), parameters={"silent_seconds": 60.0}),
)


def intertwined(configuration: Configuration) -> Configuration:
    """More rules on the pump, every other of which inhibits, and every third is suppressed by two others."""
    rules = (*configuration.rules, *MORE)

    def entangled(place: int, rule: RuleSpec) -> RuleSpec:
        others = tuple(each.id for each in rules if each.id != rule.id)[:2]
        return replace(rule, inhibits=place % 2 == 0, suppressed_while=others if place % 3 == 0 else ())

    return replace(
        configuration, rules=tuple(entangled(place, rule) for place, rule in enumerate(rules)), alarms=POLICY
    )


def a_day(seed: int) -> list[Record]:
    return [_intertwined(record) for record in journal(day_from(Random(seed), 100))]


def _intertwined(record: Record) -> Record:
    if not isinstance(record.body, ConfigurationChanged):
        return record
    configuration = intertwined(record.body.configuration)
    return replace(record, body=ConfigurationChanged(configuration=configuration, digest=configuration.digest()))


def run(records: Sequence[Record], restarts: Sequence[int] = ()) -> list[Effect]:
    engine, told = Engine(catalog=FRAGILE), list[Effect]()
    for place, record in enumerate(records):
        if place in restarts:
            content = engine.snapshot()
            engine = Engine.restore(content, FRAGILE)
            assert engine.snapshot() == content
        told += engine.handle([record]).effects
    return told


@settings(max_examples=16, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_restarts_change_no_byte(seed: int, spacing: int) -> None:
    records = a_day(seed)
    assert encoded(run(records, range(1, len(records), spacing))) == encoded(run(records))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_cuts_change_no_byte(seed: int) -> None:
    records = a_day(seed)
    assert encoded(Engine(catalog=FRAGILE).handle(records).effects) == encoded(run(records))
