"""Why an alarm is here, quarantined bytes, histories, readings, pages, rules, figures."""

import base64

import numpy as np
import pytest
from msgspec.structs import replace

from api.views import Fault
from domain.alarm import Subject, SubjectKind
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChange, AlarmChanged, LateObservation
from domain.instant import HOUR, to_iso
from domain.priority import Priority
from domain.readings import Quality
from domain.text import same
from domain.work_order import WORK_ORDER_TABLE
from stores.ports import ReadingColumns
from tests.api.building import ALARM, OCCURRENCE
from tests.api.serving import Backstage, LocalClient
from tests.samples import NOW, an_alarm

MINUTE = 60_000_000


@pytest.mark.parametrize("path", [f"/api/v1/alarms/{ALARM}/why", f"/api/v1/occurrences/{OCCURRENCE}"])
def test_why_is_answered_whole(reader: LocalClient, path: str) -> None:
    why = reader.get(path).json()
    assert why["occurrence"]["why"]["seen"]["en"] == "opened without a grant"
    assert why["occurrence"]["why"]["values"] == {"limit bar": 2.0, "door": "d1"}
    assert why["alarm"]["procedure"]["zh"] == "先查看监控。"
    assert why["rule"]["id"] == "door-forced"
    assert why["rule_unchanged"] is True


def test_a_rule_that_changed_while_its_alarm_stands_says_what_holds_now(behind: Backstage, client: LocalClient) -> None:
    alarm = replace(an_alarm("alarm-low"), rule="p-low", subject=Subject(SubjectKind.POINT, "p1"))
    behind.engine.commit([AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=alarm.latest)], 4)
    rule = RuleSpec(
        id="p-low",
        kind="limit",
        site="tower",
        name=same("low"),
        priority=Priority.HIGH,
        subjects=("p1",),
        parameters={"low": 4.0},
    )
    assert client.get(f"/api/v1/alarms/{alarm.id}").json()["now"] is None
    behind.configuration = replace(behind.configuration, rules=(rule,))
    found = client.get(f"/api/v1/alarms/{alarm.id}").json()
    assert found["now"]["expected"] == {"en": "at least 4 bar", "zh": "不低于 4 bar"}
    assert (found["id"], found["latest"]["why"]["expected"]["en"]) == (alarm.id, alarm.latest.why.expected.en)
    assert client.get(f"/api/v1/alarms/{alarm.id}/why").json()["now"] == found["now"]


def test_evidence_is_the_records_themselves_in_short(reader: LocalClient) -> None:
    access, readings, gone = reader.get(f"/api/v1/alarms/{ALARM}/why").json()["evidence"]
    assert (access["seq"], access["type"], access["source"]) == (1, "access_event", "gw-1")
    assert (access["event_time"], access["device_time"]) == ("2027-01-15T08:00:00Z", "2027-01-15T07:59:59Z")
    assert access["identity"] == {"device": "gw-1", "boot": "b1", "seq": 7}
    assert access["believed"] == "received"
    assert access["facts"] == {"site": "tower", "door": "d1", "kind": "opened", "credential.kind": "card"}
    # Of another point than the alarm's subject, so none is shown.
    assert (readings["facts"], readings["readings"]) == ({"readings": 3}, [])
    assert (gone["seq"], gone["kept"], gone["type"]) == (999, False, None)


def test_tokens_of_credentials_are_not_shown(reader: LocalClient) -> None:
    assert "SECRET" not in reader.get(f"/api/v1/alarms/{ALARM}/why").text


def test_a_rule_that_changed_or_went_is_said(behind: Backstage, client: LocalClient) -> None:
    behind.configuration = Configuration(sites=behind.configuration.sites)
    why = client.get(f"/api/v1/alarms/{ALARM}/why").json()
    assert (why["rule"], why["rule_unchanged"]) == (None, False)


def test_quarantined_bytes_are_shown_exactly_and_harmlessly(reader: LocalClient) -> None:
    detail = reader.get("/api/v1/quarantine/3").json()
    assert base64.b64decode(detail["payload_base64"]) == b'{"a":\x00\xff<b>}'
    assert detail["payload_text"] == '{"a":\\x00\\xff<b>}'
    assert (detail["size"], detail["complete"]) == (40, False)


def test_quarantine_is_filtered_by_reason(reader: LocalClient) -> None:
    assert [item["seq"] for item in reader.get("/api/v1/quarantine?reason=bad").json()["items"]] == [3]
    assert reader.get("/api/v1/quarantine?reason=worse").json() == {"items": [], "next": None}


