"""A building's life judged without broker, journal and clock: the messages decoded, ticks between them, the engine."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.configuration import Configuration
from domain.directory import Directory
from domain.effects import AlarmChange, AlarmChanged, WorkOrderChange, WorkOrderChanged
from domain.instant import SECOND, Duration, Instant
from domain.record import ConfigurationChanged, Record, Tick
from rules.engine import Engine
from simulators.building import Building
from simulators.device import Message
from stores.ports import StoredEffect
from vigil.tallying import Tally

TICK = 10 * SECOND
TOGETHER = 400


def judged(configuration: Configuration, building: Building, start: Instant, lasts: Duration) -> list[StoredEffect]:
    """The effects of that time, as the state store would have them."""
    engine = Engine()
    effects: list[StoredEffect] = []
    waiting: list[Record] = []
    for record in _records(configuration, building.messages(start + lasts), start, start + lasts):
        waiting.append(record)
        if len(waiting) == TOGETHER:
            _judge(engine, waiting, effects)
            waiting = []
    _judge(engine, waiting, effects)
    return effects


def tally_of(effects: list[StoredEffect]) -> Tally:
    """What a rehearsal would have counted; nothing was sent anywhere, so nothing is lost or late."""
    bodies = [stored.effect.body for stored in effects]
    raised = [body for body in bodies if isinstance(body, AlarmChanged) and body.change is AlarmChange.RAISED]
    created = [body for body in bodies if isinstance(body, WorkOrderChanged) and body.change is WorkOrderChange.CREATED]
    return Tally(
        sent=0,
        acknowledged=0,
        journalled=0,
        quarantined=0,
        duplicates=0,
        lost=(),
        alarms=Counter(body.alarm.rule for body in raised),
        work_orders=len(created),
        latency_ms={"p50": 1.0, "p95": 1.0, "p99": 1.0},
    )


def _judge(engine: Engine, records: list[Record], effects: list[StoredEffect]) -> None:
    for effect in engine.handle(records).effects:
        effects.append(StoredEffect(position=len(effects) + 1, committed_at=effect.at, effect=effect))


def _records(
    configuration: Configuration, messages: Iterator[Message], start: Instant, until: Instant
) -> Iterator[Record]:
    numbers = count(1)
    begin = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
    yield Record(seq=next(numbers), body=begin, event_time=start, received_at=start, source="vigil")
    decoder, directory = MessageDecoder(CredentialKey(b"k" * 32)), Directory(configuration)
    ticked = start
    for message in messages:
        while ticked + TICK <= message.at:
            ticked += TICK
            yield Record(seq=next(numbers), body=Tick(), event_time=ticked, received_at=ticked, source="vigil")
        for record in decoder.decode_message(
            message.topic, message.payload, retain=False, received_at=message.at, directory=directory
        ):
            yield _numbered(record, next(numbers))
    yield Record(seq=next(numbers), body=Tick(), event_time=until, received_at=until, source="vigil")


def _numbered(record: Record, seq: int) -> Record:
    return Record(**{name: getattr(record, name) for name in record.__struct_fields__ if name != "seq"}, seq=seq)
