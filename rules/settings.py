"""What a rule may say: checks for `vigil check` and the API, and the list of kinds with their parameters' schema."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import Struct

from domain.alarm import SubjectKind
from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.identity import is_id
from domain.problem import Problem
from domain.site import Site
from domain.text import Text
from rules.catalog import CATALOG, Catalog
from rules.conditions.stating import SiteThings, Watched, site_things

_PARAMETER: Final = re.compile(r"parameter '(\w+)'")

_NAMED: Final = {
    SubjectKind.POINT: ("points", "point"),
    SubjectKind.DOOR: ("doors", "door"),
    SubjectKind.TOUR: ("tours", "tour"),
    SubjectKind.TOUR_STOP: ("tours", "tour"),
    SubjectKind.DEVICE: ("devices", "device"),
    SubjectKind.PERSON: ("people", "person"),
    SubjectKind.CHECKPOINT: ("checkpoints", "checkpoint"),
    SubjectKind.QUESTION: ("checkpoints", "checkpoint"),
}
"""Where a site lists what a kind's rules name as subjects."""


class RuleKind(Struct, frozen=True, kw_only=True):
    """A kind as the API lists it; `parameters` is a JSON Schema."""

    kind: str
    subjects: str
    summary: Text
    parameters: dict[str, Any]


def rule_kinds(catalog: Catalog = CATALOG) -> list[RuleKind]:
    """Every kind there is, by name."""
    return [
        RuleKind(
            kind=name,
            subjects=_NAMED[entry.subjects][0],
            summary=entry.summary,
            parameters=_schema(entry.settings),
        )
        for name, entry in sorted(catalog.entries.items())
    ]


def check_rule(rule: RuleSpec, site: Site, catalog: Catalog = CATALOG) -> list[Problem]:
    """Find what is wrong with one rule of a site; paths are from the rule down, such as `("parameters", "high")`."""
    return RuleChecks(site, catalog).check(rule)


class RuleChecks:
    """Checks the rules of one site, whose ids it looks up once however many rules there are."""

    def __init__(self, site: Site, catalog: Catalog = CATALOG) -> None:
        """Index what rules of any kind can name."""
        self._site = site
        self._catalog = catalog
        self._things: SiteThings | None = None
        self._ids = {
            things: dict.fromkeys(thing.id for thing in getattr(site, things)) for things, _ in _NAMED.values()
        }

    def check(self, rule: RuleSpec) -> list[Problem]:
        """Find what is wrong with one rule, as `check_rule` does."""
        problems = []
        if not is_id(rule.id):
            problems.append(Problem(("id",), f"'{rule.id[:80]}' is not an id", "Use 1 to 64 of A-Z a-z 0-9 _ -."))
        entry = self._catalog.entries.get(rule.kind)
        if entry is None:
            message = f"rule kind '{rule.kind[:80]}' is not known"
            return [*problems, Problem(("kind",), message, f"Known kinds: {', '.join(sorted(self._catalog.entries))}.")]
        things, word = _NAMED[entry.subjects]
        ids = self._ids[things]
        for index, subject in enumerate(rule.subjects):
            if subject not in ids:
                message = f"{word} '{subject[:80]}' is not configured at site '{self._site.id}'"
                some = ", ".join(islice(ids, 8)) or "none is configured"
                problems.append(Problem(("subjects", index), message, f"Name one of: {some}."))
        problems += self._inputs(rule)
        try:
            entry.check(rule)
            if entry.bind is not None and not problems:
                for watched in self._watched(rule):
                    entry.bind(watched)
        except ConfigurationError as error:
            problems.append(_problem(rule, str(error)))
        return problems

    def _inputs(self, rule: RuleSpec) -> list[Problem]:
        """Inputs that are no points of the site."""
        some = ", ".join(islice(self._ids["points"], 8)) or "none is configured"
        return [
            Problem(
                ("inputs", name),
                f"point '{point[:80]}' is not configured at site '{self._site.id}'",
                f"Name one of: {some}.",
            )
            for name, point in rule.inputs.items()
            if point not in self._ids["points"]
        ]

    def _watched(self, rule: RuleSpec) -> Iterator[Watched]:
        if self._things is None:
            self._things = site_things(self._site)
        points = self._things.points
        inputs = {name: points[point] for name, point in rule.inputs.items()}
        for subject in rule.subjects:
            yield Watched(spec=rule, point=points[subject], inputs=inputs, site=self._things)


def _schema(settings: type[Struct]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([settings])
    schema: dict[str, Any] = components[settings.__name__]
    return schema


def _problem(rule: RuleSpec, complaint: str) -> Problem:
    """Put a kind's complaint where it belongs; by the house's form it ends with the remedy after a colon."""
    message, _, remedy = complaint.rpartition(": ")
    named = _PARAMETER.search(message)
    if named is not None and named[1] in rule.parameters:
        path: tuple[str | int, ...] = ("parameters", named[1])
    else:
        path = next(((field,) for field in ("subjects", "inputs") if f"'{field}'" in message), ("parameters",))
    end = "" if remedy.endswith("?") else "."
    return Problem(path, message or complaint, f"{remedy[:1].upper()}{remedy[1:]}{end}")
