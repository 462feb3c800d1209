"""Vigil's own alarms about rules that cannot be decided: of what is told nowhere else, one alarm for each cause.

A device from whose points nothing is read any more is one cause for all rules on them; so is a machine (or many of a
class) whose points give no usable value, as `machine_alarms` has it. Everything else is gathered by rule. The few
alarms are chosen that together tell of everything, and what stands goes on telling.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.priority import Priority
from domain.readings import Times
from domain.text import Text
from rules.own_alarms import Said
from rules.reading_state import BOOL, INT64, Columns
from rules.segments import Mask, Positions
from rules.undecided.choice import NOTHING, chosen
from rules.undecided.elsewhere import RulesInForce
from rules.undecided.estate import Estate
from rules.undecided.machine_alarms import Holder, MachineAlarms, Occasion
from rules.undecided.words import Share, at_most_high, can_judge, cannot_judge, device_heard, device_silent

DeviceKey: TypeAlias = tuple[str, str]
_Order: TypeAlias = tuple[int, str, str]
_News: TypeAlias = dict[_Order, list[Said]]


@dataclass(slots=True)
class Untold(Columns):
    """Rows of all kinds that are undecided, and of which no alarm but these tells, each once for each point it lacks.

    Each is the row `row` of the look `look`. `rule` is the number of its rule among those in force, `point` the row of
    its subject in the engine's point table, and `lacked` that of the point that it lacks (or `NOTHING`). `device` is
    the number of the device whose silence explains it, else `machine` that of the machine of the lacked point (each or
    `NOTHING`), `since` when the row was decided last. A row that is not `ripe` is told by what stands only: something
    else told of it until lately. One that is not `is_lasting` lacks its point since a short time.
    """

    look: Positions = field(metadata=INT64)
    row: Positions = field(metadata=INT64)
    rule: Positions = field(metadata=INT64)
    point: Positions = field(metadata=INT64)
    lacked: Positions = field(metadata=INT64)
    device: Positions = field(metadata=INT64)
    machine: Positions = field(metadata=INT64)
    since: Times = field(metadata=INT64)
    ripe: Mask = field(metadata=BOOL)
    is_lasting: Mask = field(metadata=BOOL)


class UndecidedAlarms:
    """Knows which of these alarms stand."""

    def __init__(self) -> None:
        """None stands."""
        self.rules: dict[str, bool] = {}
        """The rules that have an alarm."""
        self.devices: dict[DeviceKey, Priority] = {}
        """The (site, device) that have one, each with its urgency: it tells of no rule that is more urgent."""
        self.machines = MachineAlarms()
        self._rules = RulesInForce()
        self._ranks: Positions = np.empty(0, dtype=np.int64)
        self._estate = Estate.empty()

    def configure(self, rules: RulesInForce, estate: Estate, is_lacked: Mask, at: Instant) -> list[Said]:
        """Take what now holds; ends the alarms of what is gone. `is_lacked`: the points that told rows lack."""
        self._rules, self._estate = rules, estate
        self._ranks = np.array([at_most_high([spec]).rank for spec in rules.specs], dtype=np.int64)
        gone = [rule for rule in self.rules if rule not in self._rules.numbers]
        lost = [device for device in self.devices if device not in estate.device_numbers]
        ends = [*(self._end_rule(rule, at) for rule in gone), *(self._end_device(device, at) for device in lost)]
        return [*ends, *self.machines.configure(estate, is_lacked, at)]

    def news(self, rows: Untold, unseen: Collection[str], occasion: Occasion) -> tuple[list[Said], Mask]:
        """What begins or ends, and of which rows an alarm of a device or machine tells.

        Nothing is known of the kinds `unseen`: what tells of their rules stands on.
        """
        by_device = self._told_by_devices(rows)
        owner = self.machines.told(rows.lacked, rows.machine, self._ranks[rows.rule])
        by_cause = by_device | (owner != NOTHING)
        left = rows.ripe & ~by_cause
        stands = np.zeros(len(self._rules.specs), dtype=np.bool_)
        stands[[self._rules.numbers[rule] for rule in self.rules]] = True
        by_rule = left & stands[rows.rule]
        said = self._ends(rows, by_device, by_rule, unseen, occasion.at)
        for of, over in self.machines.end(occasion.is_lost, occasion.at):
            said[_order(of)] = [over]
        fresh = np.flatnonzero(left & ~by_rule & rows.is_lasting)
        holder = self.machines.holders(rows.machine[fresh])
        machines, devices = len(self._estate.machines), len(self._estate.devices)
        # Numbered so that of equals a machine comes first, and a device before a class.
        source = np.where(holder < machines, holder, holder + devices)
        source = np.where(rows.device[fresh] == NOTHING, source, rows.device[fresh] + machines)
        for rule, cause, places in chosen(rows.rule[fresh], source, machines):
            mine = fresh[places]
            if cause == NOTHING:
                said[0, self._rules.specs[rule].id, ""] = [self._begin_rule(rule, rows, mine, occasion)]
                continue
            by_cause[mine] = True
            device = cause - machines
            if 0 <= device < devices:
                site, about = self._estate.devices[device]
                said[1, about.id, site.id] = [self._begin_device(device, rows, mine, occasion)]
                continue
            number = cause if cause < machines else cause - devices
            mine = np.union1d(mine, np.flatnonzero(owner == number))
            specs = self._specs(rows.rule[mine])
            since = int(rows.since[mine].min())
            of, begun = self.machines.begin(number, rows.lacked[mine], specs, since, occasion)
            said[_order(of)] = said.get(_order(of), []) + begun
        return [each for key in sorted(said) for each in said[key]], by_cause

    def _told_by_devices(self, rows: Untold) -> Mask:
        """The rows that alarms of devices tell of that stand."""
        if not self.devices:
            return np.zeros(rows.rule.size, dtype=np.bool_)
        rank = np.full(len(self._estate.devices) + 1, len(Priority))  # the last is that of `NOTHING`
        for device, priority in self.devices.items():
            rank[self._estate.device_numbers[device]] = priority.rank
        told: Mask = self._ranks[rows.rule] >= rank[rows.device]
        return told

    def _ends(self, rows: Untold, by_device: Mask, by_rule: Mask, unseen: Collection[str], at: Instant) -> _News:
        """The rules and devices that have nothing to tell of any more, in the order in which it is said."""
        said: _News = {}
        telling = np.bincount(rows.rule[by_rule], minlength=len(self._rules.specs))
        for rule in [rule for rule in self.rules if self._rules.specs[self._rules.numbers[rule]].kind not in unseen]:
            if not telling[self._rules.numbers[rule]]:
                said[0, rule, ""] = [self._end_rule(rule, at)]
        silent = np.bincount(rows.device[by_device], minlength=len(self._estate.devices))
        for device in [] if unseen else list(self.devices):
            if not silent[self._estate.device_numbers[device]]:
                said[1, device[1], device[0]] = [self._end_device(device, at)]
        return said

    def _begin_rule(self, rule: int, rows: Untold, mine: Positions, occasion: Occasion) -> Said:
        spec, first = self._rules.specs[rule], int(mine[0])
        self.rules[spec.id] = True
        points = np.unique(rows.point[mine])
        share = Share(points.size, len(spec.subjects), self._machines(points))
        since = int(rows.since[first])
        return cannot_judge(spec, share, occasion.because(first), since, occasion.at, occasion.cause)

    def _begin_device(self, device: int, rows: Untold, mine: Positions, occasion: Occasion) -> Said:
        site, about = self._estate.devices[device]
        specs = self._specs(rows.rule[mine])
        self.devices[site.id, about.id] = at_most_high(specs)
        points, since = int(np.unique(rows.point[mine]).size), int(rows.since[mine].min())
        return device_silent(site, about, specs, points, since, occasion.at, occasion.cause)

    def _specs(self, rules: Positions) -> Sequence[RuleSpec]:
        """These rules, each once, the most urgent first."""
        specs = [self._rules.specs[rule] for rule in np.unique(rules).tolist()]
        return sorted(specs, key=lambda spec: spec.priority.rank)

    def _end_rule(self, rule: str, at: Instant) -> Said:
        del self.rules[rule]
        return can_judge(rule, at)

    def _end_device(self, device: DeviceKey, at: Instant) -> Said:
        del self.devices[device]
        return device_heard(*device, at)

    def _machines(self, points: Positions) -> Sequence[Text]:
        """The names of the machines that these points measure, each once."""
        machines = (self._estate.places[point].machine for point in points.tolist())
        return list({each.id: each.name for each in machines if each is not None}.values())


def _order(holder: Holder) -> _Order:
    site, subject = holder
    return 2, f"{subject.kind}/{subject.id}", site
