"""Guards with habits, who walk planned tours: what their phones send, and what they really did.

They know nothing of how patrols are judged: walking times are the site's own, habits are drawn from a seed, and what a
guard did is noted as `Walk`, so that a report can hold marks and verdicts against it.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import cos, pi, radians
from random import Random
from typing import Final

from msgspec import Struct

from domain.identity import MessageIdentity, derive_id
from domain.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant, from_seconds
from domain.observations import CheckpointScan, GeoPosition, ScanMethod
from domain.schedule import starts_between
from domain.site import (
    Checkpoint,
    Coordinates,
    Device,
    DeviceKind,
    Person,
    PersonRole,
    Site,
    Tour,
    TourOrder,
    TourStop,
    Walk,
    WeeklyTime,
    Zone,
)
from domain.text import same

NIGHT_HOURS: Final = 9
NFC_ONLY: Final = 0.5
"""Checkpoints where nothing but the tag should prove a visit."""
SKIPPED: Final = 0.15
"""Stops that a lazy guard leaves out."""
STAYS: Final = 0.2
"""Legs on which a guard stops to look at something."""
HAS_POSITION: Final = 0.3
"""Scans whose phone knows where it is."""
TAG_FAILS: Final = 0.01
"""Scans of the QR code, because the tag does not answer."""
_METRES_PER_DEGREE: Final = 111_320.0


class OfficerHabit(StrEnum):
    """How a guard walks. `carries_tags` scans them all in the guard room, `clockwork` at the same second of each
    minute, `stays_home` far from the checkpoints; `shares_phone` scans for two. The others are honest.
    """

    PUNCTUAL = "punctual"
    HURRIED = "hurried"
    LAZY = "lazy"
    OFFLINE = "offline"
    CARRIES_TAGS = "carries_tags"
    CLOCKWORK = "clockwork"
    STAYS_HOME = "stays_home"
    SHARES_PHONE = "shares_phone"


CHEATS: Final = (OfficerHabit.CARRIES_TAGS, OfficerHabit.CLOCKWORK, OfficerHabit.STAYS_HOME, OfficerHabit.SHARES_PHONE)

SHARES: Final = (
    (OfficerHabit.CARRIES_TAGS, 0.008),
    (OfficerHabit.CLOCKWORK, 0.004),
    (OfficerHabit.STAYS_HOME, 0.004),
    (OfficerHabit.SHARES_PHONE, 0.004),
    (OfficerHabit.OFFLINE, 0.03),
    (OfficerHabit.LAZY, 0.05),
    (OfficerHabit.HURRIED, 0.20),
)
"""Two in a hundred cheat, three upload late; the rest are punctual."""


class MadeScan(Struct, frozen=True, kw_only=True):
    """A scan as a phone made it, and when it arrives."""

    at: Instant
    received_at: Instant
    identity: MessageIdentity
    body: CheckpointScan


class WalkedRun(Struct, frozen=True, kw_only=True):
    """What a guard did with a run: the stops really scanned, and how."""

    run: str
    site: str
    habit: OfficerHabit
    scanned: tuple[str, ...]


class Night(Struct, frozen=True, kw_only=True):
    """All scans of some time in the order of their arrival, and the truth about them."""

    scans: tuple[MadeScan, ...]
    runs: tuple[WalkedRun, ...]


def a_patrolled_site(site: str, tours: int, stops: int, seed: int) -> Site:
    """A site with checkpoints on a grid, walking times between them, and tours over them spread over the night."""
    chance = Random(f"{site}/{seed}")
    checkpoints = tuple(_checkpoint(site, number, chance) for number in range(stops * 3 // 2))
    walks: dict[tuple[str, str], float] = {}
    planned = tuple(_tour(site, number, tours, stops, checkpoints, walks, chance) for number in range(tours))
    return Site(
        id=site,
        name=same(site),
        timezone="Asia/Shanghai",
        zones=tuple(Zone(id=f"z{number}", name=same(f"z{number}")) for number in range(6)),
        checkpoints=checkpoints,
        devices=tuple(Device(id=f"{site}-phone-{n}", name=same("phone"), kind=DeviceKind.PHONE) for n in range(tours)),
        people=tuple(Person(id=f"{site}-officer-{n}", role=PersonRole.OFFICER) for n in range(tours + 1)),
        tours=planned,
        walks=tuple(Walk(a=a, b=b, seconds=seconds) for (a, b), seconds in walks.items()),
    )


def walk_nights(site: Site, start: Instant, nights: int, seed: int) -> Night:
    """Let the guards of a site walk every run that starts within some nights."""
    chance = Random(f"{site.id}/walks/{seed}")
    ways = {(walk.a, walk.b): walk.seconds for walk in site.walks}
    scans: list[MadeScan] = []
    runs: list[WalkedRun] = []
    counters: dict[str, int] = {}
    for number, tour in enumerate(site.tours):
        for begin in starts_between(tour, site.timezone, start, start + nights * DAY, site.calendar):
            habit = _habit(chance)
            made = list(_walk(site, number, begin, habit, ways, chance, counters))
            scans += made
            own = tuple(scan.body.checkpoint for scan in made if scan.body.officer == tour.officers[0])
            run_id = derive_id("run", site.id, tour.id, begin)
            runs.append(WalkedRun(run=run_id, site=site.id, habit=habit, scanned=own))
    return Night(scans=tuple(sorted(scans, key=lambda scan: (scan.received_at, scan.identity))), runs=tuple(runs))


def _checkpoint(site: str, number: int, chance: Random) -> Checkpoint:
    latitude = 31.0 + number // 10 * 0.0009
    longitude = 121.0 + number % 10 * 0.0009
    return Checkpoint(
        id=f"{site}-cp-{number}",
        name=same(f"Checkpoint {number}"),
        zone=f"z{number % 6}",
        location=Coordinates(latitude=latitude, longitude=longitude),
        radius_m=50.0,
        methods=(ScanMethod.NFC,) if chance.random() < NFC_ONLY else (),
    )


def _tour(
    site: str,
    number: int,
    tours: int,
    stops: int,
    checkpoints: Sequence[Checkpoint],
    walks: dict[tuple[str, str], float],
    chance: Random,
) -> Tour:
    chosen = chance.sample(list(checkpoints), stops)
    due, planned = 300.0, []
    for before, checkpoint in zip([None, *chosen], chosen, strict=False):
        if before is not None:
            pair = min((before.id, checkpoint.id), (checkpoint.id, before.id))
            due += 1.35 * walks.setdefault(pair, round(chance.uniform(45.0, 110.0), 1))
        planned.append(TourStop(checkpoint=checkpoint.id, due_seconds=round(due, 1)))
    minute = 20 * 60 + number * NIGHT_HOURS * 60 // tours
    return Tour(
        id=f"{site}-tour-{number}",
        name=same(f"Round {number}"),
        stops=tuple(planned),
        starts=(WeeklyTime(at=f"{minute // 60 % 24:02}:{minute % 60:02}"),),
        grace_seconds=900.0,
        officers=(f"{site}-officer-{number}",),
        order=TourOrder.STRICT,
    )


def _habit(chance: Random) -> OfficerHabit:
    drawn = chance.random()
    for habit, share in SHARES:
        if drawn < share:
            return habit
        drawn -= share
    return OfficerHabit.PUNCTUAL


def _walk(
    site: Site,
    number: int,
    begin: Instant,
    habit: OfficerHabit,
    ways: dict[tuple[str, str], float],
    chance: Random,
    counters: dict[str, int],
) -> Iterator[MadeScan]:
    tour = site.tours[number]
    places = {checkpoint.id: checkpoint for checkpoint in site.checkpoints}
    phone, officer = f"{site.id}-phone-{number}", tour.officers[0]
    now = begin + from_seconds(chance.uniform(20.0, 280.0))
    upload = begin + 2 * HOUR + from_seconds(chance.uniform(0.0, 20 * 3600.0))
    pace = chance.uniform(0.85, 1.15) * (0.72 if habit is OfficerHabit.HURRIED else 1.0)
    before: str | None = None
    for stop in tour.stops:
        if before is not None:
            now += _leg(habit, ways.get((before, stop.checkpoint)) or ways[stop.checkpoint, before], pace, chance)
        before = stop.checkpoint
        if habit is OfficerHabit.LAZY and chance.random() < SKIPPED:
            continue
        at = now - now % MINUTE + 7 * SECOND if habit is OfficerHabit.CLOCKWORK else now
        for who in (officer, f"{site.id}-officer-{len(site.tours)}")[: 2 if habit is OfficerHabit.SHARES_PHONE else 1]:
            counters[phone] = counters.get(phone, 0) + 1
            body = _scan(site, who, places[stop.checkpoint], habit, chance)
            delay = from_seconds(chance.uniform(0.3, 4.0))
            received = upload + counters[phone] * 1_000 if habit is OfficerHabit.OFFLINE else at + delay
            identity = MessageIdentity(phone, "b1", counters[phone])
            yield MadeScan(at=at, received_at=received, identity=identity, body=body)
            at += from_seconds(chance.uniform(2.0, 6.0))
            now = max(now, at)


def _leg(habit: OfficerHabit, seconds: float, pace: float, chance: Random) -> Duration:
    if habit is OfficerHabit.CARRIES_TAGS:
        return from_seconds(chance.uniform(2.0, 9.0))
    stayed = chance.expovariate(1 / 15.0) if chance.random() < STAYS else 0.0
    return from_seconds(seconds * pace * chance.lognormvariate(0.0, 0.10) + stayed)


def _scan(site: Site, officer: str, checkpoint: Checkpoint, habit: OfficerHabit, chance: Random) -> CheckpointScan:
    """Some phones give a position, a few metres off; a tag that does not answer is scanned as QR code."""
    position = None
    where = checkpoint.location
    if where is not None and (habit is OfficerHabit.STAYS_HOME or chance.random() < HAS_POSITION):
        off, turn = abs(chance.gauss(0.0, 8.0)), chance.uniform(0.0, 2 * pi)
        off += 900.0 if habit is OfficerHabit.STAYS_HOME else 0.0
        position = GeoPosition(
            latitude=where.latitude + off * cos(turn) / _METRES_PER_DEGREE,
            longitude=where.longitude + off * cos(turn - pi / 2) / _METRES_PER_DEGREE / cos(radians(where.latitude)),
            accuracy_m=round(chance.uniform(4.0, 25.0), 1),
        )
    return CheckpointScan(
        site=site.id,
        officer=officer,
        checkpoint=checkpoint.id,
        method=ScanMethod.QR if chance.random() < TAG_FAILS else ScanMethod.NFC,
        position=position,
    )