def test_histories_tell_who_and_when(behind: Backstage, client: LocalClient) -> None:
    client.post(f"/api/v1/alarms/{ALARM}/acknowledge", json={"comment": "mine"})
    newest, oldest = client.get(f"/api/v1/alarms/{ALARM}/history").json()["items"]
    assert (newest["body"]["change"], newest["body"]["actor"]) == ("acknowledged", "operator")
    assert newest["body"]["comment"] == "mine"
    assert oldest["body"]["change"] == "raised"
    assert newest["position"] > oldest["position"]


def test_pages_give_everything_once(reader: LocalClient) -> None:
    first = reader.get("/api/v1/tour-runs?limit=1").json()
    second = reader.get("/api/v1/tour-runs", params={"limit": 1, "cursor": first["next"]}).json()
    assert [run["id"] for run in (*first["items"], *second["items"])] == ["run-1", "run-0"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("site=tower", 1),
        ("site=annex", 0),
        ("condition=active", 1),
        ("condition=unknown", 0),
        ("rule=door-forced", 1),
        ("rule=other", 0),
        ("standing=true", 1),
        ("standing=false", 0),
    ],
)
def test_alarms_are_filtered(reader: LocalClient, query: str, found: int) -> None:
    assert len(reader.get(f"/api/v1/alarms?{query}").json()["items"]) == found


@pytest.mark.parametrize(
    ("query", "found"), [("open=true", 1), ("open=false", 0), ("state=closed", 0), ("asset=pump-1", 1)]
)
def test_orders_are_filtered(reader: LocalClient, query: str, found: int) -> None:
    assert len(reader.get(f"/api/v1/work-orders?{query}").json()["items"]) == found


@pytest.fixture
def measured(behind: Backstage) -> Backstage:
    """One value a minute for the last hour, the newest not a number."""
    count = 60
    values = np.arange(count, dtype=float)
    values[-1] = np.nan
    quality = np.full(count, Quality.GOOD, np.uint8)
    quality[-1] = Quality.BAD
    behind.historian.add(
        ReadingColumns(
            seq_first=1,
            seq_last=2,
            points=["p0"],
            seq=np.full(count, 2),
            index=np.zeros(count, np.int32),
            at=NOW - MINUTE * np.arange(count, 0, -1),
            values=values,
            quality=quality,
        )
    )
    return behind


def test_few_readings_come_as_they_are(measured: Backstage, client: LocalClient) -> None:
    series = client.get("/api/v1/points/p0/readings").json()
    assert (series["start"], series["end"]) == ("2027-01-14T08:00:00Z", "2027-01-15T08:00:00Z")
    assert (series["reduced"], series["unit"], series["site"]) == (False, "1", "tower")
    assert series["states"]["1"] == {"en": "open", "zh": "open"}
    assert series["mean"] == [*map(float, range(59)), None]
    assert series["quality"][-2:] == ["good", "bad"]
    assert series["at"][-1] == "2027-01-15T07:59:00Z"


def test_a_series_counts_the_messages_with_late_readings_of_its_point(behind: Backstage, client: LocalClient) -> None:
    url = "/api/v1/points/p0/readings"
    assert client.get(url).json()["late"] == {"messages": 0, "latest": None}
    told = [LateObservation(site="tower", points=points, count=2) for points in (("p0",), ("p1", "p0"), ("p1",))]
    behind.engine.commit([*told, LateObservation(site="annex", points=("p0",), count=1)], 4)
    end = to_iso(NOW + 1)
    assert client.get(url, params={"end": end}).json()["late"] == {"messages": 2, "latest": to_iso(NOW)}
    before = {"start": to_iso(NOW - HOUR), "end": to_iso(NOW)}
    assert client.get(url, params=before).json()["late"]["messages"] == 0


def limited(behind: Backstage, *rules: RuleSpec) -> None:
    behind.configuration = replace(behind.configuration, rules=(*behind.configuration.rules, *rules))


def a_limit(rule: str, **more: object) -> RuleSpec:
    plain = RuleSpec(id=rule, kind="limit", site="tower", name=same(rule), priority=Priority.LOW)
    return replace(plain, **{"parameters": {"low": 2}, **more})


