"""How things stand becomes a record at each change, so that the engine may raise, grade and clear the alarm."""

from domain.priority import Priority
from domain.record import Record, ResourceKind, ResourceReported, Urgency
from domain.text import same
from journal.memory import MemoryJournal
from journal.ports import JournalUnavailable
from runtime.resource_reports import ResourceReports
from tests.samples import NOW


class Filling(MemoryJournal):
    """A journal that a test can fill up."""

    is_full = False

    def append(self, record: Record, urgency: Urgency = Urgency.COMMAND, timeout: float = 10.0) -> int:
        if self.is_full:
            raise JournalUnavailable("disk full")
        return super().append(record, urgency, timeout)


def disk(priority: Priority | None) -> ResourceReported:
    return ResourceReported(kind=ResourceKind.STORAGE, name="disk", priority=priority, seen=same("so full"))


def recorded(journal: MemoryJournal) -> list[Priority | None]:
    bodies = [record.body for record in journal.read(0, 100)]
    return [body.priority for body in bodies if isinstance(body, ResourceReported)]


def test_each_change_is_recorded_once() -> None:
    journal = MemoryJournal()
    reports = ResourceReports(journal, lambda: NOW, lambda _: False)
    looks = (None, None, Priority.HIGH, Priority.HIGH, Priority.CRITICAL, None, None)
    assert all(reports(disk(each)) for each in looks)
    assert recorded(journal) == [Priority.HIGH, Priority.CRITICAL, None]


def test_what_is_over_while_its_alarm_stands_from_before_the_start_is_recorded() -> None:
    journal = MemoryJournal()
    reports = ResourceReports(journal, lambda: NOW, lambda report: report.name == "disk")
    assert reports(disk(None))
    assert reports(disk(None))
    assert recorded(journal) == [None]


def test_what_could_not_be_recorded_is_told_anew() -> None:
    journal = Filling()
    reports = ResourceReports(journal, lambda: NOW, lambda _: False)
    journal.is_full = True
    assert not reports(disk(Priority.HIGH))
    journal.is_full = False
    assert reports(disk(Priority.HIGH))
    assert recorded(journal) == [Priority.HIGH]
