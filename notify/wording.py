"""A notice in words: subject, plain text and HTML, in English, Chinese or both.

Whatever comes from outside loses its control characters here, and is escaped where it becomes HTML.
"""

import html
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.instant import Instant, to_datetime
from domain.notification import Notice, NoticeItem, NotifyReason
from domain.priority import Priority
from domain.text import Text
from notify.settings import Language

LONGEST_SUBJECT: Final = 150

PRIORITIES: Final = {
    Priority.CRITICAL: Text("critical", "紧急"),
    Priority.HIGH: Text("high", "高"),
    Priority.MEDIUM: Text("medium", "中"),
    Priority.LOW: Text("low", "低"),
}
"""The words of `docs/glossary.md`."""
_OPENINGS: Final = {
    NotifyReason.OVER: Text("Over: ", "已解除："),
    NotifyReason.REPEAT: Text("Still not taken on: ", "仍无人处理："),
}
_NO_OPENING: Final = Text("", "")


def subject(notice: Notice, language: Language) -> str:
    """One line: the most urgent alarm, and how many more there are. With both languages, Chinese behind English."""
    said = [_subject(notice, spoken) for spoken in _spoken(language)]
    return plain(" / ".join(said))[:LONGEST_SUBJECT]


def text(notice: Notice, language: Language) -> str:
    """The notice as plain text."""
    return "\n\n".join("\n".join(_lines(notice, spoken)) for spoken in _spoken(language)) + "\n"


def markup(notice: Notice, language: Language) -> str:
    """The notice as simple HTML: the plain text, escaped."""
    parts = "".join(
        f'<div lang="{spoken}">{"<br>".join(html.escape(line) for line in _lines(notice, spoken))}</div><br>'
        for spoken in _spoken(language)
    )
    return f"<!DOCTYPE html><html><body>{parts}</body></html>"


def plain(words: str) -> str:
    """Words on one line without anything that a terminal, a header or a screen could obey."""
    return "".join(character if character.isprintable() else " " for character in words)


def _spoken(language: Language) -> Sequence[str]:
    return ("en", "zh") if language is Language.BOTH else (language.value,)


def _subject(notice: Notice, language: str) -> str:
    first = notice.items[0]
    opening = _OPENINGS.get(notice.reason, _NO_OPENING).spoken(language)
    priority = PRIORITIES[first.priority].spoken(language)
    name, site = first.name.spoken(language), notice.site_name.spoken(language)
    more = len(notice.items) + len(notice.others) - 1
    if language == "zh":
        return f"[{priority}] {opening}{site}：{name}" + (f"（另有 {more} 条）" if more else "")
    return f"[{priority}] {opening}{site}: {name}" + (f" and {more} more" if more else "")


def _lines(notice: Notice, language: str) -> Iterator[str]:
    site, at = notice.site_name.spoken(language), _clock(notice, notice.at)
    yield plain(f"{site} · {at:%Y-%m-%d %H:%M:%S} ({notice.timezone})")
    for item in notice.items:
        yield ""
        yield plain(f"[{PRIORITIES[item.priority].spoken(language)}] {item.name.spoken(language)}")
        yield from (plain(f"  {line}") for line in _told(notice, item, language))
    if notice.others:
        count = len(notice.others)
        yield ""
        yield f"另有 {count} 条报警" if language == "zh" else f"and {count} more alarms"


def _told(notice: Notice, item: NoticeItem, language: str) -> Iterator[str]:
    yield item.seen.spoken(language)
    since = _clock(notice, item.raised_at)
    if item.cleared_at is None:
        yield f"自 {since:%m-%d %H:%M:%S}" if language == "zh" else f"since {since:%m-%d %H:%M:%S}"
    else:
        over = _clock(notice, item.cleared_at)
        span = f"{since:%m-%d %H:%M:%S} – {over:%m-%d %H:%M:%S}"
        yield f"{span}，已解除" if language == "zh" else f"{span}, over"
    if item.correction is not None:
        yield f"更正：{item.correction.zh}" if language == "zh" else f"correction: {item.correction.en}"


def _clock(notice: Notice, at: Instant) -> datetime:
    """An instant on the site's clock."""
    return to_datetime(at).astimezone(ZoneInfo(notice.timezone))
