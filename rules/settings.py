"""What a rule may say: checks for `vigil check` and the API, and the list of kinds with their parameters' schema."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import Struct

from domain.alarm import SubjectKind
from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.identity import is_id
from domain.problem import Path, Problem, unknown
from domain.site import Site
from domain.text import Text
from rules.catalog import CATALOG, Catalog
from rules.conditions.message import has_message
from rules.conditions.stating import SiteThings, Watched, site_things
from rules.window_notes import window_notes

MOST_GUESSES: Final = 20
"""How often a checker looks for the id that was meant: among 100,000 ids a look takes a second."""

_COLON: Final = re.compile(": ")
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
        self._guesses = MOST_GUESSES
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
            known = sorted(self._catalog.entries)
            meant = get_close_matches(rule.kind[:80], known, n=1, cutoff=0.75)
            advice = f"Did you mean '{meant[0]}'? " if meant else ""
            return [*problems, Problem(("kind",), message, f"{advice}Known kinds: {', '.join(known)}.")]
        things, word = _NAMED[entry.subjects]
        ids = self._ids[things]
        for index, subject in enumerate(rule.subjects):
            if subject not in ids:
                problems.append(self._unknown(word, subject, ids, ("subjects", index)))
        problems += self._inputs(rule)
        if has_message(rule) and entry.subjects is not SubjectKind.POINT:
            remedy = "Leave it out; 'name' and 'procedure' say what to do."
            problems.append(Problem(("message",), f"rules of kind {rule.kind} write their alarms' headlines", remedy))
        try:
            entry.check(rule)
            if entry.levels is not None and not problems:
                for watched in self._watched(rule):
                    entry.levels(watched)
        except ConfigurationError as error:
            problems.append(_problem(rule, str(error)))
        return problems

    def notes(self, rule: RuleSpec) -> list[Problem]:
        """What is no mistake in a rule with which nothing is wrong, but may surprise; paths as in `check`."""
        entry = self._catalog.entries.get(rule.kind)
        if entry is None or entry.levels is None:
            return []
        return window_notes(rule, ((watched, entry.levels(watched)) for watched in self._watched(rule)))

    def _inputs(self, rule: RuleSpec) -> list[Problem]:
        """Inputs that are no points of the site."""
        ids = self._ids["points"]
        return [
            self._unknown("point", point, ids, ("inputs", name))
            for name, point in rule.inputs.items()
            if point not in ids
        ]

    def _unknown(self, word: str, name: str, ids: Collection[str], path: Path) -> Problem:
        """Say that an id is that of no thing of the site, and which one may be meant."""
        self._guesses -= 1
        message = f"{word} '{name[:80]}' is not configured at site '{self._site.id}'"
        return unknown(name, ids if self._guesses >= 0 else islice(ids, 8), path, word)._replace(message=message)

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
    """Put a kind's complaint where it belongs; by the house's form it ends with the remedy after a colon.

    Within backticks stands what is to be written, with colons of its own.
    """
    ends = [found.start() for found in _COLON.finditer(complaint) if complaint.count("`", found.start()) % 2 == 0]
    end = ends[-1] if ends else complaint.rfind(": ")
    message, remedy = complaint[: max(end, 0)], complaint[end + 2 :] if end >= 0 else complaint
    named = _PARAMETER.search(message)
    if named is not None and named[1] in rule.parameters:
        path: tuple[str | int, ...] = ("parameters", named[1])
    else:
        path = next(
            ((field,) for field in ("subjects", "inputs", "message") if f"'{field}'" in message), ("parameters",)
        )
    stop = "" if remedy.endswith("?") else "."
    return Problem(path, message or complaint, f"{remedy[:1].upper()}{remedy[1:]}{stop}")
