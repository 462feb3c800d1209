"""Rule packs: ready rules for a class of equipment, that a site takes on with a line per machine.

    packs:
      - {pack: pump, equipment: [pump-1, pump-2]}

A pack names points by role. A machine's point of that quantity fills the role, or the one that `points:` of the line
names. Rules whose roles a machine does not have are left out. Each rule becomes `{equipment}-{rule}`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.site import Equipment, Site
from domain.text import Text
from rules.expressions.measures import measure_of
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.yaml_tree import Path_, Value, read_document

FOLDER: Final = Path(__file__).resolve().parents[1] / "packs"


class RuleTest(Struct, frozen=True, kw_only=True):
    """What a rule shall say of some readings: see `vigil.configuration.rule_tests`."""

    rule: str
    given: str
    then: str


class PackRule(Struct, frozen=True, kw_only=True):
    """A rule about the point of one role, that looks at those of others; `source` is where its numbers come from."""

    id: str
    kind: str
    about: str
    name: Text
    priority: Priority
    fault: str
    procedure: Text
    source: str
    inputs: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = {}

    def bound(self, equipment: str, site: str, points: Mapping[str, str]) -> RuleSpec:
        """The rule on one machine, whose points are given by role."""
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
        )


class Pack(Struct, frozen=True, kw_only=True):
    """Rules for some classes of equipment; `points` gives the roles with their units."""

    pack: str
    equipment_classes: tuple[str, ...]
    points: dict[str, str]
    rules: tuple[PackRule, ...]
    tests: tuple[RuleTest, ...] = ()


class PackUse(Struct, frozen=True, kw_only=True):
    """A line of a site: which pack for which machines, points that are not found by quantity, rules to leave out."""

    pack: str
    equipment: tuple[str, ...]
    site: str
    points: dict[str, str] = {}
    without: tuple[str, ...] = ()


Say: TypeAlias = Callable[[Path_, str, str], None]


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
    pack = reader.struct(Pack, document.value, ())
    if pack is None or reader.problems:
        raise ConfigurationInvalid(tuple(reader.problems))
    return pack


def read_uses(reader: Reader, value: Value, home: str | None) -> list[tuple[int, PackUse]]:
    """Read the list under `packs:`; `home` is the site of the file, for lines that name none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        reader.say(("packs",), "packs are a list", "Write lines like `- {pack: pump, equipment: [pump-1]}`.")
        return []
    found: list[tuple[int, PackUse]] = []
    for index, each in enumerate(value):
        written = {"site": home or "", **each} if isinstance(each, Mapping) else each
        use = reader.struct(PackUse, written, ("packs", index))
        found += [] if use is None else [(index, use)]
    return found


def expanded_uses(
    uses: Sequence[tuple[int, PackUse]], sites: Mapping[str, Site], reader: Reader
) -> list[tuple[Path_, RuleSpec]]:
    """The rules that the lines of a file stand for, each with its line's place; problems are said to the reader."""
    found: list[tuple[Path_, RuleSpec]] = []
    for index, use in uses:
        if use.site in sites:
            say = partial(_say_at, reader, index)
            found += [(("packs", index), rule) for rule in expanded(use, sites[use.site], say)]
    return found


def _say_at(reader: Reader, index: int, path: Path_, message: str, remedy: str) -> None:
    reader.say(("packs", index, *path), message, remedy)


def expanded(use: PackUse, site: Site, say: Say) -> Iterator[RuleSpec]:
    """The rules of one line; what is wrong with it is said with its place in the line."""
    if use.pack not in pack_names():
        say(("pack",), f"pack '{use.pack[:64]}' is not known", suggestion(use.pack, pack_names()))
        return
    pack = read_pack(use.pack)
    _check(use, pack, say)
    machines = {machine.id: machine for machine in site.equipment}
    for index, name in enumerate(use.equipment):
        if name not in machines:
            say(("equipment", index), f"equipment '{name[:64]}' is not configured", suggestion(name, sorted(machines)))
            continue
        points = _points(pack, use, site, machines[name], say)
        for each in pack.rules:
            if each.id not in use.without and all(role in points for role in (each.about, *each.inputs)):
                yield each.bound(name, site.id, points)


def _check(use: PackUse, pack: Pack, say: Say) -> None:
    """Words of a line that the pack does not know."""
    rules = sorted(rule.id for rule in pack.rules)
    for index, rule in enumerate(use.without):
        if rule not in rules:
            say(("without", index), f"pack '{pack.pack}' has no rule '{rule[:64]}'", suggestion(rule, rules))
    for role in use.points:
        if role not in pack.points:
            say(
                ("points", role), f"pack '{pack.pack}' has no role '{role[:64]}'", suggestion(role, sorted(pack.points))
            )
    if use.points and len(use.equipment) > 1:
        say(("points",), "points are named for several machines at once", "Give each machine a line of its own.")


def _points(pack: Pack, use: PackUse, site: Site, machine: Equipment, say: Say) -> dict[str, str]:
    """The machine's points by role; units must be the pack's, whose numbers they are compared with."""
    found = {each.quantity: each for each in site.points if each.equipment == machine.id and each.quantity is not None}
    by_id = {each.id: each for each in site.points}
    points: dict[str, str] = {}
    for role, unit in pack.points.items():
        named = use.points.get(role)
        point = found.get(role) if named is None else by_id.get(named)
        if named is not None and point is None:
            say(("points", role), f"point '{named[:64]}' is not configured", suggestion(named, sorted(by_id)))
        if point is None:
            continue
        if measure_of(point.unit) != measure_of(unit):
            message = f"point '{point.id}' is in '{point.unit}', the numbers of pack '{pack.pack}' are in '{unit}'"
            say(("pack",), message, "Leave its rules out with `without:` and write them in the point's unit.")
            continue
        points[role] = point.id
    return points
