"""F12: SIGSTOP. What happened while Vigil stood still is unknown until the backlog is read: no false alarm, one gap."""

import signal
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from domain.effects import AlarmChange, AlarmChanged
from domain.instant import Instant, from_iso, from_seconds, to_iso
from domain.record import MonitorGap, Tick
from journal.chain import load_or_create_key
from journal.sqlite_archive import SqliteArchive
from rules.device_alarms import DEVICE_SILENT, SITE_SILENT
from simulators.device import SimulatedDevice
from tests.brokers import wait_until
from tests.faults import estate
from tests.faults.harness import REDELIVERY_SECONDS, Trial
from tests.faults.oracles import Evidence
from tests.faults.traffic import HIGH, now
from tests.known_work import known_seconds, slowness
from vigil.data_folder import DataFolder

SPEED = 30
RUN = from_iso("2026-11-23T10:00:00Z")
START_SECONDS = 8.0
"""What Vigil may take to start on the machine of the bars (`tests.known_work`) before the run begins."""

BEGUN = from_iso("2026-11-23T10:00:30Z")
SCANNED = from_iso("2026-11-23T10:01:00Z")
MISSED = from_iso("2026-11-23T10:02:30Z")
JUDGED = from_iso("2026-11-23T10:06:30Z")
TOUR = {
    "id": "round",
    "name": "Round",
    "every_seconds": 3600,
    "grace_seconds": 30,
    "stops": [{"checkpoint": "cp-1", "due_seconds": 120}],
}
RULE = {"id": "missed", "kind": "missed_checkpoint", "name": "Missed", "priority": "medium", "makes_order": False}


def freeze(folder: Path, *, walked: bool, planted: Sequence[str] = ()) -> Evidence:
    """Stop the process before a checkpoint is due until long after; the guard may have been there meanwhile.

    With a bug planted the scan comes only after Vigil's clock has said how late it is: else it is chance whether the
    clock or the scan is read first, and a scan that is read first hides the bug.
    """
    phone = SimulatedDevice(estate.SITE, estate.phone_of(0), "b1")
    site = estate.configuration(tours=[TOUR], rules=[RULE])
    before = START_SECONDS * slowness(min(known_seconds() for _ in range(20)))
    arguments = (f"--clock-speed={SPEED}", f"--clock-origin={to_iso(RUN - from_seconds(before * SPEED))}")
    with Trial(folder, site=site, arguments=arguments, planted=planted) as trial:
        trial.quiet = REDELIVERY_SECONDS
        trial.begin(traffic=False)
        vigil = trial.vigil
        wait_until(lambda: from_iso(vigil.get("status")["at"]) > BEGUN, "the run to begin", seconds=before + 30.0)
        vigil.signal(signal.SIGSTOP)
        stopped = time.monotonic()
        if walked and not planted:
            trial.publish(phone.scan(SCANNED, "officer-1", "cp-1"))
        seconds = 6.0 + (MISSED - BEGUN) / 1e6 / SPEED
        wait_until(lambda: time.monotonic() > stopped + seconds, "time to pass", seconds=2 * seconds)
        vigil.signal(signal.SIGCONT)
        if walked and planted:
            wait_until(lambda: has_looked_at_its_clock(trial, MISSED), "Vigil to look at its clock", seconds=30.0)
            trial.publish(phone.scan(SCANNED, "officer-1", "cp-1"))
        wait_until(lambda: from_iso(vigil.get("status")["at"]) > JUDGED, "the verdict to be due", seconds=30.0)
        trial.settle()
        assert vigil.stop() == 0
        return trial.evidence()


REPORT_SECONDS = 12
FROZEN_SECONDS = 20.0


def has_looked_at_its_clock(trial: Trial, since: Instant) -> bool:
    """Whether the loop has said since then how late it is: by a tick, or by a gap where it holds absence."""
    folder = DataFolder(trial.vigil.data)
    with closing(SqliteArchive(folder.journal, load_or_create_key(folder.journal_key))) as archive:
        records = archive.read(0, 100_000)
    return any(isinstance(each.body, Tick | MonitorGap) and each.event_time > since for each in records)


def freeze_everything(folder: Path, planted: Sequence[str] = ()) -> set[str]:
    """Nothing moves for longer than gateways may be silent, as in a virtual machine that is moved; who is said silent?

    The gateways speak just before it, and again only after Vigil's clock has said how late it is.
    """
    site = estate.configuration()
    for device in site["site"]["devices"]:
        if device["kind"] == "gateway":
            device["report_seconds"] = REPORT_SECONDS
    speakers = [SimulatedDevice(estate.SITE, estate.gateway_of(number), "b1") for number in range(estate.GATEWAYS)]

    def speak(trial: Trial) -> None:
        for number, speaker in enumerate(speakers):
            points = estate.points_of(number)
            trial.publish(speaker.readings(now(), points, [HIGH] * len(points)))
        trial.settle()

    with Trial(folder, site=site, planted=planted) as trial:
        trial.begin(traffic=False)
        speak(trial)
        trial.vigil.signal(signal.SIGSTOP)
        until = time.monotonic() + FROZEN_SECONDS
        wait_until(lambda: time.monotonic() > until, "time to pass", seconds=2 * FROZEN_SECONDS)
        trial.vigil.signal(signal.SIGCONT)
        frozen = now() - from_seconds(FROZEN_SECONDS / 2)
        wait_until(lambda: has_looked_at_its_clock(trial, frozen), "Vigil to look at its clock", seconds=30.0)
        speak(trial)
        assert trial.verdict() == []
        said = [effect.body.alarm.rule for effect in trial.evidence().effects if isinstance(effect.body, AlarmChanged)]
        return {rule for rule in said if rule in {DEVICE_SILENT, SITE_SILENT}}


@pytest.mark.long
@pytest.mark.timeout(180)
def test_nobody_is_said_to_have_been_silent_while_nobody_listened(tmp_path: Path) -> None:
    assert freeze_everything(tmp_path) == set()


@pytest.mark.long
@pytest.mark.timeout(180)
def test_without_the_gap_law_devices_are_said_silent_and_it_turns_red(tmp_path: Path) -> None:
    assert freeze_everything(tmp_path, planted=("gap-law-off",)) != set()


def missed(evidence: Evidence) -> int:
    bodies = [effect.body for effect in evidence.effects]
    changes = [body for body in bodies if isinstance(body, AlarmChanged) and body.alarm.rule == "missed"]
    return sum(change.change is AlarmChange.RAISED for change in changes)


@pytest.mark.timeout(120)
def test_a_round_that_was_walked_during_the_freeze_is_not_missed(tmp_path: Path) -> None:
    evidence = freeze(tmp_path, walked=True)
    gaps = [gap for gap in evidence.bodies(MonitorGap) if "stood still" in str(gap)]
    assert missed(evidence) == 0
    assert len(gaps) == 1
    assert evidence.replay_differences == 0


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_round_that_was_not_walked_is_missed_all_the_same(tmp_path: Path) -> None:
    assert missed(freeze(tmp_path, walked=False)) == 1


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_the_gap_law_it_turns_red(tmp_path: Path) -> None:
    assert missed(freeze(tmp_path, walked=True, planted=("gap-law-off",))) == 1
