"""Loads a configuration folder: every `*.yaml` in it and below, each with a `site:`, `rules:`, `names:` of people.

A site stands in one file or in several (`vigil.configuration.site_files`); a file with rules only says per rule which
`site` they are for. `foreign:` maps devices of other makers (`vigil.configuration.foreign`).
"""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from collector.foreign.mapping import ForeignFormat
from domain.alarm_policy import AlarmPolicy, check_policy
from domain.configuration import Configuration, RuleSpec
from domain.instant import Instant
from domain.priority import ActWithin, Consequence, priority_of
from domain.problem import Problem
from domain.site import Site
from domain.site_checks import check_portfolio, check_site
from domain.tour_checks import starts_at_clock_changes
from notify.settings import ChannelSettings
from rules.catalog import CATALOG
from rules.settings import RuleChecks
from stores.ports import PersonEntry
from vigil.configuration.foreign import ForeignPart, read_foreign, with_devices, with_units
from vigil.configuration.foreign_checks import check_foreign
from vigil.configuration.notification_part import NotificationPart, assemble_notification, read_notification_part
from vigil.configuration.pack_notes import pack_notes
from vigil.configuration.pack_uses import PackUse, expanded_uses, read_uses
from vigil.configuration.packs import RuleTest
from vigil.configuration.problem import ConfigurationInvalid, NoConfiguration
from vigil.configuration.problem import Problem as FileProblem
from vigil.configuration.reading import Reader, suggestion
from vigil.configuration.rule_tests import PlacedTest, TestWords
from vigil.configuration.site_files import THINGS, Assembled, SitePart, assemble, read_site_part
from vigil.configuration.yaml_tree import Path_, Value, read_document

TOP_KEYS = ("site", *THINGS, "rules", "packs", "tests", "alarms", "names", "foreign", "channels", "notification")
_SUFFIXES = (".yaml", ".yml")
_ALMOST = re.compile(r".*\.ya?ml\.txt")
"""What Windows makes of a name whose ending it hides."""

_BEGINNINGS = ("site", "rules", "packs", "tests", "alarms", "names", "foreign")


class Loaded(Struct, frozen=True, kw_only=True):
    """A valid configuration, the names for the people store, the channels by id, and the files it came from.

    `notes` are no errors, but may surprise.
    """

    configuration: Configuration
    people: tuple[PersonEntry, ...]
    files: tuple[str, ...]
    notes: tuple[FileProblem, ...] = ()
    foreign: tuple[ForeignFormat, ...] = ()
    channels: Mapping[str, ChannelSettings] = {}
    tests: tuple[PlacedTest, ...] = ()


class _Part(Struct):
    """What one file contributed; `written` are the ids of its rules, those among them that cannot be used."""

    site: SitePart
    rules: list[tuple[Path_, RuleSpec]]
    written: frozenset[str]
    packs: Sequence[tuple[int, PackUse]]
    tests: Sequence[tuple[Path_, RuleTest]]
    alarms: AlarmPolicy | None
    people: Sequence[PersonEntry]
    foreign: ForeignPart
    notification: NotificationPart

    @property
    def reader(self) -> Reader:
        """The file's reader, where its problems gather."""
        return self.site.reader


