import threading
from typing import Any

import pytest

from api.ports import ApiLimits
from domain.commands import (
    AcknowledgeAlarm,
    AssignAlarm,
    CloseOccurrence,
    Command,
    Disposition,
    ResetLatch,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnshelveAlarm,
)
from domain.record import Record, Urgency
from journal.memory import MemoryJournal
from journal.ports import JournalUnavailable, Stored
from tests.api.building import ALARM, INCIDENT, OCCURRENCE, ORDER, RUN, outcome
from tests.api.serving import SECONDS, Backstage, LocalClient
from tests.api.streaming import until
from tests.samples import NOW

ACKNOWLEDGE = f"/api/v1/alarms/{ALARM}/acknowledge"
HASTY = ApiLimits(outcome_seconds=0.05, stored_seconds=0.2)


def test_an_accepted_command_gives_the_outcome_and_the_thing_as_it_now_is(
    behind: Backstage, client: LocalClient
) -> None:
    answer = client.post(ACKNOWLEDGE, json={"comment": "on my way"}, headers={"Idempotency-Key": "key-1"})
    assert answer.status_code == 200
    said = answer.json()
    assert said["outcome"]["accepted"] is True
    assert said["outcome"]["command"] == "key-1"
    assert said["alarm"]["acknowledgement"] == "acked"
    assert client.get(f"/api/v1/alarms/{ALARM}").json() == said["alarm"]
    [command] = behind.engine.commands
    assert command == AcknowledgeAlarm(
        id="key-1", actor="operator", roles=("operator", "supervisor"), alarm=ALARM, comment="on my way"
    )


def test_the_command_is_journalled_as_the_operators(behind: Backstage, client: LocalClient) -> None:
    client.post(f"/api/v1/occurrences/{OCCURRENCE}/close", json={"disposition": "false", "cause": "wind"})
    record = behind.journal.read(3, 1)[0]
    assert (record.source, record.event_time, record.received_at) == ("operator:operator", NOW, NOW)
    assert isinstance(record.body, CloseOccurrence)
    assert (record.body.disposition, record.body.cause) == (Disposition.FALSE, "wind")


def test_without_a_body_an_alarm_is_acknowledged_without_a_comment(behind: Backstage, client: LocalClient) -> None:
    assert client.post(ACKNOWLEDGE).status_code == 200
    [command] = behind.engine.commands
    assert isinstance(command, AcknowledgeAlarm)
    assert command.comment == ""
    assert len(command.id) > 32


WHO: dict[str, Any] = {"id": "key-1", "actor": "operator", "roles": ("operator", "supervisor"), "alarm": ALARM}


