"""The words of Vigil's own alarms about what it needs: room, certificates, clock, pace, an unbroken watch, backups."""

from typing import Final

from msgspec import Struct

from domain.alarm import OWN_SITE, ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.record import Record, ResourceKind, ResourceReported
from domain.text import Text
from rules.own_alarms import (
    BACKUP,
    CERTIFICATE,
    CLOCK,
    ENGINE,
    INTAKE,
    KIND,
    STORAGE,
    WATCH,
    OwnAlarm,
    begins,
    ends,
)
from rules.rule import Finding


class _Words(Struct, frozen=True, kw_only=True):
    """One kind of them: its rule, how grave it is, what it is called, what to do, what should be, and when it ends."""

    rule: str
    priority: Priority
    name: Text
    procedure: Text
    expected: Text
    clears: Text


_WORDS: Final = {
    ResourceKind.STORAGE: _Words(
        rule=STORAGE,
        priority=Priority.HIGH,
        name=Text("Room to store runs out", "存储空间不足"),
        procedure=Text(
            "Make room on the disk, or give it more. Nothing is acknowledged that cannot be stored: devices and the "
            "broker keep it meanwhile, as long as they can.",
            "清理或扩充磁盘。无法存储的报文不会被确认：在此期间由终端和消息代理尽力保留。",
        ),
        expected=Text("what comes can be stored", "收到的内容都能存储"),
        clears=Text("it can be stored, with room to spare", "可正常存储且空间充足"),
    ),
    ResourceKind.CERTIFICATE: _Words(
        rule=CERTIFICATE,
        priority=Priority.HIGH,
        name=Text("A certificate expires", "证书即将到期"),
        procedure=Text(
            "Renew it and put the new files in the place of the old; then start Vigil anew.",
            "续签证书，用新文件替换旧文件，然后重新启动 Vigil。",
        ),
        expected=Text("it is valid for more than 30 days", "有效期在 30 天以上"),
        clears=Text("a newer one is in its place", "换上新证书"),
    ),
    ResourceKind.CLOCK: _Words(
        rule=CLOCK,
        priority=Priority.MEDIUM,
        name=Text("The clock jumped", "时钟跳变"),
        procedure=Text(
            "Let a time server set the machine's clock, in small steps. Check the times of what happened around the "
            "jump.",
            "用时间服务器平滑校准本机时钟；核对跳变前后各事件的时间。",
        ),
        expected=Text("the clock runs evenly", "时钟平稳运行"),
        clears=Text("it runs evenly again, and has caught up", "时钟恢复平稳并已追上"),
    ),
    ResourceKind.ENGINE: _Words(
        rule=ENGINE,
        priority=Priority.HIGH,
        name=Text("The engine lags behind", "引擎判断滞后"),
        procedure=Text(
            "Look at the load of the machine and its disk. Until it has caught up, alarms come late: watch what "
            "matters most by other means.",
            "检查本机负载与磁盘。追上之前报警会延迟：重要部位请用其他方式值守。",
        ),
        expected=Text("what is stored is judged within seconds", "存储的内容几秒内即被判断"),
        clears=Text("it has caught up", "引擎已追上"),
    ),
    ResourceKind.INTAKE: _Words(
        rule=INTAKE,
        priority=Priority.MEDIUM,
        name=Text("Readings are shed", "过载丢弃读数"),
        procedure=Text(
            "More readings come than can be stored. Let devices send them at QoS 1, so that none is lost, or less "
            "often; find the one that sends too much.",
            "读数多于可存储的速度。请让终端以 QoS 1 上报（不会丢失）或降低频率，并找出上报过多的终端。",
        ),
        expected=Text("every reading is stored", "每个读数都被存储"),
        clears=Text("none was shed for a minute", "一分钟内没有丢弃"),
    ),
    ResourceKind.WATCH: _Words(
        rule=WATCH,
        priority=Priority.MEDIUM,
        name=Text("Monitoring paused", "监测曾中断"),
        procedure=Text(
            "Find out why. What devices kept has come late and is judged; what they could not keep nobody saw: look "
            "after that time.",
            "查明原因。终端保留的消息会补报并判断；未能保留的无人看到，请复查该时段。",
        ),
        expected=Text("somebody watches all the time", "监测不间断"),
        clears=Text("at once; acknowledge it when you have looked", "立即解除；查看后请确认"),
    ),
    ResourceKind.BACKUP: _Words(
        rule=BACKUP,
        priority=Priority.LOW,
        name=Text("The backup is too old", "备份过旧"),
        procedure=Text(
            "Make one with `vigil backup`, and look why the scheduled one did not run.",
            "用 `vigil backup` 立即备份，并检查定时备份为何没有执行。",
        ),
        expected=Text("there is a fresh backup", "备份保持最新"),
        clears=Text("the next backup is made", "完成下一次备份"),
    ),
}

SPECS: Final = {
    kind: RuleSpec(
        id=words.rule,
        kind=KIND,
        site=OWN_SITE,
        name=words.name,
        priority=words.priority,
        makes_order=False,
        procedure=words.procedure,
    )
    for kind, words in _WORDS.items()
}


def news_of(record: Record, report: ResourceReported) -> OwnAlarm:
    """What a report says of the alarm about this resource."""
    spec = SPECS[report.kind]
    subject = Subject(SubjectKind.RESOURCE, report.name)
    if report.priority is None:
        return ends(spec, subject, record.event_time)
    finding = Finding(
        rule=spec.id,
        subject=subject,
        trigger=ConditionTrigger.RAISE,
        at=record.event_time,
        cause=record.seq,
        index=0,
        asset=report.name,
        zone=None,
        name=spec.name,
        priority=report.priority,
        level=report.priority,
        why=Why(
            seen=report.seen,
            expected=_WORDS[report.kind].expected,
            since=record.event_time,
            clears=_WORDS[report.kind].clears,
            evidence=(record.seq,),
            received_at=record.received_at,
        ),
    )
    return begins(spec, finding)
