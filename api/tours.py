"""Tour runs: lists, single ones, and ending one early."""

from fastapi import APIRouter, Response

from api import examples
from api.answers import answer, command_answer, list_answer
from api.command_request import Asked
from api.derived import Listing
from api.parameters import Id, IdFilter, Paging, etag
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, nothing
from api.requests import AbandonBody, HandOverBody
from api.views import TourRunAnswer
from domain.commands import AbandonTourRun, HandOverTourRun
from domain.tour_run import TourRun

router = APIRouter(prefix="/api/v1", tags=["tours"])


def _run(ports: ApiPorts, run: str) -> TourRun:
    found = ports.models.run(run)
    if found is None:
        raise nothing("tour run", run)
    return found


@router.get("/tour-runs", **list_answer(examples.RUN))
def list_tour_runs(ports: Ports, page: Paging, site: IdFilter = None, tour: IdFilter = None) -> Listing[TourRun]:
    """Tour runs, latest start first."""
    return Listing(*ports.models.runs(site, tour, page))


@router.get("/tour-runs/{run}", **answer(examples.RUN, NOT_FOUND))
def get_tour_run(ports: Ports, run: Id, response: Response) -> TourRun:
    """One tour run with the verdict on each stop. Its ETag is its version, for If-Match."""
    found = _run(ports, run)
    response.headers.update(etag(found.version))
    return found


@router.post("/tour-runs/{run}/abandon", **command_answer(examples.RUN_ANSWER, examples.WAITING))
async def abandon_tour_run(ports: Ports, asked: Asked, run: Id, body: AbandonBody) -> TourRunAnswer | Response:
    """End a run before its stops are walked, with a reason."""
    command = AbandonTourRun(**asked.common(body), run=run, reason=body.reason)
    return await asked.answer(command, run, lambda outcome: TourRunAnswer(outcome=outcome, run=_run(ports, run)))


@router.post("/tour-runs/{run}/hand-over", **command_answer(examples.RUN_ANSWER, examples.WAITING))
async def hand_over_tour_run(ports: Ports, asked: Asked, run: Id, body: HandOverBody) -> TourRunAnswer | Response:
    """Let another officer walk a run on: scans from now on count as those of one who may."""
    command = HandOverTourRun(**asked.common(body), run=run, officer=body.officer, reason=body.reason)
    return await asked.answer(command, run, lambda outcome: TourRunAnswer(outcome=outcome, run=_run(ports, run)))
