"""What a log of passes means, as a YAML file says it: its columns, its checkpoints in groups, and the rules.

Checkpoints can be named one by one or by their group. Every problem comes with line and remedy.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.errors import ConfigurationError
from domain.schedule import is_timezone, parse_clock
from domain.text import Text
from simulators.recording_map import is_text_encoding, is_time_format
from vigil.configuration.problem import ConfigurationInvalid
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.yaml_tree import Path_, Value, read_document


class Columns(Struct, frozen=True, kw_only=True):
    """The names of the columns; a log without `kind` knows no kinds."""

    time: str
    who: str
    checkpoint: str
    kind: str | None = None


class Restricted(Struct, frozen=True, kw_only=True):
    """Only these kinds may pass these checkpoints."""

    id: str
    name: Text
    checkpoints: tuple[str, ...]
    allowed: tuple[str, ...]


class Hours(Struct, frozen=True, kw_only=True):
    """These checkpoints are passed from `start` until before `end` only (HH:MM, over midnight where it is earlier)."""

    id: str
    name: Text
    checkpoints: tuple[str, ...]
    start: str
    end: str
    kinds: tuple[str, ...] = ()


class Ends(Struct, frozen=True, kw_only=True):
    """Who comes, comes by `first` and leaves by `last`.

    Whoever passed within `open_seconds` of the log's beginning or end may have come before it, or be there still.
    """

    id: str
    name: Text
    first: tuple[str, ...]
    last: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    open_seconds: float = 86_400.0


class Way(Struct, frozen=True, kw_only=True):
    """From each checkpoint named here the next one is one of these (or the same again)."""

    id: str
    name: Text
    following: dict[str, tuple[str, ...]]
    kinds: tuple[str, ...] = ()


class Routes(Struct, frozen=True, kw_only=True):
    """The checkpoints of a subject, in turn, are one of these routes."""

    id: str
    name: Text
    routes: tuple[tuple[str, ...], ...]
    kinds: tuple[str, ...] = ()


class Leg(Struct, frozen=True, kw_only=True):
    """How long the way between two checkpoints takes, in either direction."""

    between: tuple[str, ...]
    min_seconds: float | None = None
    max_seconds: float | None = None


class Legs(Struct, frozen=True, kw_only=True):
    """Travel times as they are known."""

    id: str
    name: Text
    legs: tuple[Leg, ...]
    kinds: tuple[str, ...] = ()


class Pace(Struct, frozen=True, kw_only=True):
    """Travel times against the log's own: beyond `slower` or under `faster` times the median of their leg.

    Legs that were walked or driven fewer times than `at_least` are not judged.
    """

    id: str
    name: Text
    slower: float | None = None
    faster: float | None = None
    at_least: int = 20
    kinds: tuple[str, ...] = ()


class Stay(Struct, frozen=True, kw_only=True):
    """Nobody is there for longer than this, from first to last pass."""

    id: str
    name: Text
    max_seconds: float
    kinds: tuple[str, ...] = ()


class OneKind(Struct, frozen=True, kw_only=True):
    """A subject is of one kind."""

    id: str
    name: Text


PassRule = Restricted | Hours | Ends | Way | Routes | Legs | Pace | Stay | OneKind

RULE_KINDS: Final[Mapping[str, type[PassRule]]] = {
    "restricted": Restricted,
    "hours": Hours,
    "ends": Ends,
    "way": Way,
    "routes": Routes,
    "legs": Legs,
    "pace": Pace,
    "stay": Stay,
    "one_kind": OneKind,
}
_WORDS: Final = {kind: word for word, kind in RULE_KINDS.items()}
_ENDS: Final = 2


class PassMapping(Struct, frozen=True, kw_only=True):
    """A mapping without its rules, as the file has it.

    Where `checkpoints` are listed no others are believed, likewise `kinds`; `groups` are names for several of them.
    `time_format` is Python's (strptime), for times that are not ISO 8601. `encoding` is the log's.
    """

    columns: Columns
    timezone: str = "UTC"
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    time_format: str | None = None
    checkpoints: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    kinds: tuple[str, ...] = ()


class PassMap(Struct, frozen=True):
    """A whole mapping; groups are replaced by their members in the rules."""

    mapping: PassMapping
    rules: tuple[PassRule, ...]


def word_of(rule: PassRule) -> str:
    """The kind of a rule as the mapping writes it."""
    return _WORDS[type(rule)]


def load_pass_map(path: Path) -> PassMap:
    """Read a mapping.

    Raises:
        ConfigurationInvalid: with every problem, its line and a remedy.
    """
    document = read_document(path, str(path))
    reader = Reader(document)
    top = document.value
    if not isinstance(top, Mapping):
        reader.say((), "the file is not a mapping", "Begin it with `columns:`; see docs/passes.md.")
        top = {}
    written = {key: value for key, value in top.items() if key != "rules"}
    mapping = reader.struct(PassMapping, written, ())
    rules = _rules(reader, top.get("rules", []))
    if mapping is not None:
        _check_mapping(reader, mapping)
        _check_rules(reader, mapping, rules)
    if reader.problems or mapping is None:
        raise ConfigurationInvalid(tuple(sorted(reader.problems)))
    return PassMap(mapping, tuple(_spelled_out(rule, mapping.groups) for rule in rules.values()))


def _rules(reader: Reader, value: Value) -> dict[int, PassRule]:
    """The rules that could be read, by their place in the list."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        reader.say(("rules",), "without rules nothing is judged", "Write `rules:` with `- {id: ..., kind: ...}`.")
        return {}
    found: dict[int, PassRule] = {}
    for index, written in enumerate(value):
        where: Path_ = ("rules", index)
        kind = written.get("kind") if isinstance(written, Mapping) else None
        if not isinstance(written, Mapping) or not isinstance(kind, str) or kind not in RULE_KINDS:
            remedy = suggestion(str(kind), list(RULE_KINDS)) if kind else f"Add `kind:`: {', '.join(RULE_KINDS)}."
            reader.say(where, "this rule is of no known kind", remedy)
            continue
        rule = reader.struct(RULE_KINDS[kind], {key: each for key, each in written.items() if key != "kind"}, where)
        if rule is not None:
            found[index] = rule
    return found


