"""Proposals for patrols over HTTP: put, listed, decided on, and what the site and the phones then show."""

import msgspec
import pytest
from msgspec.structs import replace

from domain.commands import DecideProposal, ProposePatrol
from domain.effects import PatrolProposalChanged, TourRunChanged
from domain.patrol_proposal import ProposalKind, ProposalState, ProposalTrigger, ProposedPlan
from domain.site import Tour, TourStop, WeeklyTime
from domain.text import same
from tests.api.building import a_proposal, a_run
from tests.api.document import DOCUMENT, require_valid
from tests.api.serving import PHONE_TOKEN, Backstage, LocalClient

VISIT = Tour(
    id="visit-a",
    name=same("Visit: A"),
    stops=(TourStop(checkpoint="cp-1"),),
    starts=(WeeklyTime(at="23:00"),),
    maximum_seconds=1800.0,
)
PLAN = ProposedPlan(kind=ProposalKind.WEEK, tours=(VISIT,), why=same("drawn"))
OLD = a_proposal().id


def test_a_plan_is_proposed_as_the_planner_prints_it(behind: Backstage, client: LocalClient) -> None:
    plan = msgspec.json.decode(msgspec.json.encode(PLAN))
    answer = client.post("/api/v1/sites/tower/patrol-proposals", json={"plan": plan})
    assert answer.status_code == 200, answer.text
    require_valid(answer.json(), {"$ref": "#/components/schemas/PatrolProposalAnswer"})
    [command] = behind.engine.commands
    assert isinstance(command, ProposePatrol)
    assert (command.site, command.plan) == ("tower", PLAN)
    assert answer.json()["proposal"]["state"] == "proposed"


@pytest.mark.parametrize("plan", [{}, {"kind": "month"}, {"kind": "week", "why": {"en": "x", "zh": "x"}, "tours": [3]}])
def test_what_is_no_plan_never_reaches_the_journal(
    behind: Backstage, client: LocalClient, plan: dict[str, object]
) -> None:
    answer = client.post("/api/v1/sites/tower/patrol-proposals", json={"plan": plan})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert behind.engine.commands == []


def test_proposals_are_listed_and_filtered(client: LocalClient) -> None:
    assert [each["id"] for each in client.get("/api/v1/patrol-proposals?site=tower").json()["items"]] == [OLD]
    assert client.get("/api/v1/patrol-proposals?state=accepted").json()["items"] == []
    one = client.get(f"/api/v1/patrol-proposals/{OLD}")
    assert (one.json()["plan"]["why"]["en"], one.headers["etag"]) == ("as it is", '"1"')
    assert client.get("/api/v1/patrol-proposals/none").status_code == 404


def test_a_decision_goes_to_the_engine_with_who_and_why(behind: Backstage, client: LocalClient) -> None:
    body = {"trigger": "accept", "reason": "shorter", "expected_version": 1}
    answer = client.post(f"/api/v1/patrol-proposals/{OLD}/decide", json=body, headers={"Idempotency-Key": "k1"})
    assert answer.json()["proposal"]["state"] == "accepted"
    assert behind.engine.commands == [
        DecideProposal(
            id="k1",
            actor="operator",
            roles=("operator", "supervisor"),
            expected_version=1,
            proposal=OLD,
            trigger=ProposalTrigger.ACCEPT,
            reason="shorter",
        )
    ]


def test_an_accepted_week_is_part_of_the_site_and_of_the_phones_day(behind: Backstage, client: LocalClient) -> None:
    accepted = replace(a_proposal("week"), state=ProposalState.ACCEPTED, plan=PLAN)
    run = replace(a_run("run-visit"), tour="visit-a")
    behind.engine.commit(
        [PatrolProposalChanged(proposal=accepted), TourRunChanged(run=run)], behind.journal.last_seq + 1
    )
    tours = [tour["id"] for tour in client.get("/api/v1/sites/tower").json()["tours"]]
    assert tours[-1] == "visit-a"
    day = client.get("/api/v1/phone", headers={"Authorization": f"Bearer {PHONE_TOKEN}"}).json()
    assert "run-visit" in [each["id"] for each in day["runs"]]
    assert "PatrolProposal" in DOCUMENT["components"]["schemas"]
