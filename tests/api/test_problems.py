from collections.abc import AsyncIterator, Sequence

import pytest
import structlog

from domain.site import Site
from stores.ports import AlarmFilter, Page, StoreUnavailable
from tests.api.serving import Backstage, LocalClient


def test_an_unknown_path_is_a_problem(reader: LocalClient) -> None:
    answer = reader.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:vigil:problem:not_found"


def test_a_method_that_is_not_offered_is_a_problem_and_says_which_are(reader: LocalClient) -> None:
    answer = reader.request("PUT", "/api/v1/alarms")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/sites/nowhere",
        "/api/v1/sites/nowhere/live",
        "/api/v1/alarms/none",
        "/api/v1/alarms/none/occurrences",
        "/api/v1/alarms/none/history",
        "/api/v1/alarms/none/why",
        "/api/v1/occurrences/none",
        "/api/v1/work-orders/none",
        "/api/v1/work-orders/none/history",
        "/api/v1/tour-runs/none",
        "/api/v1/points/none/readings",
        "/api/v1/points/p0/readings?site=annex",
        "/api/v1/quarantine/1",
        "/api/v1/quarantine/99999",
        "/api/v1/commands/none",
    ],
)
def test_what_is_not_there_is_named(reader: LocalClient, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no ")


@pytest.mark.parametrize(
    ("path", "field", "remedy"),
    [
        ("/api/v1/alarms?limit=501", "query.limit", "give at most 500"),
        ("/api/v1/alarms?limit=x", "query.limit", "give a whole number"),
        ("/api/v1/alarms?site=a%20b", "query.site", "use 1 to 64 of A-Z a-z 0-9 _ -"),
        ("/api/v1/alarms?condition=loud", "query.condition", "use one of 'inactive', 'active' or 'unknown'"),
        ("/api/v1/alarms?standing=perhaps", "query.standing", "give true or false"),
        ("/api/v1/alarms?cursor=AAAA", "query.cursor", "take `next` from the page before"),
        (
            "/api/v1/alarms?stading=true",
            "query.stading",
            "use condition, cursor, limit, mode, own, rule, site, standing, suppressed",
        ),
        ("/api/v1/sites?x=1", "query.x", "leave it out: this takes none"),
        ("/api/v1/alarms/a.b", "path.alarm", "use 1 to 64 of"),
        ("/api/v1/quarantine/0", "path.seq", "give at least 1"),
        ("/api/v1/quarantine/99999999999999999999", "path.seq", "give at most"),
        ("/api/v1/points/p0/readings?start=yesterday", "query.start", "write it like 2026-11-23T07:30:00Z"),
        ("/api/v1/points/p0/readings?start=2026-11-23T07:30:00", "query.start", "give an offset"),
        ("/api/v1/points/p0/readings?start=0001-01-01T00:00:00Z", "query.start", "between 1970 and 2100"),
        ("/api/v1/points/p0/readings?start=2028-01-01T00:00:00Z", "query.start", "give a start before the end"),
        ("/api/v1/points/p0/readings?max_points=0", "query.max_points", "give at least 1"),
        ("/api/v1/people", "query.id", "give it; it is required"),
        ("/login", "query.once", "give it; it is required"),
    ],
)
def test_what_is_not_valid_names_field_and_remedy(reader: LocalClient, path: str, field: str, remedy: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert remedy in error["remedy"]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff", b'{"comment": NaN}', b'{"comment": "\\ud800"}', b"[" * 30_000, b"null" * 9]
)
def test_a_body_that_is_no_object_is_refused(reader: LocalClient, shared: Backstage, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = reader.post("/api/v1/alarms/alarm-1/comments", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert shared.journal.last_seq == 3


def test_a_body_too_large_is_refused_by_its_length(reader: LocalClient) -> None:
    answer = reader.post("/api/v1/alarms/alarm-1/comments", content=b"x" * (64 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


def test_a_body_too_large_is_refused_while_it_comes(reader: LocalClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    answer = reader.post(
        "/api/v1/alarms/alarm-1/comments", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


class BrokenModels:
    """Read models that fail as told."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def last_position(self) -> int:
        return 0

    def wait_for_effects(self, position: int, timeout: float) -> bool:
        return False

    def alarms(self, which: AlarmFilter, page: Page) -> tuple[Sequence[Site], str | None]:
        raise self._error


def test_a_mistake_of_ours_tells_an_id_and_nothing_else(behind: Backstage) -> None:
    broken = BrokenModels(ZeroDivisionError("secret path /a/b"))
    with structlog.testing.capture_logs() as logs, LocalClient(behind, models=broken) as client:
        answer = client.get("/api/v1/alarms")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "Traceback" not in answer.text
    [logged] = [entry for entry in logs if entry["event"] == "request_failed"]
    assert logged["instance"] == answer.json()["instance"]
    assert logged["instance"] in answer.json()["detail"]
    assert "ZeroDivisionError: secret path" in logged["traceback"]


def test_a_store_that_is_away_is_503(behind: Backstage) -> None:
    broken = BrokenModels(StoreUnavailable("disk /secret"))
    with LocalClient(behind, models=broken) as client:
        answer = client.get("/api/v1/alarms")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "secret" not in answer.text
