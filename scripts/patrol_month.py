"""A month of patrols by guards with habits, judged by the engine and held against what they really did.

    python scripts/patrol_month.py [--sites 4] [--tours 30] [--stops 40] [--nights 30] [--seed 1] [--json]

`--tours` is how many runs a night all sites have together. Tells precision and recall of the suspicion of runs, each
kind of mark's rate on honest guards, and how many stops that were walked are called missed after all uploads (0).
Exits with 1 where one is.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChange, AlarmChanged, TourRunChanged
from domain.instant import DAY, MINUTE, Instant, from_iso
from domain.priority import Priority
from domain.record import Believed, Body, ConfigurationChanged, Record, Tick
from domain.text import same
from domain.tour_run import StopVerdict, TourRun
from rules.engine import Engine
from simulators.officers import CHEATS, MadeScan, WalkedRun, a_patrolled_site, walk_nights

START: Final[Instant] = from_iso("2026-11-01T04:00:00Z")
SUSPICIOUS: Final = 0.3
"""A run at or above this is taken for faked."""

TICK: Final = 5 * MINUTE
SLICE: Final = 500


class Month(Struct, kw_only=True):
    """What came of it."""

    scans: int = 0
    runs: int = 0
    cheats: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    false_missed: int = 0
    corrected_alarms: int = 0
    missed_alarms: int = 0
    states: dict[str, int] = {}
    recall_by_habit: dict[str, str] = {}
    honest_scan_rate: dict[str, float] = {}
    honest_run_rate: dict[str, float] = {}


def month(sites: int, tours: int, stops: int, nights: int, seed: int) -> Month:
    """Let it happen, judge it, and compare."""
    planned = [
        a_patrolled_site(f"s{number}", tours // sites + (number < tours % sites), stops, seed)
        for number in range(sites)
    ]
    walked = [walk_nights(site, START, nights, seed) for site in planned]
    rules = tuple(
        RuleSpec(
            id=f"missed-{site.id}",
            kind="missed_checkpoint",
            site=site.id,
            name=same("missed"),
            priority=Priority.MEDIUM,
        )
        for site in planned
    )
    configuration = Configuration(sites=tuple(planned), rules=rules)
    scans = sorted((scan for night in walked for scan in night.scans), key=lambda scan: scan.received_at)
    records = _records(configuration, scans, START + (nights + 2) * DAY)
    began, worked = time.perf_counter(), time.process_time()
    runs, alarms = _judge(records, START + nights * DAY)
    found = _compared([run for night in walked for run in night.runs], runs)
    found.scans = len(scans)
    found.seconds, found.processor_seconds = time.perf_counter() - began, time.process_time() - worked
    found.missed_alarms, found.corrected_alarms = alarms[AlarmChange.RAISED], alarms[AlarmChange.CORRECTED]
    return found


def _records(configuration: Configuration, scans: Sequence[MadeScan], end: Instant) -> list[Record]:
    first = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
    timed: list[tuple[Instant, Instant, Body, MadeScan | None]] = [(START, START, first, None)]
    timed += [(at, at, Tick(), None) for at in range(START + TICK, end, TICK)]
    timed += [(scan.received_at, scan.at, scan.body, scan) for scan in scans]
    timed.sort(key=lambda each: each[0])
    return [
        Record(
            seq=seq,
            body=body,
            event_time=at,
            received_at=received,
            source="vigil" if scan is None else scan.identity.device,
            site=None if scan is None else scan.body.site,
            believed=Believed.RECEIVED if scan is None else Believed.DEVICE,
            device_time=None if scan is None else at,
            identity=None if scan is None else scan.identity,
        )
        for seq, (received, at, body, scan) in enumerate(timed, start=1)
    ]


def _judge(records: Sequence[Record], until: Instant) -> tuple[dict[str, TourRun], Counter[AlarmChange]]:
    engine = Engine()
    runs: dict[str, TourRun] = {}
    alarms: Counter[AlarmChange] = Counter()
    for begin in range(0, len(records), SLICE):
        for effect in engine.handle(records[begin : begin + SLICE]).effects:
            if isinstance(effect.body, TourRunChanged):
                runs[effect.body.run.id] = effect.body.run
            elif isinstance(effect.body, AlarmChanged) and effect.body.occurrence.raised_at < until:
                alarms[effect.body.change] += 1
    return runs, alarms


def _compared(walked: Sequence[WalkedRun], runs: dict[str, TourRun]) -> Month:
    found = Month(runs=len(walked), states=dict(Counter(str(runs[each.run].state) for each in walked)))
    suspected = [each for each in walked if runs[each.run].suspicion >= SUSPICIOUS]
    cheats = [each for each in walked if each.habit in CHEATS]
    caught = [each for each in suspected if each.habit in CHEATS]
    found.cheats = len(cheats)
    found.precision = len(caught) / len(suspected) if suspected else 1.0
    found.recall = len(caught) / len(cheats) if cheats else 1.0
    for habit in CHEATS:
        those = [each for each in cheats if each.habit is habit]
        found.recall_by_habit[habit] = f"{sum(each in caught for each in those)}/{len(those)}"
    honest = [each for each in walked if each.habit not in CHEATS]
    scans: Counter[str] = Counter()
    marked_runs: Counter[str] = Counter()
    for each in honest:
        run = runs[each.run]
        kinds = [str(mark.kind) for stop in run.stops for mark in stop.marks] + [str(mark.kind) for mark in run.marks]
        scans.update(kinds)
        marked_runs.update(set(kinds))
        missed = {stop.checkpoint for stop in run.stops if stop.verdict is StopVerdict.MISSED}
        found.false_missed += len(missed & set(each.scanned))
    total = sum(len(each.scanned) for each in honest) or 1
    found.honest_scan_rate = {kind: round(count / total, 5) for kind, count in sorted(scans.items())}
    found.honest_run_rate = {kind: round(count / len(honest), 4) for kind, count in sorted(marked_runs.items())}
    return found


def _main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name, usual in (("sites", 4), ("tours", 30), ("stops", 40), ("nights", 30), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--json", action="store_true")
    given = vars(parser.parse_args(arguments))
    as_json = given.pop("json")
    found = month(**given)
    shown: dict[str, Any] = msgspec.to_builtins(found)
    if as_json:
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
    else:
        for name, value in shown.items():
            sys.stdout.write(f"{name}: {round(value, 3) if isinstance(value, float) else value}\n")
    return 1 if found.false_missed else 0


if __name__ == "__main__":
    sys.exit(_main())
