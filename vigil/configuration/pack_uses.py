"""The lines under `packs:` of a site: which machines take on the rules of which pack.

    packs:
      - {pack: pump, equipment: [pump-1, pump-2]}

A machine's point of a role's quantity fills the role, or the one that `points:` of the line names. Rules whose roles a
machine does not have are left out. Each rule becomes `{equipment}-{rule}`. `change:` gives single parameters of rules,
or their priority, other values on the machines of the line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import fields, replace

from domain.configuration import Parameter, RuleSpec
from domain.priority import Priority
from domain.problem import Problem, unknown
from domain.site import Equipment, Point, Site
from domain.units import UNITS
from rules.catalog import CATALOG
from rules.expressions.measures import measure_of
from rules.settings import MOST_GUESSES, RuleChecks
from vigil.configuration.packs import Pack, PackRule, pack_names, read_pack
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.yaml_tree import Path_, Value

_PRIORITY: Final = "priority"
"""What `change:` may give a rule besides its parameters."""


class PackUse(Struct, frozen=True, kw_only=True):
    """A line of a site: which pack for which machines, points that are not found by quantity, rules to leave out.

    `change` gives parameters other values by rule and parameter; `priority` counts as one.
    """

    pack: str
    equipment: tuple[str, ...]
    site: str
    points: dict[str, str] = {}
    without: tuple[str, ...] = ()
    change: dict[str, dict[str, Parameter]] = {}


_SHOWN: Final = 3
"""Rules that are named one by one where a machine is given them twice."""

Say: TypeAlias = Callable[[Path_, str, str], None]


class SiteIndex:
    """A site's machines and points, looked up once however many machines take on packs."""

    def __init__(self, site: Site, given: dict[str, str] | None = None) -> None:
        """Index the site; `given` are the sites of the rules that lines have given machines, by id."""
        self.site = site
        self.points = {point.id: point for point in site.points}
        self.machines = {machine.id: machine for machine in site.equipment}
        self.given = {} if given is None else given
        self._guesses = MOST_GUESSES
        self._of_machines: dict[str, dict[str, Point]] = {}
        for point in site.points:
            if point.quantity is not None:
                self._of_machines.setdefault(point.equipment, {})[point.quantity] = point

    def unknown(self, word: str, name: str, ids: Mapping[str, object]) -> tuple[str, str]:
        """What is wrong with a name that is none of the site's, and the remedy; what was meant is sought some times."""
        self._guesses -= 1
        problem = unknown(name, ids if self._guesses >= 0 else islice(ids, 8), (), word)
        return problem.message, problem.remedy

    @cached_property
    def checks(self) -> RuleChecks:
        """What says whether a changed rule fits its kind and points."""
        return RuleChecks(self.site)

    def quantities(self, machine: str) -> Mapping[str, Point]:
        """The points of a machine by what they measure."""
        return self._of_machines.get(machine, {})


