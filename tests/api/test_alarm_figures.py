"""Figures and the operators' log over HTTP."""

import pytest
from msgspec.structs import replace

from domain.alarm_figures import Figure
from domain.commands import AddLogEntry
from domain.effects import AlarmChange, AlarmChanged, EffectBody
from domain.operator_log import LogKind
from tests.api.serving import Backstage, LocalClient
from tests.samples import NOW, an_alarm

FIGURES = "/api/v1/alarm-figures"
LOG = "/api/v1/log"


def test_figures_of_the_last_day_link_to_what_they_count(client: LocalClient) -> None:
    said = client.get(FIGURES).json()
    assert (said["start"], said["end"]) == ("2027-01-14T08:00:00Z", "2027-01-15T08:00:00Z")
    assert (said["raised"]["count"], said["operators"], said["stale"]["count"]) == (0, 1, 0)
    after = client.get(f"{FIGURES}?end=2027-01-15T09:00:00Z&operators=2&site=tower").json()
    assert (after["raised"]["count"], after["suppressed"]["count"], after["operators"]) == (1, 1, 2)
    (occurrence,) = after["suppressed"]["ids"]
    assert client.get(f"/api/v1/occurrences/{occurrence}").status_code == 200
    (incident,) = after["incidents"]["ids"]
    assert client.get(f"/api/v1/incidents/{incident}").status_code == 200
    assert client.get(f"{FIGURES}?end=2027-01-15T09:00:00Z&site=elsewhere").json()["raised"]["count"] == 0


def many(behind: Backstage) -> None:
    """More occurrences than a figure names, of two alarms."""
    told: list[EffectBody] = []
    for number in range(250):
        alarm = an_alarm(f"alarm-{number % 2}")
        occurrence = replace(alarm.latest, id=f"o-{number:03}", raised_at=NOW - number, announced_at=NOW - number)
        alarm = replace(alarm, latest=occurrence, version=number + 1)
        told.append(AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=occurrence))
    behind.engine.commit(told, 4)


def whole(client: LocalClient, figure: str, **more: str) -> list[str]:
    """All ids behind a figure, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"end": "2027-01-15T09:00:00Z", "limit": "100", **more} | ({} if cursor is None else {"cursor": cursor})
        page = client.get(f"{FIGURES}/{figure}", params=query).json()
        found += page["ids"]
        assert page["figure"] == figure
        cursor = page["next"]
        if cursor is None:
            assert page["count"] == len(found)
            return found


def test_every_figure_lists_as_many_as_it_counts(behind: Backstage, client: LocalClient) -> None:
    many(behind)
    said = client.get(f"{FIGURES}?end=2027-01-15T09:00:00Z").json()
    shares = [share["occurrences"] for share in said["by_priority"]]
    counted = [each for each in said.values() if isinstance(each, dict) and "figure" in each] + shares
    assert {each["figure"] for each in counted} == set(Figure)
    for each in counted:
        ids = whole(client, each["figure"])
        assert (len(ids), len(set(ids)), ids[:100]) == (each["count"], each["count"], each["ids"])
        assert each["more"] == (each["count"] > 100)
    assert said["announced"]["count"] == 250
    for actor in said["top"]:
        assert len(whole(client, "announced", alarm=actor["alarm"])) == actor["occurrences"] == 125


def test_a_figure_that_is_none_or_a_cursor_of_another_is_refused(client: LocalClient) -> None:
    assert client.get(f"{FIGURES}/happiness").status_code == 422
    answer = client.get(f"{FIGURES}/announced?cursor=o-999")
    assert (answer.status_code, "leave it out" in answer.text) == (422, True)


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
