"""A loop on a workbench: real stores in a folder, a journal that survives the loop, and clocks moved by hand."""

from collections.abc import Sequence
from pathlib import Path

from domain.configuration import Configuration
from domain.effects import AlarmChange, AlarmChanged, CommandOutcome, Effect
from domain.identity import MessageIdentity
from domain.instant import SECOND, Instant
from domain.observations import AccessEvent, AccessKind
from domain.readings import Readings
from domain.record import Believed, Body, Record, Urgency
from journal.memory import MemoryJournal
from runtime.loop import EngineLoop, LoopPorts, LoopState
from stores.historian_memory import MemoryHistorian
from stores.snapshots import SnapshotFiles
from stores.state.opening import StateStore, open_state_store
from tests.brokers import wait_until
from tests.rules.estate import configured
from tests.samples import NOW


class HandClock:
    """A clock and a stopwatch that stand until they are moved; both move together unless told otherwise."""

    def __init__(self, at: Instant = NOW) -> None:
        self.at = at
        self.seconds = 1000.0

    def now(self) -> Instant:
        return self.at

    def stopwatch(self) -> float:
        return self.seconds

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += round(seconds * SECOND)
        self.seconds += seconds

    def race(self, seconds: float) -> None:
        """Let the clock run ahead while the stopwatch hardly moves, as a clock at high speed does."""
        self.at += round(seconds * SECOND)
        self.seconds += 1.0


class Workbench:
    """Everything one loop works on; `new_loop` starts another one on the same journal and stores."""

    def __init__(self, folder: Path, configuration: Configuration | None = None) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.journal = MemoryJournal()
        self.historian = MemoryHistorian()
        self.snapshots = SnapshotFiles(folder / "snapshots")
        self.state: StateStore = open_state_store(folder / "state.sqlite")
        self.faults: list[tuple[str, str]] = []
        self.quiet = 0.0
        self.listening = True
        self.jumps_are_gaps = False
        self.told = 0
        self.configuration = configuration if configuration is not None else configured()
        self.loop = self.new_loop()

    def new_loop(self) -> EngineLoop:
        ports = LoopPorts(
            journal=self.journal,
            store=self.state.writer,
            snapshots=self.snapshots,
            historian=self.historian,
            clock=self.clock.now,
            stopwatch=self.clock.stopwatch,
            on_fault=lambda where, what: self.faults.append((where, what)),
            quiet_seconds=lambda: self.quiet,
            committed=self._count,
            channels=("console",),
            longest_wait=0.02,
            listening=lambda: self.listening,
            jumps_are_gaps=self.jumps_are_gaps,
        )
        return EngineLoop(ports, self.configuration)

    def start(self) -> None:
        self.loop.start()
        wait_until(lambda: self.loop.state is LoopState.RUNNING, "the loop to run")
        self.settle()

    def restart(self) -> None:
        self.loop.stop()
        self.loop = self.new_loop()
        self.start()

    def close(self) -> None:
        self.loop.stop()
        self.journal.close()
        self.state.close()

    def put(self, body: Body, *, at: Instant | None = None, source: str = "panel", seq: int | None = None) -> int:
        """Store a record as a collector would, `seq` being the device's own number."""
        when = self.clock.at if at is None else at
        record = Record(
            seq=0,
            body=body,
            event_time=when,
            received_at=self.clock.at,
            source=source,
            site="tower",
            believed=Believed.DEVICE,
            device_time=when,
            identity=None if seq is None else MessageIdentity(source, "b1", seq),
        )
        urgency = Urgency.READING if isinstance(body, Readings) else Urgency.EVENT
        return self.journal.append(record, urgency)

    def door(self, kind: AccessKind, *, at: Instant | None = None, door: str = "front") -> int:
        return self.put(AccessEvent(site="tower", door=door, kind=kind), at=at)

    def settle(self) -> None:
        """Wait until the loop has judged everything stored."""
        wait_until(lambda: self.loop.lag == 0 or self.loop.state is not LoopState.RUNNING, f"the engine; {self.faults}")

    def loop_came_round(self) -> None:
        """Wait until the loop has looked at the clock as it stands now."""
        wait_until(lambda: self.loop.watched_at >= self.clock.at, "the loop to look at the clock")
        self.settle()

    def effects(self) -> Sequence[Effect]:
        return [stored.effect for stored in self.state.reader.effects_after(0, 100_000)]

    def alarm_changes(self) -> list[tuple[AlarmChange, str]]:
        bodies = [effect.body for effect in self.effects()]
        return [(body.change, body.alarm.subject.id) for body in bodies if isinstance(body, AlarmChanged)]

    def outcomes(self) -> list[CommandOutcome]:
        return [effect.body for effect in self.effects() if isinstance(effect.body, CommandOutcome)]

    def bodies(self) -> list[str]:
        """The types of all records, in order."""
        return [record.type for record in self.journal.read(0, 100_000)]

    def _count(self) -> None:
        self.told += 1