def read_uses(reader: Reader, value: Value, home: str | None) -> list[tuple[int, PackUse]]:
    """Read the list under `packs:`; `home` is the site of the file, for lines that name none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        reader.say(("packs",), "packs are a list", "Write lines like `- {pack: pump, equipment: [pump-1]}`.")
        return []
    found: list[tuple[int, PackUse]] = []
    for index, each in enumerate(value):
        written = {"site": home, **each} if isinstance(each, Mapping) and home is not None else each
        use = reader.struct(PackUse, written, ("packs", index))
        found += [] if use is None else [(index, use)]
    return found


def expanded_uses(
    uses: Sequence[tuple[int, PackUse]], sites: Mapping[str, Site], reader: Reader, given: dict[str, str]
) -> list[tuple[Path_, RuleSpec]]:
    """The rules that the lines of a file stand for, each with its line's place; problems are said to the reader.

    `given` are the sites of the rules that lines of other files stand for, by id; those of these lines are added.
    """
    found: list[tuple[Path_, RuleSpec]] = []
    indexes: dict[str, SiteIndex] = {}
    for index, use in uses:
        if use.site in sites:
            if use.site not in indexes:
                indexes[use.site] = SiteIndex(sites[use.site], given)
            say = partial(_say_at, reader, index)
            found += [(("packs", index), rule) for rule in expanded(use, indexes[use.site], say)]
    return found


def _say_at(reader: Reader, index: int, path: Path_, message: str, remedy: str) -> None:
    reader.say(("packs", index, *path), message, remedy)


def expanded(use: PackUse, index: SiteIndex, say: Say) -> Iterator[RuleSpec]:
    """The rules of one line, but for those that are there; what is wrong with it is said with its place in the line."""
    if use.pack not in pack_names():
        say(("pack",), f"pack '{use.pack[:64]}' is not known", suggestion(use.pack, pack_names()))
        return
    pack = read_pack(use.pack)
    _check(use, pack, say)
    changes = _Changes(use, pack, index, say)
    all_whole = True
    for number, name in enumerate(use.equipment):
        if name not in index.machines:
            say(("equipment", number), *index.unknown("equipment", name, index.machines))
            all_whole = False
            continue
        wanted = wanted_rules(use, pack)
        points, is_whole = filled_roles(wanted, use, index, index.machines[name], say)
        all_whole &= is_whole
        found = [rule for rule in wanted if points.keys() >= set(rule.roles)]
        if is_whole and not found:
            what = f"pack '{pack.pack}' has no rule for '{name}'"
            say(("equipment", number), what, _unfilled(wanted, pack, index, name))
        ids = {rule.id for rule in found}
        rules = [changes.made(each, each.bound(name, index.site.id, points, ids)) for each in found]
        _check_once(found, rules, index.given, partial(say, ("equipment", number)))
        yield from (rule for rule in rules if rule.id not in index.given)
        index.given.update({rule.id: rule.site for rule in rules if rule.id not in index.given})
    if all_whole:
        changes.check_all_used()


def _check_once(
    found: Sequence[PackRule], rules: Sequence[RuleSpec], given: Mapping[str, str], say: Callable[[str, str], None]
) -> None:
    """Say where these rules have been given before: to the machine, or to one of that id at another site."""
    twice = [(each.id, rule) for each, rule in zip(found, rules, strict=True) if rule.id in given]
    if not twice:
        return
    more = len(twice) - _SHOWN
    shown = ", ".join(rule for rule, _ in twice[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    short, rule = twice[0]
    machine, site = rule.id.removesuffix(f"-{short}"), given[rule.id]
    if site == rule.site:
        remedy = "Name the machine once, or leave these out in one of its lines with `without:`."
        say(f"'{machine}' has been given these rules before: {shown}", remedy)
    else:
        remedy = f"Put the site into the machine's id, for instance '{rule.site}_{machine}'."
        say(f"'{machine}' of site '{site}' has rules of the same ids: {shown}", remedy)


def wanted_rules(use: PackUse, pack: Pack) -> list[PackRule]:
    """The rules of the pack that the line does not leave out."""
    return [rule for rule in pack.rules if rule.id not in use.without]


class _Changes:
    """What one line changes of its pack's rules. What is wrong with a change is said once, and the rule stays as it is.

    (Tests of that rule would otherwise complain that it is not there.)
    """

    def __init__(self, use: PackUse, pack: Pack, index: SiteIndex, say: Say) -> None:
        self._index, self._say = index, say
        self._rules = {rule.id: rule for rule in pack.rules}
        self._good = {rule: change for rule, change in use.change.items() if self._is_good(rule, change, use)}
        self._unused = set(self._good)

    def made(self, rule: PackRule, bound: RuleSpec) -> RuleSpec:
        """The rule of the pack on a machine, with what the line changes of it."""
        change = self._good.get(rule.id)
        if change is None:
            return bound
        self._unused.discard(rule.id)
        parameters = {name: value for name, value in change.items() if name != _PRIORITY}
        changed = replace(
            bound,
            parameters=bound.parameters | parameters,
            priority=Priority(str(change.get(_PRIORITY, bound.priority))),
        )
        known = self._index.checks.check(bound)
        problems = [each for each in self._index.checks.check(changed) if each not in known]
        if not problems:
            return changed
        del self._good[rule.id]
        for problem in problems:
            self._say(_place_in_line(rule.id, problem), problem.message, problem.remedy)
        return bound

    def check_all_used(self) -> None:
        """Say which changes are of rules that no machine of the line has the points for."""
        for rule in sorted(self._unused):
            needed = ", ".join(self._rules[rule].roles)
            what = f"rule '{rule}' is changed, but left out: no machine of the line has all its points"
            self._say(("change", rule), what, f"It needs {needed}: give them, or remove the change.")

    def _is_good(self, rule: str, change: Mapping[str, Parameter], use: PackUse) -> bool:
        """Whether it names what the pack has, and a priority that there is; says so where it does not."""
        where = ("change", rule)
        if rule not in self._rules:
            self._say(where, f"pack '{use.pack}' has no rule '{rule[:64]}'", suggestion(rule, sorted(self._rules)))
            return False
        if rule in use.without:
            self._say(where, f"rule '{rule}' is changed and left out", "Remove it from `without:` or from `change:`.")
            return False
        known = [_PRIORITY, *(each.name for each in fields(CATALOG.entries[self._rules[rule].kind].settings))]
        wrong = [name for name in change if name not in known]
        for name in wrong:
            self._say((*where, name), f"rule '{rule}' has no parameter '{name[:64]}'", suggestion(name, known))
        priorities = [each.value for each in Priority]
        if change.get(_PRIORITY, Priority.LOW) not in priorities:
            what = f"the priority of rule '{rule}' is {str(change[_PRIORITY])[:64]!r}"
            self._say((*where, _PRIORITY), what, f"Write one of {', '.join(priorities)}.")
            return False
        return not wrong


def _place_in_line(rule: str, problem: Problem) -> Path_:
    """Where in the line the parameter stands that a changed rule's problem is about."""
    return ("change", rule, *problem.path[1:]) if problem.path[:1] == ("parameters",) else ("change", rule)


