"""Alarms of Vigil's own, about itself (domain.md section 10). No configuration holds their rules or can remove them."""

from typing import Final, TypeAlias

from msgspec import Struct

from domain.alarm import OWN_SITE, ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.priority import Priority
from domain.record import Observation, Record
from domain.text import Text
from rules.rule import Finding
from rules.telling import Dated

PARKED_RECORD: Final = "vigil-parked-record"
"""A record was passed over, because the engine or the store fails on it."""

PARKED_RULE: Final = "vigil-parked-rule"
"""A rule failed, or cannot be used as it stands: it judges nothing there until it is changed."""

CHANNEL_FAILS: Final = "vigil-channel-fails"
"""Nobody is reached by a channel, or a message was refused for good."""

STORAGE: Final = "vigil-storage"
"""The disk fills, or the journal does not store."""

CERTIFICATE: Final = "vigil-certificate"
"""A certificate that Vigil shows to others expires, or has."""

CLOCK: Final = "vigil-clock"
"""The clock jumped, or stands before what has been judged."""

ENGINE: Final = "vigil-engine"
"""What was stored waits too long to be judged."""

INTAKE: Final = "vigil-intake"
"""Readings are shed under overload."""

WATCH: Final = "vigil-watch"
"""Nobody watched for a while."""

BACKUP: Final = "vigil-backup"
"""The newest backup is old."""

UNDECIDED_RULE: Final = "vigil-undecided-rule"
"""A rule cannot be decided on something it watches, and no other alarm says so."""

RULES: Final = (
    PARKED_RECORD,
    PARKED_RULE,
    CHANNEL_FAILS,
    STORAGE,
    CERTIFICATE,
    CLOCK,
    ENGINE,
    INTAKE,
    WATCH,
    BACKUP,
    UNDECIDED_RULE,
)

KIND: Final = "vigil"
_NAME: Final = Text("Vigil could not judge a message", "有消息无法判断")
_PROCEDURE: Final = Text(
    "Tell whoever looks after Vigil. After a fix, `vigil quarantine replay` judges the message.",
    "请通知 Vigil 维护人员；修复后用 `vigil quarantine replay` 重新判断该消息。",
)


class OwnAlarm(Struct, frozen=True, kw_only=True):
    """News about an alarm of Vigil's own: it begins with `finding`, or ends where there is none.

    What finds such news does not know how alarms stand: to begin what stands, and to end what does not, is nothing.
    """

    spec: RuleSpec
    subject: Subject
    at: Instant
    finding: Finding | None = None


Said: TypeAlias = Dated | OwnAlarm
"""Something to tell, or news about an alarm of Vigil's own, from which follows what is to be told."""


def begins(spec: RuleSpec, finding: Finding) -> OwnAlarm:
    """An alarm of Vigil's own is to stand."""
    return OwnAlarm(spec=spec, subject=finding.subject, at=finding.at, finding=finding)


def ends(spec: RuleSpec, subject: Subject, at: Instant) -> OwnAlarm:
    """What it speaks of is over."""
    return OwnAlarm(spec=spec, subject=subject, at=at)


def parked_record(record: Record, error: str) -> tuple[RuleSpec, Finding]:
    """What to raise where a record was passed over.

    The subject is the device, so that one that sends many such messages has one alarm with many occurrences; what no
    device sent (a command, a tick) is Vigil's own.
    """
    is_from_device = isinstance(record.body, Observation)
    subject = Subject(SubjectKind.DEVICE, record.source) if is_from_device else Subject(SubjectKind.RULE, PARKED_RECORD)
    spec = RuleSpec(
        id=PARKED_RECORD,
        kind=KIND,
        site=record.site or OWN_SITE,
        name=_NAME,
        priority=Priority.HIGH,
        makes_order=False,
        procedure=_PROCEDURE,
    )
    return spec, Finding(
        rule=PARKED_RECORD,
        subject=subject,
        trigger=ConditionTrigger.RAISE,
        at=record.received_at,
        cause=record.seq,
        index=0,
        asset=subject.id,
        zone=None,
        name=_NAME,
        why=_why(record, error),
    )


def _why(record: Record, error: str) -> Why:
    return Why(
        seen=Text(
            f"record {record.seq} ({record.type} from {record.source}) was passed over: {error}",
            f"记录 {record.seq}（{record.type}，来自 {record.source}）已跳过：{error}",
        ),
        expected=Text("every message that was stored can be judged", "已存储的消息都应能判断"),
        since=record.received_at,
        clears=Text("at once; acknowledge it when you have looked", "立即解除；查看后请确认"),
        evidence=(record.seq,),
        device_time=record.device_time,
        received_at=record.received_at,
        believed=record.believed.value,
    )
