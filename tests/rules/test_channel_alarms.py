"""A channel that fails is an alarm of Vigil's own, which ends when a message goes out again."""

from msgspec.structs import replace

from domain.alarm import OWN_SITE, SubjectKind
from domain.commands import CloseOccurrence, Disposition
from domain.effects import AlarmChanged, CommandOutcome, NotificationDue
from domain.notification import NotificationPlan, Route
from domain.record import ChannelReported, ChannelState
from rules.channel_alarms import channel_fails
from rules.own_alarms import CHANNEL_FAILS
from tests.rules.estate import FORCED, configured
from tests.rules.playbook import Playbook

ALARM = "alarm {} vigil-channel-fails channel:mail #{} (Channel mail fails) {}"


def report(book: Playbook, at: str, state: ChannelState, channel: str = "mail") -> Playbook:
    return book.at(at).happens(ChannelReported(channel=channel, state=state, detail="550 {x} no"))


def test_it_stands_from_the_first_report_to_the_first_success() -> None:
    book = report(Playbook(configured(FORCED), "09:00"), "10:00", ChannelState.FAILING)
    report(book, "10:05", ChannelState.REFUSING)
    report(book, "10:10", ChannelState.WORKING)
    report(book, "10:11", ChannelState.WORKING)
    book.says("10:00:00 " + ALARM.format("raised", 1, "UNACK"), "10:10:00 " + ALARM.format("cleared", 1, "RTNUN"))
    report(book, "10:20", ChannelState.REFUSING)
    book.says("10:20:00 " + ALARM.format("raised", 2, "UNACK"))


def test_it_says_what_the_receiver_said_and_belongs_to_no_site() -> None:
    book = report(Playbook(configured(FORCED), "09:00"), "10:00", ChannelState.REFUSING)
    alarm = book.latest(AlarmChanged).alarm
    assert (alarm.site, alarm.subject.kind, alarm.rule) == (OWN_SITE, SubjectKind.CHANNEL, CHANNEL_FAILS)
    assert alarm.latest.why.seen.en == "a message was refused for good: 550 {x} no"
    assert alarm.latest.why.evidence == (book.records[-1].seq,)
    finding = channel_fails(book.records[-1], ChannelReported(channel="mail", state=ChannelState.WORKING))
    assert finding.why.seen.zh == "消息已恢复发送"


def test_a_channel_that_is_gone_can_be_closed_and_a_new_configuration_leaves_it_alone() -> None:
    book = report(Playbook(configured(FORCED), "09:00"), "10:00", ChannelState.FAILING)
    book.at("10:01").configure(replace(configured(FORCED), notification=NotificationPlan(wait_seconds=1.0)))
    occurrence = book.latest(AlarmChanged).occurrence.id
    close = CloseOccurrence(id="c", actor="a", occurrence=occurrence, disposition=Disposition.REAL)
    book.at("10:02").command(close)
    assert book.latest(CommandOutcome).accepted
    book.says("10:00:00 " + ALARM.format("raised", 1, "UNACK"), "10:02:00 " + ALARM.format("closed", 1, "NORM"))


def test_others_are_told_of_it_by_the_channels_that_work() -> None:
    plan = NotificationPlan(routes=(Route(id="r", to=("wecom",), sites=(OWN_SITE,)),))
    book = Playbook(replace(configured(FORCED), notification=plan), "09:00")
    report(book, "10:00", ChannelState.FAILING).tick("10:01")
    notice = book.latest(NotificationDue).notice
    assert (notice.recipient, notice.site_name.en, notice.timezone) == ("wecom", OWN_SITE, "UTC")
