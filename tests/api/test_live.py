from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from domain.alarm import OWN_SITE
from domain.effects import AlarmChange, AlarmChanged, IncidentChanged, TourRunChanged, WorkOrderChange, WorkOrderChanged
from domain.instant import HOUR, SECOND
from domain.readings import Quality
from domain.tour_run import TourRunState
from domain.work_order import WorkOrderState
from stores.ports import ReadingColumns
from tests.api.building import POINTS, a_run, an_incident
from tests.api.serving import Backstage, LocalClient
from tests.known_work import weighed
from tests.samples import NOW, an_alarm, an_order

LIVE = "/api/v1/sites/tower/live"


def measure(behind: Backstage, points: Mapping[str, tuple[int, float, Quality]]) -> None:
    count = len(points)
    at, values, quality = zip(*points.values(), strict=True)
    behind.historian.add(
        ReadingColumns(
            seq_first=1,
            seq_last=2,
            points=list(points),
            seq=np.full(count, 2),
            index=np.arange(count, dtype=np.int32),
            at=np.array(at),
            values=np.array(values),
            quality=np.array(quality, np.uint8),
        )
    )


def by(key: str, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in rows}


def test_values_alone_are_those_of_the_picture(behind: Backstage, client: LocalClient) -> None:
    measure(behind, {"p0": (NOW - SECOND, 1.5, Quality.GOOD), "p1": (NOW - HOUR, float("nan"), Quality.BAD)})
    found = client.get("/api/v1/sites/tower/values").json()
    assert (found["site"], found["at"], len(found["points"])) == ("tower", "2027-01-15T08:00:00Z", POINTS)
    values = by("point", found["points"])
    assert values["p0"] == {
        "point": "p0",
        "value": 1.5,
        "at": "2027-01-15T07:59:59Z",
        "quality": "good",
        "stale": False,
    }
    assert (values["p1"]["value"], values["p1"]["quality"], values["p1"]["stale"]) == (None, "bad", True)
    assert (values["p2"]["at"], values["p2"]["stale"]) == (None, True)
    assert client.get("/api/v1/sites/nowhere/values").status_code == 404


def test_one_call_gives_the_whole_picture(behind: Backstage, client: LocalClient) -> None:
    live = client.get(LIVE).json()
    newest = behind.store.reader.last_position()
    assert newest > 0
    assert (live["site"], live["at"], live["position"]) == ("tower", "2027-01-15T08:00:00Z", newest)
    assert live["configuration"] == behind.configuration.digest()
    assert [alarm["id"] for alarm in live["alarms"]] == ["alarm-1"]
    assert live["alarms"][0]["display_state"] == "UNACK"
    assert [order["id"] for order in live["orders"]] == ["order-1"]
    assert live["counts"] == {
        "alarms": 1,
        "unacknowledged": 1,
        "by_priority": {"high": 1},
        "open_orders": 1,
        "doors_open": 1,
        "doors_unknown": 2,
        "devices_offline": 1,
        "devices_unknown": 1,
        "points_stale": POINTS,
        "tours_in_progress": 1,
    }
    assert live["people"] == {"officer-1": "Chen Wei", "person-7": "Li Na <b>"}


def test_what_has_not_reported_is_unknown_and_not_well(client: LocalClient) -> None:
    live = client.get(LIVE).json()
    doors, devices = by("door", live["doors"]), by("device", live["devices"])
    assert (doors["d1"]["state"], doors["d1"]["person"]) == ("open", "person-7")
    assert (doors["d2"]["state"], doors["d2"]["since"]) == ("unknown", None)
    assert devices["gw-1"]["online"] is False
    assert devices["phone-1"]["online"] is None


def test_values_come_with_their_age_and_quality(behind: Backstage, client: LocalClient) -> None:
    measure(
        behind,
        {
            "p0": (NOW - 180 * SECOND, 1.5, Quality.GOOD),
            "p1": (NOW - 181 * SECOND, 2.5, Quality.UNCERTAIN),
            "p2": (NOW, float("nan"), Quality.BAD),
        },
    )
    equipment = by("equipment", client.get(LIVE).json()["equipment"])
    points = by("point", [point for machine in equipment.values() for point in machine["points"]])
    assert len(points) == POINTS
    assert {name: (points[name]["value"], points[name]["quality"], points[name]["stale"]) for name in ("p0", "p1")} == {
        "p0": (1.5, "good", False),
        "p1": (2.5, "uncertain", True),
    }
    assert (points["p2"]["value"], points["p2"]["quality"], points["p2"]["stale"]) == (None, "bad", False)
    assert (points["p3"]["value"], points["p3"]["at"], points["p3"]["stale"]) == (None, None, True)
    assert points["p0"]["states"] == {"0": {"en": "closed", "zh": "closed"}, "1": {"en": "open", "zh": "open"}}
    assert points["p1"]["states"] == {}


