"""What a backtest costs whose readings the journal has let go.

    python scripts/bench_backtest.py [--days 30] [--gateways 20] [--points 20] [--keep FOLDER] [--json]

Makes a journal and telemetry of so many days, in which each gateway reports its points once a minute, lets the readings
of all days but the last leave the journal, and judges everything by a `limit` rule on every point. Tells readings a
second of processor time, and the highest memory of the process meanwhile. With --journal the readings stay there.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from domain.configuration import Configuration, RuleSpec
from domain.errors import VigilError
from domain.identity import MessageIdentity
from domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_iso
from domain.priority import Priority
from domain.reading_envelopes import envelopes_of
from domain.readings import SEPARATOR, Readings
from domain.record import Believed, Body, ConfigurationChanged, Record, Tick, Urgency
from domain.site import Device, DeviceKind, Equipment, Point, Site, Zone
from domain.text import same
from journal.chain import SegmentKind
from journal.sqlite_archive import SqliteArchive
from journal.sqlite_journal import SqliteJournal
from runtime.backtest import BacktestReport, Span, backtest
from stores.historian import ParquetHistorian
from stores.historian_reader import ParquetHistoryReader
from stores.ports import ReadingColumns
from stores.state.opening import open_state_store

START: Final[Instant] = from_iso("2026-08-01T00:00:00Z")
KEY: Final = b"b" * 32
SITE: Final = "site"


class Workload(Struct, frozen=True, kw_only=True):
    """How many days of how many gateways with how many points each; one message a minute."""

    days: int
    gateways: int
    points: int


class Cost(Struct, frozen=True, kw_only=True):
    """What it took: readings are those of the whole history, megabytes the process's highest resident set."""

    readings: int
    records: int
    from_telemetry: int
    processor_seconds: float
    seconds: float
    readings_per_processor_second: int
    megabytes: int


def configuration_of(work: Workload) -> Configuration:
    """A limit with a deadband and a delay on every point."""
    points = [point for gateway in range(work.gateways) for point in points_of(work, gateway)]
    site = Site(
        id=SITE,
        name=same("Site"),
        timezone="UTC",
        zones=(Zone(id="house", name=same("House")),),
        equipment=(Equipment(id="plant", name=same("Plant"), zone="house", equipment_class="plant"),),
        points=tuple(Point(id=point, name=same(point), equipment="plant", unit="degC") for point in points),
        devices=tuple(
            Device(
                id=f"gateway{gateway}",
                name=same("Gateway"),
                kind=DeviceKind.GATEWAY,
                points=points_of(work, gateway),
                report_seconds=300.0,
            )
            for gateway in range(work.gateways)
        ),
    )
    rule = RuleSpec(
        id="warm",
        kind="limit",
        name=same("Too warm"),
        site=SITE,
        priority=Priority.LOW,
        subjects=tuple(points),
        parameters={"high": 25.5, "deadband": 1.0, "on_delay_seconds": 120.0},
        makes_order=False,
    )
    return Configuration(sites=(site,), rules=(rule,))


def points_of(work: Workload, gateway: int) -> tuple[str, ...]:
    """The points of one gateway."""
    return tuple(f"g{gateway}p{point}" for point in range(work.points))


