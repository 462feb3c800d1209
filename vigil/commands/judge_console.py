"""What `vigil judge` says to whoever reads it on a terminal, in English or Chinese.

What is wrong with a file is said in English in both, as all errors are.
"""

from collections.abc import Sequence
from typing import Final

from rich.console import Console

from domain.instant import Instant
from domain.schedule import clock_text, local_day
from domain.text import Text
from notify.wording import PRIORITIES
from rules.kinds.ladder import LIMIT_NAMES
from rules.wording import span
from vigil.judging.occurrences import Raised, no_column
from vigil.judging.recorded_columns import Gap
from vigil.judging.summary import JudgeSummary
from vigil.spoken_language import aligned

SHOWN: Final = 5

_TIMES: Final = Text("Times are those of the site, {timezone}.", "时间均为项目当地时间（{timezone}）。")
_PERIOD: Final = Text("{begun} to {ended}", "{begun} 至 {ended}")
_END: Final = Text("the end", "结束")
_URGENT: Final = Text("{priority} ({level})", "{priority}（{level}）")
_SEEN: Final = Text("  {rule} on {point}: {seen}", "  {rule}（{point}）：{seen}")
_OVER: Final = Text("  over: {ended}", "  解除：{ended}")
_TIMES_ONE: Final = Text("1 time", "1 次")
_TIMES_MANY: Final = Text("{times} times", "{times} 次")
_UNJUDGED: Final = Text("rule {rule}: not judged, or in part: {why}", "规则 {rule} 未判断或只判断了一部分：{why}")
_MORE_UNJUDGED: Final = Text(
    "and {count} more rules that the map has not all columns for", "另有 {count} 条规则在映射中缺少列"
)
_GAP: Final = Text(
    "no rows from {begun} to {ended}: nothing is known of that time{more}",
    "{begun} 至 {ended} 无数据行：这段时间情况未知{more}",
)
_MORE_GAPS: Final = Text("; {times} such gaps, this is the longest", "；共 {times} 处空档，此为最长")
_DONE: Final = Text(
    "{occurrences} of {rules} in {readings}, {seconds} s, {rate} readings/s ({cpu_rate} per second of processor time),"
    " {megabytes} MB",
    "{readings}、{rules}，报警 {occurrences}；用时 {seconds} 秒，每秒 {rate} 个读数（按处理器时间每秒 {cpu_rate} 个），"
    "内存 {megabytes} MB",
)


class JudgeConsole:
    """Speaks one language."""

    def __init__(self, language: str) -> None:
        """English, or Chinese with `zh`."""
        self._language = language
        self._console = Console(soft_wrap=True, markup=False)

    def show(self, summary: JudgeSummary, occurrences: Sequence[Raised], gaps: Sequence[Gap]) -> None:
        """Print the occurrences, then what was wrong or not judged, then how much was read."""
        if occurrences or gaps:
            self._console.print(self._say(_TIMES, timezone=summary.timezone))
        self._show_occurrences(occurrences, summary.timezone)
        for flaw in summary.flaws:
            times = self._say(_TIMES_ONE if flaw.times == 1 else _TIMES_MANY, times=flaw.times)
            self._warn(f"{flaw.file}:{flaw.line}: {flaw.what} ({times})")
        for rule in summary.unjudged[:SHOWN]:
            self._warn(self._say(_UNJUDGED, rule=rule.rule, why=no_column(rule.points).spoken(self._language)))
        more_rules = len(summary.unjudged) - SHOWN
        if more_rules > 0:
            self._warn(self._say(_MORE_UNJUDGED, count=more_rules))
        for gap in gaps:
            more = self._say(_MORE_GAPS, times=gap.times) if gap.times != 1 else ""
            begun, ended = (_clock(summary.timezone, end) for end in (gap.since, gap.until))
            self._warn(f"{gap.file}:{gap.line}: {self._say(_GAP, begun=begun, ended=ended, more=more)}")
        self._console.print(
            self._say(
                _DONE,
                occurrences=self._counted(len(occurrences), Text("occurrence", "次")),
                rules=self._counted(len(summary.rules), Text("rule", "条规则")),
                readings=self._counted(summary.readings, Text("reading", "个读数")),
                seconds=summary.seconds,
                rate=summary.readings_per_second,
                cpu_rate=summary.readings_per_cpu_second,
                megabytes=summary.peak_megabytes,
            )
        )

    def _show_occurrences(self, occurrences: Sequence[Raised], timezone: str) -> None:
        """Each as people read it, in the site's time: when, for how long, how urgent, what; below it why."""
        heads = aligned([self._head(each, timezone) for each in occurrences])
        for each, head in zip(occurrences, heads, strict=True):
            seen = self._say(_SEEN, rule=each.rule, point=each.point, seen=each.seen.spoken(self._language))
            over = [] if each.ended is None else [self._say(_OVER, ended=each.ended.spoken(self._language))]
            for line in (head, seen, *over):
                self._console.print(line, highlight=False)

    def _head(self, raised: Raised, timezone: str) -> tuple[str, str, str, str]:
        begun, ended, lasted = _clock(timezone, raised.raised_at), self._say(_END), ""
        if raised.cleared_at is not None:
            is_same_day = local_day(timezone, raised.raised_at) == local_day(timezone, raised.cleared_at)
            ended = clock_text(timezone, raised.cleared_at, seconds=True, date=not is_same_day)
            lasted = span(raised.cleared_at - raised.raised_at).spoken(self._language)
        urgent = PRIORITIES[raised.priority].spoken(self._language)
        if raised.level:
            urgent = self._say(_URGENT, priority=urgent, level=LIMIT_NAMES[raised.level].spoken(self._language))
        period = self._say(_PERIOD, begun=begun, ended=ended)
        return period, lasted, urgent, raised.name.spoken(self._language)

    def _say(self, text: Text, **told: object) -> str:
        return text.spoken(self._language).format(**told)

    def _warn(self, line: str) -> None:
        self._console.print(line, style="yellow")

    def _counted(self, number: int, what: Text) -> str:
        plural = "s" if number != 1 and self._language != "zh" else ""
        return f"{number} {what.spoken(self._language)}{plural}"


def _clock(timezone: str, at: Instant) -> str:
    return clock_text(timezone, at, seconds=True, date=True)
