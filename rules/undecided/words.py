"""The words for rules that cannot be decided: why, and Vigil's own alarm that gathers a rule's subjects."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import OWN_SITE, ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.priority import Priority
from domain.schedule import clock_text
from domain.site import Device, Site
from domain.text import Text
from domain.undecided import UndecidedCause
from rules.own_alarms import KIND, UNDECIDED_RULE, OwnAlarm, begins, ends
from rules.rule import Finding

NAMED: Final = 3
"""How many points a sentence names."""

SPEC: Final = RuleSpec(
    id=UNDECIDED_RULE,
    kind=KIND,
    site=OWN_SITE,
    name=Text("A rule cannot be decided", "规则无法判定"),
    priority=Priority.HIGH,
    makes_order=False,
    procedure=Text(
        "Until then nobody is told what this rule would find there: watch it by other means. `GET /api/v1/undecided` "
        "and the page (Equipment) list where and why. Restore the points; where a division by zero is usual, give the "
        "rule a guard such as `only_while: speed > 0`.",
        "恢复前该规则在这些测点上不会报警：请用其他方式值守。`GET /api/v1/undecided` 与页面“设备”列出测点和原因。"
        "请恢复测点；若除数为零属正常情况，请为规则加条件，如 `only_while: speed > 0`。",
    ),
)
"""At most this urgent; a rule of less urgency is told with its own."""

_TELL: Final = Text(
    "The rules judge as before. Tell whoever looks after Vigil.", "规则照常判断。请通知 Vigil 维护人员。"
)


class PointNews(Struct, frozen=True, kw_only=True):
    """A point without a usable value: why, when it was heard last and had a good value last (None: never)."""

    name: Text
    cause: UndecidedCause
    timezone: str
    heard_at: Instant | None
    good_at: Instant | None


def lacking(points: Sequence[PointNews], most: int = NAMED) -> Text:
    """Which points have no usable value, and since when; so many of them are named."""
    told = [_point(each) for each in points[:most]]
    more = len(points) - most
    if more > 0:
        told.append(Text(f"{more} more", f"另有 {more} 个测点"))
    return Text("; ".join(each.en for each in told), "；".join(each.zh for each in told))


def _point(news: PointNews) -> Text:
    en, zh = news.name.en, news.name.zh
    if news.heard_at is None:
        return Text(f"no reading of {en} has come yet", f"{zh}尚无任何读数")
    if news.cause is UndecidedCause.SILENT:
        clock = clock_text(news.timezone, news.heard_at, date=True)
        return Text(f"no reading of {en} since {clock}", f"{zh}自 {clock} 起无读数")
    if news.good_at is None:
        return Text(f"{en} has had no good value yet", f"{zh}尚无可用值")
    clock = clock_text(news.timezone, news.good_at, date=True)
    return Text(f"{en} has no good value since {clock}", f"{zh}自 {clock} 起无可用值")


class Share(NamedTuple):
    """How many of the points that a rule watches, and the machines these measure."""

    points: int
    total: int
    machines: Sequence[Text]


def cannot_judge(rule: RuleSpec, share: Share, because: Text, since: Instant, at: Instant, cause: int) -> OwnAlarm:
    """A rule cannot be decided on so many of the points it watches; `because` is why on the first of them.

    The machines are named because rules of a pack have the same name for all of a kind.
    """
    name, of = rule.name, _of_machines(share.machines)
    few = Text(f"{share.points} of {counted(share.total, 'point')}", f"{share.total} 个测点中的 {share.points} 个")
    told = Told(
        subject=Subject(SubjectKind.RULE, rule.id),
        name=Text(f"Rule cannot be decided: {name.en}{of.en}", f"规则无法判定：{name.zh}{of.zh}"),
        seen=Text(f"undecided at {few.en}, because: {because.en}", f"{few.zh}上无法判定，原因：{because.zh}"),
        clears=Text("it can be decided on all of them, or is told otherwise", "全部可判定，或另有报警说明"),
        values={"undecided": float(share.points), "points": float(share.total)},
    )
    return own_alarm(SPEC, at_most_high([rule]), told, since, at, cause)


def can_judge(rule: str, at: Instant) -> OwnAlarm:
    """It can be decided again, something else tells of it, or the rule is gone."""
    return ends(SPEC, Subject(SubjectKind.RULE, rule), at)


def device_silent(
    site: Site, device: Device, rules: Sequence[RuleSpec], points: int, since: Instant, at: Instant, cause: int
) -> OwnAlarm:
    """Rules cannot be decided on so many points of a device, of which nothing was heard since these fell silent."""
    named, count = listed([rule.name for rule in rules], "rule", "条规则"), len(rules)
    told = Told(
        subject=Subject(SubjectKind.DEVICE, device.id),
        name=Text(
            f"Rules cannot be decided: no readings from {device.name.en}", f"规则无法判定：{device.name.zh}无读数"
        ),
        seen=Text(
            f"nothing has been heard from the device since points of it fell silent: {counted(count, 'rule')} "
            f"cannot be decided on {counted(points, 'point')} ({named.en})",
            f"测点中断后未再收到该终端任何读数：{count} 条规则在 {points} 个测点上无法判定（{named.zh}）",
        ),
        clears=Text(
            "its points give readings again, or their silence is told otherwise", "其测点恢复读数，或另有报警说明"
        ),
        values={"rules": float(count), "points": float(points)},
    )
    return own_alarm(replace(SPEC, site=site.id), at_most_high(rules), told, since, at, cause)


def device_heard(site: str, device: str, at: Instant) -> OwnAlarm:
    """The points of the device give readings again, something else tells of them, or they are gone."""
    return ends(replace(SPEC, site=site), Subject(SubjectKind.DEVICE, device), at)


def cannot_look(kind: str, error: str, at: Instant, cause: int) -> OwnAlarm:
    """Vigil fails when it looks whether the rules of a kind can be decided; they judge as before."""
    told = Told(
        subject=_kind(kind),
        name=Text(f"Nobody knows whether rules of kind {kind} can be decided", f"无法得知 {kind} 类规则能否判定"),
        seen=Text(f"Vigil failed when it looked: {error}", f"检查时出错：{error}"),
        clears=Text("it can look again", "可再次检查"),
        values={},
    )
    return own_alarm(replace(SPEC, procedure=_TELL), SPEC.priority, told, at, at, cause)


def can_look(kind: str, at: Instant) -> OwnAlarm:
    """It can look again, or there are no rules of that kind any more."""
    return ends(SPEC, _kind(kind), at)


def unexplained(error: str) -> Text:
    """The reason that cannot be given."""
    return Text(f"Vigil failed when it looked for the reason: {error}", f"查找原因时出错：{error}")


def at_most_high(rules: Sequence[RuleSpec]) -> Priority:
    """The urgency of an alarm about rules: that of the most urgent, but `high` at most."""
    return max(min((rule.priority for rule in rules), key=_rank), Priority.HIGH, key=_rank)


def _rank(priority: Priority) -> int:
    return priority.rank


class Told(Struct, frozen=True, kw_only=True):
    """What differs between these alarms."""

    subject: Subject
    name: Text
    seen: Text
    clears: Text
    values: dict[str, float | str]
    zone: str | None = None


def own_alarm(spec: RuleSpec, priority: Priority, told: Told, since: Instant, at: Instant, cause: int) -> OwnAlarm:
    """An alarm about rules that cannot be decided begins."""
    return begins(
        replace(spec, priority=priority),
        Finding(
            rule=UNDECIDED_RULE,
            subject=told.subject,
            trigger=ConditionTrigger.RAISE,
            at=at,
            cause=cause,
            index=0,
            asset=told.subject.id,
            zone=told.zone,
            name=told.name,
            priority=priority,
            why=Why(
                seen=told.seen,
                expected=Text("every rule can be decided on all its points", "每条规则在其所有测点上都能判定"),
                since=since,
                clears=told.clears,
                evidence=(cause,),
                values=told.values,
            ),
        ),
    )


def _kind(kind: str) -> Subject:
    # No rule has an id with a blank in it.
    return Subject(SubjectKind.RULE, f"kind {kind}")


def listed(names: Sequence[Text], what_en: str, what_zh: str) -> Text:
    """The first of these names, each once, and how many more there are."""
    each = list(dict.fromkeys(names))
    en, zh = ", ".join(name.en for name in each[:NAMED]), "、".join(name.zh for name in each[:NAMED])
    more = len(each) - NAMED
    if more <= 0:
        return Text(en, zh)
    return Text(f"{en} and {more} more {what_en}{'' if more == 1 else 's'}", f"{zh}，另有 {more} {what_zh}")


def counted(count: int, what: str) -> str:
    """A number of things, in English."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _of_machines(machines: Sequence[Text]) -> Text:
    if not machines:
        return Text("", "")
    first, more = machines[0], len(machines) - 1
    if not more:
        return Text(f" ({first.en})", f"（{first.zh}）")
    return Text(f" ({first.en} and {more} more)", f"（{first.zh} 等 {more + 1} 台）")
