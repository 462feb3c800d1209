"""How a kind states its rules: one or more levels per rule and point, each a condition and the words for it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Generic, TypeAlias, TypeVar

from msgspec import Struct

from domain.configuration import RuleSpec
from domain.instant import from_seconds
from domain.priority import Priority
from domain.site import Equipment, Point, Site
from domain.text import Text
from rules.conditions.condition import Condition
from rules.expressions.parsing import FUNCTIONS, ExpressionError, parse_condition
from rules.expressions.tree import Logic, Node, Not, Value
from rules.rule_parameters import read_parameters, refuse

LONGEST_DELAY_SECONDS = 366 * 24 * 3600.0
"""A longer delay is a mistake of units."""

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


class Watched(Struct, frozen=True, kw_only=True):
    """One rule on one point, and the points it looks at besides, by the names its expressions use."""

    spec: RuleSpec
    point: Point
    inputs: Mapping[str, Point]
    site: SiteThings

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


@lru_cache(maxsize=4096)
def _parsed(text: str, units: tuple[tuple[str, str], ...], timezone: str) -> Node:
    """Rules of a pack say the same of many machines."""
    return parse_condition(text, dict(units), timezone)


class Level(Struct, frozen=True, kw_only=True):
    """One step of a rule on a point: its condition, and what is said of it.

    `case` is what is the case, as in "value 12 degC, {case} for 10 min"; `expected` what should be instead, `clears`
    what ends it. `told` names the condition's told numbers, with their units. `describe` says the case with numbers.
    """

    condition: Condition
    case: Text
    expected: Text
    clears: Text
    unit: str = ""
    told: Sequence[tuple[str, str]] = ()
    compared: Mapping[str, float | str] = {}
    describe: Callable[[float, Told], Text] | None = None
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

    def levels(self, watched: Watched) -> Sequence[Level]:
        """The levels of one rule on one point, the most urgent first, of a rule that `check` admits.

        Raises:
            ConfigurationError: the parameters do not fit the point.
        """
        return self.state(watched, read_parameters(watched.spec, self.settings))

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
            if not name.isidentifier() or name in RESERVED:
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


class Aspects(Struct, frozen=True, kw_only=True):
    """The parts of a condition that a kind gives; see `rules.conditions.condition.Condition`."""

    enter: Node
    leave: Node | None = None
    shown: Node = Value(0)
    told: tuple[Node, ...] = ()


def guarded(watched: Watched, settings: ConditionSettings, aspects: Aspects) -> Condition:
    """A condition that is the case only within the rule's hours and while its guard is true."""
    enter, leave = aspects.enter, aspects.leave
    guards: list[Node] = []
    if settings.only_while:
        guards.append(watched.expression("only_while", settings.only_while))
    if settings.hours:
        guards.append(watched.expression("hours", f"hours({settings.hours!r})"))
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
    )
