"""What holds of a rule that changed while its alarm stands."""

from collections.abc import Iterable

import msgspec
import pytest

from domain.alarm import Alarm
from domain.configuration import Parameter, RuleSpec
from domain.effects import AlarmChanged
from domain.text import Text
from rules.expected_now import ExpectedNow, expected_now
from tests.rules.estate import NO_FLOW, SITE, configured
from tests.rules.playbook import Playbook

LIMIT = msgspec.structs.replace(NO_FLOW, parameters={"low": 20.0})
LADDER = msgspec.structs.replace(LIMIT, kind="ladder", parameters={"low": 20.0, "low_low": 10.0})


def standing(rule: RuleSpec) -> Alarm:
    book = Playbook(configured(rule), "09:59").at("10:00").reading(5.0)
    alarm: Alarm = book.latest(AlarmChanged).alarm
    return alarm


def now(alarm: Alarm, rules: Iterable[RuleSpec]) -> ExpectedNow | None:
    return expected_now(alarm, rules, [SITE])


def changed(rule: RuleSpec, **parameters: Parameter) -> list[RuleSpec]:
    return [msgspec.structs.replace(rule, parameters=parameters)]


def test_a_changed_limit_is_what_an_alarm_that_stands_is_judged_by() -> None:
    alarm = standing(LIMIT)
    assert now(alarm, [LIMIT]) is None
    said = now(alarm, changed(LIMIT, low=30.0, off_delay_seconds=60.0))
    assert said is not None
    assert said.expected == Text("at least 30 L/min", "不低于 30 L/min")
    assert said.clears.en == "Flow known to be at least 30 L/min for 1 min"


def test_of_a_ladder_it_is_the_level_at_which_the_alarm_stands() -> None:
    alarm = standing(LADDER)
    assert alarm.level == "low_low"
    assert now(alarm, [LADDER]) is None
    said = now(alarm, changed(LADDER, low=20.0, low_low=8.0, off_delay_seconds=60.0))
    assert said == ExpectedNow(
        Text("at least 20 L/min", "不低于 20 L/min"),
        Text("at least 20 L/min, for 1 min", "不低于 20 L/min，持续 1 分钟"),
    )
    assert now(alarm, changed(LADDER, low=30.0)) is None


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [msgspec.structs.replace(LIMIT, enabled=False)],
        [msgspec.structs.replace(LIMIT, subjects=("heat",))],
        [msgspec.structs.replace(LIMIT, site="elsewhere")],
        [msgspec.structs.replace(LIMIT, kind="none")],
        [msgspec.structs.replace(LIMIT, inputs={"fan": "gone"})],
        changed(LIMIT),
    ],
)
def test_nothing_is_said_of_a_rule_that_watches_the_point_no_more_or_cannot_be_used(rules: list[RuleSpec]) -> None:
    assert now(standing(LIMIT), rules) is None


def test_what_is_over_was_judged_by_what_it_says() -> None:
    book = Playbook(configured(LIMIT), "09:59").at("10:00").reading(5.0)
    alarm = book.at("10:01").reading(50.0).latest(AlarmChanged).alarm
    assert now(alarm, changed(LIMIT, low=30.0)) is None
    assert expected_now(standing(LIMIT), changed(LIMIT, low=30.0), []) is None
