"""What each kind of message becomes."""

import pytest

from collector.decode.native import NAME
from domain.identity import MessageIdentity
from domain.instant import from_iso
from domain.observations import (
    AccessEvent,
    AccessKind,
    CheckpointScan,
    Credential,
    DeviceStatus,
    GeoPosition,
    PanelEvent,
    PanelKind,
    PersonSignal,
    ScanMethod,
    SignalKind,
    VideoEvent,
    VideoKind,
)
from domain.record import Believed, Record
from tests.collector.building import KEY, NOW, access, scan, the_record, topic_of


def test_a_scan_becomes_a_record_with_identity_and_both_times() -> None:
    position = {"lat": 31.25, "lon": -121.5, "accuracy_m": 8}
    body = scan(at="2026-11-23T07:30:00Z", position=position, battery=83, answers={"ok": True, "n": 2}, photo="p/1")
    assert the_record(topic_of("scan"), body) == Record(
        seq=0,
        body=CheckpointScan(
            site="hq",
            officer="o-12",
            checkpoint="cp-lobby",
            method=ScanMethod.NFC,
            position=GeoPosition(latitude=31.25, longitude=-121.5, accuracy_m=8.0),
            battery=83.0,
            answers={"ok": True, "n": 2},
            photo="p/1",
        ),
        event_time=from_iso("2026-11-23T07:30:00Z"),
        received_at=NOW,
        source="phone-7",
        site="hq",
        believed=Believed.DEVICE,
        device_time=from_iso("2026-11-23T07:30:00Z"),
        identity=MessageIdentity("phone-7", "b3f1", 17),
        decoder=NAME,
    )


def test_answers_keep_their_type() -> None:
    answers = {"a": True, "b": 1, "c": 1.0, "d": "1"}
    observed = the_record(topic_of("scan"), scan(answers=answers)).body
    assert isinstance(observed, CheckpointScan)
    assert [type(answer) for answer in observed.answers.values()] == [bool, int, float, str]


def test_an_access_event_holds_a_token_instead_of_a_number() -> None:
    shown = {"kind": "card", "number": "04A1B2C3"}
    body = access(reason="ok", reader="R1", direction="out", person="p-7", credential=shown)
    record = the_record(topic_of("access"), body)
    assert record.body == AccessEvent(
        site="hq",
        door="d-lobby",
        kind=AccessKind.GRANTED,
        reason="ok",
        reader="R1",
        direction="out",
        credential=Credential(kind="card", token=KEY.token("card", "04A1B2C3"), key_id=KEY.id),
        person="p-7",
    )
    assert "04A1B2C3" not in repr(record)


@pytest.mark.parametrize("shown", [{"kind": "pin", "number": "4711"}, {"kind": "pin"}])
def test_of_a_pin_nothing_is_kept(shown: dict[str, str]) -> None:
    record = the_record(topic_of("access"), access(credential=shown))
    assert isinstance(record.body, AccessEvent)
    assert record.body.credential == Credential(kind="pin", token="", key_id="")


def test_a_last_will_has_no_identity() -> None:
    record = the_record(topic_of("status"), {"device": "gw-4", "boot": "5e", "online": False, "reason": "will"})
    assert record.body == DeviceStatus(site="hq", online=False, reason="will")
    assert record.identity is None
    assert (record.event_time, record.believed, record.device_time) == (NOW, Believed.RECEIVED, None)


def test_a_status_with_everything() -> None:
    body = {"device": "gw-4", "boot": "5e", "seq": 3, "online": True, "battery": 9, "tamper": True, "firmware": "2"}
    record = the_record(topic_of("status"), body)
    assert record.body == DeviceStatus(site="hq", online=True, battery=9.0, tamper=True, firmware="2")
    assert record.identity == MessageIdentity("gw-4", "5e", 3)


def test_a_persons_signal() -> None:
    body = {"device": "phone-7", "boot": "b", "seq": 1, "person": "o-12", "signal": "man_down"}
    assert the_record(topic_of("person"), body).body == PersonSignal(
        site="hq", person="o-12", kind=SignalKind.MAN_DOWN, silent=False
    )
    spoken = body | {"silent": True, "position": {"lat": 1, "lon": 2}}
    assert the_record(topic_of("person"), spoken).body == PersonSignal(
        site="hq", person="o-12", kind=SignalKind.MAN_DOWN, silent=True, position=GeoPosition(latitude=1, longitude=2)
    )


def test_a_video_event() -> None:
    body = {"device": "cam-5", "boot": "b", "seq": 1, "camera": "cam-5", "event": "loitering", "confidence": 0.5}
    assert the_record(topic_of("video"), body | {"snapshot": "s"}).body == VideoEvent(
        site="hq", camera="cam-5", kind=VideoKind.LOITERING, confidence=0.5, snapshot="s"
    )


def test_a_panel_event_belongs_to_intrusion_unless_it_says_fire() -> None:
    body = {"device": "panel-6", "boot": "b", "seq": 1, "panel": "panel-6", "event": "trouble", "zone": "Z 4"}
    said = PanelEvent(site="hq", panel="panel-6", kind=PanelKind.TROUBLE, system="intrusion", zone="Z 4")
    assert the_record(topic_of("panel"), body).body == said
    fire = the_record(topic_of("panel"), body | {"system": "fire", "partition": "1"}).body
    assert isinstance(fire, PanelEvent)
    assert (fire.system, fire.partition) == ("fire", "1")
