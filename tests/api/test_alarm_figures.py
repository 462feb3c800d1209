"""Figures and the operators' log over HTTP."""

import pytest

from domain.commands import AddLogEntry
from domain.operator_log import LogKind
from tests.api.serving import Backstage, LocalClient

FIGURES = "/api/v1/alarm-figures"
LOG = "/api/v1/log"


def test_figures_of_the_last_day_link_to_what_they_count(client: LocalClient) -> None:
    said = client.get(FIGURES).json()
    assert (said["start"], said["end"]) == ("2027-01-14T08:00:00Z", "2027-01-15T08:00:00Z")
    assert (said["occurrences"], said["operators"], said["stale"]["count"]) == (0, 1, 0)
    after = client.get(f"{FIGURES}?end=2027-01-15T09:00:00Z&operators=2&site=tower").json()
    assert (after["occurrences"], after["suppressed"]["count"], after["operators"]) == (1, 1, 2)
    (occurrence,) = after["suppressed"]["ids"]
    assert client.get(f"/api/v1/occurrences/{occurrence}").status_code == 200
    assert client.get(f"{FIGURES}?end=2027-01-15T09:00:00Z&site=elsewhere").json()["occurrences"] == 0


@pytest.mark.parametrize(
    "query", ["start=2027-01-15T09:00:00Z&end=2027-01-15T08:00:00Z", "start=2026-01-01T00:00:00Z", "operators=0"]
)
def test_a_period_that_is_none_is_refused(client: LocalClient, query: str) -> None:
    answer = client.get(f"{FIGURES}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["remedy"]


def test_the_log_is_written_read_and_taken_away(behind: Backstage, client: LocalClient) -> None:
    body = {"site": "tower", "kind": "call", "text": "=电梯困人", "caller": "1203", "alarms": ["alarm-1"]}
    answer = client.post(LOG, json=body, headers={"Idempotency-Key": "key-1"})
    assert answer.status_code == 200
    assert answer.json()["entry"]["text"] == "=电梯困人"
    [command] = behind.engine.commands
    assert isinstance(command, AddLogEntry)
    assert (command.kind, command.caller, command.alarms) == (LogKind.CALL, "1203", ("alarm-1",))
    assert [each["kind"] for each in client.get(f"{LOG}?kind=call").json()["items"]] == ["call"]
    assert client.get(f"{LOG}?start=2027-01-16T00:00:00Z").json()["items"] == []
    table = client.get(f"{LOG}.csv")
    assert table.headers["content-type"].startswith("text/csv")
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "at,written_at,site,kind,written_by,caller,text,alarms"
    assert any("'=电梯困人" in line for line in lines[1:])
