"""What a phone is told of its site and its tours: enough for a shift without a connection, nothing of suspicions."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from domain.effects import TourRunChanged
from domain.instant import HOUR, MINUTE, to_iso
from domain.tour_run import Handover
from tests.api.building import a_run
from tests.api.document import DOCUMENT, require_valid
from tests.api.serving import PHONE_TOKEN, Backstage, LocalClient
from tests.samples import NOW

PHONE = {"Authorization": f"Bearer {PHONE_TOKEN}"}


def day(client: LocalClient) -> Mapping[str, Any]:
    answer = client.get("/api/v1/phone", headers=PHONE)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    require_valid(found, {"$ref": "#/components/schemas/PhoneDay"})
    return found


def test_it_has_the_site_its_officers_and_its_checkpoints(client: LocalClient) -> None:
    found = day(client)
    assert (found["site"], found["device"], found["timezone"], found["at"]) == (
        "tower",
        "phone-1",
        "Asia/Shanghai",
        to_iso(NOW),
    )
    assert found["officers"] == [{"id": "officer-1", "name": "Chen Wei"}]
    assert [(each["id"], each["questions"]) for each in found["checkpoints"]] == [("cp-1", [])]


def test_a_run_has_its_times_and_nothing_that_only_supervisors_see(client: LocalClient) -> None:
    (run, *_) = day(client)["runs"]
    starts_at = NOW - MINUTE
    assert (run["state"], run["order"], run["officers"]) == ("in_progress", "any", [])
    assert (run["opens_at"], run["starts_at"]) == (to_iso(starts_at - 5 * MINUTE), to_iso(starts_at))
    assert run["stops"] == [
        {
            "checkpoint": "cp-1",
            "not_before": to_iso(starts_at - 5 * MINUTE),
            "due_at": to_iso(starts_at + MINUTE),
            "missed_at": to_iso(starts_at + 2 * MINUTE),
            "verdict": "pending",
            "scanned_at": None,
        }
    ]
    assert "suspicion" not in run


def test_what_began_long_ago_and_tours_that_are_no_more_are_left_out(behind: Backstage, client: LocalClient) -> None:
    old = a_run("run-old", starts_at=NOW - 13 * HOUR)
    foreign = replace(a_run("run-foreign"), tour="gone")
    behind.engine.commit([TourRunChanged(run=old), TourRunChanged(run=foreign)], behind.journal.last_seq + 1)
    assert not {"run-old", "run-foreign"} & {run["id"] for run in day(client)["runs"]}


def test_a_tour_for_everybody_stays_so_when_it_is_handed_over(behind: Backstage, client: LocalClient) -> None:
    handed = replace(a_run(), handovers=(Handover(at=NOW, officer="officer-2", actor="operator"),), version=2)
    behind.engine.commit([TourRunChanged(run=handed)], behind.journal.last_seq + 1)
    assert [run["officers"] for run in day(client)["runs"]] == [[]]


def test_it_is_for_phones_alone(client: LocalClient) -> None:
    answer = client.get("/api/v1/phone")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_its_schema_is_in_the_document() -> None:
    assert "/api/v1/phone" in DOCUMENT["paths"]
