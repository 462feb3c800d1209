"""The rules as configured, and the kinds of rules there are."""

from fastapi import APIRouter

from api import examples
from api.answers import list_answer
from api.derived import Listing
from api.parameters import IdFilter
from api.ports import Ports
from domain.configuration import RuleSpec
from rules.settings import RuleKind, rule_kinds

router = APIRouter(prefix="/api/v1", tags=["rules"])


@router.get("/rules", **list_answer(examples.RULE))
def list_rules(ports: Ports, site: IdFilter = None) -> Listing[RuleSpec]:
    """All configured rules, of one site or of all, in the order of the configuration."""
    return Listing([rule for rule in ports.configuration().rules if site in {None, rule.site}])


@router.get("/rule-kinds", **list_answer(examples.RULE_KIND))
def list_rule_kinds() -> Listing[RuleKind]:
    """Every kind of rule, with what it watches and a JSON Schema of its parameters."""
    return Listing(rule_kinds())
