"""What `vigil backtest` says to whoever reads it on a terminal, in English or Chinese."""

from collections.abc import Iterator, Mapping
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from domain.text import Text
from runtime.backtest import Verdict
from vigil.commands.backtest_summary import Summary
from vigil.spoken_language import aligned

_VERDICTS: Final = {
    Verdict.RAISED: Text("raised", "多报"),
    Verdict.MISSED: Text("missed", "漏报"),
    Verdict.EARLIER: Text("earlier", "提前"),
    Verdict.LATER: Text("later", "推迟"),
    Verdict.SAME: Text("same", "一致"),
}
_RULE: Final = Text("rule", "规则")
_ORDERS: Final = (Text("orders\nwere", "当时\n工单"), Text("would\nbe", "现在\n工单"))
_ABOUT: Final = Text("{rule} on {subject}", "{rule}（{subject}）")
_WAS: Final = Text("was {at}", "当时 {at}")
_WOULD: Final = Text("would be {at}", "现在 {at}")
_INCOMPLETE: Final = Text(
    "Not all that was received is kept: what is gone was not judged and may show as missed.",
    "收到的数据并未全部保存：缺少的部分未判断，可能显示为漏报。",
)
_GAP: Final = Text(
    "no readings from {start} to {end}: {records} records are kept nowhere",
    "{start} 至 {end} 没有读数：{records} 条记录已无处可查",
)
_GUESSED: Final = Text(
    "{records} records were stored without device and time of receipt: both were taken from the configuration and the"
    " readings",
    "{records} 条记录存储时没有终端和接收时间：二者取自配置和读数",
)
_LEFT_OUT: Final = Text(
    "not compared, because they look at more than readings: {rules}", "未比较（所看的不只是读数）：{rules}"
)
_FROM_TELEMETRY: Final = Text(", {records} of them from telemetry", "（其中 {records} 条来自历史库）")
_DONE: Final = Text(
    "{records} records judged{of_them}, in {seconds} s", "已判断 {records} 条记录{of_them}，用时 {seconds} 秒"
)


def verdict_table(
    verdicts: Mapping[str, Mapping[str, int]], orders: Mapping[str, Mapping[str, int]], language: str = "en"
) -> Table:
    """Verdicts and work orders by rule; ids stay whole, also on a screen of 80 columns."""
    heads = [each.spoken(language) for each in (*_VERDICTS.values(), *_ORDERS)]
    table = Table(Column(_RULE.spoken(language), overflow="fold"), *heads, box=SIMPLE, padding=(0, 1, 0, 0))
    for rule, counted in verdicts.items():
        made = orders[rule]
        table.add_row(rule, *(str(counted[verdict]) for verdict in Verdict), str(made["was"]), str(made["would"]))
    return table


class BacktestConsole:
    """Speaks one language."""

    def __init__(self, language: str) -> None:
        """English, or Chinese with `zh`."""
        self._language = language

    def show(self, summary: Summary) -> None:
        """Print the table, what would be otherwise, what was missing, and how much was judged."""
        console = Console(soft_wrap=True, markup=False)
        console.print(verdict_table(summary.verdicts, summary.orders, self._language))
        for line in self._otherwise(summary):
            console.print(line)
        if not summary.complete:
            console.print(self._say(_INCOMPLETE), style="yellow")
        for gap in summary.gaps:
            console.print(self._say(_GAP, start=gap.start, end=gap.end, records=gap.records))
        if summary.telemetry.guessed:
            console.print(self._say(_GUESSED, records=summary.telemetry.guessed))
        if summary.left_out:
            console.print(self._say(_LEFT_OUT, rules=", ".join(summary.left_out)))
        stored = summary.telemetry.records
        of_them = self._say(_FROM_TELEMETRY, records=stored) if stored else ""
        console.print(self._say(_DONE, records=summary.records, of_them=of_them, seconds=summary.seconds))

    def _otherwise(self, summary: Summary) -> Iterator[str]:
        rows = []
        for each in summary.occurrences:
            if each.verdict is not Verdict.SAME:
                was, would = ("-" if side is None else side.raised_at for side in (each.was, each.would))
                verdict = _VERDICTS[each.verdict].spoken(self._language)
                about = self._say(_ABOUT, rule=each.rule, subject=each.subject)
                rows.append((verdict, about, self._say(_WAS, at=was), self._say(_WOULD, at=would)))
        return aligned(rows)

    def _say(self, text: Text, **told: object) -> str:
        return text.spoken(self._language).format(**told)
