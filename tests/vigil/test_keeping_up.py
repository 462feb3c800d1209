"""Whether Vigil keeps up: each trouble is reported once, with what was seen, and is over when it is over."""

import os
from pathlib import Path

import pytest

from domain.instant import DAY, HOUR, SECOND
from domain.priority import Priority
from domain.record import MonitorGap, ResourceReported
from runtime.watch import CLOCK_JUMPED
from tests.samples import NOW
from vigil.data_folder import DataFolder
from vigil.keeping_up import QUIET_LOOKS, KeepingUp, Sights, backed_up_at

FROZEN = "the process stood still"


class Watched:
    """A Vigil whose troubles a test sets."""

    def __init__(self, backup_days: float = 7.0, speed: float = 1.0) -> None:
        self.gaps: list[MonitorGap] = []
        self.behind = 0.0
        self.stored = self.judged = self.shed = 0
        self.now, self.stopwatch = NOW, 0.0
        self.backed_up = NOW
        self.is_deaf = False
        self.reported: dict[str, ResourceReported] = {}
        sights = Sights(
            gaps=lambda: tuple(self.gaps),
            clock_behind=lambda: self.behind,
            stored=lambda: self.stored,
            judged=lambda: self.judged,
            shed=lambda: self.shed,
            backed_up_at=lambda: self.backed_up,
        )
        self._watch = KeepingUp(
            sights,
            self._report,
            backup_days=backup_days,
            speed=speed,
            clock=lambda: self.now,
            stopwatch=lambda: self.stopwatch,
        )

    def pause(self, seconds: float, reason: str = FROZEN) -> None:
        self.gaps.append(MonitorGap(start=NOW, end=NOW + round(seconds * SECOND), reason=reason))

    def urgency(self, name: str) -> Priority | None:
        """What a look ten seconds later reports of one thing."""
        self.stopwatch += 10.0
        self._watch.look()
        return self.reported[name].priority

    def trouble(self) -> str:
        return self._watch.trouble()

    def seen(self, name: str) -> str:
        return self.reported[name].seen.en

    def _report(self, report: ResourceReported) -> bool:
        if not self.is_deaf:
            self.reported[report.name] = report
        return not self.is_deaf


def test_where_all_is_well_nothing_is_urgent() -> None:
    watched = Watched()
    for name in ("clock", "engine", "intake", "watch", "backup"):
        assert watched.urgency(name) is None


def test_a_pause_is_told_once_and_a_restart_is_none() -> None:
    watched = Watched()
    watched.pause(59)
    assert watched.urgency("watch") is None
    watched.pause(60)
    watched.pause(6, "not connected to the MQTT broker")
    assert watched.urgency("watch") is Priority.MEDIUM
    assert watched.seen("watch").endswith(f": {FROZEN}")
    assert watched.urgency("watch") is None
    assert watched.urgency("clock") is None


def test_a_pause_that_could_not_be_told_is_told_later() -> None:
    watched = Watched()
    watched.urgency("watch")
    watched.pause(600)
    watched.is_deaf = True
    assert watched.urgency("watch") is None
    watched.is_deaf = False
    assert watched.urgency("watch") is Priority.MEDIUM


def test_where_time_runs_faster_a_pause_is_as_many_real_seconds() -> None:
    watched = Watched(speed=60.0)
    watched.pause(3599)
    assert watched.urgency("watch") is None
    watched.pause(3600)
    assert watched.urgency("watch") is Priority.MEDIUM


def test_a_clock_that_jumps_ahead_is_no_pause_and_one_set_back_stays_until_it_has_caught_up() -> None:
    watched = Watched()
    watched.pause(3600, CLOCK_JUMPED)
    assert watched.urgency("clock") is Priority.MEDIUM
    assert watched.reported["watch"].priority is None
    assert "jumped from" in watched.seen("clock")
    assert watched.urgency("clock") is None
    watched.behind = 90.0
    assert [watched.urgency("clock"), watched.urgency("clock")] == [Priority.MEDIUM] * 2
    assert watched.seen("clock") == "the clock was set back by 90 s"
    watched.behind = 0.5
    assert watched.urgency("clock") is None


def test_an_engine_lags_by_the_age_of_what_it_has_not_judged() -> None:
    watched = Watched()
    for step in range(5):
        watched.stored, watched.judged = 1000 * (step + 1), 1000 * step
        assert watched.urgency("engine") is None, "it is behind by records, and never by long"
    urgencies = [watched.urgency("engine") for _ in range(7)]
    assert urgencies == [Priority.HIGH] * 5 + [Priority.CRITICAL] * 2
    assert watched.seen("engine") == "a stored record has waited 70 s to be judged"
    watched.judged = watched.stored
    assert watched.urgency("engine") is None


def test_an_engine_that_stands_still_is_not_ready_until_it_moves() -> None:
    watched = Watched()
    for _ in range(10):
        watched.urgency("engine")
    assert watched.trouble() == "", "there is nothing to judge"
    watched.stored = 3
    said = []
    for _ in range(8):
        watched.urgency("engine")
        said.append(watched.trouble())
    assert said[:6] == [""] * 6
    assert said[6] == "the engine stands still at record 0 for 60 s while others wait: restart Vigil"
    watched.judged = 1
    assert watched.trouble() == "", "it moves, before anybody has looked again"
    watched.urgency("engine")
    watched.judged = watched.stored = 4
    assert watched.trouble() == ""


def test_an_engine_that_lags_and_moves_is_ready() -> None:
    watched = Watched()
    for step in range(20):
        watched.stored, watched.judged = 1000 + step, step
        watched.urgency("engine")
        assert watched.trouble() == ""


def test_shedding_is_over_after_a_quiet_minute() -> None:
    watched = Watched()
    assert watched.urgency("intake") is None
    watched.shed = 40
    assert watched.urgency("intake") is Priority.MEDIUM
    assert watched.seen("intake").startswith("40 readings")
    urgencies = [watched.urgency("intake") for _ in range(QUIET_LOOKS)]
    assert urgencies == [Priority.MEDIUM] * (QUIET_LOOKS - 1) + [None]


@pytest.mark.parametrize(("days", "urgency"), [(7.0, Priority.LOW), (0.0, None), (9.0, None)])
def test_a_backup_is_too_old_after_as_many_days_as_were_set(days: float, urgency: Priority | None) -> None:
    watched = Watched(backup_days=days)
    watched.now = NOW + 7 * DAY
    watched.urgency("clock")
    assert "backup" not in watched.reported or watched.reported["backup"].priority is None
    watched.now += HOUR
    watched.urgency("clock")
    assert ("backup" in watched.reported) is (days > 0)
    assert not days or watched.reported["backup"].priority is urgency
    watched.backed_up = watched.now
    watched.urgency("clock")
    assert not days or watched.reported["backup"].priority is None


def test_before_the_first_backup_the_age_of_the_folder_counts(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make_keys_folder()
    for file, second in ((folder.journal_key, 1_000), (folder.heads, 2_000)):
        file.write_bytes(b"")
        os.utime(file, (second, second))
        assert backed_up_at(folder) == second * SECOND
