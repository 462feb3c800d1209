"""Writes docs/life-of-a-scan.md by really sending one scan through every package: `python scripts/life_of_a_scan.py`.

With --check it says whether the page is current. The parts are the product's own; only the broker is left out.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.alarm import Why
from domain.configuration import Configuration
from domain.directory import Directory
from domain.effects import AlarmChanged, Effect
from domain.instant import SECOND, from_iso
from domain.record import Body, ConfigurationChanged, EngineStarted, Record, Tick, Urgency
from journal.memory import MemoryJournal
from rules.engine import Engine
from runtime.announce import announce
from simulators.device import Message, SimulatedDevice
from stores.ports import Commit
from stores.state.opening import open_state_store
from vigil.configuration.loading import load_configuration

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "life-of-a-scan.md"
START = from_iso("2026-11-23T01:00:00Z")


class Walk:
    """A journal, an engine and a state store, with one scan and one clock going through them."""

    def __init__(self, folder: Path) -> None:
        """Load the example site and start at 08:58:20 site time."""
        self.configuration: Configuration = load_configuration(ROOT / "simulators" / "site").configuration
        self.journal = MemoryJournal()
        self.engine = Engine()
        self.state = open_state_store(folder / "state.sqlite")
        self.epoch = self.state.writer.claim()
        self.judged = 0

    def own(self, body: Body, at: int) -> int:
        """Append a record of Vigil's own."""
        return self.journal.append(Record(seq=0, body=body, event_time=at, received_at=at, source="vigil"))

    def receive(self, message: Message, received_at: int) -> Record:
        """Decode a message as the collector does and store what it gives."""
        decoder = MessageDecoder(CredentialKey(b"k" * 32))
        (record,) = decoder.decode_message(
            message.topic,
            message.payload,
            retain=False,
            received_at=received_at,
            directory=Directory(self.configuration),
        )
        self.journal.append(record, Urgency.EVENT)
        return record

    def judge(self) -> Sequence[Effect]:
        """Judge what is new and commit it with its outbox messages."""
        records = self.journal.read(self.judged, 100)
        effects = self.engine.handle(records).effects
        commit = Commit(
            epoch=self.epoch,
            seq_before=self.judged,
            seq_after=records[-1].seq,
            committed_at=START,
            effects=effects,
            outbox=announce(effects),
        )
        self.state.writer.commit(commit)
        self.judged = records[-1].seq
        return effects

    def close(self) -> None:
        """Let go of the files."""
        self.journal.close()
        self.state.close()


def page(folder: Path) -> str:
    """The whole page, from a fresh walk."""
    walk = Walk(folder)
    try:
        return _page(walk)
    finally:
        walk.close()


def _page(walk: Walk) -> str:
    configuration = walk.configuration
    walk.own(EngineStarted(code_version="0.1.0", identity={"release": "0.1.0"}), START - 100 * SECOND)
    walk.own(ConfigurationChanged(configuration=configuration, digest=configuration.digest()), START - 100 * SECOND)
    walk.own(Tick(), START)
    walk.judge()
    phone = SimulatedDevice("riverside", "phone-1", "b7")
    message = phone.scan(START + 41 * SECOND, "officer-1", "cp-lobby")
    record = walk.receive(message, START + 41 * SECOND + 180_000)
    stored = walk.journal.record(4)
    assert stored is not None  # noqa: S101 - the page would be wrong
    scan_effects = walk.judge()
    walk.own(Tick(), START + 211 * SECOND)
    tick_effects = walk.judge()
    waiting = walk.state.outbox.claim_messages(walk.epoch, "console", 10, START + 300 * SECOND)
    told = next(claimed.message for claimed in waiting if b"Pump room" in claimed.message.payload)
    return TEMPLATE.format(
        topic=message.topic,
        payload=msgspec.json.format(message.payload, indent=2).decode(),
        record=_shown(stored),
        decoder=record.decoder,
        scan_effects=_listed(scan_effects),
        tick_effects=_listed(tick_effects),
        why=_shown(_why_missed(tick_effects, "round-inside/cp-pump")),
        outbox=msgspec.json.format(told.payload, indent=2).decode(),
        outbox_id=told.id,
        position=walk.state.reader.last_position(),
        judged=walk.judged,
    )