def load_configuration(folder: Path, now: Instant | None = None) -> Loaded:
    """Read and check the whole folder; with `now`, also note what the coming year brings (`Loaded.notes`).

    Raises:
        NoConfiguration: there is nothing to read.
        ConfigurationInvalid: with every problem of every file, sorted by place.
    """
    files, overlooked = _files(folder)
    problems: list[FileProblem] = []
    parts: list[_Part] = []
    for path in files:
        try:
            part = _read(path)
        except ConfigurationInvalid as invalid:
            problems += invalid.problems
            continue
        parts.append(part)
    all_read = not problems
    homes = _check_together(parts, all_read=all_read)
    plan, channels = assemble_notification(
        [part.notification for part in parts],
        {home.site.id for home in homes},
        {rule.id for part in parts for _, rule in part.rules},
        all_read=all_read,
    )
    problems += [problem for part in parts for problem in part.reader.problems]
    if problems:
        raise ConfigurationInvalid(tuple(sorted(problems)))
    sites = {home.site.id: home.site for home in homes}
    foreign = tuple(block for part in parts for _, block in part.foreign.blocks)
    return Loaded(
        configuration=Configuration(
            sites=tuple(with_devices(site, foreign) for site in sites.values()),
            rules=tuple(rule for part in parts for _, rule in part.rules),
            alarms=next((part.alarms for part in parts if part.alarms is not None), AlarmPolicy()),
            notification=plan,
        ),
        people=tuple(person for part in parts for person in part.people),
        files=tuple(path.relative_to(folder).as_posix() for path in files),
        notes=tuple(overlooked) if now is None else (*overlooked, *_notes(homes, now), *_rule_notes(parts, sites)),
        foreign=tuple(with_units(block, sites.get(block.site)) for block in foreign),
        channels=channels,
        tests=tuple(_placed(part.reader, where, test) for part in parts for where, test in part.tests),
    )


def _placed(reader: Reader, where: Path_, test: RuleTest) -> PlacedTest:
    place = reader.problem(where, "", "")
    return PlacedTest(file=place.file, line=place.line, test=test)


def _notes(homes: Sequence[Assembled], now: Instant) -> tuple[FileProblem, ...]:
    """What is no mistake, but may surprise: starts in an hour that the clock skips or repeats."""
    return tuple(sorted(home.placed(note) for home in homes for note in starts_at_clock_changes(home.site, now)))


def _rule_notes(parts: Sequence[_Part], sites: Mapping[str, Site]) -> list[FileProblem]:
    """What is no mistake in a rule, but may surprise: windows that are never whole, what packs watch and what not."""
    checks = {site_id: RuleChecks(site) for site_id, site in sites.items()}
    of_rules = [
        part.reader.problem((*where, *path), message, remedy)
        for part in parts
        for where, rule in part.rules
        for path, message, remedy in checks[rule.site].notes(rule)
    ]
    return sorted([*of_rules, *(note for part in parts for note in pack_notes(part.packs, sites, part.reader))])


