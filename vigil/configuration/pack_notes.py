"""What the lines under `packs:` watch, and which rules they leave out for want of points: notes of `vigil check`.

Machines of which the same is watched share a note, also those of several lines: a site with two hundred pumps and one
way of wiring them reads one sentence. Where they are wired in many ways, there is one for each quantity that some lack.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from domain.site import Site
from rules.kinds import stale
from vigil.configuration.pack_uses import PackUse, SiteIndex, filled_roles, wanted_rules
from vigil.configuration.packs import pack_names, read_pack
from vigil.configuration.problem import Problem
from vigil.configuration.reading import Reader
from vigil.configuration.yaml_tree import Path_

_SHOWN: Final = 8
"""Machines that a note names one by one."""

_FEW: Final = 3
"""Ways in which machines of a pack are watched that have a note each."""


class _Watch(Struct, frozen=True):
    """What of a pack watches a machine: rules by id, and those left out by the roles that nothing fills.

    Rules that tell when a point falls silent are none of the latter: a point that is not there is not missed twice.
    """

    site: str
    pack: str
    rules: tuple[str, ...]
    left_out: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def pack_notes(uses: Sequence[tuple[int, PackUse]], sites: Mapping[str, Site], reader: Reader) -> list[Problem]:
    """One note for all machines of a file of which the same is watched, at the first line that names one of them."""
    indexes = {site: SiteIndex(sites[site]) for site in {use.site for _, use in uses}}
    machines: dict[_Watch, list[tuple[int, str]]] = {}
    for line, use in uses:
        for machine in use.equipment:
            machines.setdefault(_watch(use, indexes[use.site], machine), []).append((line, machine))
    of_packs: dict[tuple[str, str], list[_Watch]] = {}
    for watch in machines:
        of_packs.setdefault((watch.site, watch.pack), []).append(watch)
    notes = [
        reader.problem(("packs", line), *said) for line, use in uses for said in _other_classes(use, indexes[use.site])
    ]
    for watches in of_packs.values():
        if len(watches) > _FEW:
            first = machines[watches[0]][0][0]
            named_by_watch = {watch: [machine for _, machine in machines[watch]] for watch in watches}
            notes += [reader.problem(("packs", first), *said) for said in _by_role(named_by_watch)]
            continue
        for watch in watches:
            named = machines[watch]
            message, remedy = _words(watch, [machine for _, machine in named], len({line for line, _ in named}))
            notes.append(reader.problem(("packs", named[0][0]), message, remedy))
    return notes


def _other_classes(use: PackUse, index: SiteIndex) -> Iterator[tuple[str, str]]:
    """Machines of a class that another pack is made for; a class of a site's own is for the site to say."""
    own = read_pack(use.pack).equipment_classes
    machines: dict[str, list[str]] = {}
    for machine in use.equipment:
        of_class = index.machines[machine].equipment_class
        if of_class not in own:
            machines.setdefault(of_class, []).append(machine)
    for of_class, named in machines.items():
        if meant := [f"'{name}'" for name in pack_names() if of_class in read_pack(name).equipment_classes]:
            yield (
                f"pack '{use.pack}' is made for equipment of the class '{own[0]}', not '{of_class}': {_listed(named)}",
                f"Its numbers may not fit: look whether pack {' or '.join(meant)} is meant.",
            )


def _by_role(machines: Mapping[_Watch, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """What is said of one pack's machines that are watched in many ways: how well, and what some of them lack."""
    pack = read_pack(next(iter(machines)).pack)
    count = sum(map(len, machines.values()))
    least, most = min(len(watch.rules) for watch in machines), max(len(watch.rules) for watch in machines)
    yield (
        f"pack '{pack.pack}' watches {count} machines by {least} to {_rules(most)}, in {len(machines)} ways",
        (
            "What some of them lack follows. Where it is measured, give the point that quantity, or name it in a line "
            "of its own for each machine under `points:`; what is not wanted goes under `without:`."
        ),
    )
    lacking: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for watch, named in machines.items():
        for roles, rules in watch.left_out:
            for role in roles:
                left_out, without = lacking.setdefault(role, ({}, {}))
                left_out.update(dict.fromkeys(rules))
                without.update(dict.fromkeys(named))
    for role in (role for role in pack.points if role in lacking):
        left_out, without = lacking[role]
        yield (
            (
                f"pack '{pack.pack}': no {role} ({pack.points[role]}) at {len(without)} of {count} machines: "
                f"{_listed(list(without))}"
            ),
            f"With it there can be {', '.join(left_out)}.",
        )


def _watch(use: PackUse, index: SiteIndex, machine: str) -> _Watch:
    """What of its pack the line puts over one machine; the line is one with which nothing is wrong."""
    pack = read_pack(use.pack)
    wanted = wanted_rules(use, pack)
    points, _ = filled_roles(wanted, use, index, index.machines[machine], _nothing_to_say)
    left_out: dict[tuple[str, ...], tuple[str, ...]] = {}
    for rule in wanted:
        if rule.kind == stale.MEANING.kind:
            continue
        if missing := tuple(role for role in pack.points if role in rule.roles and role not in points):
            left_out[missing] = (*left_out.get(missing, ()), rule.id)
    rules = tuple(rule.id for rule in wanted if points.keys() >= set(rule.roles))
    return _Watch(use.site, use.pack, rules, tuple(left_out.items()))


def _nothing_to_say(_path: Path_, _message: str, _remedy: str) -> None:
    """What is wrong with the line has been said when it was read."""


def _words(watch: _Watch, machines: Sequence[str], lines: int) -> tuple[str, str]:
    of = f"pack '{watch.pack}' watches {_listed(machines)}"
    others = f" (with {lines - 1} more line{'s' if lines > 2 else ''})" if lines > 1 else ""  # noqa: PLR2004 - a plural
    message = f"{of}{others} by {_rules(len(watch.rules))}: {', '.join(watch.rules)}"
    if not watch.left_out:
        return message, "Their limits can be changed with `change:`, and rules left out with `without:`."
    left = "; ".join(f"{', '.join(rules)} (no {' and no '.join(roles)})" for roles, rules in watch.left_out)
    roles = dict.fromkeys(role for missing, _ in watch.left_out for role in missing)
    units = read_pack(watch.pack).points
    needed = ", ".join(f"{role} ({units[role]})" for role in roles)
    remedy = (
        f"Where they are measured, give the points the quantity {needed}, or name them in a line of its own for each "
        f"machine, `points: {{{next(iter(roles))}: POINT}}`. What is not wanted goes under `without:`."
    )
    return f"{message}; left out for want of points: {left}", remedy


def _rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many there are besides."""
    more = len(names) - _SHOWN
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_SHOWN])} and {more} more"
