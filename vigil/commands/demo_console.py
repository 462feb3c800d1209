"""What the demo says to whoever watches the terminal: where to look, and at the end what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from domain.site import Site
from domain.text import Text
from vigil.demo_checks import NEED_TIME
from vigil.service import Started
from vigil.tallying import Tally

_WEEKDAYS: Final = (
    Text("Monday", "星期一"),
    Text("Tuesday", "星期二"),
    Text("Wednesday", "星期三"),
    Text("Thursday", "星期四"),
    Text("Friday", "星期五"),
    Text("Saturday", "星期六"),
    Text("Sunday", "星期日"),
)

_LIFE: Final = Text(
    "{site}: {day} {clock} there, {speed:g} times as fast as life{ends}. Ctrl-C ends it.",
    "{site}：当地{day} {clock}，以 {speed:g} 倍速运行{ends}。按 Ctrl-C 结束。",
)
_ENDS: Final = Text(", for {seconds:g} s", "，持续 {seconds:g} 秒")
_PAGE: Final = Text("The page, already logged in (the link works once):", "网页（一次性登录链接）：")
_DATA: Final = Text("The same as data:", "同样内容的数据接口：")
_LOOK: Final = Text("What to look at", "可以看什么")
_SOON: Final = Text("Within a minute: {mishaps}.", "一分钟内：{mishaps}。")
_FORCED: Final = Text("a door is forced", "一扇门被强开")
_HELD: Final = Text("another stays open", "一扇门未关")
_FAILS: Final = Text("a machine fails", "一台设备故障")
_FORGOTTEN: Final = Text("an officer forgets a checkpoint", "一名保安漏巡")
_OPEN_ONE: Final = Text(
    "Open an alarm: it says what was seen, what was expected, what clears it. Acknowledge it; it is an order too.",
    "打开一条报警：看到什么、应该怎样、何时解除，一目了然；可以确认，工单已自动生成。",
)
_DAY: Final = Text(
    "Then a day passes: people arrive, have lunch and go home; machines follow; at night the officers are alone.",
    "随后一天过去：人们上班、午餐、回家，设备随之运行；夜里只有巡更保安。",
)
_BELOW: Final = Text("Alarms and orders as they come:", "报警与工单：")

_TITLE: Final = Text("What happened", "运行小结")
_YES: Final = Text("yes", "是")
_NO: Final = Text("NO", "否")
_NOT_YET: Final = Text("not yet", "时间太短")
_ROWS: Final = {
    "sent": Text("messages sent and acknowledged", "发送 / 已确认的报文"),
    "journalled": Text("journalled, quarantined, duplicates", "入链、隔离、重复"),
    "lost": Text("acknowledged and lost", "已确认却丢失"),
    "alarms": Text("alarms raised", "报警"),
    "orders": Text("work orders", "工单"),
    "latency": Text("publish to alarm, ms", "从发布到报警（毫秒）"),
    "nothing_lost": Text("nothing lost", "无丢失"),
    "alarms_of_all_three_worlds": Text("alarms from patrol, doors and equipment", "巡更、门禁、设备均有报警"),
    "every_mishap_raised_its_alarm": Text("every mishap raised its alarm", "每次异常都有报警"),
    "no_alarm_without_a_mishap": Text("no alarm without a mishap", "没有无故报警"),
    "every_alarm_says_why": Text("every alarm says why", "每条报警都说明依据"),
    "orders_were_opened": Text("work orders were opened", "已建工单"),
    "one_open_order_per_asset_and_fault": Text(
        "one open order per asset and fault", "同一设备同一故障只有一张未结工单"
    ),
    "no_rule_faulted": Text("no rule failed", "规则无故障"),
    "alarms_within_2_s": Text("alarms within 2 s", "2 秒内报警"),
    "api_is_ready": Text("the API is ready", "接口就绪"),
    "replay_equals_live": Text("a replay says the same", "回放结果一致"),
}


def look_at(site: Site) -> list[Text]:
    """What a demo of a site shows; only what the site has can go wrong there."""
    mishaps = [
        *([_FORCED] if site.doors else []),
        *([_HELD] if len(site.doors) > 1 else []),
        *([_FAILS] if site.equipment else []),
        *([_FORGOTTEN] if site.tours else []),
    ]
    *others, last = [each.en for each in mishaps] or [""]
    en = f"{', '.join(others)}{', and ' if len(others) > 1 else ' and '}{last}" if others else last
    zh = "，".join(each.zh for each in mishaps)
    soon = Text(_SOON.en.format(mishaps=en), _SOON.zh.format(mishaps=zh))
    return [*([soon] if mishaps else []), _OPEN_ONE, *([_DAY] if site.people else [])]


class DemoConsole:
    """Speaks one language."""

    def __init__(self, language: str) -> None:
        """English, or Chinese with `zh`."""
        self._language = language

    def _say(self, text: Text) -> str:
        return text.spoken(self._language)

    def say_where(self, started: Started, site: Site, local: datetime, speed: float, seconds: float | None) -> None:
        """Say where the page is and what to look at."""
        show = Console(stderr=True, highlight=False, markup=False).print
        ends = "" if seconds is None else self._say(_ENDS).format(seconds=seconds)
        day = self._say(_WEEKDAYS[local.weekday()])
        life = self._say(_LIFE).format(
            site=self._say(site.name), day=day, clock=local.strftime("%H:%M"), speed=speed, ends=ends
        )
        show(f"\n{life}\n", style="bold", soft_wrap=True)
        show(f"  {self._say(_PAGE)}", soft_wrap=True)
        show(f"    {started.login_url}\n", style="bold", soft_wrap=True)
        token = started.token or "TOKEN"
        show(f"  {self._say(_DATA)}", soft_wrap=True)
        live = f"{started.api_url}/api/v1/sites/{site.id}/live"
        show(f"    curl -H 'Authorization: Bearer {token}' {live}\n", soft_wrap=True)
        show(f"  {self._say(_LOOK)}", soft_wrap=True)
        for text in look_at(site):
            show(f"    - {self._say(text)}", soft_wrap=True)
        show(f"\n{self._say(_BELOW)}\n", soft_wrap=True)

    def show(self, tally: Tally, checks: Mapping[str, bool], *, is_open_ended: bool) -> None:
        """Print what came of it."""
        console = Console(markup=False)
        table = Table(title=self._say(_TITLE), show_header=False)
        rows: Sequence[tuple[str, object]] = (
            ("sent", f"{tally.sent} / {tally.acknowledged}"),
            ("journalled", f"{tally.journalled}, {tally.quarantined}, {tally.duplicates}"),
            ("lost", len(tally.lost)),
            ("alarms", ", ".join(f"{rule} {count}" for rule, count in tally.alarms.items()) or "-"),
            ("orders", tally.work_orders),
            ("latency", ", ".join(f"{name} {value}" for name, value in tally.latency_ms.items())),
        )
        for name, value in rows:
            table.add_row(self._say(_ROWS[name]), str(value))
        for name, held in checks.items():
            said = _YES if held else _NOT_YET if is_open_ended and name in NEED_TIME else _NO
            colour = "green" if held else "yellow" if said is _NOT_YET else "red"
            table.add_row(self._say(_ROWS[name]), Styled(self._say(said), style=colour))
        console.print(table)
