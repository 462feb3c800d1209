"""Vigil's own alarms about machines whose points give no usable value, so that rules cannot be decided.

Each tells of the points that it named when it began, until they give some: also while the machine is off, so that its
rules are decided by their guards. A machine that misses further points later has its alarm anew, with all of them, so
that no failure hides behind one that has stood for weeks. Where more than `MOST_MACHINES` of a class begin to miss
points at one look, their class has one alarm at its site.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from msgspec import Struct

from domain.alarm import Subject, SubjectKind
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text
from rules.own_alarms import Said
from rules.segments import Mask, Positions
from rules.undecided.choice import NOTHING
from rules.undecided.estate import Estate
from rules.undecided.machine_words import Missing, class_without_values, machine_without_values, values_again
from rules.undecided.words import PointNews, at_most_high

MOST_MACHINES: Final = 3
"""Of more machines of a class that begin to miss points together, their class tells."""

Holder: TypeAlias = tuple[str, Subject]
"""A site, and its machine or equipment class that an alarm is about."""


class StoredLost(Struct, frozen=True, array_like=True):
    """The stored form of an alarm that stands: its points by id."""

    site: str
    kind: SubjectKind
    id: str
    priority: Priority
    points: tuple[str, ...]


class Lost(NamedTuple):
    """What an alarm tells of that stands: its urgency, and points by their rows in the engine's point table."""

    priority: Priority
    points: Positions


class Occasion(NamedTuple):
    """One look: the words for a row, by its place, and for a point, by its row; which points give no usable value, of
    which nothing but these alarms tells; when it is, and the tick's seq.
    """

    because: Callable[[int], Text]
    news: Callable[[int], PointNews]
    is_lost: Mask
    at: Instant
    cause: int


class MachineAlarms:
    """Knows which of these alarms stand. Holders are numbered: all machines, then all classes of the estate."""

    def __init__(self) -> None:
        """None stands."""
        self._estate = Estate.empty()
        self._lost: dict[int, Lost] = {}

    def configure(self, estate: Estate, is_lacked: Mask, at: Instant) -> list[Said]:
        """Take what now is; ends the alarms of what is gone, or of points that no rule that was told lacks any more."""
        stored, self._estate = self.state(), estate
        gone = self._lay(stored, is_lacked)
        return [values_again(each.site, Subject(each.kind, each.id), at) for each in gone]

    def told(self, lacked: Positions, machine: Positions, rank: Positions) -> Positions:
        """The holder whose alarm stands and tells of each of n rows, or `NOTHING`.

        `lacked` is the point that a row lacks, `machine` the number of the machine that explains it (or `NOTHING`),
        `rank` how urgent its rule is: an alarm tells of no rule that is more urgent.
        """
        if not self._lost:
            return np.full(lacked.size, NOTHING)
        owner = np.full(len(self._estate.places) + 1, NOTHING)  # the last is that of `NOTHING`
        urgency = np.full(len(self._estate.machines) + len(self._estate.classes) + 1, len(Priority))
        for number, lost in self._lost.items():
            owner[lost.points] = number
            urgency[number] = lost.priority.rank
        found = np.where(machine == NOTHING, NOTHING, owner[lacked])
        return np.where(rank >= urgency[found], found, NOTHING)

    def holders(self, machine: Positions) -> Positions:
        """What is to tell of n rows that begin to lack points of these machines (or `NOTHING`): machine or class."""
        is_any = machine != NOTHING
        class_of, found = self._estate.class_of, machine.copy()
        machines = np.bincount(class_of[np.unique(machine[is_any])], minlength=len(self._estate.classes))
        of = class_of[machine[is_any]]
        found[is_any] = np.where(machines[of] > MOST_MACHINES, len(self._estate.machines) + of, machine[is_any])
        return found

    def end(self, is_lost: Mask, at: Instant) -> Iterator[tuple[Holder, Said]]:
        """End what stands for none of the points any more that give no usable value, of which nothing else tells."""
        for number, lost in list(self._lost.items()):
            points = lost.points[is_lost[lost.points]]
            if points.size:
                self._lost[number] = lost._replace(points=points)
            else:
                del self._lost[number]
                site, subject = holder = self._holder(number)
                yield holder, values_again(site, subject, at)

    def begin(
        self, number: int, lacked: Positions, rules: Sequence[RuleSpec], since: Instant, occasion: Occasion
    ) -> tuple[Holder, list[Said]]:
        """The alarm of a holder tells of rows that lack these points; where it stands already it is told anew.

        The most urgent of the rules comes first.
        """
        site, subject = holder = self._holder(number)
        stood = self._lost.get(number)
        points = np.unique(lacked if stood is None else np.concatenate([lacked, stood.points]))
        self._lost[number] = Lost(at_most_high(rules), points)
        over = [] if stood is None else [values_again(site, subject, occasion.at)]
        missing = [self._missing(point, occasion) for point in points.tolist()]
        say = machine_without_values if subject.kind is SubjectKind.EQUIPMENT else class_without_values
        return holder, [*over, say(site, subject, missing, rules, since, occasion.at, occasion.cause)]

    def state(self) -> list[StoredLost]:
        """Everything remembered."""
        places, stored = self._estate.places, []
        for number, lost in self._lost.items():
            site, subject = self._holder(number)
            points = tuple(places[point].point.id for point in lost.points.tolist())
            stored.append(StoredLost(site, subject.kind, subject.id, lost.priority, points))
        return stored

    def restore(self, state: Sequence[StoredLost]) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._lay(state)

    def _lay(self, stored: Sequence[StoredLost], is_kept: Mask | None = None) -> list[StoredLost]:
        """Find holders, and points as far as they are kept; gives those that are gone, or have no point left."""
        self._lost, gone = {}, []
        count = len(self._estate.machines) + len(self._estate.classes) if stored else 0
        numbers = {self._holder(number): number for number in range(count)}
        for each in stored:
            number = numbers.get((each.site, Subject(each.kind, each.id)))
            found = (self._estate.rows.get(point) for point in each.points)
            rows = sorted(row for row in found if row is not None and (is_kept is None or is_kept[row]))
            if number is None or not rows:
                gone.append(each)
            else:
                self._lost[number] = Lost(each.priority, np.array(rows, dtype=np.int64))
        return gone

    def _holder(self, number: int) -> Holder:
        machines = self._estate.machines
        if number < len(machines):
            site, machine = machines[number]
            return site.id, Subject(SubjectKind.EQUIPMENT, machine.id)
        site, name = self._estate.classes[number - len(machines)]
        return site.id, Subject(SubjectKind.EQUIPMENT_CLASS, name)

    def _missing(self, point: int, occasion: Occasion) -> Missing:
        place = self._estate.places[point]
        assert place.machine is not None  # noqa: S101 - only points of machines have holders
        return Missing(place.machine, place.point.quantity, occasion.news(point))