def _why_missed(effects: Sequence[Effect], subject: str) -> Why:
    bodies = [effect.body for effect in effects if isinstance(effect.body, AlarmChanged)]
    return next(body.occurrence.why for body in bodies if body.alarm.subject.id == subject)


def _listed(effects: Sequence[Effect]) -> str:
    return "\n".join(f"| {effect.cause} | {effect.n} | `{effect.type}` | `{effect.id}` |" for effect in effects)


def _shown(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


TEMPLATE = """# The life of a scan

Written by `python scripts/life_of_a_scan.py`, which really sends this scan through every package; a test holds the page
against the code. The site is `simulators/site/riverside.yaml`; its inside round starts at 09:00 site time (01:00 UTC)
with the lobby due after 60 s, the pump room after 150 s, and a grace of 60 s.

## 1. The phone speaks (`simulators`, or a real phone)

At 09:00:41 the guard holds the phone to the tag in the lobby. The phone numbers the message with its own counter and
publishes it with QoS 1 to `{topic}`:

```json
{payload}
```

The broker acknowledges the phone when it has the message on disk (bundled broker), and keeps it until Vigil has
acknowledged it in turn.

## 2. The collector listens (`collector`)

The events session (one of two; readings have their own) hands over topic and bytes. `collector.topics` takes the topic
apart, `collector.decode` reads the body strictly, `collector.authority` asks `domain.directory` whether this device is
known here and may scan, `collector.timing` decides whose clock to believe. Anything doubtful would go to quarantine as
a record of its own. The result is a record of decoder `{decoder}`; it has no seq yet.

## 3. The journal keeps it (`journal`)

The writer thread takes commands before events before readings, commits with an fsync, and only then calls back: **now**
the collector acknowledges to the broker. The record got **seq 4** (1 was the engine's start, 2 the configuration, 3 a
tick):

```json
{record}
```

## 4. The engine judges it (`runtime` reads the tail, `rules` judges)

The loop hands record 4 to the engine. `rules.patrol` assigns the scan to the 09:00 run of the inside round by its event
time and folds it into the run's verdict: due 09:01:00, scanned 09:00:41, on time. The effects, each with an id
derived from its cause:

| cause | n | effect | id |
|---|---|---|---|
{scan_effects}

## 5. One transaction (`stores`)

The effects, the rows of the read models made from them, outbox messages if any, and `last_seq = 4` are committed
together, guarded by the engine's epoch. If the process dies before, record 4 is judged again and gives the same ids;
if it dies after, it is not judged again.

## 6. People see it (`api`, `notify`)

The live stream sends each effect to every open page, with its position as event id, so that a page that lost the link
goes on where it was. Nothing of this scan goes out of the house: it was on time.

## 7. What did not happen: the clock's part

Nobody scans the pump room. At 09:03:30 its grace is over. No message says so; the loop sees that
`engine.next_deadline()` has come and appends a tick, **seq 5**. The engine meets it as a record like any other (the
outside round has not been begun either; that is one alarm, and not before its start grace is over):

| cause | n | effect | id |
|---|---|---|---|
{tick_effects}

The alarm answers "why?" by itself:

```json
{why}
```

Its outbox message `{outbox_id}` was written in the same transaction; `runtime.deliver` hands it to the console:

```json
{outbox}
```

The effect log now ends at position {position}, the partition at `last_seq = {judged}`. Run `vigil replay --compare` on
such a journal and every effect above comes out again, byte for byte.
"""


def main() -> int:
    """Write the page, or with --check say whether it is current."""
    folder = Path(tempfile.mkdtemp(prefix="vigil-scan-"))
    try:
        made = page(folder)
    finally:
        shutil.rmtree(folder)
    if "--check" in sys.argv[1:]:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == made
        print("current" if current else f"{PAGE.name} is not current: run python scripts/life_of_a_scan.py")
        return 0 if current else 1
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
