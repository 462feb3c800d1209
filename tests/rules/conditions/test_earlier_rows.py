"""State that version 1 kept is taken over: what followed then follows now."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from domain.alarm import ConditionTrigger
from domain.configuration import Parameter
from domain.instant import MINUTE, SECOND
from domain.readings import Quality
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.conditions.kind import ConditionKind
from rules.conditions.memory import Column, stored
from rules.conditions.stored_rows import STATE_VERSION
from rules.kinds import limit
from rules.reading_rules import ReadingRulesState
from tests.reference import earlier_means, earlier_rows
from tests.reference.earlier_rows import CUT, END, configured, lived, specs, written
from tests.reference.limit_world import START, Reading, a_batch, a_rule, a_site, point_ids

SITE = a_site()


def test_what_an_earlier_version_remembered_goes_on() -> None:
    kept, rules = earlier_rows.kept(), configured()
    rules.restore(kept.state)
    told = written(lived(rules, CUT, END))
    assert without_flat(told) == without_flat(kept.told)
    # Windows look now at the value that stood when they began, too: as if the plant had lived by that from the start.
    whole = configured()
    lived(whole, 0, CUT)
    assert told == written(lived(whole, CUT, END))


def test_means_that_version_2_kept_as_values_go_on_as_if_time_had_been_counted_from_the_start() -> None:
    """The plant is read once a minute, so that both know the same."""
    kept, rules, whole, anew = earlier_means.kept(), *(earlier_means.configured() for _ in range(3))
    rules.restore(kept)
    lived(whole, 0, CUT)
    anew.fire(START + CUT * MINUTE, 1)
    told = written(lived(rules, CUT, END))
    assert told == written(lived(whole, CUT, END))
    assert {rule for rule, *_ in told} == {"mean", "means", "share", "guard"}
    assert told != written(lived(anew, CUT, END)), "else this tests nothing"
    assert all(msgspec.msgpack.decode(content)["version"] == 2 for content in kept.kinds.values() if content)


def without_flat(told: Sequence[tuple[str, str, int, str]]) -> list[tuple[str, str, int, str]]:
    return [each for each in told if each[0] != "flat"]


def test_without_it_other_things_would_follow() -> None:
    """So the test above tests something."""
    kept, rules = earlier_rows.kept(), configured()
    rules.fire(START + CUT * MINUTE, 1)
    other = {rule for rule, *_ in set(kept.told) ^ set(written(lived(rules, CUT, END)))}
    assert other >= {"rate", "rate-late", "stale", "hours", "held", "held-guarded", "ladder", "flat", "changes"}


def test_it_is_of_version_1_and_what_is_kept_now_is_not() -> None:
    kept, rules = earlier_rows.kept(), configured()
    rules.restore(kept.state)
    for name, content in rules.state().kinds.items():
        assert msgspec.msgpack.decode(kept.state.kinds[name])["version"] == 1
        newest = limit.STATE_VERSION if name == limit.KIND else STATE_VERSION
        assert msgspec.msgpack.decode(content)["version"] == newest


def test_what_was_kept_of_another_configuration_is_refused() -> None:
    kept, rules = earlier_rows.kept(), configured()
    others = [spec for spec in specs() if spec.kind != "rate"]
    rules.configure([(earlier_rows.SITE, spec) for spec in others], point_ids(earlier_rows.SITE), START)
    rules.configure([(earlier_rows.SITE, spec) for spec in specs()], point_ids(earlier_rows.SITE), START)
    swapped = {**kept.state.kinds, "rate": kept.state.kinds["stale"]}
    with pytest.raises(ValueError, match="not those configured"):
        rules.restore(ReadingRulesState(kinds=swapped, parked=[]))


def one_row(kind: str, **parameters: Parameter) -> ConditionKind:
    made = CATALOG.readings[kind](Listening())
    assert isinstance(made, ConditionKind)
    made.configure([(SITE, replace(a_rule(), kind=kind, parameters=parameters))], ["flow"], START)
    return made


def of_version_1(kind: ConditionKind, columns: Mapping[str, Column]) -> bytes:
    """The one row of a kind as version 1 kept it: these columns, and the others as they are now."""
    [keys], [group] = kind._keys, kind._groups
    state = group.state.unpacked(np.arange(1))
    kept = {f"state.{each.name}": getattr(state, each.name) for each in fields(state) if each.name != "anew"}
    kept |= {name: column for name, column in group.columns().items() if not name.startswith("state.")}
    stored_columns = {name: stored(column) for name, column in {**kept, **columns}.items()}
    return msgspec.msgpack.encode({"version": 1, "groups": [(keys, stored_columns)]})


def test_the_reading_before_is_taken_over_though_nothing_could_be_said_by_it_yet() -> None:
    kind, other = one_row("rate", rise=5.0), one_row("rate", rise=5.0)
    kind.judge(a_batch(SITE, [Reading("flow", SECOND, 20.0, seq=1)]))
    other.restore(of_version_1(kind, {"state.value": np.array([np.nan]), "node0.last": np.array([20.0])}))
    assert other.snapshot() == kind.snapshot()
    [found] = other.judge(a_batch(SITE, [Reading("flow", 31 * SECOND, 29.0, seq=2)]))
    assert found.trigger is ConditionTrigger.RAISE


def test_a_point_whose_latest_reading_could_not_be_used_has_no_value() -> None:
    kind, other = (one_row("outside_hours", running_hours="daily 00:00-01:00") for _ in range(2))
    kind.judge(a_batch(SITE, [Reading("flow", SECOND, 1.0, seq=1), Reading("flow", 2 * SECOND, 1.0, Quality.BAD, 2)]))
    other.restore(of_version_1(kind, {"state.value": np.array([1.0]), "slot_value": np.array([[np.nan]])}))
    assert np.isnan(other._groups[0].state.value).tolist() == [True]


@pytest.mark.parametrize("how", ["lowest", "avg"])
def test_windows_of_version_1_go_on_in_a_group_that_has_room_for_longer_ones(how: str) -> None:
    """What stood in two shapes then may stand in one now: a window of 5 min beside one of an hour."""
    spans = {"r": "5 min", "s": "1 h"}
    readings = [Reading("flow", number * 30 * SECOND, 20.0, seq=number + 1) for number in range(24)]
    rules = {
        rule: replace(a_rule(), id=rule, kind="expression", parameters={"when": f"{how}(value, {over}) < 5"})
        for rule, over in spans.items()
    }
    groups = []
    for spec in rules.values():
        alone = CATALOG.readings["expression"](Listening())
        assert isinstance(alone, ConditionKind)
        alone.configure([(SITE, spec)], ["flow"], START)
        assert list(alone.judge(a_batch(SITE, readings))) == []
        groups += msgspec.msgpack.decode(of_version_1(alone, {}))["groups"]
    both = CATALOG.readings["expression"](Listening())
    both.configure([(SITE, spec) for spec in rules.values()], ["flow"], START)
    both.restore(msgspec.msgpack.encode({"version": 1, "groups": groups}))
    later = [Reading("flow", number * 30 * SECOND, 20.0, seq=number + 1) for number in range(24, 180)]
    assert list(both.judge(a_batch(SITE, later))) == []
    fallen = [Reading("flow", number * 30 * SECOND, 1.0, seq=number + 1) for number in range(180, 192)]
    raised = ["r", "s"] if how == "lowest" else ["r"]
    assert [each.rule for each in both.judge(a_batch(SITE, fallen))] == raised
