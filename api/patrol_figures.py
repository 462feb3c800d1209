"""Figures about patrols, worked out from the runs of a time: pure functions over domain values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from api.patrol_views import (
    OfficerFigures,
    PatrolReport,
    TagHealth,
    TourFigures,
    WalkedStop,
    ZoneCoverage,
    ZoneHour,
)
from domain.effects import ScanJudged
from domain.fraud import FraudKind, FraudMark
from domain.instant import MINUTE, Duration, Instant, to_seconds
from domain.schedule import clock_text
from domain.site import Site
from domain.text import Text
from domain.tour_run import RunStop, StopVerdict, TourRun, TourRunState

UPLOADED_LATE: Final[Duration] = 10 * MINUTE
SUSPICIOUS: Final = 0.3
TAG_RUNS: Final = 5
TAG_SHARE: Final = 0.2
WALKED_SHARE: Final = 0.8
"""A run with so many of its stops proved was walked: what it misses may be the tag's fault."""

_UNPROVEN: Final = (StopVerdict.PENDING, StopVerdict.MISSED)
_ENDED: Final = (
    TourRunState.COMPLETED,
    TourRunState.COMPLETED_LATE,
    TourRunState.INCOMPLETE,
    TourRunState.MISSED,
    TourRunState.ABANDONED,
)
_DEVIATION_WORDS: Final[Mapping[StopVerdict, tuple[str, str]]] = {
    StopVerdict.EARLY: ("scanned before it may be", "早于允许时间"),
    StopVerdict.LATE: ("due {due}, scanned {scanned}", "应于 {due}，实于 {scanned}"),
    StopVerdict.OUT_OF_ORDER: ("walked after a stop that stands later", "在后续站点之后打卡"),
    StopVerdict.TOO_FAST: ("{leg} s since the stop before are too few", "距上一点 {leg} 秒，过快"),
    StopVerdict.TOO_SLOW: ("{leg} s since the stop before are too many", "距上一点 {leg} 秒，过慢"),
    StopVerdict.WRONG_OFFICER: ("walked by somebody who may not walk this tour", "非本路线人员打卡"),
}
_MARK_WORDS: Final[Mapping[FraudKind, tuple[str, str]]] = {
    FraudKind.IMPOSSIBLE_SPEED: (
        "{value:g} s from {other}, {limit:g} s at least",
        "距 {other} {value:g} 秒，至少需 {limit:g} 秒",
    ),
    FraudKind.TAG_ON_TWO_DEVICES: (
        "also on device {other} {value:g} s apart",
        "设备 {other} 相隔 {value:g} 秒也打了此点",
    ),
    FraudKind.MANY_OFFICERS_ONE_DEVICE: (
        "{other} on the same device {value:g} s apart",
        "{other} 相隔 {value:g} 秒用了同一设备",
    ),
    FraudKind.CLOCK_SKEW: (
        "the device's clock is off by {value:g} s",
        "设备时钟偏差 {value:g} 秒",
    ),
    FraudKind.OUTSIDE_RADIUS: (
        "{value:g} m away, within {limit:g} m expected",
        "距离 {value:g} 米，应在 {limit:g} 米内",
    ),
    FraudKind.WEAK_METHOD: (
        "scanned by {other}",
        "打卡方式为 {other}",
    ),
    FraudKind.FAR_BELOW_USUAL: (
        "{value:g} s from {other}, usually more than {limit:g} s",
        "距 {other} {value:g} 秒，通常超过 {limit:g} 秒",
    ),
    FraudKind.SAME_SECOND: (
        "{value:g} of {limit:g} scans at second {other}",
        "{limit:g} 次打卡中 {value:g} 次在第 {other} 秒",
    ),
}


def report(
    site: Site, runs: Sequence[TourRun], start: Instant, end: Instant, outside: Sequence[ScanJudged] = ()
) -> PatrolReport:
    """All figures of a site's runs; scans `outside` of them show too that somebody was there."""
    return PatrolReport(
        site=site.id,
        start=start,
        end=end,
        tours=tuple(_tours(runs)),
        officers=tuple(_officers(runs)),
        coverage=tuple(_coverage(site, runs, start, end, outside)),
        hours=tuple(_hours(site, runs, outside)),
        tags=tuple(_tags(site, runs)),
    )


