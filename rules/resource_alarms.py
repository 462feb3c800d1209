"""The words of Vigil's own alarms about what it needs and runs out of: room to store, days of a certificate."""

from typing import Final

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.priority import Priority
from domain.record import Record, ResourceKind, ResourceReported
from domain.text import Text
from rules.own_alarms import CERTIFICATE, KIND, SITE, STORAGE, OwnAlarm, begins, ends
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
}

_EXPECTED: Final = {
    ResourceKind.STORAGE: Text("what comes can be stored", "收到的内容都能存储"),
    ResourceKind.CERTIFICATE: Text("it is valid for more than 30 days", "有效期在 30 天以上"),
}

_CLEARS: Final = {
    ResourceKind.STORAGE: Text("it can be stored, with room to spare", "可正常存储且空间充足"),
    ResourceKind.CERTIFICATE: Text("a newer one is in its place", "换上新证书"),
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
