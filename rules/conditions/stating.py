"""How a kind states its rules: one or more levels per rule and point, each a condition and the words for it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Generic, TypeAlias, TypeVar

from msgspec import Struct

from domain.configuration import RuleSpec
from domain.errors import ConfigurationError
from domain.instant import Duration, from_seconds
from domain.opening_hours import read_hours
from domain.priority import Priority
from domain.site import Equipment, Point, Site
from domain.text import Text
from rules.conditions.condition import Condition
from rules.conditions.headline import crowded
from rules.conditions.message import check_message, has_message
from rules.conditions.point_names import measured_points
from rules.expressions.parsing import FUNCTIONS, ExpressionError, located, parse_condition
from rules.expressions.tree import Logic, Node, Not, Value
from rules.expressions.words import Measured, expression_words
from rules.rule_parameters import read_parameters, refuse

LONGEST_DELAY_SECONDS = 366 * 24 * 3600.0
"""A longer delay is a mistake of units."""

EXPRESSIONS: Final = ("only_while", "when", "until", "of")
"""The parameters that are expressions."""

GUARDS: Final = ("only_while", "hours")
"""The parameters that say when a rule judges at all, in the order of a condition's `guards`."""

RESERVED: Final = frozenset(
    {*FUNCTIONS, "value", "and", "or", "not", "for", "in", "is", "if", "else", "None", "True", "False"}
)
"""Words that no point may be called in an expression."""

Told: TypeAlias = Mapping[str, float]
"""The further numbers of an event, by the names of a level's `told`; NaN where not known."""


class ConditionSettings(Struct, frozen=True, kw_only=True):
    """What every rule over readings may say besides what is its kind's own.

    The condition must be known to hold for `on_delay_seconds` to raise and to be over for `off_delay_seconds` to clear.
    `only_while` is an expression over the rule's points without which nothing is the case: `fan > 0 for 10 min`;
    `hours` are those in which the rule judges (`domain.opening_hours`); always, where they are not given.
    """

    on_delay_seconds: float = 0.0
    off_delay_seconds: float = 0.0
    only_while: str = ""
    hours: str = ""


class SiteThings(Struct, frozen=True):
    """What rules name at a site, by id."""

    timezone: str
    points: Mapping[str, Point]
    machines: Mapping[str, Equipment]


def site_things(site: Site) -> SiteThings:
    """Index what rules name at a site."""
    points = {point.id: point for point in site.points}
    return SiteThings(site.timezone, points, {each.id: each for each in site.equipment})


class Watched(Struct, frozen=True, kw_only=True, gc=False):
    """One rule on one point, and the points it looks at besides, by the names its expressions use.

    `is_alone`: the rule watches no other point of the same machine.
    """

    spec: RuleSpec
    point: Point
    inputs: Mapping[str, Point]
    site: SiteThings
    is_alone: bool = True

    @property
    def names(self) -> dict[str, Point]:
        """Every point it looks at, by name: the one it is about is `value`."""
        return {"value": self.point, **self.inputs}

    def expression(self, parameter: str, text: str) -> Node:
        """Read a condition over its points.

        Raises:
            ConfigurationError: names the rule, the parameter and the column.
        """
        units = tuple((name, point.unit) for name, point in self.names.items())
        try:
            return _parsed(text, units, self.site.timezone)
        except ExpressionError as error:
            raise refuse(self.spec, f"parameter '{parameter}' is '{text[:80]}': {error}") from error

    def words(self, text: str) -> Text:
        """An expression over its points as people read it; as it is written where names would not tell points apart."""
        names = self.names
        points = measured_points((*names.values(),), self.site.machines)
        if points is None:
            return Text(text, text)
        return _words(text, (*names,), points, self.site.timezone)

    def within(self, parameter: str, hours: str) -> Node:
        """Read hours of site time as a condition.

        Raises:
            ConfigurationError: names the rule, the parameter and how hours are written.
        """
        try:
            read_hours(hours)
        except ConfigurationError as error:
            raise refuse(self.spec, f"parameter '{parameter}': {error}") from error
        return self.expression(parameter, f"hours({hours!r})")

    def place_of(self, node: Node) -> Text:
        """Where a part of the rule's expressions stands, as people read it; empty where no expression has it."""
        units = {name: point.unit for name, point in self.names.items()}
        for parameter in EXPRESSIONS:
            text = self.spec.parameters.get(parameter)
            if not isinstance(text, str) or not text:
                continue
            column, part = located(text, units, self.site.timezone).get(node, (0, ""))
            if column:
                return Text(
                    f"in `{part}` at column {column} of '{parameter}'", f"（'{parameter}' 第 {column} 列：`{part}`）"
                )
        return Text("", "")


def watched_points(site_rules: Sequence[tuple[Site, RuleSpec]], place: Mapping[str, int]) -> Iterator[Watched]:
    """Every enabled rule on each of its points, by rule id.

    Raises:
        ConfigurationError: a rule names what is no point of its site.
    """
    sites: dict[str, SiteThings] = {}
    for site, spec in sorted(site_rules, key=lambda pair: pair[1].id):
        if not spec.enabled:
            continue
        if site.id not in sites:
            sites[site.id] = site_things(site)
        things = sites[site.id]
        for name in (*spec.subjects, *spec.inputs.values()):
            if name not in things.points or name not in place:
                raise refuse(spec, f"it names '{name}', which is no point of site '{site.id}': add it or mend the id")
        inputs = {name: things.points[point] for name, point in spec.inputs.items()}
        points = [things.points[subject] for subject in spec.subjects]
        together = crowded(points)
        for point in points:
            is_alone = point.equipment not in together
            yield Watched(spec=spec, point=point, inputs=inputs, site=things, is_alone=is_alone)


