"""How numbers and spans of time are written in sentences for people, in both languages."""

import re
from functools import lru_cache

from domain.instant import HOUR, MINUTE, SECOND, Duration
from domain.text import Text
from domain.tour_run import StopVerdict
from domain.units import sign_of

SIGNIFICANT_DIGITS = 9
"""Derived floats in effects are rounded to this many (batch law), so that they are the same text everywhere."""

_SPOKEN_DIGITS = 6
_SPOKEN_WHOLE = 10.0**_SPOKEN_DIGITS
_SPOKEN_AS_POWER = 10.0**15

_VERDICTS = {
    StopVerdict.PENDING: Text("pending", "待定"),
    StopVerdict.ON_TIME: Text("on time", "按时"),
    StopVerdict.EARLY: Text("early", "早到"),
    StopVerdict.LATE: Text("late", "迟到"),
    StopVerdict.MISSED: Text("missed", "漏巡"),
    StopVerdict.OUT_OF_ORDER: Text("out of order", "顺序错误"),
    StopVerdict.TOO_FAST: Text("too fast", "过快"),
    StopVerdict.TOO_SLOW: Text("too slow", "过慢"),
    StopVerdict.WRONG_OFFICER: Text("wrong officer", "非指定人员"),
    StopVerdict.DUPLICATE: Text("duplicate", "重复打卡"),
    StopVerdict.UNKNOWN_TAG: Text("unknown tag", "未知标签"),
    StopVerdict.OUTSIDE_TOUR: Text("outside any tour", "路线外打卡"),
}

_UNITS = ((HOUR, "h", "小时"), (MINUTE, "min", "分钟"), (SECOND, "s", "秒"))


# An alarm's value is said in its headline and in its why, and compared there; a rule's limits are said of every point.
_SAID_AGAIN = 4096


@lru_cache(maxsize=_SAID_AGAIN)
def rounded(value: float) -> float:
    """The value with 9 significant digits; -0.0 becomes 0.0."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0


def number(value: float) -> str:
    """The value in a sentence: 6 significant digits, and whole numbers whole: 20, 12.3, -0.05, 1234568 (kWh).

    More are noise: what a device sends as a 32-bit float, 21.3, arrives as 21.2999992.
    """
    if _SPOKEN_WHOLE - 0.5 <= abs(value) < _SPOKEN_AS_POWER:
        return f"{value:.0f}"
    return f"{rounded(value):.{_SPOKEN_DIGITS}g}"


@lru_cache(maxsize=_SAID_AGAIN)
def quantity(value: float, unit: str) -> str:
    """Number and unit as people read it (`20 m³/h`); what has no dimension (`1`) has none to show."""
    sign = sign_of(unit)
    return f"{number(value)} {sign}" if sign else number(value)


@lru_cache(maxsize=_SAID_AGAIN)
def span(duration: Duration) -> Text:
    """A length of time in its largest units: `1 h 30 min`, `1 小时 30 分钟`; fractions only of seconds."""
    english, chinese, rest = [], [], duration
    for size, en, zh in _UNITS:
        count: float = rest / size if size == SECOND else rest // size
        rest -= int(count) * size
        if count:
            english.append(f"{number(count)} {en}")
            chinese.append(f"{number(count)} {zh}")
    return Text(" ".join(english) or "0 s", " ".join(chinese) or "0 秒")


def verdict_text(verdict: StopVerdict) -> Text:
    """A verdict in words."""
    return _VERDICTS[verdict]


_DAYS_ZH = {"mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日"}
_SETS_ZH = {"daily": "每天", "weekdays": "周一至周五", "weekend": "周末"}


@lru_cache(maxsize=_SAID_AGAIN)
def hours_words(hours: str) -> Text:
    """Hours of the week (`domain.opening_hours`) in a sentence: `mon-fri 08:00-18:00`, `周一至周五 08:00-18:00`."""
    words = _SETS_ZH | _DAYS_ZH
    spoken = re.sub("[a-z]+", lambda found: words.get(found[0], found[0]), hours.lower())
    spoken = re.sub(r"(周.) *- *(?=周)", r"\1至", spoken)
    return Text(hours, re.sub(r" *; *", "；", spoken))
