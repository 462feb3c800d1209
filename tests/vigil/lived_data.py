"""A data folder in which a Vigil has lived: every part of it, written by the real stores and loop, without a broker."""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.commands import AcknowledgeAlarm
from domain.configuration import Configuration
from domain.directory import Directory
from domain.effects import AlarmChange, AlarmChanged, Effect
from domain.instant import SECOND, Instant, to_iso
from domain.readings import Readings
from domain.record import AnyCommand, Record, Urgency
from journal.chain import load_or_create_key
from journal.sqlite_journal import SqliteJournal
from runtime.loop import EngineLoop, LoopPorts, LoopState
from stores.historian import ParquetHistorian
from stores.people import open_people_store
from stores.ports import AlarmFilter, Page, PersonEntry
from stores.snapshots import SnapshotFiles
from stores.state.opening import open_state_store
from tests.brokers import wait_until
from tests.rules.estate import configured
from tests.runtime.bench_of_parts import HandClock
from tests.samples import NOW
from vigil.broker_config import write_private
from vigil.data_folder import DataFolder

JOURNAL_KEY = hashlib.sha256(b"a journal key of tests").digest()


def make_keys(folder: DataFolder) -> None:
    """The same keys in every run, so that stored fixtures can be made again."""
    folder.make_keys_folder()
    for path in (folder.journal_key, folder.credential_key):
        if not path.exists():
            write_private(path, f"{JOURNAL_KEY.hex()}\n".encode())
    if not folder.token_digest.exists():
        write_private(folder.token_digest, hashlib.sha256(b"token").hexdigest().encode())
    folder.broker.mkdir(mode=0o700, exist_ok=True)
    write_private(folder.broker / "passwords.json", b'{"collector":"c"}')


class LivedData:
    """Opens a data folder, old or new, and lets a loop run on it until it is left."""

    def __init__(self, root: Path, *, at: Instant = NOW, configuration: Configuration | None = None) -> None:
        self.folder = DataFolder(root)
        make_keys(self.folder)
        self.clock = HandClock(at)
        self.faults: list[tuple[str, str]] = []
        self.configuration = configuration or configured()
        self.directory = Directory(self.configuration)
        self.journal = SqliteJournal(self.folder.journal, load_or_create_key(self.folder.journal_key), self.clock.now)
        self.state = open_state_store(self.folder.state)
        self.people = open_people_store(self.folder.people)
        self.historian = ParquetHistorian(
            self.folder.telemetry, clock=self.clock.now, on_fault=lambda fault: self.fault("historian", str(fault))
        )
        self.decoder = MessageDecoder(CredentialKey.load_or_create(self.folder.credential_key))
        self.loop = EngineLoop(self._ports(), self.configuration)
        self._counts: dict[str, int] = {}

    def fault(self, where: str, what: str) -> None:
        self.faults.append((where, what))

    def __enter__(self) -> Self:
        self.loop.start()
        wait_until(lambda: self.loop.state is LoopState.RUNNING, "the loop to run")
        self.settle()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.loop.stop()
        self.historian.close()
        self.people.close()
        self.state.close()
        self.journal.close()

    def send(
        self,
        device: str,
        kind: str,
        *,
        boot: str = "b1",
        seq: int | None = None,
        **body: Any,  # noqa: ANN401 - any field of a body
    ) -> list[int]:
        """Decode a message as the collector would and store what it gives."""
        count = self._counts[device] = self._counts.get(device, 0) + 1 if seq is None else seq
        whole = {"device": device, "boot": boot, "seq": count, "at": to_iso(self.clock.at), **body}
        return self.raw(f"vigil/v1/tower/{device}/{kind}", msgspec.json.encode(whole))

    def raw(self, topic: str, payload: bytes) -> list[int]:
        records = self.decoder.decode_message(
            topic, payload, retain=False, received_at=self.clock.at, directory=self.directory
        )
        # As the journal stores a group: the events first.
        ordered = sorted(records, key=lambda record: isinstance(record.body, Readings))
        return [self.journal.append(record, urgency_of(record)) for record in ordered]

    def command(self, command: AnyCommand) -> int:
        at = self.clock.at
        record = Record(seq=0, body=command, event_time=at, received_at=at, source=f"operator:{command.actor}")
        return self.journal.append(record, Urgency.COMMAND)

    def settle(self) -> None:
        wait_until(lambda: self.loop.lag == 0 or self.loop.state is not LoopState.RUNNING, f"the engine; {self.faults}")

    def effects(self) -> list[Effect]:
        return [stored.effect for stored in self.state.reader.effects_after(0, 100_000)]

    def raised(self, rule: str) -> list[str]:
        """The subjects of a rule's alarms, one for each time they were raised."""
        self.settle()
        bodies = [effect.body for effect in self.effects()]
        return [
            body.alarm.subject.id
            for body in bodies
            if isinstance(body, AlarmChanged) and body.change is AlarmChange.RAISED and body.alarm.rule == rule
        ]

    def live(self) -> None:
        """A few minutes in which all three worlds have something to say, and somebody acts on it."""
        self.people.put(PersonEntry(id="li", name="Li", telephone=None))
        self.send("phone", "scan", officer="li", checkpoint="gate", method="nfc")
        self.send("panel", "access", door="front", event="opened", credential={"kind": "card", "number": "4711"})
        for number in range(4):
            self.clock.race(20.0)
            self.send("gateway", "readings", points=["flow", "heat"], values=[1.0 + number, 20.0])
        self.raw("vigil/v1/tower/phone/scan", b"{not json")
        self.settle()
        (alarm, *_), _ = self.state.reader.alarms(AlarmFilter(rule="forced"), Page())
        self.command(AcknowledgeAlarm(id="c1", actor="op", alarm=alarm.id, comment="on my way"))
        self.send("panel", "access", door="front", event="closed")
        self.settle()
        epoch = self.loop.epoch
        for claimed in self.state.outbox.claim_messages(epoch, "console", 100, self.clock.at + SECOND):
            self.state.outbox.mark_sent(claimed.message.id, self.clock.at)

    def live_on(self) -> None:
        """A little more of it."""
        self.clock.race(20.0)
        self.send("panel", "access", boot="b2", door="server", event="opened")
        self.send("gateway", "readings", boot="b2", points=["flow"], values=[30.0])
        self.send("panel", "access", boot="b2", door="server", event="closed")
        self.settle()

    def _ports(self) -> LoopPorts:
        return LoopPorts(
            journal=self.journal,
            store=self.state.writer,
            snapshots=SnapshotFiles(self.folder.snapshots),
            historian=self.historian,
            clock=self.clock.now,
            real_time=self.clock.now,
            stopwatch=self.clock.stopwatch,
            on_fault=self.fault,
            quiet_seconds=lambda: 0.0,
            committed=lambda: None,
            channels=("console",),
            longest_wait=0.02,
        )


def urgency_of(record: Record) -> Urgency:
    return Urgency.READING if isinstance(record.body, Readings) else Urgency.EVENT
