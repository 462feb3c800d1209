"""The kind `time_to_limit`: the ten cases, and what is refused."""

import pytest
from msgspec import structs

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import Text
from rules.settings import check_rule
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, findings, told

SITE = a_plant({"level": "m", "pump": "1"})
RULE = RuleSpec(
    id="r",
    kind="time_to_limit",
    site="tower",
    name=Text("Something is wrong", "异常"),
    priority=Priority.HIGH,
    subjects=("level",),
    inputs={"pump": "pump"},
    parameters={"limit": 0.0, "within_seconds": 1200.0, "window_seconds": 600.0, "only_while": "pump > 0"},
)
TEN: Cases = {
    "fault": (
        (
            "0 pump=1, 0:00 level=4.0, 1:00 level=3.9, 2:00 level=3.8, 3:00 level=3.7, 4:00 level=3.6, 5:00 "
            "level=3.5, 6:00 level=3.4, 7:00 level=3.3, 8:00 level=3.2, 9:00 level=2.95, 10:00 level=2.7, 11:00 "
            "level=2.45, 11 pump=1, 12:00 level=2.2, 13:00 level=1.95, 14:00 level=1.7, 14 pump=1, 15:00 "
            "level=1.45, 16 level=1.5, 16 pump=1, 17 level=1.6, 18 level=1.7, 19 pump=1, 19 level=1.8"
        ),
        "11:00 raise",
    ),
    "normal": (
        (
            "0 pump=1, 0:00 level=4, 1:00 level=3.99, 2:00 level=4, 3:00 level=4.01, 4:00 level=4, 5:00 "
            "level=3.99, 6:00 level=4, 7:00 level=4, 8:00 level=4, 9:00 level=4, 10:00 level=4, 11:00 level=4, "
            "12:00 level=4"
        ),
        "",
    ),
    "equipment_off": (
        (
            "0 pump=0, 0:00 level=4.0, 1:00 level=3.75, 2:00 level=3.5, 3:00 level=3.25, 4:00 level=3.0, 5:00 "
            "level=2.75, 6:00 level=2.5, 7:00 level=2.25, 8:00 level=2.0, 9:00 level=1.75, 10:00 level=1.5, 11:00 "
            "level=1.25, 12:00 level=1.0"
        ),
        "",
    ),
    "point_missing": (
        "0 pump=1, 10 pump=1, 11 tick",
        "",
    ),
    "at_threshold": (
        (
            "0 pump=1, 0:00 level=3.0, 1:00 level=2.9, 2:00 level=2.8, 3:00 level=2.7, 4:00 level=2.6, 5:00 "
            "level=2.5, 6:00 level=2.4, 7:00 level=2.3, 8:00 level=2.2, 9:00 level=2.1, 10:00 level=2.0"
        ),
        "",
    ),
    "irregular": (
        (
            "0 pump=1, 0 level=4, 0:30 level=3.9, 2 level=3.5, 3 level=3.3, 5:30 level=2.6, 6 level=2.5, 8 "
            "level=2, 8:20 level=1.9, 10:30 level=1.4"
        ),
        "10:30 raise",
    ),
    "out_of_order": (
        (
            "0 pump=1, 0 level=4.0, 1 level=3.75, 2 level=3.5, 3 level=3.25, 4 level=3.0, 5 level=2.75, 6 "
            "level=2.5, 7 level=2.25, 8 level=2.0, 9 level=1.75, 10 level=1.5, 9 pump=1"
        ),
        "10:00 raise",
    ),
    "duplicate_time": (
        (
            "0 pump=1, 0 level=4, 0 level=4, 2 level=3.5, 2 level=3.5, 4 level=3, 6 level=2.5, 6 level=2.5, 8 "
            "level=2, 10 level=1.5, 10 level=1.5"
        ),
        "10:00 raise",
    ),
    "gap": (
        (
            "0 pump=1, 0:00 level=4, 0 pump=1, 1:00 level=3.7, 2:00 level=3.4, 30:00 level=1.5, 31:00 level=1.4, "
            "32:00 level=1.2, 32 pump=1"
        ),
        "",
    ),
    "start_up": (
        (
            "0:00 level=4.0, 1:00 level=3.75, 2:00 level=3.5, 3:00 level=3.25, 4:00 level=3.0, 5:00 level=2.75, "
            "6:00 level=2.5, 7:00 level=2.25, 8:00 level=2.0, 9:00 level=1.75, 10:00 level=1.5, 11 pump=1"
        ),
        "11:00 raise",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_ten_cases(case: str) -> None:
    steps, expected = TEN[case]
    assert told(SITE, RULE, steps) == expected


def test_the_alarm_says_why_in_both_languages() -> None:
    why = findings(SITE, RULE, TEN["fault"][0])[0].why
    for text in (why.seen, why.expected, why.clears):
        assert text.en
        assert text.zh
    assert any(name.startswith("value") for name in why.values)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"limit": 0.0, "within_seconds": 60.0, "window_seconds": 10.0}, "seconds from 60"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: dict[str, Parameter], complaint: str) -> None:
    problems = check_rule(structs.replace(RULE, parameters=parameters), SITE)
    assert any(complaint in f"{each.message} {each.remedy}".lower() for each in problems), problems


def test_the_interval_is_told_in_minutes() -> None:
    seen = findings(SITE, RULE, TEN["fault"][0])[0].why.seen
    assert "at this pace at 0 m in " in seen.en
    assert " to " in seen.en or "or later" in seen.en


def test_what_is_over_is_not_said_with_the_forecast_of_now() -> None:
    steps = ", ".join(f"{minute} level={4 - minute / 5:g}, {minute} pump=1" for minute in range(12))
    steps += ", " + ", ".join(f"{minute} level=1.8, {minute} pump=1" for minute in range(12, 26))
    raised, over = findings(SITE, RULE, steps)
    assert "at this pace at 0 m in" in raised.why.seen.en
    assert over.why.seen.en == "level 1.8 m, at this pace not at 0 m within 20 min"
