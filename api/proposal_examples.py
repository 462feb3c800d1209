"""Examples of proposals for patrols for the OpenAPI document, of the same story as the others."""

from typing import Final

from api.examples import AT, RUN
from api.patrol_views import PatrolProposalAnswer
from domain.effects import CommandOutcome
from domain.patrol_proposal import PatrolProposal, ProposalKind, ProposalState, ProposedPlan
from domain.site import Tour, TourStop, WeeklyTime
from domain.text import Text

_STARTS: Final = (WeeklyTime(at="22:00"),)
_GATE, _ROOF, _PUMPS = (TourStop(checkpoint=name, due_seconds=600.0) for name in ("gate", "roof", "pumps"))
PROPOSAL: Final = PatrolProposal(
    id="proposal-0e81",
    site=RUN.site,
    state=ProposalState.PROPOSED,
    plan=ProposedPlan(
        kind=ProposalKind.TOUR_ORDER,
        tours=(Tour(id=RUN.tour, name=RUN.name, stops=(_GATE, _PUMPS, _ROOF), starts=_STARTS),),
        before=(Tour(id=RUN.tour, name=RUN.name, stops=(_GATE, _ROOF, _PUMPS), starts=_STARTS),),
        why=Text("walking 0:12:10 instead of 0:17:40", "步行用时由 0:17:40 减为 0:12:10"),
        saved_seconds=330.0,
    ),
    proposed_at=AT,
    proposed_by="operator",
    changed_at=AT,
)
PROPOSAL_ANSWER: Final = PatrolProposalAnswer(
    outcome=CommandOutcome(
        command="command-6f0c", accepted=True, code="accepted", detail="", subject=PROPOSAL.id, version=1
    ),
    proposal=PROPOSAL,
)
