"""How numbers and spans of time are written in sentences for people, in both languages."""

from domain.instant import HOUR, MINUTE, SECOND, Duration
from domain.text import Text
from domain.tour_run import StopVerdict
from domain.units import sign_of

SIGNIFICANT_DIGITS = 9
"""Derived floats in effects are rounded to this many (batch law), so that they are the same text everywhere."""

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


def rounded(value: float) -> float:
    """The value with 9 significant digits; -0.0 becomes 0.0."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0


def number(value: float) -> str:
    """The value as short as 9 significant digits allow: 20, 12.3, -0.05."""
    return f"{rounded(value):.{SIGNIFICANT_DIGITS}g}"


def quantity(value: float, unit: str) -> str:
    """Number and unit as people read it (`20 m³/h`); what has no dimension (`1`) has none to show."""
    sign = sign_of(unit)
    return f"{number(value)} {sign}" if sign else number(value)


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
