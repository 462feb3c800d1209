"""Tells the engine what Vigil itself runs out of, as records: it raises the alarm, and clears it."""

from collections.abc import Callable
from typing import Final, TypeAlias

from domain.alarm import Condition
from domain.priority import Priority
from domain.record import Record, ResourceReported, Urgency
from journal.ports import Journal, JournalUnavailable
from rules.resource_alarms import SPECS
from runtime.channel_watch import SOURCE
from runtime.clock import Clock
from stores.ports import AlarmFilter, Page, ReadModels

APPEND_SECONDS: Final = 1.0
"""How long a report waits for the journal; it is made again at the next look."""

Stands: TypeAlias = Callable[[ResourceReported], bool]


class ResourceReports:
    """Is told how things are as often as somebody looks; each change becomes one record.

    What could not be recorded is no loss: whoever looks tells it again, until it could.
    """

    def __init__(self, journal: Journal, clock: Clock, stands: Stands) -> None:
        """`clock` is the engine's. `stands` tells whether an alarm about this stands, maybe for long."""
        self._journal = journal
        self._clock = clock
        self._stands = stands
        self._told: dict[str, Priority | None] = {}

    def __call__(self, report: ResourceReported) -> bool:
        """Note how it stands with one thing; gives whether the engine knows, or has nothing to learn."""
        is_known = report.name in self._told
        if is_known and self._told[report.name] is report.priority:
            return True
        if not is_known and report.priority is None and not self._stands(report):
            return True
        now = self._clock()
        try:
            record = Record(seq=0, body=report, event_time=now, received_at=now, source=SOURCE)
            self._journal.append(record, Urgency.EVENT, APPEND_SECONDS)
        except JournalUnavailable:
            return False
        self._told[report.name] = report.priority
        return True


def alarm_stands(models: ReadModels, report: ResourceReported) -> bool:
    """Tell whether an alarm about what is reported stands."""
    which = AlarmFilter(rule=SPECS[report.kind].id, condition=Condition.ACTIVE)
    standing, _ = models.alarms(which, Page(limit=20))
    return any(alarm.subject.id == report.name for alarm in standing)
