"""Every kind over readings is held to the ten cases: each by the table in its own tests, `limit` by the one here."""

from importlib import import_module

import pytest

from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.text import same
from rules.catalog import CATALOG
from tests.rules.kinds.ten_cases import CASES, Cases, a_plant, told

SITE = a_plant({"bearing": "degC", "room": "degC"})
RULE = RuleSpec(
    id="r",
    kind="limit",
    site="tower",
    name=same("Hot"),
    priority=Priority.HIGH,
    subjects=("bearing",),
    parameters={"high": 80.0, "deadband": 2.0, "on_delay_seconds": 60.0},
)
LIMIT: Cases = {
    "fault": ("0 bearing=50, 1 bearing=90, 2 bearing=90, 3 bearing=70", "2:00 raise, 3:00 clear"),
    "normal": ("0 bearing=50, 1 bearing=79, 2 bearing=60", ""),
    "equipment_off": ("0 bearing=50, 1 bearing=0, 3 bearing=0, 5 tick", ""),
    "point_missing": ("0 room=90, 2 room=90, 5 tick", ""),
    "at_threshold": ("0 bearing=80, 1 bearing=80, 3 bearing=80", ""),
    "irregular": ("0 bearing=50, 0:07 bearing=90, 0:50 bearing=91, 1:40 bearing=95", "1:07 raise"),
    "out_of_order": ("1 bearing=50, 2 bearing=90, 1:30 bearing=90, 3:10 bearing=90", "3:00 raise"),
    "duplicate_time": ("0 bearing=90, 0 bearing=50, 0 bearing=90, 1:10 bearing=90", "1:00 raise"),
    "gap": (
        "0 bearing=90, 30 bearing=90, 31 bearing=90",
        "1:00 raise, 3:00 lose_sight, 30:00 raise",
    ),
    "start_up": ("1 tick, 2 bearing=90, 3:10 tick", "3:00 raise"),
}


@pytest.mark.parametrize("case", CASES)
def test_ten_cases_of_limit(case: str) -> None:
    steps, expected = LIMIT[case]
    assert told(SITE, RULE, steps) == expected


@pytest.mark.parametrize("kind", sorted(CATALOG.readings))
def test_every_kind_has_a_table_of_ten(kind: str) -> None:
    table = LIMIT if kind == "limit" else import_module(f"tests.rules.kinds.test_{kind}").TEN
    assert tuple(table) == CASES
