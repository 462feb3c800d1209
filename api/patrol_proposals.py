"""Proposals for patrols: put before the supervisors, listed, decided on; and the tours that hold because of them."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api import examples, proposal_examples
from api.answers import answer, command_answer, list_answer
from api.command_request import Asked
from api.derived import Listing
from api.parameters import Id, IdFilter, Paging, etag
from api.patrol_views import PatrolProposalAnswer
from api.ports import ApiPorts, Ports
from api.problems import INVALID, NOT_FOUND, Problem, nothing
from api.requests import DecisionBody, ProposalBody
from domain.commands import DecideProposal, ProposePatrol
from domain.identity import REAL_LANE, derive_id
from domain.patrol_proposal import PatrolProposal, ProposalState, ProposedPlan, amended
from domain.site import Site
from stores.ports import Page, ProposalFilter

router = APIRouter(prefix="/api/v1", tags=["tours"])

_MOST_ACCEPTED = 500

State = Annotated[ProposalState | None, Query(description="Proposals that stand so.")]


@router.get("/patrol-proposals", **list_answer(proposal_examples.PROPOSAL))
def list_patrol_proposals(
    ports: Ports, page: Paging, site: IdFilter = None, state: State = None
) -> Listing[PatrolProposal]:
    """Proposals for patrols, newest first."""
    return Listing(*ports.models.proposals(ProposalFilter(site=site, state=state), page))


@router.get("/patrol-proposals/{proposal}", **answer(proposal_examples.PROPOSAL, NOT_FOUND))
def get_patrol_proposal(ports: Ports, proposal: Id, response: Response) -> PatrolProposal:
    """One proposal: what would change, and why. Its ETag is its version, for If-Match."""
    found = _proposal(ports, proposal)
    response.headers.update(etag(found.version))
    return found


@router.post("/sites/{site}/patrol-proposals", **command_answer(proposal_examples.PROPOSAL_ANSWER, examples.WAITING))
async def propose_patrol(ports: Ports, asked: Asked, site: Id, body: ProposalBody) -> PatrolProposalAnswer | Response:
    """Put a planner's proposal before the supervisors. It changes nothing until one of them accepts it."""
    try:
        plan = msgspec.convert(body.plan, ProposedPlan)
    except msgspec.ValidationError as error:
        remedy = "send the plan as 'vigil plan ... --json' gives it"
        raise Problem(INVALID, f"The plan cannot be read: {error}", field=("body.plan", remedy)) from None
    command = ProposePatrol(**asked.common(body), site=site, plan=plan)
    proposal = derive_id("proposal", REAL_LANE, command.id)
    return await asked.answer(
        command, site, lambda outcome: PatrolProposalAnswer(outcome=outcome, proposal=_proposal(ports, proposal))
    )


@router.post(
    "/patrol-proposals/{proposal}/decide", **command_answer(proposal_examples.PROPOSAL_ANSWER, examples.WAITING)
)
async def decide_patrol_proposal(
    ports: Ports, asked: Asked, proposal: Id, body: DecisionBody
) -> PatrolProposalAnswer | Response:
    """Accept or refuse a proposal, or withdraw an accepted one. Runs that have not begun follow what then holds."""
    command = DecideProposal(**asked.common(body), proposal=proposal, trigger=body.trigger, reason=body.reason)
    return await asked.answer(
        command, proposal, lambda outcome: PatrolProposalAnswer(outcome=outcome, proposal=_proposal(ports, proposal))
    )


def with_accepted(ports: ApiPorts, site: Site) -> Site:
    """The site with the tours that hold: as configured, and over that as accepted."""
    which = ProposalFilter(site=site.id, state=ProposalState.ACCEPTED)
    accepted, _ = ports.models.proposals(which, Page(limit=_MOST_ACCEPTED))
    return amended(site, [each.plan for each in sorted(accepted, key=lambda each: (each.changed_at, each.id))])


def _proposal(ports: ApiPorts, proposal: str) -> PatrolProposal:
    found = ports.models.proposal(proposal)
    if found is None:
        raise nothing("patrol proposal", proposal)
    return found