def walked_stops(site: Site, runs: Sequence[TourRun]) -> list[WalkedStop]:
    """Each stop of each run, with the reasons for its verdict and its marks in words."""
    return [
        WalkedStop(
            run=run.id,
            tour=run.tour,
            starts_at=run.starts_at,
            state=run.state.value,
            checkpoint=stop.checkpoint,
            due_at=stop.due_at,
            scanned_at=stop.scanned_at,
            received_at=stop.received_at,
            officer=stop.officer,
            verdict=stop.verdict.value,
            deviations=tuple(each.value for each in stop.deviations),
            leg_seconds=stop.leg_seconds,
            marks=tuple(mark.kind.value for mark in stop.marks),
            suspicion=run.suspicion,
            reasons=(*_deviations(site, stop), *map(mark_words, (*stop.marks, *run.marks))),
        )
        for run in runs
        for stop in run.stops
    ]


def mark_words(mark: FraudMark) -> Text:
    """A fraud mark as a sentence."""
    english, chinese = _MARK_WORDS[mark.kind]
    words = {"value": mark.value, "limit": mark.limit, "other": mark.other}
    return Text(english.format(**words), chinese.format(**words))


def _deviations(site: Site, stop: RunStop) -> list[Text]:
    due = clock_text(site.timezone, stop.due_at)
    scanned = "" if stop.scanned_at is None else clock_text(site.timezone, stop.scanned_at)
    leg = "" if stop.leg_seconds is None else f"{stop.leg_seconds:g}"
    words = {"due": due, "scanned": scanned, "leg": leg}
    found = [Text(*(said.format(**words) for said in _DEVIATION_WORDS[each])) for each in stop.deviations]
    if stop.verdict is StopVerdict.MISSED:
        until = clock_text(site.timezone, stop.missed_at)
        found.append(Text(f"nobody came until {until}", f"截至 {until} 无人打卡"))
    return found


def _tours(runs: Sequence[TourRun]) -> list[TourFigures]:
    by_tour: dict[str, list[TourRun]] = {}
    for run in runs:
        by_tour.setdefault(run.tour, []).append(run)
    return [_tour(tour, by_tour[tour]) for tour in sorted(by_tour)]


def _tour(tour: str, runs: Sequence[TourRun]) -> TourFigures:
    states = Counter(run.state for run in runs)
    ended = sum(states[state] for state in _ENDED)
    stops = [stop for run in runs for stop in run.stops if stop.verdict is not StopVerdict.PENDING]
    on_time = sum(stop.verdict is StopVerdict.ON_TIME for stop in stops)
    whole = states[TourRunState.COMPLETED] + states[TourRunState.COMPLETED_LATE]
    return TourFigures(
        tour=tour,
        name=runs[0].name,
        runs=len(runs),
        completed=states[TourRunState.COMPLETED],
        completed_late=states[TourRunState.COMPLETED_LATE],
        incomplete=states[TourRunState.INCOMPLETE],
        missed=states[TourRunState.MISSED],
        abandoned=states[TourRunState.ABANDONED],
        tardy=sum(run.tardy for run in runs),
        stops=len(stops),
        stops_on_time=on_time,
        stops_missed=sum(stop.verdict is StopVerdict.MISSED for stop in stops),
        stops_corrected=sum(len(run.corrections) for run in runs),
        completion_share=round(whole / ended, 4) if ended else None,
        on_time_share=round(on_time / len(stops), 4) if stops else None,
        suspicious_runs=sum(run.suspicion >= SUSPICIOUS for run in runs),
    )


def _officers(runs: Sequence[TourRun]) -> list[OfficerFigures]:
    walked: dict[str, list[tuple[str, RunStop]]] = {}
    for run in runs:
        for stop in run.stops:
            if stop.officer is not None:
                walked.setdefault(stop.officer, []).append((run.id, stop))
    return [_officer(officer, walked[officer]) for officer in sorted(walked)]


