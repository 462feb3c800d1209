"""The words of alarms about machines whose points give no usable value: which points, since when, and the remedy."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from domain.alarm import Subject
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.site import Equipment
from domain.text import Text
from rules.own_alarms import OwnAlarm, ends
from rules.undecided.words import SPEC, PointNews, Told, at_most_high, counted, lacking, listed, own_alarm

MOST_LISTED: Final = 12
"""How many points of a machine, or quantities of a class, a sentence names: whoever wires them goes by it."""

_CLEARS: Final = Text(
    "each of these points gives usable values, or something else tells of it", "这些测点均恢复可用测值，或另有报警说明"
)
_PROCEDURE: Final = Text(
    "Until then nobody is told what these rules would find: watch the machine by other means. A point that was never "
    "heard: wire it, or correct its id, the list of its gateway or its mapping. Where the machine does not have it, "
    "leave its rules out: name them under `without:` in the machine's line under `packs:`, or take the point off the "
    "rule. One that gave values before: look at its line and sensor. `GET /api/v1/undecided` and the page (Equipment) "
    "list every rule.",
    "恢复前这些规则不会报警：请用其他方式值守该设备。从未收到读数的测点：请接线，或更正其编号、网关清单或映射；若该设备没有此测点，"
    "请在 `packs:` 中该设备一行的 `without:` 下列出相应规则，或从规则中去掉该测点。曾有测值的测点：检查线路与传感器。"
    "`GET /api/v1/undecided` 与页面“设备”列出全部规则。",
)


class Missing(NamedTuple):
    """A point without a usable value: its machine, what it measures (if that is said), and what is known of it."""

    machine: Equipment
    quantity: str | None
    news: PointNews


def machine_without_values(
    site: str,
    subject: Subject,
    missing: Sequence[Missing],
    rules: Sequence[RuleSpec],
    since: Instant,
    at: Instant,
    cause: int,
) -> OwnAlarm:
    """Rules cannot be decided because these points of one machine give no usable value; the most urgent rule first."""
    machine, news = missing[0].machine, [each.news for each in missing]
    what = _one_or_many(news)
    name = Text(
        f"Rules cannot be decided: {machine.name.en} gives no usable value of {what.en}",
        f"规则无法判定：{machine.name.zh}的{what.zh}无可用测值",
    )
    told = _told(subject, name, _which(news), missing, rules, machine.zone)
    return own_alarm(_spec(site), at_most_high(rules), told, since, at, cause)


def class_without_values(
    site: str,
    subject: Subject,
    missing: Sequence[Missing],
    rules: Sequence[RuleSpec],
    since: Instant,
    at: Instant,
    cause: int,
) -> OwnAlarm:
    """The same of several machines of a class at once: told by what is missing, and on how many machines."""
    machines = list({each.machine.id: each.machine.name for each in missing}.values())
    name = Text(
        f"Rules cannot be decided: {counted(len(machines), 'machine')} of class {subject.id} give no usable values",
        f"规则无法判定：{len(machines)} 台 {subject.id} 类设备的测点无可用测值",
    )
    which, where = _by_quantity(missing), listed(machines, "machine", "台")
    which = Text(f"{which.en}: {where.en}", f"{which.zh}：{where.zh}")
    return own_alarm(_spec(site), at_most_high(rules), _told(subject, name, which, missing, rules), since, at, cause)


def values_again(site: str, subject: Subject, at: Instant) -> OwnAlarm:
    """Its points give usable values, something else tells of them, or they are gone."""
    return ends(_spec(site), subject, at)


def _spec(site: str) -> RuleSpec:
    return replace(SPEC, site=site, procedure=_PROCEDURE)


def _told(
    subject: Subject,
    name: Text,
    which: Text,
    missing: Sequence[Missing],
    rules: Sequence[RuleSpec],
    zone: str | None = None,
) -> Told:
    named, count = listed([rule.name for rule in rules], "rule", "条规则"), len(rules)
    points, machines = len(missing), len({each.machine.id for each in missing})
    return Told(
        subject=subject,
        name=name,
        seen=Text(
            f"{which.en}. {counted(count, 'rule')} cannot be decided ({named.en})",
            f"{which.zh}。{count} 条规则无法判定（{named.zh}）",
        ),
        clears=_CLEARS,
        values={"rules": float(count), "points": float(points), "machines": float(machines)},
        zone=zone,
    )


def _one_or_many(news: Sequence[PointNews]) -> Text:
    if len(news) == 1:
        return news[0].name
    return Text(f"{len(news)} points", f" {len(news)} 个测点")


def _which(news: Sequence[PointNews]) -> Text:
    """The points by name: those that were never heard together, the others each with its time."""
    never = [each.name for each in news if each.heard_at is None]
    others = [each for each in news if each.heard_at is not None]
    said = [] if not others else [lacking(others, MOST_LISTED)]
    if never:
        en, zh = ", ".join(each.en for each in never[:MOST_LISTED]), "、".join(each.zh for each in never[:MOST_LISTED])
        more = len(never) - MOST_LISTED
        said.insert(
            0,
            Text(f"no reading of {en} has come yet", f"{zh}尚无任何读数")
            if more <= 0
            else Text(f"no reading of {en} and {more} more has come yet", f"{zh}等 {len(never)} 个测点尚无任何读数"),
        )
    return Text("; ".join(each.en for each in said), "；".join(each.zh for each in said))


def _by_quantity(missing: Sequence[Missing]) -> Text:
    """What is missing on most machines first, in the words of their class."""
    counts = Counter(each.quantity or each.news.name.en for each in missing)
    first = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    named = [f"{what} ({count})" for what, count in first[:MOST_LISTED]]
    en, zh = ", ".join(named), "、".join(named)
    more = len(first) - MOST_LISTED
    if more > 0:
        en, zh = f"{en} and {more} more", f"{zh} 等 {len(first)} 种"
    if all(each.news.heard_at is None for each in missing):
        return Text(f"no reading has come yet of {en}", f"尚无任何读数：{zh}")
    return Text(f"no usable value of {en}", f"无可用测值：{zh}")
