"""Watches whether Vigil keeps up: clock, engine, intake, an unbroken watch, backups. Reports; the engine makes alarms.

It looks as often as `running_out` does. What an alarm is about may be over by the next look: then it is cleared, and
stays until somebody has acknowledged it.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from collector.ingest import Collector
from domain.instant import DAY, SECOND, Instant, to_iso
from domain.priority import Priority
from domain.record import MonitorGap, ResourceKind, ResourceReported
from domain.text import Text
from journal.ports import Journal
from runtime.clock import Clock, Stopwatch, wall_clock
from runtime.loop import EngineLoop
from runtime.timekeeping import BACKWARDS_SECONDS
from runtime.watch import CLOCK_JUMPED
from vigil.data_folder import DataFolder

PAUSE_SECONDS: Final = 60.0
"""A shorter gap is what a restart or an update takes: it is on record, and nobody has to look."""

LAG_STEPS: Final = ((10.0, Priority.HIGH), (60.0, Priority.CRITICAL))
"""Seconds that a stored record waits for its judgement, and how urgent it is then: alarms are to come within 2 s."""

STILL_SECONDS: Final = 60.0
"""For how long the engine may judge nothing of what waits before Vigil is not ready, and its heartbeat stops."""

QUIET_LOOKS: Final = 6
"""Looks without shedding after which it is over: a minute, so that a load that swings is one alarm."""

_REASONS_ZH: Final = {
    "Vigil was not running": "Vigil 未运行",
    "the process stood still": "进程停顿",
    "not connected to the MQTT broker": "未连接 MQTT 消息代理",
    "the link to the MQTT broker was lost": "与 MQTT 消息代理的连接中断",
    "the link to the MQTT broker was away": "与 MQTT 消息代理的连接曾中断",
}
"""Where a reason is not among them it is shown as it is."""

Report = Callable[[ResourceReported], bool]


class Sights(Struct, frozen=True, kw_only=True):
    """What there is to look at; each may be asked from any thread.

    `gaps` gives the newest, oldest first, `clock_behind` seconds, `stored` and `judged` seqs, `shed` a count since the
    start, `backed_up_at` when the newest backup was made.
    """

    gaps: Callable[[], Sequence[MonitorGap]]
    clock_behind: Callable[[], float]
    stored: Callable[[], int]
    judged: Callable[[], int]
    shed: Callable[[], int]
    backed_up_at: Callable[[], Instant]


def sights_of(loop: EngineLoop, journal: Journal, collector: Collector, folder: DataFolder) -> Sights:
    """What there is to look at in a running service."""
    return Sights(
        gaps=lambda: loop.recent_gaps,
        clock_behind=lambda: loop.clock_behind,
        stored=lambda: journal.last_seq,
        judged=lambda: loop.seq,
        shed=lambda: collector.stats().shed,
        backed_up_at=lambda: backed_up_at(folder),
    )


def backed_up_at(folder: DataFolder) -> Instant:
    """When the newest backup was made, or restored; before the first one, when the folder was.

    Raises:
        OSError: the folder cannot be read.
    """
    # The key is made at the first start and never written again; each backup writes the heads.
    newest = folder.heads if folder.heads.exists() else folder.journal_key
    return newest.stat().st_mtime_ns // 1_000


class KeepingUp:
    """Looks at each thing and reports how it stands; all on one thread."""

    def __init__(
        self,
        sights: Sights,
        report: Report,
        *,
        backup_days: float,
        speed: float = 1.0,
        clock: Clock = wall_clock,
        stopwatch: Stopwatch = time.monotonic,
    ) -> None:
        """`backup_days` of 0 leaves backups alone; `speed` is the rate of the engine's clock against the stopwatch."""
        self._sights = sights
        self._report = report
        self._backup_days = backup_days
        self._speed = speed
        self._clock = clock
        self._stopwatch = stopwatch
        self._told_gap: MonitorGap | None = None
        self._stored: deque[tuple[float, int]] = deque()
        self._moved = (self._stopwatch(), -1)
        self._shed = 0
        self._quiet_looks = QUIET_LOOKS

    def trouble(self) -> str:
        """What keeps the engine from being ready: it stands still while records wait; "" where it moves."""
        at, judged = self._moved
        still = self._stopwatch() - at
        if still < STILL_SECONDS or judged >= self._sights.stored() or self._sights.judged() > judged:
            return ""
        return f"the engine stands still at record {judged} for {still:.0f} s while others wait: restart Vigil"

    def look(self) -> None:
        """Look once at everything.

        Raises:
            OSError: the data folder cannot be read.
        """
        self._look_at_time()
        self._look_at_engine()
        self._look_at_intake()
        if self._backup_days:
            self._look_at_backup()

    def _look_at_time(self) -> None:
        new = self._new_gaps()
        jumps = [gap for gap in new if gap.reason == CLOCK_JUMPED]
        longest = max((gap for gap in new if gap.reason != CLOCK_JUMPED), key=_length, default=None)
        if longest is not None and _length(longest) < PAUSE_SECONDS * self._speed * SECOND:
            longest = None
        is_known = self._look_at_clock(jumps[-1] if jumps else None)
        if self._look_at_watch(longest) and is_known and new:
            self._told_gap = new[-1]

    def _new_gaps(self) -> Sequence[MonitorGap]:
        gaps = self._sights.gaps()
        told = next((place for place, gap in enumerate(gaps) if gap is self._told_gap), -1)
        return gaps[told + 1 :]

    def _look_at_clock(self, jump: MonitorGap | None) -> bool:
        behind = self._sights.clock_behind()
        priority: Priority | None = Priority.MEDIUM
        if behind >= BACKWARDS_SECONDS:
            seen = Text(f"the clock was set back by {behind:.0f} s", f"时钟被回拨 {behind:.0f} 秒")
        elif jump is not None:
            start, end = to_iso(jump.start), to_iso(jump.end)
            seen = Text(f"the clock jumped from {start} to {end}", f"时钟从 {start} 跳到 {end}")
        else:
            priority, seen = None, Text("the clock runs evenly", "时钟平稳运行")
        return self._tell(ResourceKind.CLOCK, priority, seen)

    def _look_at_watch(self, pause: MonitorGap | None) -> bool:
        if pause is None:
            return self._tell(ResourceKind.WATCH, None, Text("Vigil watches", "监测正常"))
        start, end = to_iso(pause.start), to_iso(pause.end)
        reason = _REASONS_ZH.get(pause.reason, pause.reason)
        seen = Text(f"nobody watched from {start} to {end}: {pause.reason}", f"{start} 至 {end} 无人监测：{reason}")
        return self._tell(ResourceKind.WATCH, Priority.MEDIUM, seen)

    def _look_at_engine(self) -> None:
        now, judged = self._stopwatch(), self._sights.judged()
        if judged != self._moved[1] or not self._stored:
            self._moved = now, judged
        self._stored.append((now, self._sights.stored()))
        while self._stored and self._stored[0][1] <= judged:
            self._stored.popleft()
        lag = now - self._stored[0][0] if self._stored else 0.0
        reached = [priority for seconds, priority in LAG_STEPS if lag >= seconds]
        seen = Text(f"a stored record has waited {lag:.0f} s to be judged", f"存储的记录已等待判断 {lag:.0f} 秒")
        self._tell(ResourceKind.ENGINE, reached[-1] if reached else None, seen)

    def _look_at_intake(self) -> None:
        shed = self._sights.shed()
        self._quiet_looks = 0 if shed > self._shed else self._quiet_looks + 1
        self._shed = shed
        priority = Priority.MEDIUM if self._quiet_looks < QUIET_LOOKS else None
        seen = Text(f"{shed} readings at QoS 0 were shed since the start", f"启动以来丢弃了 {shed} 条 QoS 0 读数")
        self._tell(ResourceKind.INTAKE, priority, seen)

    def _look_at_backup(self) -> None:
        made = self._sights.backed_up_at()
        is_old = self._clock() - made > self._backup_days * DAY
        seen = Text(f"none was made since {to_iso(made)}", f"自 {to_iso(made)} 起没有备份")
        self._tell(ResourceKind.BACKUP, Priority.LOW if is_old else None, seen)

    def _tell(self, kind: ResourceKind, priority: Priority | None, seen: Text) -> bool:
        return self._report(ResourceReported(kind=kind, name=kind.value, priority=priority, seen=seen))


def _length(gap: MonitorGap) -> int:
    return gap.end - gap.start