@lru_cache(maxsize=4096)
def _parsed(text: str, units: tuple[tuple[str, str], ...], timezone: str) -> Node:
    """Rules of a pack say the same of many machines."""
    return parse_condition(text, dict(units), timezone)


@lru_cache(maxsize=4096)
def _words(text: str, names: tuple[str, ...], points: tuple[Measured, ...], timezone: str) -> Text:
    """Machines of one kind have points of the same names."""
    units = tuple((name, point.unit) for name, point in zip(names, points, strict=True))
    return expression_words(_parsed(text, units, timezone), points)


class Level(Struct, frozen=True, kw_only=True, gc=False):
    """One step of a rule on a point: its condition, and what is said of it.

    `case` is what is the case, as in "value 12 degC, {case}, for 10 min"; `expected` what should be instead, `clears`
    what ends it, `over` what is so once it has ended (None: that it is no longer the case). `told` names the
    condition's told numbers, with their units. `clears_after` is the delay until an alarm with several levels is over
    as a whole, where that is not the condition's. `describe` says the case with the value and these, `describe_over`
    what is so once it has ended; neither is asked where one of these is not known, but for values of other points.
    """

    condition: Condition
    case: Text
    expected: Text
    clears: Text
    unit: str = ""
    told: Sequence[tuple[str, str]] = ()
    compared: Mapping[str, float | str] = {}
    clears_after: Duration | None = None
    over: Text | None = None
    describe: Callable[[float, Told], Text] | None = None
    describe_over: Callable[[float, Told], Text] | None = None
    name: str = ""
    priority: Priority | None = None


SettingsT = TypeVar("SettingsT", bound=ConditionSettings)


class ConditionMeaning(Struct, Generic[SettingsT], frozen=True, kw_only=True):
    """What a kind is: its name and summary, the type of its parameters, and what a rule on a point means.

    `state` gives the levels of a rule on a point, the most urgent first; it raises ConfigurationError where the
    parameters are wrong. `inputs` is how many points a rule names besides its subjects (None: any number).
    """

    kind: str
    summary: Text
    settings: type[SettingsT]
    state: Callable[[Watched, SettingsT], Sequence[Level]]
    inputs: int | None = None

    def levels(self, watched: Watched, settings: SettingsT | None = None) -> Sequence[Level]:
        """The levels of one rule on one point, the most urgent first, of a rule that `check` admits.

        `settings` are what `check` gave of the rule; who asks for many points hands them on, for reading them takes as
        long as the rest.

        Raises:
            ConfigurationError: the parameters do not fit the point.
        """
        levels = self.state(watched, settings or read_parameters(watched.spec, self.settings))
        if has_message(watched.spec):
            check_message(watched.spec, [name for level in levels for name, _ in level.told])
        return levels

    def check(self, spec: RuleSpec) -> SettingsT:
        """Read and judge what can be judged without the site.

        Raises:
            ConfigurationError: names the rule, the parameter, its value and the remedy.
        """
        settings = read_parameters(spec, self.settings)
        check_delays(spec, settings)
        if not spec.subjects:
            raise refuse(spec, "'subjects' is empty: name the points it watches")
        twice = sorted(point for point, times in Counter(spec.subjects).items() if times > 1)
        if twice:
            raise refuse(spec, f"'subjects' names point '{twice[0]}' twice: name it once")
        both = sorted({*spec.subjects} & {*spec.inputs.values()})
        if both:
            raise refuse(spec, f"'inputs' names point '{both[0]}', which is a subject: call it 'value' in expressions")
        if self.inputs is not None and len(spec.inputs) != self.inputs:
            raise refuse(spec, f"'inputs' names {len(spec.inputs)} points: a rule of this kind takes {self.inputs}")
        for name in spec.inputs:
            if name in RESERVED:
                raise refuse(spec, f"'inputs' calls a point '{name}', a word that expressions have: use another one")
            if not name.isidentifier():
                raise refuse(spec, f"'inputs' calls a point '{name[:64]}': use a word of letters, digits and _")
        return settings


def check_delays(spec: RuleSpec, settings: ConditionSettings) -> None:
    """Refuse delays that cannot be meant.

    Raises:
        ConfigurationError: names rule, parameter and remedy.
    """
    for name in ("on_delay_seconds", "off_delay_seconds"):
        delay = getattr(settings, name)
        if not 0 <= delay <= LONGEST_DELAY_SECONDS:
            raise refuse(spec, f"parameter '{name}' is {delay!r}: give seconds from 0 to {LONGEST_DELAY_SECONDS:.0f}")


class Aspects(Struct, frozen=True, kw_only=True, gc=False):
    """The parts of a condition that a kind gives; see `rules.conditions.condition.Condition`."""

    enter: Node
    leave: Node | None = None
    shown: Node = Value(0)
    told: tuple[Node, ...] = ()


def guarded(watched: Watched, settings: ConditionSettings, aspects: Aspects) -> Condition:
    """A condition that is the case only within the rule's hours and while its guard is true."""
    enter, leave = aspects.enter, aspects.leave
    read = {"only_while": watched.expression, "hours": watched.within}
    guards = [read[name](name, text) for name in GUARDS if (text := getattr(settings, name))]
    for guard in guards:
        enter = Logic("and", guard, enter)
        leave = None if leave is None else Logic("or", Not(guard), leave)
    return Condition(
        inputs=tuple(point.id for point in watched.names.values()),
        enter=enter,
        leave=leave,
        shown=aspects.shown,
        told=aspects.told,
        on_delay=from_seconds(settings.on_delay_seconds),
        off_delay=from_seconds(settings.off_delay_seconds),
        guards=tuple(guards),
    )
