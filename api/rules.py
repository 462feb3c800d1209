"""The rules as configured, the kinds of rules there are, and what cannot be decided now."""

from fastapi import APIRouter

from api import examples
from api.answers import list_answer
from api.derived import Listing
from api.parameters import IdFilter, Paging
from api.ports import Ports
from api.rule_views import RULE_ITEM, UNDECIDED, RuleItem, with_count
from domain.undecided import Undecided
from rules.settings import RuleKind, rule_kinds
from stores.ports import UndecidedFilter

router = APIRouter(prefix="/api/v1", tags=["rules"])


@router.get("/rules", **list_answer(RULE_ITEM))
def list_rules(ports: Ports, site: IdFilter = None) -> Listing[RuleItem]:
    """All configured rules, of one site or of all, in the order of the configuration."""
    counts = ports.models.undecided_counts()
    rules = [rule for rule in ports.configuration().rules if site in {None, rule.site}]
    return Listing([with_count(rule, counts.get(rule.id, 0)) for rule in rules])


@router.get("/undecided", **list_answer(UNDECIDED))
def list_undecided(ports: Ports, page: Paging, *, site: IdFilter = None, rule: IdFilter = None) -> Listing[Undecided]:
    """Rules that cannot be decided now, each with its subject and the reason, the latest first."""
    return Listing(*ports.models.undecided(UndecidedFilter(site=site, rule=rule), page))


@router.get("/rule-kinds", **list_answer(examples.RULE_KIND))
def list_rule_kinds() -> Listing[RuleKind]:
    """Every kind of rule, with what it watches and a JSON Schema of its parameters."""
    return Listing(rule_kinds())
