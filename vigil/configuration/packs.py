"""Rule packs: ready rules for a class of equipment, in `vigil/packs`. A pack names points by role.

A pack may be like another one, with `like:` instead of equipment classes and points. Its rules are then those of that
one, but for what it says otherwise of some; tests of rules that it leaves alone are its tests too.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from domain.configuration import Parameter, RuleCategory, RuleSpec
from domain.priority import Priority
from domain.text import Text
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.yaml_tree import read_document

FOLDER: Final = Path(__file__).resolve().parents[1] / "packs"


class RuleTest(Struct, frozen=True, kw_only=True):
    """What a rule shall say of some readings: see `vigil.configuration.rule_tests`."""

    rule: str
    given: str
    then: str


class PackRule(Struct, frozen=True, kw_only=True):
    """A rule about the point of one role, that looks at those of others; `source` is where its numbers come from.

    `suppressed_while` names rules of the pack that say more: while one of them stands on a machine, this one's alarms
    are suppressed by design.
    """

    id: str
    kind: str
    about: str
    name: Text
    priority: Priority
    fault: str
    procedure: Text
    source: str
    inputs: tuple[str, ...] = ()
    message: Text = Text("", "")
    parameters: dict[str, Parameter] = {}
    category: RuleCategory = RuleCategory.ORDINARY
    suppressed_while: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that a machine must fill for this rule."""
        return (self.about, *self.inputs)

    def bound(self, equipment: str, site: str, points: Mapping[str, str], rules: Collection[str] = ()) -> RuleSpec:
        """The rule on one machine, whose points are given by role, and the rules that it has besides."""
        return RuleSpec(
            id=f"{equipment}-{self.id}",
            kind=self.kind,
            site=site,
            name=self.name,
            priority=self.priority,
            subjects=(points[self.about],),
            inputs={role: points[role] for role in self.inputs},
            parameters=self.parameters,
            fault=self.fault,
            procedure=self.procedure,
            message=self.message,
            category=self.category,
            suppressed_while=tuple(f"{equipment}-{rule}" for rule in self.suppressed_while if rule in rules),
        )


class Pack(Struct, frozen=True, kw_only=True):
    """Rules for some classes of equipment; `points` gives the roles with their units.

    `tests` are those of its own file; the pack that it is `like` has more.
    """

    pack: str
    equipment_classes: tuple[str, ...]
    points: dict[str, str]
    rules: tuple[PackRule, ...]
    tests: tuple[RuleTest, ...] = ()
    like: str | None = None


class RuleVariant(Struct, frozen=True, kw_only=True):
    """What a pack says otherwise of a rule of the pack that it is like; parameters that it does not name stay."""

    id: str
    name: Text | None = None
    priority: Priority | None = None
    procedure: Text | None = None
    source: str | None = None
    message: Text | None = None
    parameters: dict[str, Parameter] = {}

    def of(self, rule: PackRule) -> PackRule:
        """The rule with what is otherwise."""
        otherwise = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(rule, **otherwise | {"parameters": rule.parameters | self.parameters})


class PackVariant(Struct, frozen=True, kw_only=True):
    """A file of a pack that is like another one."""

    pack: str
    like: str
    rules: tuple[RuleVariant, ...]
    tests: tuple[RuleTest, ...] = ()


def pack_names() -> list[str]:
    """The packs there are."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@lru_cache(maxsize=64)
def read_pack(name: str) -> Pack:
    """Read one of the packs that come with Vigil.

    Raises:
        ConfigurationInvalid: its file is wrong.
    """
    path = FOLDER / f"{name}.yaml"
    document = read_document(path, str(path))
    reader = Reader(document)
    if isinstance(document.value, Mapping) and "like" in document.value:
        variant = reader.struct(PackVariant, document.value, ())
        pack = None if variant is None else _varied(variant, reader)
    else:
        pack = reader.struct(Pack, document.value, ())
    if pack is None or reader.problems:
        raise ConfigurationInvalid(tuple(reader.problems))
    return pack


def _varied(variant: PackVariant, reader: Reader) -> Pack:
    """The whole pack: the one that it is like, with what it says otherwise."""
    base = read_pack(variant.like)
    rules = {rule.id: rule for rule in base.rules}
    for index, otherwise in enumerate(variant.rules):
        if otherwise.id in rules:
            rules[otherwise.id] = otherwise.of(rules[otherwise.id])
        else:
            what = f"pack '{variant.like}' has no rule '{otherwise.id[:64]}'"
            reader.say(("rules", index, "id"), what, suggestion(otherwise.id, sorted(rules)))
    return replace(base, pack=variant.pack, rules=tuple(rules.values()), tests=variant.tests, like=variant.like)
