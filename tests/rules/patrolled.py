"""A tour of two stops in minutes since the epoch, for tests of the patrol's modules."""

from typing import Any

from msgspec.structs import replace

from domain.instant import MINUTE
from domain.observations import ScanMethod
from domain.schedule import run_window
from domain.site import Tour, TourStop
from domain.text import same
from rules.patrol_plan import PlannedRun, Visit, plan_run

TOUR = Tour(
    id="t",
    name=same("t"),
    stops=(TourStop(checkpoint="a", due_seconds=60), TourStop(checkpoint="b", due_seconds=240)),
    every_seconds=600,
    grace_seconds=120,
    early_seconds=300,
)


def planned(start_minute: int = 0, **fields: Any) -> PlannedRun:  # noqa: ANN401 - any field of a tour
    """Stop a is due at minute 1 and missed at 3, stop b at 4 and 6; scans count from -5, the next run starts at 10."""
    tour = replace(TOUR, **fields)
    return plan_run("s", tour, run_window(tour, "UTC", start_minute * MINUTE))


def stop(checkpoint: str, due: float, **fields: Any) -> TourStop:  # noqa: ANN401 - any field of a stop
    return TourStop(checkpoint=checkpoint, due_seconds=due, **fields)


def a_visit(minute: float, number: int = 1, *, checkpoint: str = "a", officer: str = "li") -> Visit:
    at = round(minute * MINUTE)
    return Visit(at, "phone", "b", number, 100 + number, officer, at, checkpoint, ScanMethod.NFC)