def test_a_series_names_the_limits_of_its_point(measured: Backstage, client: LocalClient) -> None:
    limited(
        measured,
        a_limit("every-point"),
        a_limit("this-point", subjects=("p0",), parameters={"high": 8.5, "deadband": 1}),
        a_limit("another-point", subjects=("p1",)),
        a_limit("another-site", site="annex"),
        a_limit("switched-off", enabled=False),
        a_limit("no-number", parameters={"low": True}),
    )
    limits = client.get("/api/v1/points/p0/readings").json()["limits"]
    assert [(limit["rule"], limit["low"], limit["high"]) for limit in limits] == [
        ("every-point", 2.0, None),
        ("this-point", None, 8.5),
    ]
    assert limits[0]["name"] == {"en": "every-point", "zh": "every-point"}
    assert {limit["outer_priority"] for limit in limits} == {None}


def test_a_series_names_every_step_of_a_ladder(measured: Backstage, client: LocalClient) -> None:
    limited(
        measured,
        a_limit("whole", kind="ladder", parameters={"low_low": 1, "low": 2.0, "high": 8.0, "high_high": 9.5}),
        a_limit("outer", kind="ladder", parameters={"high_high": 9.0, "outer_priority": "high"}),
        a_limit("inner", kind="ladder", parameters={"high": 8.0}),
        a_limit("no-ladder", parameters={"high_high": 9.0}),
    )
    limits = client.get("/api/v1/points/p0/readings").json()["limits"]
    names = ("rule", "low_low", "low", "high", "high_high", "priority", "outer_priority")
    assert [tuple(limit[name] for name in names) for limit in limits] == [
        ("whole", 1.0, 2.0, 8.0, 9.5, "low", "critical"),
        ("outer", None, None, None, 9.0, "low", "high"),
        ("inner", None, None, 8.0, None, "low", None),
    ]


def test_the_moves_of_orders_are_those_of_the_table(reader: LocalClient) -> None:
    moves = reader.get("/api/v1/work-order-moves").json()["items"]
    found = {(move["state"], move["trigger"]): move["leads_to"] for move in moves}
    assert found == WORK_ORDER_TABLE


def test_many_are_reduced(measured: Backstage, client: LocalClient) -> None:
    query = {"start": "2027-01-15T15:00:00+08:00", "end": "2027-01-15T08:00:00Z", "max_points": 4}
    series = client.get("/api/v1/points/p0/readings", params=query).json()
    assert series["reduced"] is True
    assert series["bucket_seconds"] == 900.0
    assert (series["minimum"], series["maximum"], series["count"]) == (
        [0.0, 15.0, 30.0, 45.0],
        [14.0, 29.0, 44.0, 58.0],
        [15, 15, 15, 14],
    )
    assert series["quality"] is None


def test_names_of_people_are_looked_up_and_can_be_forgotten(behind: Backstage, client: LocalClient) -> None:
    query = "/api/v1/people?id=person-7&id=officer-1&id=nobody"
    assert [person["name"] for person in client.get(query).json()["items"]] == ["Chen Wei", "Li Na <b>"]
    behind.people.erase("person-7")
    assert [person["name"] for person in client.get(query).json()["items"]] == ["Chen Wei"]
    assert "Li Na" not in client.get("/api/v1/sites/tower/live").text


def test_metrics_count_by_route_and_never_by_path(reader: LocalClient) -> None:
    reader.get("/api/v1/alarms/alarm-1")
    reader.get("/api/v1/alarms/another-one")
    reader.get("/made/up/path")
    reader.request("BREW", "/healthz")
    text = reader.get("/metrics").text
    assert 'vigil_http_requests_total{method="GET",route="/api/v1/alarms/{alarm}",status="200"}' in text
    assert 'vigil_http_requests_total{method="GET",route="unmatched",status="404"}' in text
    assert 'method="other"' in text
    assert "another-one" not in text
    assert "made" not in text
    assert "BREW" not in text


def test_status_says_what_is_wrong_to_those_who_may_know(behind: Backstage, client: LocalClient) -> None:
    behind.readiness = {"journal": "disk full", "engine": ""}
    assert client.get("/api/v1/status").json()["ready"] == {"journal": "disk full", "engine": ""}


def test_status_tells_what_was_shed_and_the_newest_faults_first(behind: Backstage, client: LocalClient) -> None:
    behind.messages = {"received": 9, "shed": 2}
    behind.faults = tuple(Fault(NOW, "storage", f"fault {number}") for number in range(30))
    status = client.get("/api/v1/status").json()
    assert status["messages"] == {"received": 9, "shed": 2}
    assert [fault["what"] for fault in status["faults"]] == [f"fault {number}" for number in range(29, 9, -1)]
