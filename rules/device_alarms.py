"""The words of Vigil's own alarms about devices: messages missing, identity in conflict, a device or a site silent."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.effects import ConflictKind
from domain.instant import Instant, from_seconds, to_seconds
from domain.priority import Priority
from domain.schedule import clock_text
from domain.site import Device, Site
from domain.text import Text
from rules.own_alarms import KIND
from rules.rule import Finding
from rules.wording import span

MISSING_MESSAGES: Final = "vigil-missing-messages"
IDENTITY_CONFLICT: Final = "vigil-identity-conflict"
DEVICE_SILENT: Final = "vigil-device-silent"
SITE_SILENT: Final = "vigil-site-silent"
NOISY_SOURCE: Final = "vigil-noisy-source"

SHOWN_GAPS: Final = 5
"""Gaps that a sentence lists; the count is always the whole."""

SHOWN_DEVICES: Final = 20

_SPECS: Final = {
    MISSING_MESSAGES: (
        Priority.MEDIUM,
        Text("Messages of a device are missing", "设备报文缺失"),
        Text(
            "Look at the device's link and at the broker. Ask the device to send again where it can; else close the "
            "alarm, which accepts the loss.",
            "检查终端链路与消息代理；能补发则让终端补发，否则结案，即确认丢失。",
        ),
    ),
    IDENTITY_CONFLICT: (
        Priority.HIGH,
        Text("Two devices under one identity", "两个终端使用同一标识"),
        Text(
            "Find out who else speaks as this device. Revoke its credential if nobody can say, and give each device "
            "its own.",
            "查明谁在冒用该终端标识；无法查明时吊销其凭证，并为每个终端单独发放。",
        ),
    ),
    DEVICE_SILENT: (
        Priority.MEDIUM,
        Text("A device is silent", "终端失联"),
        Text("Check its power and its link.", "检查终端供电与网络。"),
    ),
    NOISY_SOURCE: (
        Priority.MEDIUM,
        Text("A device raises too many alarms", "终端报警过多"),
        Text(
            "Look at what it reports; its alarms are kept under this one. Widen deadbands or delays of the rules that "
            "fire most, or take them out of service while the device is repaired.",
            "查看其上报内容，其报警归入本报警之下。放宽最频繁规则的回差或延时，或在检修期间停用。",
        ),
    ),
    SITE_SILENT: (
        Priority.HIGH,
        Text("All devices of a site are silent", "项目全部终端失联"),
        Text(
            "Check the site's network and power first; its devices come back with it.",
            "先检查该项目的网络与供电；恢复后终端会自动上线。",
        ),
    ),
}

_SIGNS: Final = {
    ConflictKind.CONTENT_DIFFERS: Text(
        "two different messages bear the number {seq} of boot {boot}", "启动 {boot} 的序号 {seq} 出现两条不同报文"
    ),
    ConflictKind.COUNTED_BACK: Text(
        "boot {boot} uses the number {seq} a second time, for a later message",
        "启动 {boot} 将序号 {seq} 再次用于更晚的报文",
    ),
    ConflictKind.BOOTS_ALTERNATE: Text(
        "boot {boot} goes on (number {seq}) although a later boot of the device has begun",
        "终端已重新启动，旧启动 {boot} 仍继续发送（序号 {seq}）",
    ),
}


def spec_of(rule: str, site: str) -> RuleSpec:
    """One of these rules at a site."""
    priority, name, procedure = _SPECS[rule]
    return RuleSpec(
        id=rule,
        kind=KIND,
        site=site,
        name=name,
        priority=priority,
        makes_order=False,
        procedure=procedure,
        inhibits=rule in (DEVICE_SILENT, SITE_SILENT),
    )


def subject_of(device: Device) -> Subject:
    """A device as the subject of an alarm."""
    return Subject(SubjectKind.DEVICE, device.id)


def subject_named(device: str) -> Subject:
    """A device as the subject of an alarm, by its id."""
    return Subject(SubjectKind.DEVICE, device)


def missing_messages(
    device: Device, boot: str, gaps: Sequence[tuple[int, int, int]], at: Instant, cause: int
) -> Finding:
    """Some numbers did not come; `gaps` are (first, last, count) each, all that are open."""
    listed = ", ".join(_numbers(first, last) for first, last, _ in gaps[:SHOWN_GAPS])
    listed += ", …" if len(gaps) > SHOWN_GAPS else ""
    count = sum(missing for _, _, missing in gaps)
    messages = "1 message" if count == 1 else f"{count} messages"
    return _finding(
        MISSING_MESSAGES,
        subject_of(device),
        at,
        cause,
        Text(f"Messages of {device.name.en} missing: {listed}", f"{device.name.zh} 报文缺失：{listed}"),
        Why(
            seen=Text(
                f"{messages} did not come, of the numbers {listed} (latest boot {boot})",
                f"序号 {listed} 中有 {count} 条报文未到（最近启动 {boot}）",
            ),
            expected=Text("every number that the device has used arrives", "终端用过的每个序号都应到达"),
            since=at,
            clears=Text(
                "they arrive after all, or somebody closes the alarm and so accepts the loss",
                "补传到齐，或有人结案确认丢失",
            ),
            values={"missing": float(count), "numbers": listed, "boot": boot},
        ),
    )


def identity_conflict(
    device: Device, boot: str, seq: int, kind: ConflictKind, at: Instant, cause: int, quiet: int
) -> Finding:
    """A sign that two devices share an identity."""
    sign = _SIGNS[kind]
    within = span(quiet)
    return _finding(
        IDENTITY_CONFLICT,
        subject_of(device),
        at,
        cause,
        Text(f"Two devices speak as {device.name.en}", f"有两个终端以 {device.name.zh} 的身份通信"),
        Why(
            seen=Text(sign.en.format(seq=seq, boot=boot), sign.zh.format(seq=seq, boot=boot)),
            expected=Text("one device, which counts each message once", "一个终端，每条报文计数一次"),
            since=at,
            clears=Text(f"no further sign for {within.en}", f"{within.zh}内无新迹象"),
            evidence=(cause,),
            values={"sign": kind.value, "boot": boot, "seq": float(seq)},
        ),
    )


def device_missed(
    site: Site, device: Device, last_seen: Instant | None, priority: Priority, at: Instant, cause: int
) -> Finding:
    """Rules on the silence of its points, the most urgent of this priority, hear nothing of a device."""
    found = device_silent(site, device, last_seen, at, cause)
    why = replace(
        found.why,
        seen=Text(f"{found.why.seen.en}; its points give no values", f"{found.why.seen.zh}；其测点均无读数"),
        expected=Text(
            "values of its points as often as the rules on their silence ask", "其测点按无数据规则要求的周期上传读数"
        ),
        values={},
    )
    return replace(found, why=why, priority=priority, level="" if priority is Priority.MEDIUM else priority.value)


def device_silent(site: Site, device: Device, last_seen: Instant | None, at: Instant, cause: int) -> Finding:
    """A device has said nothing for longer than configured."""
    limit = span(from_seconds(device.report_seconds or 0.0))
    never = Text("nothing was heard of it since it is waited for", "自开始监测以来未收到任何报文")
    heard = never
    if last_seen is not None:
        clock = clock_text(site.timezone, last_seen, seconds=True)
        heard = Text(f"last heard at {clock}", f"最后通信时间 {clock}")
    return _finding(
        DEVICE_SILENT,
        subject_of(device),
        at,
        cause,
        Text(f"{device.name.en} is silent", f"{device.name.zh} 失联"),
        Why(
            seen=heard,
            expected=Text(f"a message at least every {limit.en}", f"至少每 {limit.zh} 一条报文"),
            since=at if last_seen is None else last_seen,
            clears=Text("the next message of the device", "收到该终端的下一条报文"),
            values={"report_s": device.report_seconds or 0.0},
        ),
    )


def site_silent(site: Site, devices: Sequence[str], since: Instant, at: Instant, cause: int) -> Finding:
    """No device of a site that is waited for can be heard."""
    listed = ", ".join(devices[:SHOWN_DEVICES]) + (", …" if len(devices) > SHOWN_DEVICES else "")
    clock = clock_text(site.timezone, since, seconds=True)
    return _finding(
        SITE_SILENT,
        Subject(SubjectKind.SITE, site.id),
        at,
        cause,
        Text(f"{site.name.en}: all {len(devices)} devices silent", f"{site.name.zh}：{len(devices)} 个终端全部失联"),
        Why(
            seen=Text(
                f"{len(devices)} devices are silent, the last was heard at {clock}: {listed}",
                f"{len(devices)} 个终端失联，最后一次通信 {clock}：{listed}",
            ),
            expected=Text("each device within its own time", "每个终端都应按时通信"),
            since=since,
            clears=Text("the next message of any of them", "其中任一终端的下一条报文"),
            values={"devices": ", ".join(devices), "silent": float(len(devices)), "silent_s": to_seconds(at - since)},
        ),
    )


def noisy_source(device: str, burst: int, refill: float, at: Instant, cause: int) -> Finding:
    """A device has raised more alarms than anybody can read."""
    each, whole = span(from_seconds(refill)), span(from_seconds(burst * refill))
    return _finding(
        NOISY_SOURCE,
        Subject(SubjectKind.DEVICE, device),
        at,
        cause,
        Text(f"{device} raises too many alarms", f"{device} 报警过多"),
        Why(
            seen=Text(
                f"more than {burst} alarms faster than one in {each.en}", f"报警超过 {burst} 条且快于每 {each.zh}一条"
            ),
            expected=Text(
                f"at most {burst} at once and one in {each.en} on", f"一次最多 {burst} 条，此后每 {each.zh}一条"
            ),
            since=at,
            clears=Text(
                f"by itself within {whole.en}; what still stands is then told",
                f"{whole.zh}内自动解除，届时仍存在的报警将提示",
            ),
            evidence=(cause,),
            values={"burst": float(burst), "refill_s": refill},
        ),
    )


def _numbers(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}..{last}"


def _finding(rule: str, subject: Subject, at: Instant, cause: int, name: Text, why: Why) -> Finding:
    return Finding(
        rule=rule,
        subject=subject,
        trigger=ConditionTrigger.RAISE,
        at=at,
        cause=cause,
        index=0,
        asset=subject.id,
        zone=None,
        name=name,
        why=why,
    )
