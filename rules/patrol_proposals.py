"""Proposals for patrols that supervisors have before them, and those that hold over the configuration."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from domain.commands import DecideProposal, ProposePatrol
from domain.effects import PatrolProposalChanged
from domain.errors import CommandRefused
from domain.identity import derive_id
from domain.instant import Instant
from domain.patrol_proposal import (
    PROPOSAL_TABLE,
    PatrolProposal,
    ProposalKind,
    ProposalState,
    ProposalTrigger,
    ProposedPlan,
    amended,
    misfit,
)
from domain.site import PersonRole, Site
from domain.transition import step
from rules.telling import Dated

DECIDING_ROLE: Final = PersonRole.SUPERVISOR.value

MOST_OPEN: Final = 50
"""Proposals of a site that wait for a decision."""

_BY_HAND: Final = (ProposalTrigger.ACCEPT, ProposalTrigger.REFUSE, ProposalTrigger.WITHDRAW)
_HELD: Final = (ProposalState.PROPOSED, ProposalState.ACCEPTED)


class Proposals:
    """Holds what is proposed or accepted; what is over stands in the read models only."""

    def __init__(self, lane: str) -> None:
        """No site is configured."""
        self._lane = lane
        self._sites: dict[str, Site] = {}
        self._held: dict[str, PatrolProposal] = {}

    def configure(self, sites: Iterable[Site], at: Instant) -> list[Dated]:
        """Take the sites as configured; gives the proposals that do not fit them any more, which have lapsed."""
        self._sites = {site.id: site for site in sites}
        told: list[Dated] = []
        for held in list(self._held.values()):
            site = self._sites.get(held.site)
            complaint = f"site '{held.site}' is not configured any more" if site is None else misfit(site, held.plan)
            if complaint:
                told.append((at, self._move(replace(held, reason=complaint), ProposalTrigger.LAPSE, at)))
        return told

    def in_effect(self, sites: Iterable[Site]) -> tuple[Site, ...]:
        """The sites with the tours that hold: as configured, and over that as accepted."""
        return tuple(amended(site, plans) if (plans := self._accepted(site.id)) else site for site in sites)

    def propose(self, command: ProposePatrol, at: Instant) -> PatrolProposalChanged:
        """Take a proposal for supervisors to decide on.

        Raises:
            CommandRefused: `unknown_site`, `unfit_proposal`, or `too_many_proposals`.
        """
        site = self._site(command.site)
        if complaint := misfit(site, command.plan):
            raise CommandRefused("unfit_proposal", complaint)
        waiting = sum(each.site == site.id and each.state is ProposalState.PROPOSED for each in self._held.values())
        if waiting >= MOST_OPEN:
            detail = f"{waiting} proposals of site '{site.id}' wait already: accept or refuse some first"
            raise CommandRefused("too_many_proposals", detail)
        proposal = PatrolProposal(
            id=derive_id("proposal", self._lane, command.id),
            site=site.id,
            state=ProposalState.PROPOSED,
            plan=command.plan,
            proposed_at=at,
            proposed_by=command.actor,
            changed_at=at,
        )
        self._held[proposal.id] = proposal
        return PatrolProposalChanged(proposal=proposal)

    def decide(self, command: DecideProposal, at: Instant) -> tuple[Sequence[PatrolProposalChanged], bool]:
        """Do as a supervisor says; gives the proposal first, then what it replaces, and whether other tours hold now.

        Raises:
            CommandRefused: `unknown_proposal`, `version_conflict`, `forbidden`, `reason_needed`, `no_decision`, or
                `unfit_proposal`.
            IllegalTransition: it stands where this cannot be done.
        """
        held, trigger = self._expected(command), command.trigger
        if trigger not in _BY_HAND:
            detail = f"'{trigger}' is no decision: say one of {', '.join(_BY_HAND)}"
            raise CommandRefused("no_decision", detail)
        step("patrol proposal", PROPOSAL_TABLE, held.state, trigger)
        if trigger is not ProposalTrigger.ACCEPT and not command.reason.strip():
            raise CommandRefused("reason_needed", f"to {trigger} a proposal, give a reason")
        others: list[PatrolProposal] = []
        if trigger is ProposalTrigger.ACCEPT:
            others = self._replaced_by(held)
            beside = [plan for plan in self._accepted(held.site) if all(plan is not each.plan for each in others)]
            if complaint := misfit(self._site(held.site), held.plan, beside):
                raise CommandRefused("unfit_proposal", complaint)
        decided = self._move(replace(held, reason=command.reason, decided_by=command.actor), trigger, at)
        reason = f"proposal '{held.id}' was accepted"
        replaced = [self._move(replace(each, reason=reason), ProposalTrigger.REPLACE, at) for each in others]
        return [decided, *replaced], trigger is not ProposalTrigger.REFUSE

    def state(self) -> list[PatrolProposal]:
        """Everything remembered."""
        return list(self._held.values())

    def restore(self, sites: Iterable[Site], state: Iterable[PatrolProposal]) -> None:
        """Take back what `state` gave, under the same configuration."""
        self._sites = {site.id: site for site in sites}
        self._held = {each.id: each for each in state}

    def _accepted(self, site: str) -> list[ProposedPlan]:
        """Plans that hold at a site, in the order in which they were accepted."""
        accepted = [each for each in self._held.values() if each.site == site and each.state is ProposalState.ACCEPTED]
        return [each.plan for each in sorted(accepted, key=_by_change)]

    def _replaced_by(self, proposal: PatrolProposal) -> list[PatrolProposal]:
        """Accepted proposals that say otherwise what this one says: of the same tours, or of the site's week."""
        tours = dict.fromkeys(tour.id for tour in proposal.plan.tours)
        return [
            each
            for each in self._held.values()
            if each.site == proposal.site
            and each.state is ProposalState.ACCEPTED
            and (
                any(tour.id in tours for tour in each.plan.tours)
                or each.plan.kind is proposal.plan.kind is ProposalKind.WEEK
            )
        ]

    def _move(self, proposal: PatrolProposal, trigger: ProposalTrigger, at: Instant) -> PatrolProposalChanged:
        state = step("patrol proposal", PROPOSAL_TABLE, proposal.state, trigger)
        moved = replace(proposal, state=state, changed_at=at, version=proposal.version + 1)
        if state in _HELD:
            self._held[moved.id] = moved
        else:
            self._held.pop(moved.id, None)
        return PatrolProposalChanged(proposal=moved)

    def _site(self, name: str) -> Site:
        site = self._sites.get(name)
        if site is None:
            raise CommandRefused("unknown_site", f"site '{name}' is not configured")
        return site

    def _expected(self, command: DecideProposal) -> PatrolProposal:
        held = self._held.get(command.proposal)
        if held is None:
            detail = f"proposal '{command.proposal}' is not known, or over: plan again"
            raise CommandRefused("unknown_proposal", detail)
        if command.expected_version not in (None, held.version):
            detail = f"proposal '{held.id}' is at version {held.version}, not {command.expected_version}: look again"
            raise CommandRefused("version_conflict", detail)
        if DECIDING_ROLE not in command.roles:
            raise CommandRefused("forbidden", f"only a {DECIDING_ROLE} decides on proposals")
        return held


def _by_change(proposal: PatrolProposal) -> tuple[Instant, str]:
    return proposal.changed_at, proposal.id
