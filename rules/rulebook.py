"""A configuration as the engine uses it: the rules that hold, bound to their subjects, and those that cannot hold."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct

from domain.alarm import SubjectKind
from domain.configuration import Configuration, RuleSpec
from domain.instant import Instant
from domain.record import Record
from domain.site import Site
from rules.catalog import Catalog
from rules.heard import Heard
from rules.patrol_news import StopNews
from rules.rule import EventKind, Watch
from rules.settings import RuleChecks
from rules.supervision import Failure, Fault, attempt, refusal

FactT = TypeVar("FactT")
SiteRule: TypeAlias = tuple[Site, RuleSpec]


class Rulebook(Struct, frozen=True, kw_only=True):
    """Rules by what they look at. `refused` are rules that the configuration should not have held."""

    specs: Mapping[str, RuleSpec]
    readings: Sequence[SiteRule]
    doors: Sequence[tuple[RuleSpec, Watch[Record, Any]]]
    stops: Sequence[tuple[RuleSpec, Watch[StopNews, Any]]]
    heard: Sequence[tuple[RuleSpec, Watch[Heard, Any]]]
    refused: Sequence[Fault]

    @property
    def tours_as_one(self) -> list[tuple[str, str]]:
        """Site and id of the tours where a rule says that nobody has begun a run."""
        return [(spec.site, watch.subject.id) for spec, watch in self.stops if watch.subject.kind is SubjectKind.TOUR]


def bind(configuration: Configuration, catalog: Catalog, at: Instant) -> Rulebook:
    """Bind every enabled rule to its subjects.

    A rule that is wrong (`vigil check` finds it before it gets here) is left out and told as a fault; the others hold.
    """
    sites = {site.id: site for site in configuration.sites}
    checks = {site.id: RuleChecks(site, catalog) for site in configuration.sites}
    usable: dict[str, SiteRule] = {}
    refused: list[Fault] = []
    for spec in configuration.rules:
        complaint = _complaint(spec, checks.get(spec.site), usable)
        if complaint:
            refused.append(refusal(spec.id, complaint, at))
        elif spec.enabled:
            usable[spec.id] = (sites[spec.site], spec)
    rules = list(usable.values())
    return Rulebook(
        specs={spec.id: spec for _, spec in rules},
        readings=[(site, spec) for site, spec in rules if spec.kind in catalog.readings],
        doors=_watches(rules, catalog.doors, at, refused),
        stops=_watches(rules, catalog.stops, at, refused),
        heard=_watches(rules, catalog.heard, at, refused),
        refused=refused,
    )


def _complaint(spec: RuleSpec, checks: RuleChecks | None, usable: Mapping[str, SiteRule]) -> str:
    if checks is None:
        return f"site '{spec.site}' is not configured"
    if spec.id in usable:
        return f"rule id '{spec.id}' stands more than once"
    return "; ".join(problem.message for problem in checks.check(spec))


def _watches(
    rules: Sequence[SiteRule], kinds: Mapping[str, EventKind[FactT]], at: Instant, refused: list[Fault]
) -> list[tuple[RuleSpec, Watch[FactT, Any]]]:
    bound: list[tuple[RuleSpec, Watch[FactT, Any]]] = []
    for site, spec in rules:
        kind = kinds.get(spec.kind)
        if kind is None:
            continue
        watches = attempt(kind.watches, site, spec)
        if isinstance(watches, Failure):
            refused.append(refusal(spec.id, watches.error, at))
        else:
            bound += [(spec, watch) for watch in watches]
    return bound
