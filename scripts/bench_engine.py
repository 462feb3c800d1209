"""How fast the engine judges: door events and scans one by one, readings in columns. Prints one line per load.

    python scripts/bench_engine.py

Times are processor times. The budget is 20 microseconds per simple event (50,000 events/s), and 50 ms for 100,000
readings of one point in one batch.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from sys import path

path.insert(0, str(Path(__file__).resolve().parents[1]))

from domain.configuration import Configuration, RuleSpec
from domain.identity import MessageIdentity
from domain.instant import MINUTE, SECOND, Instant
from domain.observations import AccessEvent, AccessKind, CheckpointScan, ScanMethod
from domain.priority import Priority
from domain.readings import readings_from
from domain.record import Body, ConfigurationChanged, Record, Tick
from domain.site import Checkpoint, Device, DeviceKind, Door, Equipment, Point, Site, Tour, TourStop, Zone
from domain.text import same
from rules.engine import Engine

START: Instant = 1_795_500_000 * SECOND
SLICE = 500
THINGS = 200


def site() -> Site:
    numbers = range(THINGS)
    names = [f"{number:03}" for number in numbers]
    return Site(
        id="bench",
        name=same("Bench"),
        timezone="Asia/Shanghai",
        zones=(Zone(id="z", name=same("z")),),
        checkpoints=tuple(Checkpoint(id=f"c{name}", name=same(name), zone="z") for name in names),
        doors=tuple(Door(id=f"d{name}", name=same(name), zone="z") for name in names),
        equipment=(Equipment(id="e", name=same("e"), zone="z", equipment_class="pump"),),
        points=tuple(Point(id=f"p{name}", name=same(name), equipment="e", unit="A") for name in names),
        devices=tuple(Device(id=f"v{name}", name=same(name), kind=DeviceKind.GATEWAY) for name in names),
        tours=tuple(
            Tour(
                id=f"t{name}",
                name=same(name),
                stops=(TourStop(checkpoint=f"c{name}", due_seconds=600),),
                every_seconds=3600,
            )
            for name in names[:20]
        ),
    )


def rule(kind: str, **parameters: float) -> RuleSpec:
    points = tuple(f"p{number:03}" for number in range(THINGS)) if kind == "limit" else ()
    return RuleSpec(
        id=kind,
        kind=kind,
        site="bench",
        name=same(kind),
        priority=Priority.HIGH,
        subjects=points,
        parameters=dict(parameters),
    )


def configuration() -> Configuration:
    rules = (rule("door_forced"), rule("door_held"), rule("missed_checkpoint"), rule("limit", high=90.0, deadband=5.0))
    return Configuration(sites=(site(),), rules=rules)


def records(bodies: Iterator[tuple[str, Body]], spacing: int, after: int) -> list[Record]:
    """Number them, `spacing` microseconds apart, each device counting its messages."""
    made: list[Record] = []
    counts: dict[str, int] = {}
    for number, (device, body) in enumerate(bodies, start=1):
        counts[device] = counts.get(device, 0) + 1
        at = START + number * spacing
        made.append(
            Record(
                seq=after + number,
                body=body,
                event_time=at,
                received_at=at,
                device_time=at,
                source=device,
                site="bench",
                identity=None if device == "vigil" else MessageIdentity(device, "b", counts[device]),
            )
        )
    return made


def door_events(count: int) -> Iterator[tuple[str, Body]]:
    kinds = (AccessKind.GRANTED, AccessKind.OPENED, AccessKind.CLOSED)
    for number in range(count):
        thing = (number // 3) % THINGS
        yield f"v{thing:03}", AccessEvent(site="bench", door=f"d{thing:03}", kind=kinds[number % 3], person="p")


def scans(count: int) -> Iterator[tuple[str, Body]]:
    for number in range(count):
        thing = number % THINGS
        body = CheckpointScan(site="bench", officer="o", checkpoint=f"c{thing:03}", method=ScanMethod.NFC)
        yield f"v{thing:03}", body


def single_readings(count: int) -> Iterator[tuple[str, Body]]:
    for number in range(count):
        thing = number % THINGS
        yield f"v{thing:03}", readings_from([f"p{thing:03}"], [START + number * MINUTE], [50.0], [0])


def ticks(count: int) -> Iterator[tuple[str, Body]]:
    for _ in range(count):
        yield "vigil", Tick()


def measure(name: str, make: Callable[[int], Iterator[tuple[str, Body]]], count: int, spacing: int) -> None:
    engine = ready()
    work = records(make(count), spacing, engine.last_seq)
    slices: list[Sequence[Record]] = [work[begin : begin + SLICE] for begin in range(0, count, SLICE)]
    effects = 0
    began = time.process_time()
    for part in slices:
        effects += len(engine.handle(part).effects)
    took = time.process_time() - began
    print(f"{name:<28} {took / count * 1e6:8.1f} us each  {count / took:10,.0f} /s  {effects} effects")


def measure_backfill(count: int) -> None:
    engine = ready()
    at = [START + number * SECOND for number in range(count)]
    values = [50.0 + (number % 1000) * 0.03 for number in range(count)]
    body = readings_from(["p000"] * count, at, values, [0] * count)
    work = records(iter([("v000", body)]), SECOND, engine.last_seq)
    began = time.process_time()
    engine.handle(work)
    took = time.process_time() - began
    print(f"{f'{count} readings of one point':<28} {took * 1e3:8.1f} ms")


def measure_snapshot() -> None:
    engine = ready()
    engine.handle(records(door_events(30_000), SECOND, engine.last_seq))
    began = time.process_time()
    content = engine.snapshot()
    took = time.process_time() - began
    began = time.process_time()
    Engine.restore(content)
    back = time.process_time() - began
    print(f"{'snapshot':<28} {took * 1e3:8.1f} ms, restored in {back * 1e3:.1f} ms, {len(content):,} bytes")


def ready() -> Engine:
    engine = Engine()
    change = configuration()
    body = ConfigurationChanged(configuration=change, digest=change.digest())
    engine.handle(records(iter([("vigil", body)]), 0, 0))
    return engine


def main() -> None:
    measure("door events", door_events, 60_000, SECOND // 10)
    measure("scans", scans, 20_000, SECOND // 10)
    measure("messages of one reading", single_readings, 40_000, MINUTE)
    measure("ticks", ticks, 10_000, SECOND // 10)
    measure_backfill(100_000)
    measure_snapshot()


if __name__ == "__main__":
    main()
