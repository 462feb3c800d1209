"""Which things have failed, as the active alarms say, and which of those stands highest above another thing."""

from collections.abc import Iterable, Iterator

from domain.alarm import Alarm, Condition
from domain.priority import Priority
from rules.topology import Thing, Topology, failing, thing_of


class Parents:
    """The alarms that other alarms may stand under. What it knows follows from the alarms; nothing is stored."""

    def __init__(self) -> None:
        """Nothing has failed."""
        self.topology = Topology()
        self._failed: dict[Thing, dict[str, Alarm]] = {}
        self._active: dict[tuple[str, str], dict[str, None]] = {}

    def note(self, alarm: Alarm) -> None:
        """Take an alarm as it now is."""
        is_active = alarm.condition is not Condition.INACTIVE
        of_rule = self._active.setdefault((alarm.site, alarm.rule), {})
        thing = failing(alarm.site, alarm.subject, alarm.asset)
        here = {} if thing is None else self._failed.setdefault(thing, {})
        of_rule.pop(alarm.id, None)
        here.pop(alarm.id, None)
        if is_active:
            of_rule[alarm.id] = None
            if may_stand_for_others(alarm):
                here[alarm.id] = alarm

    def restore(self, alarms: Iterable[Alarm]) -> None:
        """Know these alarms and no others."""
        self._failed, self._active = {}, {}
        for alarm in alarms:
            self.note(alarm)

    def topmost(self, thing: Thing | None, own: str, *, inhibiting: bool) -> Alarm | None:
        """The alarm of the highest failed thing above `thing`; only one that inhibits, where that is asked for."""
        found: Alarm | None = None
        for alarm in self._above(thing, own):
            if alarm.inhibits or not inhibiting:
                found = alarm
        return found

    def is_above(self, parent: Alarm, child: Alarm) -> bool:
        """Tell whether the thing of `parent` takes along what `child` is about."""
        thing, above = thing_of(child.site, child.subject), failing(parent.site, parent.subject, parent.asset)
        return thing is not None and above in self.topology.ancestors(thing)

    def active_of(self, site: str, rules: Iterable[str]) -> str | None:
        """The first active alarm of any of these rules at a site."""
        return next((alarm for rule in rules for alarm in self._active.get((site, rule), ())), None)

    def _above(self, thing: Thing | None, own: str) -> Iterator[Alarm]:
        for ancestor in () if thing is None else self.topology.ancestors(thing):
            yield from (alarm for alarm in self._failed.get(ancestor, {}).values() if alarm.id != own)


def may_stand_for_others(alarm: Alarm) -> bool:
    """Tell whether occurrences below are gathered under this alarm: it says so, or it is grave."""
    return alarm.inhibits or alarm.priority.rank <= Priority.HIGH.rank
