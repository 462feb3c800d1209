"""The words of Vigil's own alarms about what it needs: room, certificates, clock, pace, an unbroken watch, backups."""

from typing import Final

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
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
    SITE,
    STORAGE,
    WATCH,
    OwnAlarm,
    begins,
    ends,
)
from rules.rule import Finding

SPECS: Final = {
    ResourceKind.STORAGE: RuleSpec(
        id=STORAGE,
        kind=KIND,
        site=SITE,
        name=Text("Room to store runs out", "存储空间不足"),
        priority=Priority.HIGH,
        makes_order=False,
        procedure=Text(
            "Make room on the disk, or give it more. Nothing is acknowledged that cannot be stored: devices and the "
            "broker keep it meanwhile, as long as they can.",
            "清理或扩充磁盘。无法存储的报文不会被确认：在此期间由终端和消息代理尽力保留。",
        ),
    ),
    ResourceKind.CERTIFICATE: RuleSpec(
        id=CERTIFICATE,
        kind=KIND,
        site=SITE,
        name=Text("A certificate expires", "证书即将到期"),
        priority=Priority.HIGH,
        makes_order=False,
        procedure=Text(
            "Renew it and put the new files in the place of the old; then start Vigil anew.",
            "续签证书，用新文件替换旧文件，然后重新启动 Vigil。",
        ),
    ),
    ResourceKind.CLOCK: RuleSpec(
        id=CLOCK,
        kind=KIND,
        site=SITE,
        name=Text("The clock jumped", "时钟跳变"),
        priority=Priority.MEDIUM,
        makes_order=False,
        procedure=Text(
            "Let a time server set the machine's clock, in small steps. Check the times of what happened around the "
            "jump.",
            "用时间服务器平滑校准本机时钟；核对跳变前后各事件的时间。",
        ),
    ),
    ResourceKind.ENGINE: RuleSpec(
        id=ENGINE,
        kind=KIND,
        site=SITE,
        name=Text("The engine lags behind", "引擎判断滞后"),
        priority=Priority.HIGH,
        makes_order=False,
        procedure=Text(
            "Look at the load of the machine and its disk. Until it has caught up, alarms come late: watch what "
            "matters most by other means.",
            "检查本机负载与磁盘。追上之前报警会延迟：重要部位请用其他方式值守。",
        ),
    ),
    ResourceKind.INTAKE: RuleSpec(
        id=INTAKE,
        kind=KIND,
        site=SITE,
        name=Text("Readings are shed", "过载丢弃读数"),
        priority=Priority.MEDIUM,
        makes_order=False,
        procedure=Text(
            "More readings come than can be stored. Let devices send them at QoS 1, so that none is lost, or less "
            "often; find the one that sends too much.",
            "读数多于可存储的速度。请让终端以 QoS 1 上报（不会丢失）或降低频率，并找出上报过多的终端。",
        ),
    ),
    ResourceKind.WATCH: RuleSpec(
        id=WATCH,
        kind=KIND,
        site=SITE,
        name=Text("Monitoring paused", "监测曾中断"),
        priority=Priority.MEDIUM,
        makes_order=False,
        procedure=Text(
            "Find out why. What devices kept has come late and is judged; what they could not keep nobody saw: look "
            "after that time.",
            "查明原因。终端保留的消息会补报并判断；未能保留的无人看到，请复查该时段。",
        ),
    ),
    ResourceKind.BACKUP: RuleSpec(
        id=BACKUP,
        kind=KIND,
        site=SITE,
        name=Text("The backup is too old", "备份过旧"),
        priority=Priority.LOW,
        makes_order=False,
        procedure=Text(
            "Make one with `vigil backup`, and look why the scheduled one did not run.",
            "用 `vigil backup` 立即备份，并检查定时备份为何没有执行。",
        ),
    ),
}

_EXPECTED: Final = {
    ResourceKind.STORAGE: Text("what comes can be stored", "收到的内容都能存储"),
    ResourceKind.CERTIFICATE: Text("it is valid for more than 30 days", "有效期在 30 天以上"),
    ResourceKind.CLOCK: Text("the clock runs evenly", "时钟平稳运行"),
    ResourceKind.ENGINE: Text("what is stored is judged within seconds", "存储的内容几秒内即被判断"),
    ResourceKind.INTAKE: Text("every reading is stored", "每个读数都被存储"),
    ResourceKind.WATCH: Text("somebody watches all the time", "监测不间断"),
    ResourceKind.BACKUP: Text("there is a fresh backup", "备份保持最新"),
}

_CLEARS: Final = {
    ResourceKind.STORAGE: Text("it can be stored, with room to spare", "可正常存储且空间充足"),
    ResourceKind.CERTIFICATE: Text("a newer one is in its place", "换上新证书"),
    ResourceKind.CLOCK: Text("it runs evenly again, and has caught up", "时钟恢复平稳并已追上"),
    ResourceKind.ENGINE: Text("it has caught up", "引擎已追上"),
    ResourceKind.INTAKE: Text("none was shed for a minute", "一分钟内没有丢弃"),
    ResourceKind.WATCH: Text("at once; acknowledge it when you have looked", "立即解除；查看后请确认"),
    ResourceKind.BACKUP: Text("the next backup is made", "完成下一次备份"),
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
            expected=_EXPECTED[report.kind],
            since=record.event_time,
            clears=_CLEARS[report.kind],
            evidence=(record.seq,),
            received_at=record.received_at,
        ),
    )
    return begins(spec, finding)
