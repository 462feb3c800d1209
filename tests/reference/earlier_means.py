"""The plant of `earlier_rows` under rules that look at means, whose state an earlier version kept meanwhile.

`means_of_version_2.msgpack` beside this file was written by the version that kept the values of readings for its means,
and is never written anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.text import same
from rules.catalog import CATALOG
from rules.reading_rules import ReadingRules, ReadingRulesState
from tests.reference.earlier_rows import SITE
from tests.reference.limit_world import START, point_ids

FILE: Final = Path(__file__).with_name("means_of_version_2.msgpack")

_RULES: Final[Mapping[str, tuple[str, str, dict[str, Parameter]]]] = {
    "mean": ("expression", "t", {"when": "avg(value, 7 min) > 27"}),
    "means": ("expression", "t", {"when": "avg(value, 3 min) - avg(value, 20 min) > 1", "off_delay_seconds": 60.0}),
    "share": ("expression", "fan", {"when": "avg(value, 15 min) > 0.6", "only_while": "highest(value, 5 min) > 0"}),
    "guard": ("ladder", "t", {"high": 28.0, "only_while": "avg(value, 5 min) > 26"}),
}


def configured() -> ReadingRules:
    """Rules that know nothing yet."""
    rules = ReadingRules(CATALOG.readings)
    specs = [
        RuleSpec(
            id=rule,
            kind=kind,
            site=SITE.id,
            name=same(rule),
            priority=Priority.LOW,
            subjects=(subject,),
            parameters=parameters,
        )
        for rule, (kind, subject, parameters) in _RULES.items()
    ]
    assert rules.configure([(SITE, spec) for spec in specs], point_ids(SITE), START) == []
    return rules


def kept() -> ReadingRulesState:
    """Read the file: what the rules remembered after `earlier_rows.CUT` minutes."""
    return msgspec.msgpack.decode(FILE.read_bytes(), type=ReadingRulesState)
