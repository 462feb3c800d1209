"""Vigil's own alarms about rules that cannot be decided: of what is told nowhere else, one alarm for each cause.

A device from whose points nothing is read any more is one cause for all rules on them; everything else is gathered by
rule. Of both the few alarms are chosen that together tell of everything, and what stands goes on telling.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

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
from rules.undecided.words import Share, at_most_high, can_judge, cannot_judge, device_heard, device_silent

DeviceKey: TypeAlias = tuple[str, str]
_Order: TypeAlias = tuple[int, str]


@dataclass(slots=True)
class Untold(Columns):
    """Rows of all kinds that are undecided, and of which no alarm but these tells.

    Each is the row `row` of the look `look`. `rule` is the number of its rule among those in force, `point` the row of
    the engine's point table, `device` the number of the device whose silence explains it (or `NOTHING`), `since` when
    it was decided last. A row that is not `ripe` is told by what stands only: something else told of it until lately.
    """

    look: Positions = field(metadata=INT64)
    row: Positions = field(metadata=INT64)
    rule: Positions = field(metadata=INT64)
    point: Positions = field(metadata=INT64)
    device: Positions = field(metadata=INT64)
    since: Times = field(metadata=INT64)
    ripe: Mask = field(metadata=BOOL)


class UndecidedAlarms:
    """Knows which of these alarms stand."""

    def __init__(self) -> None:
        """None stands."""
        self.rules: dict[str, bool] = {}
        """The rules that have an alarm."""
        self.devices: dict[DeviceKey, Priority] = {}
        """The (site, device) that have one, each with its urgency: it tells of no rule that is more urgent."""
        self._rules = RulesInForce()
        self._ranks: Positions = np.empty(0, dtype=np.int64)
        self._estate = Estate.empty()

    def configure(self, rules: RulesInForce, estate: Estate, at: Instant) -> list[Said]:
        """Take what now holds; ends the alarms of what is gone."""
        self._rules, self._estate = rules, estate
        self._ranks = np.array([at_most_high([spec]).rank for spec in rules.specs], dtype=np.int64)
        gone = [rule for rule in self.rules if rule not in self._rules.numbers]
        lost = [device for device in self.devices if device not in estate.device_numbers]
        return [*(self._end_rule(rule, at) for rule in gone), *(self._end_device(device, at) for device in lost)]

    def news(
        self, rows: Untold, unseen: Collection[str], because: Callable[[int], Text], at: Instant, cause: int
    ) -> tuple[list[Said], Mask]:
        """What begins or ends, and of which rows a device's alarm tells.

        Nothing is known of the kinds `unseen`: what tells of their rules stands on. `because` says why a row is
        undecided, by its place.
        """
        by_device = self._told_by_devices(rows)
        left = rows.ripe & ~by_device
        stands = np.zeros(len(self._rules.specs), dtype=np.bool_)
        stands[[self._rules.numbers[rule] for rule in self.rules]] = True
        by_rule = left & stands[rows.rule]
        said = self._ends(rows, by_device, by_rule, unseen, at)
        fresh = np.flatnonzero(left & ~by_rule)
        for rule, device, places in chosen(rows.rule[fresh], rows.device[fresh]):
            mine = fresh[places]
            if device == NOTHING:
                said[0, self._rules.specs[rule].id] = self._begin_rule(rule, rows, mine, because, at, cause)
            else:
                by_device[mine] = True
                said[1, self._estate.devices[device][1].id] = self._begin_device(device, rows, mine, at, cause)
        return [said[key] for key in sorted(said)], by_device

    def _told_by_devices(self, rows: Untold) -> Mask:
        """The rows that alarms of devices tell of that stand."""
        if not self.devices:
            return np.zeros(rows.rule.size, dtype=np.bool_)
        rank = np.full(len(self._estate.devices) + 1, len(Priority))  # the last is that of `NOTHING`
        for device, priority in self.devices.items():
            rank[self._estate.device_numbers[device]] = priority.rank
        told: Mask = self._ranks[rows.rule] >= rank[rows.device]
        return told

    def _ends(
        self, rows: Untold, by_device: Mask, by_rule: Mask, unseen: Collection[str], at: Instant
    ) -> dict[_Order, Said]:
        """What stands and has nothing to tell of any more, in the order in which it is said."""
        said: dict[_Order, Said] = {}
        telling = np.bincount(rows.rule[by_rule], minlength=len(self._rules.specs))
        for rule in [rule for rule in self.rules if self._rules.specs[self._rules.numbers[rule]].kind not in unseen]:
            if not telling[self._rules.numbers[rule]]:
                said[0, rule] = self._end_rule(rule, at)
        silent = np.bincount(rows.device[by_device], minlength=len(self._estate.devices))
        for device in [] if unseen else list(self.devices):
            if not silent[self._estate.device_numbers[device]]:
                said[1, device[1]] = self._end_device(device, at)
        return said

    def _begin_rule(
        self, rule: int, rows: Untold, mine: Positions, because: Callable[[int], Text], at: Instant, cause: int
    ) -> Said:
        spec, first = self._rules.specs[rule], int(mine[0])
        self.rules[spec.id] = True
        share = Share(mine.size, len(spec.subjects), self._machines(rows.point[mine]))
        return cannot_judge(spec, share, because(first), int(rows.since[first]), at, cause)

    def _begin_device(self, device: int, rows: Untold, mine: Positions, at: Instant, cause: int) -> Said:
        site, about = self._estate.devices[device]
        specs = [self._rules.specs[rule] for rule in np.unique(rows.rule[mine]).tolist()]
        specs.sort(key=lambda spec: spec.priority.rank)
        self.devices[site.id, about.id] = at_most_high(specs)
        points = int(np.unique(rows.point[mine]).size)
        return device_silent(site, about, specs, points, int(rows.since[mine].min()), at, cause)

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