class Making:
    """Writes journal and telemetry hour by hour, as a service would have."""

    def __init__(self, work: Workload, folder: Path) -> None:
        """Open both in `folder`."""
        self._work = work
        self._now = START
        self._chance = np.random.default_rng(1)
        self._phase = self._chance.uniform(0.0, 2 * np.pi, work.gateways * work.points)
        self._points = [point for gateway in range(work.gateways) for point in points_of(work, gateway)]
        self._texts = [SEPARATOR.join(points_of(work, gateway)) for gateway in range(work.gateways)]
        self._told = 1
        self.journal = SqliteJournal(folder / "journal", KEY, lambda: self._now)
        self.telemetry = ParquetHistorian(folder / "telemetry", clock=lambda: self._now, on_fault=refuse)

    def make(self) -> None:
        """All days; then the readings of all but the last leave the journal."""
        configuration = configuration_of(self._work)
        self._append(ConfigurationChanged(configuration=configuration, digest=configuration.digest()))
        for hour in range(24 * self._work.days):
            for minute in range(60):
                self._minute(START + hour * HOUR + minute * MINUTE)
            self._now = START + (hour + 1) * HOUR
            self._append(Tick())
            if hour % 24 == 23:  # noqa: PLR2004 - the last of a day
                self.telemetry.flush()
                self.telemetry.compact(self._now)
                say(f"day {hour // 24 + 1} of {self._work.days} is made")

    def _minute(self, at: Instant) -> None:
        values = 20.0 + 5.0 * np.sin(2 * np.pi * (at % DAY) / DAY + self._phase)
        values = np.round(values + self._chance.normal(0.0, 0.4, values.size), 2)
        records = [self._message(gateway, at, values) for gateway in range(self._work.gateways)]
        stored = Event()
        seqs: list[int] = []

        def note(seq: int | None, error: Exception | None) -> None:
            if seq is None:
                raise VigilError(f"the journal does not store: {error}")
            seqs.append(seq)
            if len(seqs) == len(records):
                stored.set()

        for record in records:
            self.journal.submit(record, Urgency.READING, note)
        stored.wait()
        numbered = [msgspec.structs.replace(record, seq=seq) for record, seq in zip(records, seqs, strict=True)]
        self._tell(numbered, values)

    def _message(self, gateway: int, at: Instant, values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Record:
        count, taken = self._work.points, at + gateway * SECOND
        device = f"gateway{gateway}"
        own = values[gateway * count : (gateway + 1) * count]
        return Record(
            seq=0,
            body=Readings(
                points=self._texts[gateway],
                at=np.full(count, taken, "<i8").tobytes(),
                values=own.tobytes(),
                quality=bytes(count),
            ),
            event_time=taken,
            received_at=taken + int(self._chance.integers(3_000, 90_000)),
            source=device,
            site=SITE,
            believed=Believed.DEVICE,
            device_time=taken,
            identity=MessageIdentity(device, "b1", (at - START) // MINUTE + 1),
        )

    def _tell(self, records: Sequence[Record], values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
        count = self._work.points
        self.telemetry.add(
            ReadingColumns(
                seq_first=self._told,
                seq_last=records[-1].seq,
                points=self._points,
                seq=np.repeat(np.array([record.seq for record in records], np.int64), count),
                index=np.arange(len(self._points), dtype=np.int32),
                at=np.repeat(np.array([record.event_time for record in records], np.int64), count),
                values=values,
                quality=np.zeros(len(self._points), np.uint8),
                envelopes=envelopes_of(records),
            )
        )
        self._told = records[-1].seq + 1

    def _append(self, body: Body) -> None:
        at = self._now
        self.journal.append(Record(seq=0, body=body, event_time=at, received_at=at, source="vigil"), Urgency.COMMAND)


def refuse(fault: VigilError) -> None:
    """Nothing may go wrong here."""
    raise fault


def say(text: str) -> None:
    """Progress, for people."""
    sys.stderr.write(text + "\n")


def make_history(work: Workload, folder: Path, *, stays: bool) -> None:
    """Write the history into `folder`; unless it `stays`, the journal's readings go."""
    making = Making(work, folder)
    making.make()
    if not stays:
        making.journal.retire(SegmentKind.READINGS, START + 365 * DAY)
    making.journal.close()
    making.telemetry.close()


def measured(work: Workload, folder: Path) -> Cost:
    """Judge everything, and tell what it took."""
    archive = SqliteArchive(folder / "journal", KEY)
    begun, spent = time.perf_counter(), time.process_time()
    with (
        closing(archive),
        closing(ParquetHistoryReader(folder / "telemetry", on_fault=refuse)) as telemetry,
        open_state_store(folder / "state.sqlite") as state,
    ):
        report: BacktestReport = backtest(
            archive,
            telemetry,
            state.reader,
            configuration_of(work),
            archive.last_seq,
            Span(start=0, end=2**62),
            progress=lambda _: None,
        )
    processor = time.process_time() - spent
    readings = work.days * 24 * 60 * work.gateways * work.points
    return Cost(
        readings=readings,
        records=report.records,
        from_telemetry=report.history.stored,
        processor_seconds=round(processor, 1),
        seconds=round(time.perf_counter() - begun, 1),
        readings_per_processor_second=round(readings / processor),
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--gateways", type=int, default=20)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="make the history here, or judge the one that is here")
    parser.add_argument("--journal", action="store_true", help="let the readings stay in the journal")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    work = Workload(days=asked.days, gateways=asked.gateways, points=asked.points)
    with tempfile.TemporaryDirectory() as made:
        folder: Path = asked.keep or Path(made)
        if not (folder / "journal").is_dir():
            make_history(work, folder, stays=asked.journal)
        cost = measured(work, folder)
    if asked.json:
        sys.stdout.write(msgspec.json.encode(cost).decode() + "\n")
    else:
        sys.stdout.write("".join(f"{name}: {getattr(cost, name)}\n" for name in cost.__struct_fields__))
    return 0


if __name__ == "__main__":
    sys.exit(main())