def _files(folder: Path) -> tuple[list[Path], list[FileProblem]]:
    """Every YAML file in the folder and the folders in it, one at least, and notes on what looks like one and is not.

    What is hidden is left alone.

    Raises:
        NoConfiguration: there is none, or a folder cannot be read.
    """
    found: list[Path] = []
    notes: list[FileProblem] = []

    def unreadable(error: OSError) -> None:
        what = f"cannot be read: {error.strerror}"
        problem = FileProblem(file=str(error.filename), line=0, message=what, remedy="Let this user read the folder.")
        raise NoConfiguration((problem,)) from error

    for place, folders, names in os.walk(folder, onerror=unreadable if folder.is_dir() else None):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*names, *folders):
            path = Path(place, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() in _SUFFIXES:
                found.append(path)
            elif name in folders and path.is_symlink():
                remedy = "Put the folder itself here, or link to its files."
                notes.append(
                    FileProblem(file=str(path), line=0, message="a link to a folder: it is not read", remedy=remedy)
                )
            elif _ALMOST.fullmatch(name.lower()):
                remedy = "Let its name end with .yaml, or remove it."
                notes.append(FileProblem(file=str(path), line=0, message="is no *.yaml: it is not read", remedy=remedy))
    if not found:
        problem = FileProblem(
            file=str(folder),
            line=0,
            message="holds no *.yaml file" if folder.is_dir() else "is not a folder",
            remedy="Give the folder of your site's YAML, or start from a copy of simulators/site.",
        )
        raise NoConfiguration((problem,))
    return sorted(found), sorted(notes)


def _read(path: Path) -> _Part:
    document = read_document(path, str(path))
    reader = Reader(document)
    top = document.value
    if top is None:
        reader.say((), "the file is empty", f"Begin it with one of: {', '.join(_BEGINNINGS)}; or remove it.")
        top = {}
    if not isinstance(top, Mapping):
        reader.say((), "the file is not a mapping", f"Begin it with one of: {', '.join(_BEGINNINGS)}.")
        top = {}
    for key in top:
        if key not in TOP_KEYS:
            reader.say((key,), f"'{key[:80]}' means nothing at the top of a file", suggestion(key, TOP_KEYS))
    site = read_site_part(reader, top)
    return _Part(
        site=site,
        rules=_rules(reader, top.get("rules", []), site.home),
        written=_written_ids(top.get("rules", [])),
        packs=read_uses(reader, top.get("packs", []), site.home),
        tests=_tests(reader, top.get("tests", [])),
        people=_people(reader, top.get("names", {})),
        foreign=read_foreign(reader, top.get("foreign", []), site.home),
        alarms=_alarms(reader, top["alarms"]) if "alarms" in top else None,
        notification=read_notification_part(reader, top),
    )


def _alarms(reader: Reader, value: Value) -> AlarmPolicy | None:
    policy = reader.struct(AlarmPolicy, value, ("alarms",))
    if policy is not None:
        for field, message, remedy in check_policy(policy):
            reader.say(("alarms", field), message, remedy)
    return policy


def _rules(reader: Reader, value: Value, home: str | None) -> list[tuple[Path_, RuleSpec]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        reader.say(("rules",), "rules are a list", "Begin each rule with `- id: ...`.")
        return []
    found: list[tuple[Path_, RuleSpec]] = []
    for index, each in enumerate(value):
        written = each
        if isinstance(written, Mapping) and "site" not in written and home is not None:
            written = {**written, "site": home}
        if isinstance(written, Mapping):
            written = _with_priority(written)
        rule = reader.struct(RuleSpec, written, ("rules", index))
        if rule is not None:
            found.append((("rules", index), rule))
    return found


def _written_ids(value: Value) -> frozenset[str]:
    rules = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return frozenset(str(each["id"]) for each in rules if isinstance(each, Mapping) and "id" in each)


def _tests(reader: Reader, value: Value) -> list[tuple[Path_, RuleTest]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        reader.say(("tests",), "tests are a list", "Write lines like `- {rule: ..., given: ..., then: ...}`.")
        return []
    read = [(("tests", index), reader.struct(RuleTest, each, ("tests", index))) for index, each in enumerate(value)]
    return [(where, test) for where, test in read if test is not None]


def _with_priority(written: Mapping[str, Value]) -> Mapping[str, Value]:
    """The rule with the priority that follows from consequence and time to act, where it names these instead."""
    consequence, act_within = written.get("consequence"), written.get("act_within")
    if "priority" in written or consequence not in set(Consequence) or act_within not in set(ActWithin):
        return written
    return {**written, "priority": priority_of(Consequence(str(consequence)), ActWithin(str(act_within))).value}


def _people(reader: Reader, value: Value) -> list[PersonEntry]:
    if not isinstance(value, Mapping):
        reader.say(("names",), "names are a mapping of person id to name", "Write `officer-1: {name: ...}`.")
        return []
    found: list[PersonEntry] = []
    for person, entry in value.items():
        written = {"name": entry} if isinstance(entry, str) else entry
        if isinstance(written, Mapping):
            read = reader.struct(PersonEntry, {**written, "id": person}, ("names", person))
            found += [read] if read is not None else []
        else:
            reader.say(("names", person), "a person is a name or a mapping", "Write `officer-1: {name: ...}`.")
    return found


def _check_together(parts: Sequence[_Part], *, all_read: bool) -> list[Assembled]:
    """What only shows when the parts are held against each other; gives the sites that could be put together.

    What may stand in a part that could not be read is not called missing: one slip must not bury itself in echoes.
    """
    homes = assemble([part.site for part in parts], all_read=all_read)
    sites = [home.site for home in homes]
    for home in homes:
        for problem in check_site(home.site):
            home.say(problem)
    for (_, number, *inside), message, remedy in check_portfolio(sites):
        homes[int(number)].say(Problem(tuple(inside), message, remedy))
    check_foreign([part.foreign for part in parts], {site.id: site for site in sites}, all_read=all_read)
    for part in [part for part in parts if part.alarms is not None][1:]:
        what = "'alarms' stands in more than one file"
        part.reader.say(("alarms",), what, "Keep one: it holds for the whole portfolio.")
    given: dict[str, str] = {}
    for part in parts:
        part.rules += expanded_uses(part.packs, {site.id: site for site in sites}, part.reader, given)
    _check_rules(parts, {site.id: site for site in sites}, all_read=all_read)
    _check_tests(parts, {site.id: site for site in sites}, all_read=all_read)
    _check_people(parts, sites, all_read=all_read)
    return homes


def _check_rules(parts: Sequence[_Part], sites: Mapping[str, Site], *, all_read: bool) -> None:
    times = Counter(rule.id for part in parts for _, rule in part.rules)
    checks = {site_id: RuleChecks(site) for site_id, site in sites.items()}
    homes = {part.site.home for part in parts if part.site.defines}
    known = ", ".join(sorted(sites)) or "none is configured"
    for part in parts:
        for where, rule in part.rules:
            if times[rule.id] > 1:
                what = f"rule id '{rule.id}' stands more than once"
                part.reader.say((*where, "id"), what, "Give each rule its own id.")
            if rule.site in checks:
                for path, message, remedy in checks[rule.site].check(rule):
                    part.reader.say((*where, *path), message, remedy)
        of_packs: list[tuple[Path_, str]] = [(("packs", index), use.site) for index, use in part.packs]
        for where, site in [*((where, rule.site) for where, rule in part.rules), *of_packs]:
            # A file whose own site is unknown is said once, at its head.
            if all_read and site not in checks and site != part.site.home and not homes.intersection((site, "")):
                part.reader.say((*where, "site"), f"site '{site}' is not configured", f"Known sites: {known}.")


def _check_tests(parts: Sequence[_Part], sites: Mapping[str, Site], *, all_read: bool) -> None:
    """Tests of rules that are not there or that readings alone say nothing to, and such as read what is no point.

    A rule that is there and wrong has been told: that its tests find no rule would be an echo.
    """
    written = frozenset[str]().union(*(part.written for part in parts))
    rules = {rule.id: rule for part in parts for _, rule in part.rules}
    words = {site_id: TestWords(site) for site_id, site in sites.items()}
    for part in parts:
        for where, test in part.tests:
            rule = rules.get(test.rule)
            if rule is None and all_read and test.rule not in written:
                what = f"rule '{test.rule[:64]}' of this test is not configured"
                part.reader.say((*where, "rule"), what, suggestion(test.rule, sorted(rules)))
            elif rule is not None and rule.kind in CATALOG.entries and rule.kind not in CATALOG.readings:
                what = f"rule '{rule.id}' is of kind '{rule.kind}', which does not judge readings"
                part.reader.say((*where, "rule"), what, "Test rules over points; try the others in `vigil demo`.")
            elif rule is not None and all_read and rule.site in words:
                for what, remedy in words[rule.site].unknown_points(test, rule):
                    part.reader.say((*where, "given"), what, remedy)


def _check_people(parts: Sequence[_Part], sites: Sequence[Site], *, all_read: bool) -> None:
    """Names for nobody are refused: a slip would leave a person nameless and keep a name without a purpose."""
    times = Counter(person.id for part in parts for person in part.people)
    known = {person.id for site in sites for person in site.people}
    all_known = all_read and len(sites) == sum(part.site.defines for part in parts)
    for part in parts:
        for person in part.people:
            where = ("names", person.id)
            if times[person.id] > 1:
                part.reader.say(where, f"person '{person.id}' is named in two files", "Keep one of them.")
            if all_known and person.id not in known:
                what = f"person '{person.id}' is not listed under any site's people"
                part.reader.say(where, what, "Add the person there, or remove the name.")
