"""Proposals for patrols (巡更方案): tours that a planner would have otherwise, and what a supervisor made of them.

An accepted proposal lies over the configuration, which stays what the files say. It holds for the tours as they stood
when it was made: where the configuration changes one of them the proposal lapses, so that what somebody wrote into a
file always counts.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.identity import is_id
from domain.instant import Instant
from domain.site import Site, Tour
from domain.text import Text
from domain.tour_checks import check_tours

MOST_TOURS: Final = 200
"""Tours in one proposal: one for each zone of a large site."""

MOST_TIMES: Final = 5_000
"""Stops and starts of all its tours: a week has 672 quarters of an hour, a long tour 100 stops."""


class ProposalKind(StrEnum):
    """What was planned: the order of one tour, or a week of visits."""

    TOUR_ORDER = "tour_order"
    WEEK = "week"


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ProposalTrigger(StrEnum):
    """What happens to a proposal: the first three are a supervisor's, `replace` another one's that was accepted."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    LAPSE = "lapse"


_S = ProposalState
_T = ProposalTrigger

PROPOSAL_TABLE: Final[Mapping[tuple[ProposalState, ProposalTrigger], ProposalState]] = {
    (_S.PROPOSED, _T.ACCEPT): _S.ACCEPTED,
    (_S.PROPOSED, _T.REFUSE): _S.REFUSED,
    (_S.PROPOSED, _T.LAPSE): _S.LAPSED,
    (_S.ACCEPTED, _T.WITHDRAW): _S.WITHDRAWN,
    (_S.ACCEPTED, _T.REPLACE): _S.REPLACED,
    (_S.ACCEPTED, _T.LAPSE): _S.LAPSED,
}


class ZoneGap(Struct, frozen=True, kw_only=True):
    """How long a zone may be left alone, how long it would be at most (both in seconds), and its visits in the week."""

    zone: str
    allowed_seconds: float
    longest_seconds: float
    visits: int


class ProposedPlan(Struct, frozen=True, kw_only=True):
    """What is proposed and why. `tours` would hold instead of `before`, the tours of those ids in the configuration.

    `saved_seconds` is walking that each run is spared; `gaps` are a week's zones.
    """

    kind: ProposalKind
    tours: tuple[Tour, ...]
    why: Text
    before: tuple[Tour, ...] = ()
    saved_seconds: float = 0.0
    gaps: tuple[ZoneGap, ...] = ()


class PatrolProposal(Struct, frozen=True, kw_only=True):
    """A proposal as it stands. `decided_by` accepted, refused or withdrew it last, and `reason` is what was said then.

    `version` grows with every change.
    """

    id: str
    site: str
    state: ProposalState
    plan: ProposedPlan
    proposed_at: Instant
    proposed_by: str
    changed_at: Instant
    decided_by: str = ""
    reason: str = ""
    version: int = 1


def amended(site: Site, plans: Iterable[ProposedPlan]) -> Site:
    """The site with the tours that were accepted: changed ones in their places, new ones behind."""
    tours = {tour.id: tour for tour in site.tours}
    for plan in plans:
        tours |= {tour.id: tour for tour in plan.tours}
    return replace(site, tours=tuple(tours.values()))


def misfit(site: Site, plan: ProposedPlan, others: Iterable[ProposedPlan] = ()) -> str:
    """Why a plan cannot hold at a site as it is configured, beside `others` that hold; empty where it can.

    A sentence with its remedy after a colon.
    """
    if not plan.tours:
        return "the proposal has no tours"
    times = sum(len(tour.stops) + len(tour.starts) + len(tour.recurrences) for tour in plan.tours)
    if len(plan.tours) > MOST_TOURS or times > MOST_TIMES:
        return f"the proposal is too large: at most {MOST_TOURS} tours with {MOST_TIMES} stops and starts in all"
    before = {tour.id: tour for tour in plan.before}
    configured = {tour.id: tour for tour in site.tours}
    for tour in plan.tours:
        if not is_id(tour.id):
            return f"'{tour.id[:80]}' is no id of a tour: use 1 to 64 of A-Z a-z 0-9 _ -"
        if configured.get(tour.id) != before.get(tour.id):
            return f"tour '{tour.id}' has been changed in the configuration since: plan again"
    for problem in check_tours(amended(site, [*others, plan])):
        return f"{problem.message}: {problem.remedy[:1].lower()}{problem.remedy[1:]}"
    return ""
