"""What a row of each kind remembers, in bytes of memory: 64 a point are asked of kinds without windows and counts."""

import pytest

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import same
from rules.catalog import CATALOG
from rules.conditions.hearing import Listening
from rules.settings import check_rule
from tests.reference.limit_world import START, point_ids
from tests.rules.kinds.ten_cases import a_plant

SITE = a_plant({"a": "degC", "b": "degC", "c": "degC"}, low=0.0, high=90.0)

ROW = 56
"""What every row remembers (`rules.conditions.kept.KeptConditions`)."""
HEARD = 8
"""When its point was heard last: of rows that the clock decides."""
FORMER = 8
"""The reading before the latest known one: what that is compared with is a row's floor where every reading counts."""
JOINED = 16
"""What a point said last and when: of each point of a rule over several."""
LASTED = 8
"""For how long something has been so."""

COSTS: list[tuple[str, int, dict[str, Parameter], int]] = [
    ("limit", 1, {"high": 30.0}, ROW),
    ("out_of_range", 1, {}, ROW),
    ("ladder", 1, {"high": 30.0}, ROW),
    ("ladder", 1, {"high": 30.0, "only_while": "value > 1"}, ROW),
    ("expression", 1, {"when": "value > 30", "on_delay_seconds": 60.0}, ROW),
    ("state_held", 1, {"state": 1.0, "held_seconds": 60.0}, ROW),
    ("state_held", 1, {"state": 1.0, "held_seconds": 60.0, "hours": "daily 08:00-10:00"}, ROW + HEARD + LASTED),
    ("stale", 1, {"silent_seconds": 60.0}, ROW + HEARD),
    ("outside_hours", 1, {"running_hours": "daily 08:00-10:00"}, ROW + HEARD),
    ("rate", 1, {"rise": 5.0}, ROW + FORMER),
    ("stale", 2, {"silent_seconds": 60.0}, ROW + 2 * JOINED),
    ("deviation", 2, {"most": 5.0}, ROW + 2 * JOINED),
    ("discrepancy", 2, {}, ROW + 2 * JOINED),
    ("ladder", 2, {"high": 30.0, "only_while": "p1 > 1"}, ROW + 2 * JOINED),
    ("expression", 3, {"when": "value > p1 + p2"}, ROW + 3 * JOINED),
]


@pytest.mark.parametrize(("kind", "points", "parameters", "size"), COSTS)
def test_what_a_row_remembers(kind: str, points: int, parameters: dict[str, Parameter], size: int) -> None:
    subject, *others = point_ids(SITE)[:points]
    rule = RuleSpec(
        id="r",
        kind=kind,
        site=SITE.id,
        name=same(kind),
        priority=Priority.LOW,
        subjects=(subject,),
        inputs={f"p{number}": point for number, point in enumerate(others, start=1)},
        parameters=parameters,
    )
    assert not check_rule(rule, SITE)
    made = CATALOG.readings[kind](Listening())
    made.configure([(SITE, rule)], point_ids(SITE), START)
    assert made.rows_and_bytes() == (1, size)


def test_which_rows_over_points_take_more_than_asked() -> None:
    beyond = {kind for kind, points, _, size in COSTS if size > 64 * points}
    assert beyond == {"state_held"}, "only what lasts under a guard: it lasts whether or not the guard is true"
