"""The words for machines whose points give no usable value, in both languages."""

import pytest
from msgspec.structs import replace

from domain.alarm import Subject, SubjectKind
from domain.priority import Priority
from domain.site import Equipment
from domain.text import Text
from domain.undecided import UndecidedCause
from rules.own_alarms import OwnAlarm
from rules.undecided.machine_words import (
    MOST_LISTED,
    Missing,
    class_without_values,
    machine_without_values,
    values_again,
)
from rules.undecided.words import PointNews
from tests.rules.estate import NO_FLOW
from tests.rules.playbook import instant
from tests.rules.undecided.test_words import NEWS

AT, SINCE = instant("09:30"), instant("09:10")
PUMP = Equipment(id="p1", name=Text("Pump 1", "1 号泵"), zone="plant", equipment_class="pump")
OTHER = replace(PUMP, id="p2", name=Text("Pump 2", "2 号泵"))
SUBJECT, CLASS = Subject(SubjectKind.EQUIPMENT, "p1"), Subject(SubjectKind.EQUIPMENT_CLASS, "pump")
RULE = replace(NO_FLOW, name=Text("No flow", "无流量"))


def never(number: int) -> PointNews:
    return replace(NEWS, name=Text(f"P{number}", f"点{number}"), heard_at=None, good_at=None)


SILENT = replace(NEWS, cause=UndecidedCause.SILENT)


def machine(*news: PointNews) -> OwnAlarm:
    missing = [Missing(PUMP, "flow", each) for each in news]
    return machine_without_values("tower", SUBJECT, missing, [RULE], SINCE, AT, 7)


@pytest.mark.parametrize(
    ("news", "en", "zh"),
    [
        ([never(1)], "no reading of P1 has come yet", "点1尚无任何读数"),
        ([never(1), never(2)], "no reading of P1, P2 has come yet", "点1、点2尚无任何读数"),
        (
            [NEWS, never(1), SILENT],
            (
                "no reading of P1 has come yet; Flow has no good value since 2026-11-23 09:10; "
                "no reading of Flow since 2026-11-23 09:30"
            ),
            "点1尚无任何读数；流量自 2026-11-23 09:10 起无可用值；流量自 2026-11-23 09:30 起无读数",
        ),
    ],
    ids=["one", "two", "of each kind"],
)
def test_points_that_were_never_heard_are_named_together_and_the_others_with_their_time(
    news: list[PointNews], en: str, zh: str
) -> None:
    finding = machine(*news).finding
    assert finding is not None
    assert finding.why.seen == Text(f"{en}. 1 rule cannot be decided (No flow)", f"{zh}。1 条规则无法判定（无流量）")


def test_whoever_wires_them_finds_a_dozen_named() -> None:
    finding = machine(*(never(number) for number in range(MOST_LISTED + 3))).finding
    assert finding is not None
    assert "P10, P11 and 3 more has come yet" in finding.why.seen.en
    assert "点11等 15 个测点尚无任何读数" in finding.why.seen.zh
    assert finding.why.values == {"rules": 1.0, "points": 15.0, "machines": 1.0}


def test_the_name_says_machine_and_point_or_how_many() -> None:
    names = [found.finding.name for found in (machine(never(1)), machine(never(1), never(2))) if found.finding]
    assert names == [
        Text("Rules cannot be decided: Pump 1 gives no usable value of P1", "规则无法判定：1 号泵的点1无可用测值"),
        Text(
            "Rules cannot be decided: Pump 1 gives no usable value of 2 points",
            "规则无法判定：1 号泵的 2 个测点无可用测值",
        ),
    ]


def test_it_is_at_its_machine_and_as_urgent_as_the_first_rule_but_high_at_most() -> None:
    urgent = replace(RULE, priority=Priority.CRITICAL)
    news = machine_without_values("tower", SUBJECT, [Missing(PUMP, None, never(1))], [urgent, RULE], SINCE, AT, 7)
    assert news.finding is not None
    assert (news.spec.site, news.spec.priority, news.finding.asset, news.finding.zone) == (
        "tower", Priority.HIGH, "p1", "plant",
    )  # fmt: skip
    assert (news.finding.why.since, news.finding.at, news.finding.why.evidence) == (SINCE, AT, (7,))
    assert "without:" in news.spec.procedure.en
    assert "without:" in news.spec.procedure.zh
    over = values_again("tower", SUBJECT, AT)
    assert (over.finding, over.subject, over.spec.id, over.spec.site) == (None, SUBJECT, news.spec.id, "tower")


def test_of_a_class_is_said_what_is_missing_most_and_on_which_machines() -> None:
    missing = [
        Missing(PUMP, "speed", never(1)), Missing(PUMP, "flow", never(2)), Missing(OTHER, "flow", never(3)),
        Missing(OTHER, None, never(4)),
    ]  # fmt: skip
    news = class_without_values("tower", CLASS, missing, [RULE, RULE], SINCE, AT, 7)
    assert news.finding is not None
    assert news.finding.name == Text(
        "Rules cannot be decided: 2 machines of class pump give no usable values",
        "规则无法判定：2 台 pump 类设备的测点无可用测值",
    )
    assert news.finding.why.seen == Text(
        "no reading has come yet of flow (2), P4 (1), speed (1): Pump 1, Pump 2. 2 rules cannot be decided (No flow)",
        "尚无任何读数：flow (2)、P4 (1)、speed (1)：1 号泵、2 号泵。2 条规则无法判定（无流量）",
    )
    assert news.finding.why.values == {"rules": 2.0, "points": 4.0, "machines": 2.0}
    assert news.finding.zone is None


def test_of_a_class_a_dozen_quantities_are_named_and_values_that_were_there_before_are_not_called_never_heard() -> None:
    missing = [Missing(PUMP, f"q{number:02}", never(number)) for number in range(MOST_LISTED + 2)]
    missing.append(Missing(OTHER, "q00", SILENT))
    news = class_without_values("tower", CLASS, missing, [RULE], SINCE, AT, 7)
    assert news.finding is not None
    assert news.finding.why.seen.en.startswith("no usable value of q00 (2), q01 (1)")
    assert "q11 (1) and 2 more: Pump 1, Pump 2." in news.finding.why.seen.en
    assert "无可用测值：q00 (2)、q01 (1)" in news.finding.why.seen.zh
    assert "等 14 种：" in news.finding.why.seen.zh