def _officer(officer: str, walked: Sequence[tuple[str, RunStop]]) -> OfficerFigures:
    stops = [stop for _, stop in walked]
    seen = Counter(each for stop in stops for each in stop.deviations)
    late = (stop for stop in stops if stop.scanned_at is not None and stop.received_at is not None)
    return OfficerFigures(
        officer=officer,
        runs=len({run: None for run, _ in walked}),
        stops=len(stops),
        on_time=sum(stop.verdict is StopVerdict.ON_TIME for stop in stops),
        late=seen[StopVerdict.LATE],
        early=seen[StopVerdict.EARLY],
        out_of_order=seen[StopVerdict.OUT_OF_ORDER],
        too_fast=seen[StopVerdict.TOO_FAST],
        too_slow=seen[StopVerdict.TOO_SLOW],
        wrong_officer=seen[StopVerdict.WRONG_OFFICER],
        uploaded_late=sum((stop.received_at or 0) - (stop.scanned_at or 0) > UPLOADED_LATE for stop in late),
        marks=sum(len(stop.marks) for stop in stops),
    )


def _visits(site: Site, runs: Sequence[TourRun], outside: Sequence[ScanJudged]) -> dict[str, list[Instant]]:
    """When somebody was in each zone, each scan once, ascending."""
    zones = {checkpoint.id: checkpoint.zone for checkpoint in site.checkpoints}
    seen: dict[str, dict[int, Instant]] = {zone: {} for zone in dict.fromkeys(zones.values())}
    for run in runs:
        for stop in run.stops:
            if stop.scanned_at is not None and stop.seq is not None and stop.checkpoint in zones:
                seen[zones[stop.checkpoint]][stop.seq] = stop.scanned_at
    for scan in outside:
        if scan.checkpoint in zones:
            seen[zones[scan.checkpoint]].setdefault(scan.seq, scan.scanned_at)
    return {zone: sorted(times.values()) for zone, times in seen.items()}


def _coverage(
    site: Site, runs: Sequence[TourRun], start: Instant, end: Instant, outside: Sequence[ScanJudged]
) -> list[ZoneCoverage]:
    found = []
    in_runs = _visits(site, runs, ())
    for zone, times in _visits(site, runs, outside).items():
        gaps = [(later - earlier, earlier) for earlier, later in pairwise([start, *times, end])]
        longest, since = max(gaps)
        gap = to_seconds(longest)
        began = since if times else None
        without = len(times) - len(in_runs[zone])
        found.append(
            ZoneCoverage(zone=zone, visits=len(times), outside_tours=without, longest_gap_seconds=gap, since=began)
        )
    return found


def _hours(site: Site, runs: Sequence[TourRun], outside: Sequence[ScanJudged]) -> list[ZoneHour]:
    found = []
    for zone, times in _visits(site, runs, outside).items():
        hours = Counter(int(clock_text(site.timezone, at)[:2]) for at in times)
        found += [ZoneHour(zone=zone, hour=hour, visits=hours[hour]) for hour in sorted(hours)]
    return found


def _tags(site: Site, runs: Sequence[TourRun]) -> list[TagHealth]:
    walked: dict[str, list[RunStop]] = {}
    for run in runs:
        proven = sum(stop.verdict not in _UNPROVEN for stop in run.stops)
        if run.stops and proven >= WALKED_SHARE * len(run.stops):
            for stop in run.stops:
                walked.setdefault(stop.checkpoint, []).append(stop)
    found = []
    for checkpoint in site.checkpoints:
        stops = walked.get(checkpoint.id, [])
        missed = sum(stop.verdict is StopVerdict.MISSED for stop in stops)
        weak = sum(any(mark.kind is FraudKind.WEAK_METHOD for mark in stop.marks) for stop in stops)
        found.append(
            TagHealth(
                checkpoint=checkpoint.id,
                name=checkpoint.name,
                visits=sum(stop.scanned_at is not None for stop in stops),
                missed_in_walked_runs=missed,
                weak_method=weak,
                suspect=len(stops) >= TAG_RUNS and missed + weak >= TAG_SHARE * len(stops),
            )
        )
    return found
