"""What Vigil itself runs out of is an alarm of its own: it worsens, eases, and ends when there is enough again."""

import pytest

from domain.alarm import OWN_SITE, SubjectKind
from domain.effects import AlarmChange, AlarmChanged
from domain.priority import Priority
from domain.record import ResourceKind, ResourceReported
from domain.text import Text
from rules.own_alarms import CERTIFICATE, RULES
from rules.resource_alarms import SPECS
from tests.rules.estate import FORCED, configured
from tests.rules.playbook import Playbook

ALARM = "alarm {} vigil-storage resource:disk #{} (Room to store runs out) {}"


def report(book: Playbook, at: str, priority: Priority | None, kind: ResourceKind = ResourceKind.STORAGE) -> Playbook:
    seen = Text("the disk is full", "磁盘已满")
    return book.at(at).happens(ResourceReported(kind=kind, name="disk", priority=priority, seen=seen))


@pytest.fixture
def book() -> Playbook:
    return Playbook(configured(FORCED), "09:00")


def test_it_stands_from_the_first_report_until_there_is_enough_again(book: Playbook) -> None:
    report(book, "10:00", Priority.HIGH)
    report(book, "10:01", Priority.HIGH)
    report(book, "10:10", None)
    report(book, "10:11", None)
    book.says("10:00:00 " + ALARM.format("raised", 1, "UNACK"), "10:10:00 " + ALARM.format("cleared", 1, "RTNUN"))


def test_what_gets_worse_asks_for_attention_again_and_what_eases_does_not(book: Playbook) -> None:
    report(book, "10:00", Priority.HIGH)
    report(book, "10:05", Priority.CRITICAL)
    assert book.latest(AlarmChanged).alarm.priority is Priority.CRITICAL
    report(book, "10:10", Priority.LOW)
    assert book.latest(AlarmChanged).alarm.priority is Priority.LOW
    book.says(
        "10:00:00 " + ALARM.format("raised", 1, "UNACK"),
        "10:05:00 " + ALARM.format("worsened", 1, "UNACK"),
        "10:10:00 " + ALARM.format("eased", 1, "UNACK"),
    )


def test_it_belongs_to_no_site_says_what_was_seen_and_is_beyond_configurations(book: Playbook) -> None:
    report(book, "10:00", Priority.HIGH, ResourceKind.CERTIFICATE)
    alarm = book.latest(AlarmChanged).alarm
    assert (alarm.site, alarm.subject.kind, alarm.rule) == (OWN_SITE, SubjectKind.RESOURCE, CERTIFICATE)
    assert alarm.latest.why.seen == Text("the disk is full", "磁盘已满")
    assert alarm.latest.why.evidence == (book.records[-1].seq,)


@pytest.mark.parametrize("kind", ResourceKind)
def test_each_kind_has_its_words_and_a_procedure_in_both_languages(book: Playbook, kind: ResourceKind) -> None:
    report(book, "10:00", Priority.HIGH, kind)
    alarm, spec = book.latest(AlarmChanged).alarm, SPECS[kind]
    assert (alarm.rule, alarm.name) == (f"vigil-{kind}", spec.name)
    assert alarm.rule in RULES
    why = alarm.latest.why
    assert all(text.en and text.zh for text in (spec.name, spec.procedure, why.expected, why.clears))
    report(book, "10:10", None, kind)
    assert book.latest(AlarmChanged).change is AlarmChange.CLEARED