def _check_mapping(reader: Reader, mapping: PassMapping) -> None:
    if not is_timezone(mapping.timezone):
        what = f"time zone '{mapping.timezone[:80]}' is unknown"
        reader.say(("timezone",), what, "Write an IANA name such as Asia/Shanghai.")
    if not is_text_encoding(mapping.encoding):
        what = f"encoding '{mapping.encoding[:80]}' is unknown"
        reader.say(("encoding",), what, "Write it like utf-8 or gb18030.")
    if mapping.time_format is not None and not is_time_format(mapping.time_format):
        what = f"time format '{mapping.time_format[:80]}' cannot be used"
        reader.say(("time_format",), what, "Write directives such as %Y-%m-%d %H:%M:%S, each once.")
    if len(mapping.delimiter) != 1:
        reader.say(("delimiter",), "a delimiter is one character", 'Write ";" in quotes.')
    for name, members in mapping.groups.items():
        if name in mapping.checkpoints:
            reader.say(("groups", name), f"'{name}' is a checkpoint already", "Give the group a name of its own.")
        for index, member in enumerate(members):
            if mapping.checkpoints and member not in mapping.checkpoints:
                what = f"checkpoint '{member[:80]}' is not listed"
                reader.say(("groups", name, index), what, suggestion(member, mapping.checkpoints))


def _check_rules(reader: Reader, mapping: PassMapping, rules: Mapping[int, PassRule]) -> None:
    times = Counter(rule.id for rule in rules.values())
    known = {*mapping.checkpoints, *mapping.groups}
    for index, rule in rules.items():
        where: Path_ = ("rules", index)
        if times[rule.id] > 1:
            reader.say((*where, "id"), f"rule id '{rule.id[:80]}' stands more than once", "Give each its own id.")
        for name in _named(rule):
            if mapping.checkpoints and name not in known:
                what = f"rule '{rule.id}' names '{name[:80]}', which is no checkpoint and no group"
                reader.say(where, what, suggestion(name, sorted(known)))
        for kind in _kinds(rule):
            if mapping.kinds and kind not in mapping.kinds:
                reader.say(where, f"rule '{rule.id}' names the kind '{kind[:80]}'", suggestion(kind, mapping.kinds))
        if _kinds(rule) and mapping.columns.kind is None:
            reader.say(where, f"rule '{rule.id}' is about kinds", "Name the column under `columns: {kind: ...}`.")
        for message, remedy in _useless(rule, mapping.groups):
            reader.say(where, f"rule '{rule.id}': {message}", remedy)


def _useless(rule: PassRule, groups: Collection[str]) -> Iterator[tuple[str, str]]:
    """What keeps a rule from ever being broken, or kept."""
    match rule:
        case Hours():
            yield from _useless_hours(rule)
        case Stay() if rule.max_seconds <= 0:
            yield "max_seconds is not positive", "Write the longest stay in seconds."
        case Legs():
            for leg in rule.legs:
                if len(leg.between) != _ENDS or (leg.min_seconds is None and leg.max_seconds is None):
                    yield "a leg has two ends and a time", "Write `{between: [a, b], max_seconds: 600}`."
        case Routes() if any(name in groups for route in rule.routes for name in route):
            yield "a route names single checkpoints, no groups", "Write each checkpoint of the route in turn."
        case Pace() if rule.slower is None and rule.faster is None:
            yield "neither slower nor faster is given", "Write `slower: 3`, `faster: 0.3` or both."
        case _:
            return


def _useless_hours(rule: Hours) -> Iterator[tuple[str, str]]:
    for clock in (rule.start, rule.end):
        try:
            parse_clock(clock)
        except ConfigurationError as error:
            yield str(error), "Put it in quotes: '22:00'."
    if rule.start == rule.end:
        yield "start and end are the same", "Leave the rule out, or give it hours."


def _named(rule: PassRule) -> Iterator[str]:
    """The checkpoints and groups that a rule names."""
    match rule:
        case Restricted() | Hours():
            yield from rule.checkpoints
        case Ends():
            yield from (*rule.first, *rule.last)
        case Way():
            for name, following in rule.following.items():
                yield from (name, *following)
        case Routes():
            for route in rule.routes:
                yield from route
        case Legs():
            for leg in rule.legs:
                yield from leg.between
        case _:
            return


def _kinds(rule: PassRule) -> tuple[str, ...]:
    if isinstance(rule, Restricted):
        return rule.allowed
    return () if isinstance(rule, OneKind) else rule.kinds


def _spelled_out(rule: PassRule, groups: Mapping[str, tuple[str, ...]]) -> PassRule:
    """The rule with members instead of groups; a route's and a leg's places are single checkpoints."""

    def members(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(member for name in names for member in groups.get(name, (name,)))

    match rule:
        case Restricted() | Hours():
            return replace(rule, checkpoints=members(rule.checkpoints))
        case Ends():
            return replace(rule, first=members(rule.first), last=members(rule.last))
        case Way():
            following: dict[str, tuple[str, ...]] = {}
            for name, others in rule.following.items():
                for member in groups.get(name, (name,)):
                    following[member] = (*following.get(member, ()), *members(others))
            return replace(rule, following=following)
        case _:
            return rule