@pytest.mark.parametrize(
    ("action", "body", "command"),
    [
        ("acknowledge", {"forced": True}, AcknowledgeAlarm(**WHO, forced=True)),
        ("assign", {"assignee": "li"}, AssignAlarm(**WHO, assignee="li")),
        ("assign", {"assignee": None}, AssignAlarm(**WHO)),
        (
            "shelve",
            {"seconds": 60, "reason": "painting", "once": True},
            ShelveAlarm(**WHO, seconds=60.0, reason="painting", once=True),
        ),
        ("unshelve", None, UnshelveAlarm(**WHO)),
        ("take-out-of-service", {"reason": "new"}, TakeOutOfService(**WHO, reason="new")),
        ("return-to-service", {}, ReturnToService(**WHO)),
        ("reset-latch", None, ResetLatch(**WHO)),
    ],
)
def test_what_is_asked_of_an_alarm_reaches_the_engine(
    behind: Backstage, client: LocalClient, action: str, body: dict[str, object] | None, command: Command
) -> None:
    answer = client.post(f"/api/v1/alarms/{ALARM}/{action}", json=body, headers={"Idempotency-Key": "key-1"})
    assert answer.status_code == 200
    assert answer.json()["alarm"]["id"] == ALARM
    assert behind.engine.commands == [command]


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("shelve", {"reason": "x"}, "body.seconds"),
        ("shelve", {"seconds": 60}, "body.reason"),
        ("assign", {}, "body.assignee"),
        ("take-out-of-service", {}, "body.reason"),
    ],
)
def test_what_a_command_about_an_alarm_needs(
    client: LocalClient, action: str, body: dict[str, object], field: str
) -> None:
    answer = client.post(f"/api/v1/alarms/{ALARM}/{action}", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_same_key_again_gets_the_first_outcome_and_no_second_record(behind: Backstage, client: LocalClient) -> None:
    first = client.post(ACKNOWLEDGE, headers={"Idempotency-Key": "key-1"})
    again = client.post(ACKNOWLEDGE, headers={"Idempotency-Key": "key-1"})
    assert again.json() == first.json()
    assert len(behind.engine.commands) == 1


def test_a_key_of_another_command_is_refused(client: LocalClient) -> None:
    client.post(ACKNOWLEDGE, headers={"Idempotency-Key": "key-1"})
    answer = client.post("/api/v1/alarms/alarm-2/acknowledge", headers={"Idempotency-Key": "key-1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.idempotency-key"


@pytest.mark.parametrize(
    ("url", "headers", "body", "status", "code"),
    [
        ("/api/v1/alarms/unknown-1/acknowledge", {}, {}, 404, "unknown_alarm"),
        (ACKNOWLEDGE, {"If-Match": '"7"'}, {}, 412, "version_conflict"),
        (ACKNOWLEDGE, {}, {"expected_version": 7}, 409, "version_conflict"),
        (ACKNOWLEDGE, {}, {"comment": "forbidden"}, 403, "forbidden"),
        (
            f"/api/v1/occurrences/{OCCURRENCE}/close",
            {},
            {"disposition": "real", "cause": "too early"},
            409,
            "condition_active",
        ),
    ],
)
def test_a_refusal_is_a_problem_with_the_engines_code(
    reader: LocalClient, url: str, headers: dict[str, str], body: dict[str, object], status: int, code: str
) -> None:
    answer = reader.post(url, headers=headers, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["detail"] == f"said {code}"


def test_the_version_looked_at_goes_to_the_engine(behind: Backstage, client: LocalClient) -> None:
    tag = client.get(f"/api/v1/alarms/{ALARM}").headers["etag"]
    assert tag == '"1"'
    assert client.post(ACKNOWLEDGE, headers={"If-Match": tag}).status_code == 200
    assert behind.engine.commands[0].expected_version == 1


@pytest.mark.parametrize(
    ("headers", "body", "field"),
    [
        ({"If-Match": '"1"'}, {"expected_version": 2}, "body.expected_version"),
        ({"If-Match": 'W/"1"'}, {}, "header.if-match"),
        ({"Idempotency-Key": "no spaces"}, {}, "header.idempotency-key"),
        ({}, {"comment": "a\x00b"}, "body.comment"),
        ({}, {"comment": "\x1b[2J"}, "body.comment"),
        ({}, {"comment": "x" * 2001}, "body.comment"),
        ({}, {"remark": "x"}, "body.remark"),
    ],
)
def test_what_is_not_valid_never_reaches_the_journal(
    shared: Backstage, reader: LocalClient, headers: dict[str, str], body: dict[str, object], field: str
) -> None:
    before = shared.journal.last_seq
    answer = reader.post(ACKNOWLEDGE, headers=headers, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["remedy"]
    assert shared.journal.last_seq == before


@pytest.mark.parametrize("path", [f"/api/v1/occurrences/{OCCURRENCE}/close", f"/api/v1/incidents/{INCIDENT}/close"])
def test_closing_without_a_disposition_is_refused(shared: Backstage, reader: LocalClient, path: str) -> None:
    before = shared.journal.last_seq
    answer = reader.post(path, json={"comment": "done"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["body.disposition"]
    assert shared.journal.last_seq == before


def test_other_commands_reach_the_engine(behind: Backstage, client: LocalClient) -> None:
    moved = client.post(
        f"/api/v1/work-orders/{ORDER}/transitions", json={"trigger": "dispatch", "assignee": "engineer-1"}
    )
    assert moved.json()["order"]["state"] == "dispatched"
    ended = client.post(f"/api/v1/tour-runs/{RUN}/abandon", json={"reason": "storm"})
    assert ended.json()["run"]["state"] == "abandoned"
    remark = client.post(f"/api/v1/alarms/{ALARM}/comments", json={"comment": "line 1\nline 2"})
    assert remark.status_code == 200
    assert [type(command).__name__ for command in behind.engine.commands] == [
        "MoveWorkOrder",
        "AbandonTourRun",
        "CommentAlarm",
    ]


def test_without_an_outcome_in_time_it_says_where_to_ask(behind: Backstage) -> None:
    behind.engine.answer = None
    with LocalClient(behind, HASTY) as client:
        answer = client.post(ACKNOWLEDGE, headers={"Idempotency-Key": "key-1"})
        assert answer.status_code == 202
        assert answer.headers["location"] == "/api/v1/commands/key-1"
        asked = client.get(answer.headers["location"])
        assert (asked.status_code, asked.json()["state"]) == (200, "waiting")
        assert asked.headers["retry-after"] == "1"
        until(lambda: bool(behind.engine.commands), "the engine to have read the command")
        behind.engine.commit([outcome(behind.engine.commands[0], "order_ended")], 4)
        assert client.get("/api/v1/commands/key-1").json()["state"] == "refused"
        assert client.get("/api/v1/commands/never-sent").status_code == 404


class DeafJournal(MemoryJournal):
    """Takes records and never stores them."""

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        return


class FullJournal(MemoryJournal):
    """Refuses on its writer thread, as a full disk does."""

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        thread = threading.Thread(target=stored, args=(None, JournalUnavailable("disk full at /secret/place")))
        thread.start()
        thread.join(SECONDS)


class ClosedJournal(MemoryJournal):
    """Refuses at once."""

    def submit(self, record: Record, urgency: Urgency, stored: Stored) -> None:
        raise JournalUnavailable("closed")


@pytest.mark.parametrize("journal", [DeafJournal, FullJournal, ClosedJournal])
def test_what_is_not_journalled_is_not_acknowledged(behind: Backstage, journal: type[MemoryJournal]) -> None:
    broken = journal()
    with LocalClient(behind, HASTY, journal=broken) as client:
        answer = client.post(ACKNOWLEDGE, headers={"Idempotency-Key": "key-1"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "secret" not in answer.text
    broken.close()


def test_commands_are_counted(behind: Backstage, client: LocalClient) -> None:
    client.post(ACKNOWLEDGE)
    client.post("/api/v1/alarms/unknown-1/acknowledge")
    counted = {
        result: behind.registry.get_sample_value(
            "vigil_commands_total", {"kind": "acknowledge_alarm", "result": result}
        )
        for result in ("accepted", "refused")
    }
    assert counted == {"accepted": 1.0, "refused": 1.0}
