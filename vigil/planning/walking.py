"""How long it takes to walk between checkpoints: known legs or estimates, and the shortest ways over them."""

import csv
import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from domain.errors import VigilError
from domain.site import Checkpoint, Site, Zone

METRES_PER_SECOND: Final = 1.2
"""An officer on patrol, looking around."""

DETOUR: Final = 1.3
"""Ways around walls against the straight line."""

SECONDS_PER_STOREY: Final = 25.0
"""By the stairs."""


class WalksUnusable(VigilError):
    """Walking times that cannot be used; the message names the line or the checkpoint, and the remedy."""


class Walks(Struct, frozen=True):
    """Seconds from one checkpoint to the next, for each leg that is known, in its direction."""

    seconds: Mapping[tuple[str, str], float]

    def between(self, stops: Sequence[str]) -> list[list[float]]:
        """The seconds of the shortest way from each stop to each other, past other checkpoints where that is shorter.

        Raises:
            WalksUnusable: there is no way between two of them.
        """
        following: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for (start, end), seconds in self.seconds.items():
            following[start].append((end, seconds))
        rows = []
        for start in stops:
            reached = _shortest(following, start)
            missing = [stop for stop in stops if stop not in reached]
            if missing:
                raise WalksUnusable(
                    f"no way is known from checkpoint '{start}' to '{missing[0]}': add walking times that lead there"
                )
            rows.append([reached[stop] for stop in stops])
        return rows


def _shortest(following: Mapping[str, Sequence[tuple[str, float]]], start: str) -> dict[str, float]:
    reached: dict[str, float] = {}
    waiting = [(0.0, start)]
    while waiting:
        seconds, place = heapq.heappop(waiting)
        if place in reached:
            continue
        reached[place] = seconds
        for end, leg in following.get(place, ()):
            if end not in reached:
                heapq.heappush(waiting, (seconds + leg, end))
    return reached


def read_walks(path: Path, known: Sequence[str]) -> Walks:
    """Read a CSV with the columns from, to, seconds; a leg holds both ways unless its way back stands there too.

    Raises:
        WalksUnusable: naming the line.
    """
    one_way: dict[tuple[str, str], float] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"from", "to", "seconds"} <= set(rows.fieldnames or ()):
                raise WalksUnusable(f"{path} has not the columns from, to, seconds in its first line")
            for row in rows:
                start, end, seconds = _leg(row, f"{path}:{rows.line_num}", known)
                one_way[start, end] = seconds
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WalksUnusable(f"{path} cannot be read: {error}") from error
    return Walks({(end, start): seconds for (start, end), seconds in one_way.items()} | one_way)


def _leg(row: Mapping[str, str | None], where: str, known: Sequence[str]) -> tuple[str, str, float]:
    start, end = (row["from"] or "").strip(), (row["to"] or "").strip()
    for checkpoint in (start, end):
        if checkpoint not in known:
            raise WalksUnusable(f"{where}: '{checkpoint[:80]}' is no checkpoint of this site")
    try:
        seconds = float(row["seconds"] or "")
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 86_400:  # noqa: PLR2004 - a day
        raise WalksUnusable(f"{where}: '{row['seconds']}' is no number of seconds from 0 to 86400")
    return start, end, seconds


def estimated_walks(site: Site) -> Walks:
    """Walks from the positions on the site's plans: straight on with a detour, and by the stairs between storeys.

    Raises:
        WalksUnusable: a checkpoint has no position, or no storey where others have one.
    """
    zones = {zone.id: zone for zone in site.zones}
    places = {checkpoint.id: _place(checkpoint, zones) for checkpoint in site.checkpoints}
    return Walks(
        {(start, end): _estimate(places[start], places[end]) for start in places for end in places if start != end}
    )


def _place(checkpoint: Checkpoint, zones: Mapping[str, Zone]) -> tuple[float, float, int]:
    if checkpoint.position is None:
        raise WalksUnusable(f"checkpoint '{checkpoint.id}' has no position: give it one, or walking times with --walks")
    zone = zones.get(checkpoint.zone)
    while zone is not None and zone.storey is None:
        zone = zones.get(zone.parent or "")
    return checkpoint.position.x, checkpoint.position.y, 1 if zone is None or zone.storey is None else zone.storey


def _estimate(start: tuple[float, float, int], end: tuple[float, float, int]) -> float:
    metres = math.dist(start[:2], end[:2]) * DETOUR
    return metres / METRES_PER_SECOND + abs(start[2] - end[2]) * SECONDS_PER_STOREY
