"""How numbers and spans of time are written in sentences for people, in both languages."""

from domain.instant import HOUR, MINUTE, SECOND, Duration
from domain.text import Text

SIGNIFICANT_DIGITS = 9
"""Derived floats in effects are rounded to this many (batch law), so that they are the same text everywhere."""

_UNITS = ((HOUR, "h", "小时"), (MINUTE, "min", "分钟"), (SECOND, "s", "秒"))


def rounded(value: float) -> float:
    """The value with 9 significant digits; -0.0 becomes 0.0."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0


def number(value: float) -> str:
    """The value as short as 9 significant digits allow: 20, 12.3, -0.05."""
    return f"{rounded(value):.{SIGNIFICANT_DIGITS}g}"


def quantity(value: float, unit: str) -> str:
    """Number and unit, with a space where there is a unit; what has no dimension (`1`) has none to show."""
    return number(value) if unit in {"", "1"} else f"{number(value)} {unit}"


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
