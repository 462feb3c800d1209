"""What people read: in their language, on the site's clock, most urgent first, and harmless."""

from msgspec.structs import replace

from domain.instant import MINUTE
from domain.notification import NotifyReason
from domain.priority import Priority
from domain.text import Text
from notify import wording
from notify.settings import Language
from tests.samples import NOW, a_notice, an_alarm

NOTICE = a_notice()
TWO = replace(a_notice("n", "mail", an_alarm("a"), an_alarm("b")), others=("c", "d"))


def test_subjects() -> None:
    assert wording.subject(NOTICE, Language.EN) == "[high] Tower: Door d1 forced open"
    assert wording.subject(TWO, Language.EN) == "[high] Tower: Door d1 forced open and 3 more"
    assert wording.subject(TWO, Language.ZH) == "[高] 塔楼：d1 门被强行打开（另有 3 条）"
    assert wording.subject(replace(NOTICE, reason=NotifyReason.OVER), Language.EN).startswith("[high] Over: Tower")
    assert wording.subject(replace(NOTICE, reason=NotifyReason.REPEAT), Language.ZH).startswith("[高] 仍无人处理：塔楼")


def test_the_text_tells_what_was_seen_on_the_sites_clock() -> None:
    assert wording.text(NOTICE, Language.EN).splitlines() == [
        "Tower · 2027-01-15 16:00:00 (Asia/Shanghai)",
        "",
        "[high] Door d1 forced open",
        "  opened without a grant",
        "  since 01-15 16:00:00",
    ]


def test_what_is_over_and_what_was_wrong_is_said() -> None:
    item = replace(NOTICE.items[0], cleared_at=NOW + MINUTE, correction=Text("late scan", "补传"))
    notice = replace(NOTICE, items=(item,))
    assert wording.text(notice, Language.EN).splitlines()[-2:] == [
        "  01-15 16:00:00 – 01-15 16:01:00, over",
        "  correction: late scan",
    ]
    assert wording.text(notice, Language.ZH).splitlines()[-2:] == [
        "  01-15 16:00:00 – 01-15 16:01:00，已解除",
        "  更正：补传",
    ]


def test_both_languages_and_what_is_not_spelled_out() -> None:
    said = wording.text(TWO, Language.BOTH)
    assert "and 2 more alarms" in said
    assert "另有 2 条报警" in said
    assert wording.markup(TWO, Language.BOTH).count("<div") == 2


def test_every_priority_has_its_word() -> None:
    for priority in Priority:
        notice = replace(NOTICE, items=(replace(NOTICE.items[0], priority=priority),))
        assert wording.subject(notice, Language.EN).startswith(f"[{priority}]")


def test_control_characters_become_blanks_and_subjects_are_cut() -> None:
    assert wording.plain("a\r\nb\x00\u202ec") == "a  b  c"
    long = replace(NOTICE, items=(replace(NOTICE.items[0], name=Text("x" * 500, "x")),))
    assert len(wording.subject(long, Language.EN)) == wording.LONGEST_SUBJECT
