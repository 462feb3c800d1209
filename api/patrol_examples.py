"""The values that the OpenAPI document shows as examples of what phones send and what patrols come to."""

from typing import Final

from api.examples import AT, RUN
from api.patrol_views import (
    OfficerFigures,
    PatrolReport,
    TagHealth,
    TourFigures,
    WalkedStop,
    ZoneCoverage,
    ZoneHour,
)
from api.phone_views import PhotoStored, Receipt, Receipts
from domain.instant import DAY, MINUTE
from domain.text import Text

RECEIPTS: Final = Receipts(
    receipts=(Receipt(boot="b1", seq=17, outcome="stored", reason="", detail="", record=4713),),
)
PHOTO: Final = PhotoStored(reference="photo-20261123-0f1e2d3c4b5a69788796a5b4c3d2e1f0.jpg", size=183_204)

PATROL_REPORT: Final = PatrolReport(
    site=RUN.site,
    start=AT - DAY,
    end=AT,
    tours=(
        TourFigures(
            tour="night",
            name=Text("Night round", "夜巡"),
            runs=4,
            completed=3,
            completed_late=0,
            incomplete=1,
            missed=0,
            abandoned=0,
            tardy=0,
            stops=40,
            stops_on_time=38,
            stops_missed=1,
            stops_corrected=2,
            completion_share=0.75,
            on_time_share=0.95,
            suspicious_runs=0,
        ),
    ),
    officers=(
        OfficerFigures(
            officer="officer-1",
            runs=4,
            stops=39,
            on_time=38,
            late=1,
            early=0,
            out_of_order=0,
            too_fast=0,
            too_slow=0,
            wrong_officer=0,
            uploaded_late=2,
            marks=0,
        ),
    ),
    coverage=(ZoneCoverage(zone="lobby", visits=12, outside_tours=1, longest_gap_seconds=7_200.0, since=AT - DAY),),
    hours=(ZoneHour(zone="lobby", hour=22, visits=4),),
    tags=(
        TagHealth(
            checkpoint="cp-1",
            name=Text("Lobby", "大堂"),
            visits=12,
            missed_in_walked_runs=0,
            weak_method=1,
            suspect=False,
        ),
    ),
)
WALKED_STOP: Final = WalkedStop(
    run=RUN.id,
    tour=RUN.tour,
    starts_at=AT - DAY,
    state="completed_late",
    checkpoint="cp-1",
    due_at=AT - DAY + 10 * MINUTE,
    scanned_at=AT - DAY + 12 * MINUTE,
    received_at=AT - DAY + 12 * MINUTE,
    officer="officer-1",
    verdict="late",
    deviations=("late",),
    leg_seconds=95.0,
    marks=(),
    suspicion=0.0,
    reasons=(Text("due 22:10, scanned 22:12", "应于 22:10，实于 22:12"),),
)