def _unfilled(wanted: Sequence[PackRule], pack: Pack, index: SiteIndex, machine: str) -> str:
    """What to do where a line guards nothing: whoever wrote it believes that it does."""
    if not wanted:
        return "Its rules are all left out: remove the line."
    needed = dict.fromkeys(role for rule in wanted for role in rule.roles)
    roles = ", ".join(f"{role} ({pack.points[role]})" for role in needed)
    quantities = sorted(index.quantities(machine))
    has = f"its points have: {', '.join(quantities)}" if quantities else "no point of it has a quantity"
    return f"Its rules need points with the quantity {roles}; {has}. Mend these, or name points under `points:`."


def _check(use: PackUse, pack: Pack, say: Say) -> None:
    """Words of a line that the pack does not know."""
    if not use.equipment:
        say(("equipment",), f"no machine takes on pack '{pack.pack}'", "Name one or more, or remove the line.")
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


def filled_roles(
    wanted: Sequence[PackRule], use: PackUse, index: SiteIndex, machine: Equipment, say: Say
) -> tuple[dict[str, str], bool]:
    """The machine's points for the roles of these rules, and whether all that there are could be taken.

    Units must be the pack's, with whose numbers they are compared; where no rule could look at a point anyway, its unit
    is no fault.
    """
    found, pack = index.quantities(machine.id), read_pack(use.pack)
    filled: dict[str, Point] = {}
    is_whole = True
    for role in pack.points:
        named = use.points.get(role)
        point = found.get(role) if named is None else index.points.get(named)
        if named is not None and point is None:
            say(("points", role), *index.unknown("point", named, index.points))
            is_whole = False
        if point is not None:
            filled[role] = point
    complete = [rule for rule in wanted if filled.keys() >= set(rule.roles)]
    alike = {
        role: point.id for role, point in filled.items() if measure_of(point.unit) == measure_of(pack.points[role])
    }
    for role in (role for role in filled if role not in alike):
        rules = ", ".join(rule.id for rule in complete if role in rule.roles)
        if rules:
            say(("pack",), *_other_unit(filled[role], pack.points[role], pack.pack, rules))
            is_whole = False
    return alike, is_whole


def _other_unit(point: Point, unit: str, pack: str, rules: str) -> tuple[str, str]:
    """What is wrong with a point in another unit than the pack's, and what to do about it."""
    message = f"point '{point.id}' is in '{point.unit}', the numbers of pack '{pack}' are in '{unit}'"
    what = f"If it is measured in '{unit}', write that as the point's unit"
    if {point.unit, unit} <= UNITS.keys() and UNITS[point.unit].dimension is UNITS[unit].dimension:
        what += (
            f". If not, make its unit '{unit}' and convert on the way in, with `unit` and `scale` of a foreign mapping"
        )
    remedy = f"{what}; otherwise leave out {rules} with `without:` and write them in the point's own."
    return message, remedy
