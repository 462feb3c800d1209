"""Reports about patrols: figures, coverage, tag health and every stop walked, as JSON and as CSV."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from api import patrol_examples as examples
from api.answers import answer, list_answer, text_answer
from api.csv_export import Cell, csv_response
from api.derived import Listing
from api.parameters import Id, Time
from api.patrol_figures import report, walked_stops
from api.patrol_views import PatrolReport, WalkedStop
from api.ports import ApiPorts, Ports
from api.problems import INVALID, NOT_FOUND, Problem, nothing
from domain.instant import DAY, Instant, to_iso
from domain.site import Site
from domain.text import Text
from domain.tour_run import TourRun
from stores.ports import Page

router = APIRouter(prefix="/api/v1", tags=["patrol reports"])

LONGEST_DAYS: Final = 31
_PAGE: Final = 500

Start = Annotated[Time, Query(description="Runs that start from here on.")]
End = Annotated[Time, Query(description="Runs that start before this; at most 31 days later.")]
Table = Literal["tours", "officers", "coverage", "hours", "tags", "stops"]


@router.get("/sites/{site}/patrol-report", **answer(examples.PATROL_REPORT, NOT_FOUND, INVALID))
def get_patrol_report(ports: Ports, site: Id, start: Start, end: End) -> PatrolReport:
    """Figures per tour and officer, coverage per zone and hour, and the health of tags."""
    found = _site(ports, site)
    return _report(ports, found, _runs(ports, site, start, end), start, end)


@router.get("/sites/{site}/patrol-stops", **list_answer(examples.WALKED_STOP, NOT_FOUND, INVALID))
def list_patrol_stops(ports: Ports, site: Id, start: Start, end: End) -> Listing[WalkedStop]:
    """Every stop of every run, latest run first: what was planned, what came of it, and why, in words."""
    found = _site(ports, site)
    return Listing(walked_stops(found, _runs(ports, site, start, end)))


@router.get(
    "/sites/{site}/patrol-report.csv", **text_answer("text/csv", "tour,runs\r\nnight,30\r\n", NOT_FOUND, INVALID)
)
def export_patrol_report(ports: Ports, site: Id, start: Start, end: End, table: Table = "tours") -> Response:
    """One table of the report as CSV, safe to open in a spreadsheet."""
    found = _site(ports, site)
    runs = _runs(ports, site, start, end)
    rows: Sequence[Any] = (
        walked_stops(found, runs) if table == "stops" else getattr(_report(ports, found, runs, start, end), table)
    )
    shape = WalkedStop if table == "stops" else _SHAPES[table]
    header = [field.name for field in msgspec.structs.fields(shape)]
    return csv_response(
        f"patrol-{table}", header, ([_cell(getattr(row, name), name) for name in header] for row in rows)
    )


def _report(ports: ApiPorts, site: Site, runs: Sequence[TourRun], start: Instant, end: Instant) -> PatrolReport:
    return report(site, runs, start, end, ports.models.scans_outside(site.id, start, end))


_SHAPES: Final[dict[str, Any]] = {
    field.name: field.type.__args__[0]
    for field in msgspec.structs.fields(PatrolReport)
    if hasattr(field.type, "__args__")
}


def _site(ports: ApiPorts, site: str) -> Site:
    found = ports.configuration().site(site)
    if found is None:
        raise nothing("site", site)
    return found


def _runs(ports: ApiPorts, site: str, start: Instant, end: Instant) -> list[TourRun]:
    """The runs that start within a time, latest first."""
    if not start < end <= start + LONGEST_DAYS * DAY:
        detail = f"From start to end there are at most {LONGEST_DAYS} days, and more than none"
        raise Problem(INVALID, detail, field=("query.end", "give a later end, or a shorter time"))
    found: list[TourRun] = []
    cursor: str | None = None
    while True:
        runs, cursor = ports.models.runs(site, None, Page(limit=_PAGE, cursor=cursor))
        found += [run for run in runs if start <= run.starts_at < end]
        if cursor is None or runs[-1].starts_at < start:
            return found


def _cell(value: object, name: str) -> Cell:
    if isinstance(value, Text):
        return value.en
    if isinstance(value, tuple):
        return "; ".join(str(_cell(each, name)) for each in value)
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith("_at"):
        return to_iso(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
