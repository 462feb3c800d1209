"""Measure what a commit to the state store costs on this machine.

    .venv/bin/python scripts/bench_state_store.py [FOLDER]

FOLDER (a temporary one unless given; empty or not there yet) decides which disk is measured. Per size: the median
and the 99th percentile of a commit, and what an effect costs beyond an empty commit. Mixed effects are three fifths
device states, one fifth scans, one fifth alarms. The last line is the outbox: one message claimed and marked sent.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from domain.alarm import Acknowledgement, Alarm, Condition, Occurrence, OccurrenceState, Subject, SubjectKind, Why
from domain.effects import AlarmChange, AlarmChanged, DeviceChanged, Effect, EffectBody, ScanJudged
from domain.identity import REAL_LANE, derive_id
from domain.instant import EARLIEST, SECOND
from domain.priority import Priority
from domain.text import same
from domain.tour_run import StopVerdict
from stores.ports import Commit, OutboxMessage
from stores.state.opening import StateStore, open_state_store

ROUNDS = {0: 300, 1: 300, 100: 60, 1000: 15}
OUTBOX_ROUNDS = 100


def device(number: int) -> EffectBody:
    return DeviceChanged(site="tower", device=f"gateway-{number % 200}", online=True, last_seen=EARLIEST + number)


def scan(number: int) -> EffectBody:
    return ScanJudged(
        site="tower",
        checkpoint=f"stair-{number % 40}",
        officer="officer-7",
        scanned_at=EARLIEST + number,
        verdict=StopVerdict.ON_TIME,
        run=derive_id("run", number // 20),
    )


def alarm(number: int) -> EffectBody:
    alarm_id = derive_id("alarm", number % 300)
    why = Why(
        seen=same("flow 0.3 l/s"),
        expected=same("at least 1.5 l/s"),
        since=EARLIEST,
        clears=same("flow above 1.6 l/s for 30 s"),
        evidence=(number,),
        values={"flow_l_s": 0.3},
    )
    occurrence = Occurrence(
        id=derive_id("occurrence", number),
        alarm=alarm_id,
        number=number,
        state=OccurrenceState.ACTIVE,
        priority=Priority.HIGH,
        raised_at=EARLIEST + number,
        why=why,
        configuration="0f3a",
    )
    return AlarmChanged(
        change=AlarmChange.RAISED,
        alarm=Alarm(
            id=alarm_id,
            site="tower",
            rule="low-flow",
            subject=Subject(SubjectKind.POINT, "pump-1-flow"),
            asset="pump-1",
            zone="plant",
            name=same("Pump 1: low flow"),
            priority=Priority.HIGH,
            fault="pump.no_flow",
            procedure=same("Look at the valve."),
            condition=Condition.ACTIVE,
            acknowledgement=Acknowledgement.UNACKED,
            occurrences=number + 1,
            latest=occurrence,
        ),
        occurrence=occurrence,
    )


BODIES: tuple[Callable[[int], EffectBody], ...] = (device, scan, device, alarm, device)


class Bench:
    """One store, and a running number that makes every record and effect a new one."""

    def __init__(self, store: StateStore) -> None:
        self.store = store
        self.epoch = store.writer.claim()
        self.number = 0
        self.seq = 0

    def commit(self, size: int, bodies: tuple[Callable[[int], EffectBody], ...] = BODIES, messages: int = 0) -> float:
        """Commit `size` effects and give the seconds it took."""
        effects = [self.effect(bodies[n % len(bodies)], n) for n in range(size)]
        outbox = [
            OutboxMessage(id=derive_id("message", self.seq, n), channel="console", address="", payload=b"{}")
            for n in range(messages)
        ]
        commit = Commit(
            epoch=self.epoch,
            seq_before=self.seq,
            seq_after=self.seq + 1,
            committed_at=EARLIEST,
            effects=effects,
            outbox=outbox,
        )
        self.seq += 1
        start = time.perf_counter()
        self.store.writer.commit(commit)
        return time.perf_counter() - start

    def effect(self, body: Callable[[int], EffectBody], n: int) -> Effect:
        self.number += 1
        return Effect(
            id=derive_id("effect", self.number),
            cause=self.seq + 1,
            n=n,
            at=EARLIEST + self.number * SECOND,
            lane=REAL_LANE,
            body=body(self.number),
        )

    def deliver(self) -> float:
        """Commit one message, then claim it and mark it sent; give the seconds of the latter two."""
        self.commit(1, messages=1)
        start = time.perf_counter()
        for claimed in self.store.outbox.claim_messages(self.epoch, "console", 10, EARLIEST):
            self.store.outbox.mark_sent(claimed.message.id, EARLIEST)
        return time.perf_counter() - start


def show(name: str, times: list[float], per: float | None = None) -> None:
    slowest = sorted(times)[int(len(times) * 0.99)]
    each = "" if per is None else f"{per * 1e6:9.1f} us"
    print(f"{name:<34}{statistics.median(times) * 1e3:9.3f} ms{slowest * 1e3:9.3f} ms{each:>14}")


def measure(folder: Path) -> None:
    with open_state_store(folder / "bench.sqlite") as store:
        bench = Bench(store)
        print(f"{'commit of':<34}{'median':>12}{'p99':>12}{'per effect':>14}")
        empty = 0.0
        for size, rounds in ROUNDS.items():
            times = [bench.commit(size) for _ in range(rounds)]
            empty = empty or statistics.median(times)
            show(f"{size} effects", times, (statistics.median(times) - empty) / size if size else None)
        for body in (device, scan, alarm):
            times = [bench.commit(100, (body,)) for _ in range(ROUNDS[100])]
            show(f"100 effects, each of a {body.__name__}", times, (statistics.median(times) - empty) / 100)
        show("claim and receipt of a message", [bench.deliver() for _ in range(OUTBOX_ROUNDS)])


def main() -> None:
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


if __name__ == "__main__":
    main()