def test_tours_are_those_of_the_sites_own_day_and_those_under_way(behind: Backstage, client: LocalClient) -> None:
    # NOW is 16:00 in Shanghai, so the day there began 16 hours ago.
    runs = [
        a_run("first-today", NOW - 16 * HOUR, TourRunState.COMPLETED),
        a_run("last-yesterday", NOW - 16 * HOUR - SECOND, TourRunState.MISSED),
        a_run("overnight", NOW - 17 * HOUR, TourRunState.IN_PROGRESS),
        a_run("tonight", NOW + 8 * HOUR - SECOND, TourRunState.SCHEDULED),
        a_run("tomorrow", NOW + 8 * HOUR, TourRunState.SCHEDULED),
    ]
    behind.engine.commit([TourRunChanged(run=run) for run in runs], 4)
    shown = [run["id"] for run in client.get(LIVE).json()["tours"]]
    assert shown == ["tonight", "run-1", "first-today", "overnight"]


def test_alarms_of_vigil_itself_are_part_of_every_sites_picture(behind: Backstage, client: LocalClient) -> None:
    own, foreign = an_alarm("alarm-own", OWN_SITE), an_alarm("alarm-foreign", "elsewhere")
    annex = msgspec.structs.replace(an_alarm("alarm-annex", OWN_SITE), concerns="annex")
    incident = msgspec.structs.replace(an_incident(own), id="incident-own")
    of_annex = msgspec.structs.replace(incident, id="incident-annex", concerns="annex")
    told = [
        AlarmChanged(change=AlarmChange.RAISED, alarm=each, occurrence=each.latest) for each in (own, foreign, annex)
    ]
    behind.engine.commit([*told, IncidentChanged(incident=incident), IncidentChanged(incident=of_annex)], 4)
    live = client.get(LIVE).json()
    assert live["own_site"] == OWN_SITE
    assert [alarm["id"] for alarm in live["alarms"]] == ["alarm-1", "alarm-own"]
    assert {each["id"] for each in live["incidents"]} == {"incident-1", "incident-own"}
    assert live["counts"]["alarms"] == 2
    there = client.get("/api/v1/sites/annex/live").json()
    assert {alarm["id"] for alarm in there["alarms"]} == {"alarm-own", "alarm-annex"}
    assert {each["id"] for each in there["incidents"]} == {"incident-own", "incident-annex"}
    listed = client.get("/api/v1/alarms?site=annex&own=true").json()["items"]
    assert {alarm["id"] for alarm in listed} == {"alarm-own", "alarm-annex"}


def test_ended_orders_are_left_out_and_many_are_all_there(behind: Backstage, client: LocalClient) -> None:
    ended = msgspec.structs.replace(an_order("ended"), state=WorkOrderState.CLOSED)
    orders = [ended, *(an_order(f"order-{n}") for n in range(2, 602))]
    behind.engine.commit([WorkOrderChanged(change=WorkOrderChange.CREATED, order=order) for order in orders], 4)
    live = client.get(LIVE).json()
    assert live["counts"]["open_orders"] == len(live["orders"]) == 601


def test_the_picture_is_quick(behind: Backstage, client: LocalClient) -> None:
    measure(behind, {f"p{n}": (NOW, float(n), Quality.GOOD) for n in range(POINTS)})

    def look() -> None:
        assert client.get(LIVE).status_code == 200

    # The target is 30 ms for 400 points; processor time, and the best of ten, as other work shares the machine.
    assert weighed(look, times=10) <= 0.03


def test_a_site_without_anything_is_empty(client: LocalClient) -> None:
    live = client.get("/api/v1/sites/annex/live").json()
    assert live["alarms"] == live["equipment"] == live["doors"] == []
    assert live["counts"]["alarms"] == 0
