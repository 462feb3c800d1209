"""Modes of places over HTTP: begun, given another end, ended, and what they suppress."""

from msgspec.structs import replace

from domain.axes.inhibition import Inhibition
from domain.commands import BeginMode, EndMode, ExtendMode
from domain.effects import AlarmChange, AlarmChanged
from domain.mode import ModePlace
from tests.api.building import MODE
from tests.api.serving import Backstage, LocalClient
from tests.samples import an_alarm

MODES = "/api/v1/modes"
BEGIN = {"site": "tower", "place": "equipment", "thing": "pump-2", "kind": "testing", "seconds": 600, "reason": "test"}


def test_a_mode_is_begun_given_another_end_and_ended(behind: Backstage, client: LocalClient) -> None:
    begun = client.post(MODES, json={**BEGIN, "with_dependents": True}, headers={"Idempotency-Key": "key-1"})
    assert (begun.status_code, begun.json()["mode"]["thing"]) == (200, "pump-2")
    mode = begun.json()["mode"]["id"]
    assert client.get(f"{MODES}/{mode}").json()["mode"]["reason"] == "test"
    extended = client.post(f"{MODES}/{mode}/extend", json={"seconds": 1200, "reason": "part", "expected_version": 1})
    assert extended.json()["mode"]["version"] == 2
    assert client.post(f"{MODES}/{mode}/end").json()["mode"]["state"] == "over"
    first, second, third = behind.engine.commands
    assert isinstance(first, BeginMode)
    assert (first.place, first.seconds, first.with_dependents) == (ModePlace.EQUIPMENT, 600.0, True)
    assert isinstance(second, ExtendMode)
    assert (second.seconds, second.expected_version) == (1200.0, 1)
    assert isinstance(third, EndMode)
    assert {each["mode"]["id"] for each in client.get(f"{MODES}?state=over").json()["items"]} == {mode}


def test_what_the_engine_refuses_and_what_is_no_mode(client: LocalClient) -> None:
    refused = client.post(MODES, json={**BEGIN, "seconds": 604_801})
    assert (refused.status_code, refused.json()["code"]) == (409, "mode_too_long")
    assert client.get(f"{MODES}/mode-9").status_code == 404
    wrong = client.post(MODES, json={**BEGIN, "place": "planet"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "body.place")


def test_the_alarms_of_a_mode_are_counted_listed_and_in_the_live_picture(
    behind: Backstage, client: LocalClient
) -> None:
    alarm = replace(an_alarm("alarm-7"), inhibition=Inhibition.INHIBITED, inhibited_mode=MODE)
    behind.engine.commit([AlarmChanged(change=AlarmChange.INHIBITED, alarm=alarm, occurrence=alarm.latest)], 4)
    (item,) = client.get(MODES).json()["items"]
    assert (item["mode"]["id"], item["suppressed"]) == (MODE, 1)
    assert [each["id"] for each in client.get(f"/api/v1/alarms?mode={MODE}").json()["items"]] == ["alarm-7"]
    live = client.get("/api/v1/sites/tower/live").json()
    assert [each["id"] for each in live["modes"]] == [MODE]
    assert "alarm-7" in {each["id"] for each in live["alarms"]}
