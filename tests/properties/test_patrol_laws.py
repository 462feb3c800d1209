"""The Late law of patrol: the same scans end in the same verdicts, in whatever order and however late within 7 days."""

from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.effects import ScanJudged, TourRunChanged
from domain.identity import MessageIdentity
from domain.instant import DAY, HOUR, MINUTE, SECOND
from domain.observations import CheckpointScan, ScanMethod
from domain.record import ConfigurationChanged, Record, Tick
from domain.site import Tour, TourOrder, TourStop, WeeklyTime
from domain.text import same
from domain.tour_run import TourRun
from rules.engine import Engine
from tests.properties.engine_world import START
from tests.rules.estate import DAILY, MISSED, NIGHT, SITE, a_rule, configured

STRICT: Final = replace(
    NIGHT,
    order=TourOrder.STRICT,
    officers=("li",),
    start_grace_seconds=300.0,
    maximum_seconds=1500.0,
    stops=(
        replace(NIGHT.stops[0], not_before_seconds=60.0, dwell_seconds=60.0),
        replace(NIGHT.stops[1], leg_min_seconds=120.0, leg_max_seconds=900.0),
    ),
)
OFTEN: Final = Tour(
    id="often",
    name=same("often"),
    stops=(TourStop(checkpoint="gate", due_seconds=500), TourStop(checkpoint="roof", due_seconds=800)),
    recurrences=("*/20 22-23 * * *",),
    early_seconds=600,
)
WANGS: Final = Tour(
    id="wangs",
    name=same("wangs"),
    officers=("wang",),
    stops=(TourStop(checkpoint="gate", due_seconds=1200),),
    starts=(WeeklyTime(weekdays=DAILY, at="22:00"),),
)
UNSTARTED: Final = a_rule("unstarted", "tour_not_started")
CONFIGURATION: Final = configured(MISSED, UNSTARTED, site=replace(SITE, tours=(STRICT, OFTEN, WANGS)))

SCANS: Final = st.lists(
    st.tuples(
        st.sampled_from(["gate", "roof"]),
        st.sampled_from(["li", "wang", "zhao"]),
        st.integers(-10 * 60, 3 * 3600),
        st.sampled_from([0, 0, 30, 900, 7200, 86_400, 6 * 86_400]),
    ),
    max_size=10,
)


@settings(max_examples=30)
@given(SCANS, st.integers(0, 2**32))
def test_final_verdicts_do_not_depend_on_when_scans_arrive(drawn: list[tuple[str, str, int, int]], seed: int) -> None:
    delays = [delay for *_, delay in drawn]
    shuffled = list(delays)
    Random(seed).shuffle(shuffled)
    assert final(drawn, delays) == final(drawn, [0] * len(drawn)) == final(drawn, shuffled)


def final(drawn: list[tuple[str, str, int, int]], delays: list[int]) -> tuple[object, object]:
    """What stands in the end: of each run its state and stops, of each scan and tour what it counts as."""
    first = ConfigurationChanged(configuration=CONFIGURATION, digest="d")
    arriving: list[tuple[int, Record]] = []
    for number, ((stop, officer, made, _), delay) in enumerate(zip(drawn, delays, strict=True), start=1):
        body = CheckpointScan(site="tower", officer=officer, checkpoint=stop, method=ScanMethod.NFC)
        at = START + made * SECOND
        received = max(at, START) + delay * SECOND
        identity = MessageIdentity("phone", "b", number)
        arriving.append((received, _record(body, at, received, identity)))
    ticks = [*range(START, START + 5 * HOUR, 10 * MINUTE), *range(START + 5 * HOUR, START + 7 * DAY, 12 * HOUR)]
    arriving += [(at, _record(Tick(), at, at)) for at in ticks]
    arriving.sort(key=lambda pair: pair[0])
    records = [_record(first, START - HOUR, START - HOUR), *(record for _, record in arriving)]
    records = [replace(record, seq=place) for place, record in enumerate(records, start=1)]
    numbers = {record.seq: record.identity.seq for record in records if record.identity is not None}
    effects = Engine().handle(records).effects
    runs: dict[str, TourRun] = {}
    scans: dict[tuple[int, str], tuple[str, str | None]] = {}
    for effect in effects:
        if isinstance(effect.body, TourRunChanged):
            runs[effect.body.run.id] = effect.body.run
        elif isinstance(effect.body, ScanJudged):
            said = effect.body
            tour = "" if said.run is None else runs[said.run].tour
            scans[numbers[said.seq], tour] = (str(said.verdict), said.run)
    horizon = {each.id for each in runs.values() if each.ends_at < START + 4 * HOUR}
    return {each: _shown(runs[each]) for each in sorted(horizon)}, scans


def _shown(run: TourRun) -> tuple[object, ...]:
    stops = [(stop.verdict, stop.scanned_at, stop.deviations, stop.leg_seconds, stop.officer) for stop in run.stops]
    return run.state, run.begun_at, run.tardy, stops


def _record(body: object, at: int, received: int, identity: MessageIdentity | None = None) -> Record:
    return Record(
        seq=0,
        body=body,  # type: ignore[arg-type]
        event_time=at,
        received_at=received,
        source="vigil" if identity is None else identity.device,
        site="tower",
        identity=identity,
    )
