"""The words of Vigil's own alarm about a rule that failed or cannot be used: it judges nothing until it is changed."""

from typing import Final

from domain.alarm import OWN_SITE, ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text
from rules.own_alarms import KIND, PARKED_RULE, OwnAlarm, begins, ends
from rules.rule import Finding

SPEC: Final = RuleSpec(
    id=PARKED_RULE,
    kind=KIND,
    site=OWN_SITE,
    name=Text("A rule is parked", "规则已停用"),
    priority=Priority.HIGH,
    makes_order=False,
    procedure=Text(
        "Nobody is told what this rule would find: watch it by other means. Correct the rule, check it with "
        "`vigil check`, and put it into force: it is tried anew.",
        "该规则不再报警：请用其他方式值守。修正规则，用 `vigil check` 检查并重新生效后会再次启用。",
    ),
)


def parked_rule(rule: str, on: str, error: str, at: Instant, cause: int) -> OwnAlarm:
    """An alarm about the rule, whatever number of subjects it fails on; `on` is the first of them."""
    return begins(
        SPEC,
        Finding(
            rule=PARKED_RULE,
            subject=Subject(SubjectKind.RULE, rule),
            trigger=ConditionTrigger.RAISE,
            at=at,
            cause=cause,
            index=0,
            asset=rule,
            zone=None,
            name=SPEC.name,
            why=Why(
                seen=Text(f"rule {rule} failed on {on}: {error}", f"规则 {rule} 在 {on} 上出错：{error}"),
                expected=Text("every rule can judge", "每条规则都能判断"),
                since=at,
                clears=Text("the rule is changed", "修改规则"),
                evidence=(cause,),
            ),
        ),
    )


def unparked_rule(rule: str, at: Instant) -> OwnAlarm:
    """The rule was changed or is gone."""
    return ends(SPEC, Subject(SubjectKind.RULE, rule), at)
