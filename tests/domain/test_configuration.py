"""A configuration's digest names its content."""

import msgspec

from domain.configuration import Configuration, RuleSpec
from domain.priority import Priority
from domain.site import Site
from domain.text import same

RULE = RuleSpec(
    id="r", kind="limit", site="tower", name=same("r"), priority=Priority.LOW, parameters={"low": 1.0, "high": 2.0}
)
TOWER = Configuration(sites=(Site(id="tower", name=same("Tower"), timezone="UTC"),), rules=(RULE,))


def test_equal_content_has_an_equal_digest_whatever_the_order_of_keys() -> None:
    turned = msgspec.structs.replace(RULE, parameters={"high": 2.0, "low": 1.0})
    assert msgspec.structs.replace(TOWER, rules=(turned,)).digest() == TOWER.digest()


def test_any_change_changes_the_digest() -> None:
    changed = msgspec.structs.replace(RULE, parameters={"low": 1.5, "high": 2.0})
    assert msgspec.structs.replace(TOWER, rules=(changed,)).digest() != TOWER.digest()


def test_sites_are_found_by_id() -> None:
    assert TOWER.site("tower") is TOWER.sites[0]
    assert TOWER.site("elsewhere") is None
