"""The words for rules that cannot be decided, in both languages."""

import pytest
from msgspec.structs import replace

from domain.priority import Priority
from domain.text import Text
from domain.undecided import UndecidedCause
from rules.undecided.words import (
    SPEC,
    PointNews,
    Share,
    can_judge,
    can_look,
    cannot_judge,
    cannot_look,
    device_heard,
    device_silent,
    lacking,
    unexplained,
)
from tests.rules.estate import NO_FLOW, SITE
from tests.rules.playbook import instant

HEARD, GOOD = instant("09:30"), instant("09:10")
NEWS = PointNews(
    name=Text("Flow", "流量"),
    cause=UndecidedCause.UNUSABLE,
    timezone="Asia/Shanghai",
    heard_at=HEARD,
    good_at=GOOD,
)


@pytest.mark.parametrize(
    ("news", "en", "zh"),
    [
        (NEWS, "Flow has no good value since 2026-11-23 09:10", "流量自 2026-11-23 09:10 起无可用值"),
        (replace(NEWS, good_at=None), "Flow has had no good value yet", "流量尚无可用值"),
        (replace(NEWS, heard_at=None), "no reading of Flow has come yet", "流量尚无任何读数"),
        (
            replace(NEWS, cause=UndecidedCause.SILENT),
            "no reading of Flow since 2026-11-23 09:30",
            "流量自 2026-11-23 09:30 起无读数",
        ),
    ],
)
def test_a_point_without_a_value(news: PointNews, en: str, zh: str) -> None:
    assert lacking([news]) == Text(en, zh)


PUMPS = [Text(f"Pump {number}", f"{number} 号泵") for number in (1, 2, 3)]


def test_of_many_points_three_are_named() -> None:
    said = lacking([replace(NEWS, heard_at=None)] * 5)
    assert said.en.endswith("no reading of Flow has come yet; 2 more")
    assert said.zh.endswith("另有 2 个测点")


@pytest.mark.parametrize(
    ("rule", "own"), [(Priority.CRITICAL, Priority.HIGH), (Priority.HIGH, Priority.HIGH), (Priority.LOW, Priority.LOW)]
)
def test_the_alarm_is_as_urgent_as_the_rule_and_high_at_most(rule: Priority, own: Priority) -> None:
    news = cannot_judge(replace(NO_FLOW, priority=rule), Share(3, 12, []), Text("so", "如此"), HEARD, HEARD, 7)
    assert news.spec.priority is own
    assert news.finding is not None
    why = news.finding.why
    assert why.seen == Text("undecided at 3 of 12 points, because: so", "12 个测点中的 3 个上无法判定，原因：如此")
    assert (why.values, why.evidence, news.subject.id) == ({"undecided": 3.0, "points": 12.0}, (7,), "no-flow")


@pytest.mark.parametrize(
    ("machines", "name"),
    [
        ([], Text("Rule cannot be decided: No flow", "规则无法判定：无流量")),
        ([PUMPS[0]], Text("Rule cannot be decided: No flow (Pump 1)", "规则无法判定：无流量（1 号泵）")),
        (PUMPS, Text("Rule cannot be decided: No flow (Pump 1 and 2 more)", "规则无法判定：无流量（1 号泵 等 3 台）")),
    ],
)
def test_its_name_says_of_which_machines(machines: list[Text], name: Text) -> None:
    rule = replace(NO_FLOW, name=Text("No flow", "无流量"))
    news = cannot_judge(rule, Share(1, 3, machines), Text("so", "如此"), HEARD, HEARD, 7)
    assert news.finding is not None
    assert news.finding.name == name


def test_it_ends_on_the_rule_and_says_what_to_do() -> None:
    over = can_judge("no-flow", HEARD)
    assert (over.finding, over.subject.id, over.at) == (None, "no-flow", HEARD)
    assert "only_while" in SPEC.procedure.en
    assert "only_while" in SPEC.procedure.zh


def test_a_device_that_went_silent_names_three_of_its_rules_and_is_as_urgent_as_the_first_of_them() -> None:
    rules = [replace(NO_FLOW, id=str(number), name=Text(f"R{number}", f"规{number}")) for number in range(5)]
    rules[3] = replace(rules[3], priority=Priority.CRITICAL)
    gateway = SITE.devices[3]
    news = device_silent(SITE, gateway, rules, 12, GOOD, HEARD, 7)
    assert news.finding is not None
    assert news.finding.name == Text("Rules cannot be decided: no readings from Gateway", "规则无法判定：Gateway无读数")
    assert news.finding.why.seen == Text(
        "nothing has been heard from the device since points of it fell silent: 5 rules cannot be decided on 12 points "
        "(R0, R1, R2 and 2 more rules)",
        "测点中断后未再收到该终端任何读数：5 条规则在 12 个测点上无法判定（规0、规1、规2，另有 2 条规则）",
    )
    assert news.finding.why.values == {"rules": 5.0, "points": 12.0}
    assert (news.spec.site, news.subject, news.finding.priority) == ("tower", news.finding.subject, Priority.HIGH)
    over = device_heard("tower", gateway.id, HEARD)
    assert (over.spec.site, over.subject, over.finding) == ("tower", news.subject, None)


def test_what_vigil_fails_to_find_out_is_said_with_the_error() -> None:
    news = cannot_look("limit", "ArithmeticError: 7", HEARD, 7)
    assert news.finding is not None
    assert news.finding.name.en == "Nobody knows whether rules of kind limit can be decided"
    assert news.finding.why.seen.zh == "检查时出错：ArithmeticError: 7"
    assert news.spec.procedure.en.startswith("The rules judge as before")
    assert can_look("limit", HEARD).subject == news.subject
    assert unexplained("E: 1").en == "Vigil failed when it looked for the reason: E: 1"
