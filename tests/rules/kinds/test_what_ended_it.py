"""What is told of an alarm about doors, people and places once it is over: what is so now, in both languages."""

from collections.abc import Callable

import pytest

from domain.alarm import DecisionKind
from domain.commands import AbandonTourRun
from domain.configuration import RuleSpec
from domain.effects import AlarmChanged, TourRunChanged
from domain.site import Question, Site
from domain.text import Text
from rules.catalog import CATALOG
from tests.rules.estate import SITE, a_rule, changed_site, configured
from tests.rules.playbook import Playbook

Story = Callable[[Playbook], Playbook]

ASKED = changed_site("checkpoints", "gate", questions=(Question(id="sealed", text=Text("sealed?", "铅封")),))
VISITED = changed_site("checkpoints", "gate", visit_every_seconds=3600.0)


def begun(book: Playbook) -> Playbook:
    return book.tick("22:20").at("22:25").scan("gate")


def called_off(book: Playbook) -> Playbook:
    book.tick("22:20")
    run = book.latest(TourRunChanged).run
    return book.at("22:26").command(AbandonTourRun(id="c", actor="op", run=run.id, reason="rain"))


def denied(book: Playbook) -> Playbook:
    for second in range(5):
        book.at(f"10:00:0{second}").door("front", "denied")
    return book.tick("10:11")


CASES: dict[str, tuple[RuleSpec, Site, Story, Text]] = {
    "door_forced": (
        a_rule("r", "door_forced"),
        SITE,
        lambda book: book.at("10:00").door("front", "opened").at("10:01:30").door("front", "closed"),
        Text("closed at 10:01:30", "10:01:30 已关闭"),
    ),
    "door_held": (
        a_rule("r", "door_held"),
        SITE,
        lambda book: book.at("10:00").door("front", "opened").tick("10:03").at("10:04").door("front", "closed"),
        Text("closed at 10:04:00", "10:04:00 已关闭"),
    ),
    "denied_burst": (
        a_rule("r", "denied_burst"),
        SITE,
        denied,
        Text("nobody was denied for 10 min, since 10:00:04", "自 10:00:04 起 10 分钟内无人被拒"),
    ),
    "failed_inspection": (
        a_rule("r", "failed_inspection"),
        ASKED,
        lambda book: (
            book.at("10:00").scan("gate", answers={"sealed": False}).at("11:00").scan("gate", answers={"sealed": True})
        ),
        Text("the answer was yes, which passes", "回答为“是”，合格"),
    ),
    "missed_check_call": (
        a_rule("r", "missed_check_call"),
        SITE,
        lambda book: book.at("10:00").signal("sign_on").tick("11:06").at("11:10").signal("check_call"),
        Text("a signal at 11:10", "11:10 收到信号"),
    ),
    "man_down": (
        a_rule("r", "man_down"),
        SITE,
        lambda book: book.at("10:00").signal("man_down").tick("10:01").at("10:02:03").signal("cancel"),
        Text("taken back at 10:02:03", "10:02:03 已撤销"),
    ),
    "sos": (
        a_rule("r", "sos", latch=True),
        SITE,
        lambda book: book.at("10:00").signal("sos"),
        Text("the call is on record and stands until somebody resets it", "求助已记录，须人工复位"),
    ),
    "unvisited_checkpoint": (
        a_rule("r", "unvisited_checkpoint"),
        VISITED,
        lambda book: book.tick("11:30").at("11:40").scan("gate"),
        Text("a scan here at 11:40", "11:40 已打卡"),
    ),
    "missed_checkpoint": (
        a_rule("r", "missed_checkpoint"),
        SITE,
        lambda book: book.at("22:05").scan("gate").tick("22:50").at("22:55").scan("roof"),
        Text("a scan of this checkpoint at 22:55", "22:55 该点已打卡"),
    ),
    "tour_not_started": (
        a_rule("r", "tour_not_started"),
        SITE,
        begun,
        Text("the run of 22:00 was begun at 22:25", "22:00 的班次于 22:25 开始"),
    ),
}


def over(rule: RuleSpec, site: Site, story: Story) -> list[Text]:
    """What the decisions say of the end of the latest alarm that is over."""
    book = story(Playbook(configured(rule, site=site), "09:59"))
    (alarm,) = {each.body.alarm.id: each.body for each in book.effects if isinstance(each.body, AlarmChanged)}.values()
    return [each.reason for each in alarm.occurrence.decisions if each.kind is DecisionKind.CLEARED]


@pytest.mark.parametrize("case", CASES)
def test_what_is_so_now(case: str) -> None:
    rule, site, story, said = CASES[case]
    assert over(rule, site, story) == [said]


def test_an_abandoned_run_is_no_begun_one() -> None:
    rule = a_rule("r", "tour_not_started")
    assert over(rule, SITE, called_off) == [
        Text("the run of 22:00 was abandoned at 22:26", "22:00 的班次于 22:26 中止")
    ]


def test_every_kind_over_events_says_what_ended_it() -> None:
    assert {*CASES} == {*CATALOG.doors, *CATALOG.stops, *CATALOG.heard}
