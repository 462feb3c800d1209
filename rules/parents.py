"""Which things have failed, as the active alarms say, and which of those stands highest above another thing."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import TypeAlias

from domain.alarm import Alarm, Condition
from domain.instant import Instant
from domain.priority import Priority
from rules.topology import Thing, Topology, failing, thing_of

_Raised: TypeAlias = tuple[Instant, str]
"""When an alarm was raised, and its id: of several the first stands for the others, before a restart as after it."""


class Parents:
    """The alarms that other alarms may stand under. What it knows follows from the alarms; nothing is stored."""

    def __init__(self) -> None:
        """Nothing has failed."""
        self.topology = Topology()
        self._failed: dict[Thing, dict[str, Alarm]] = {}
        self._active: dict[tuple[str, str], list[_Raised]] = {}
        self._standing: dict[str, _Raised] = {}

    def note(self, alarm: Alarm) -> None:
        """Take an alarm as it now is."""
        is_active = alarm.condition is not Condition.INACTIVE
        of_rule = self._active.setdefault((alarm.site, alarm.rule), [])
        thing = failing(alarm.site, alarm.subject, alarm.asset)
        here = {} if thing is None else self._failed.setdefault(thing, {})
        before = self._standing.pop(alarm.id, None)
        if before is not None:
            del of_rule[bisect_left(of_rule, before)]
        here.pop(alarm.id, None)
        if is_active:
            self._standing[alarm.id] = raised = _raised(alarm)
            insort(of_rule, raised)
            if may_stand_for_others(alarm):
                here[alarm.id] = alarm

    def restore(self, alarms: Iterable[Alarm]) -> None:
        """Know these alarms and no others."""
        self._failed, self._active, self._standing = {}, {}, {}
        for alarm in alarms:
            self.note(alarm)

    def topmost(self, thing: Thing | None, own: str, *, inhibiting: bool) -> Alarm | None:
        """The alarm of the highest failed thing above `thing`; only one that inhibits, where that is asked for."""
        for ancestor in () if thing is None else reversed(self.topology.ancestors(thing)):
            failed = self._failed.get(ancestor, {}).values()
            above = [alarm for alarm in failed if alarm.id != own and (alarm.inhibits or not inhibiting)]
            if above:
                return min(above, key=_raised)
        return None

    def is_above(self, parent: Alarm, child: Alarm) -> bool:
        """Tell whether the thing of `parent` takes along what `child` is about."""
        thing, above = thing_of(child.site, child.subject), failing(parent.site, parent.subject, parent.asset)
        return thing is not None and above in self.topology.ancestors(thing)

    def active_of(self, site: str, rules: Iterable[str]) -> str | None:
        """The first active alarm of any of these rules at a site."""
        return next((alarm for rule in rules for _, alarm in self._active.get((site, rule), ())), None)


def _raised(alarm: Alarm) -> _Raised:
    return alarm.latest.raised_at, alarm.id


def may_stand_for_others(alarm: Alarm) -> bool:
    """Tell whether occurrences below are gathered under this alarm: it says so, or it is grave."""
    return alarm.inhibits or alarm.priority.rank <= Priority.HIGH.rank
