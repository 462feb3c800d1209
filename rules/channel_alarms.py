"""The words of Vigil's own alarm about a channel by which nobody is reached."""

from typing import Final

from domain.alarm import OWN_SITE, ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.record import ChannelReported, ChannelState, Record
from domain.text import Text
from rules.own_alarms import CHANNEL_FAILS, KIND
from rules.rule import Finding

SPEC: Final = RuleSpec(
    id=CHANNEL_FAILS,
    kind=KIND,
    site=OWN_SITE,
    name=Text("A notification channel fails", "通知渠道故障"),
    priority=Priority.HIGH,
    makes_order=False,
    procedure=Text(
        "Tell people another way until it works. Try it with `vigil notify test CHANNEL`; send refused messages again "
        "under Notifications.",
        "恢复前请改用其他方式通知；用 `vigil notify test 渠道` 试发；被拒消息可在通知页重发。",
    ),
)

_SEEN: Final = {
    ChannelState.FAILING: Text(
        "messages have not gone out for a while: {detail}", "消息已有一段时间未能发出：{detail}"
    ),
    ChannelState.REFUSING: Text("a message was refused for good: {detail}", "一条消息被永久拒收：{detail}"),
    ChannelState.WORKING: Text("messages go out again", "消息已恢复发送"),
}


def channel_fails(record: Record, report: ChannelReported) -> Finding:
    """What to raise where a channel fails, or to clear where it works."""
    name = Text(f"Channel {report.channel} fails", f"通知渠道 {report.channel} 故障")
    seen = _SEEN[report.state]
    return Finding(
        rule=CHANNEL_FAILS,
        subject=Subject(SubjectKind.CHANNEL, report.channel),
        trigger=ConditionTrigger.RAISE,
        at=record.event_time,
        cause=record.seq,
        index=0,
        asset=report.channel,
        zone=None,
        name=name,
        why=Why(
            seen=Text(seen.en.replace("{detail}", report.detail), seen.zh.replace("{detail}", report.detail)),
            expected=Text("each message is taken by its receiver", "每条消息都应被接收方接收"),
            since=record.event_time,
            clears=Text("the next message goes out, or somebody closes the alarm", "下一条消息成功发出，或有人结案"),
            evidence=(record.seq,),
            received_at=record.received_at,
        ),
    )
