"""What a mapped device says becomes what the domain calls it: doors, readings, scans, people, states."""

import json
import math

import pytest

from collector.foreign.mapping import DoorField, ForeignDevice, ForeignFormat, PointField
from collector.foreign.unmapped import UnmappedDevices
from collector.message import MessageDecoder
from collector.refusal import Reason
from domain.identity import MessageIdentity
from domain.instant import Instant, from_iso
from domain.observations import (
    AccessEvent,
    AccessKind,
    CheckpointScan,
    DeviceStatus,
    GeoPosition,
    PersonSignal,
    Quarantined,
    ScanMethod,
    SignalKind,
)
from domain.readings import Quality, Readings
from domain.record import Believed, Record
from tests.collector.building import DIRECTORY, KEY, NOW

UID = "04:a1:b2:c3"
TOKEN = KEY.token("card", "04A1B2C3")


def mapping(
    form: str, *, topic: str | None = None, tags: dict[str, str] | None = None, **devices: ForeignDevice
) -> ForeignFormat:
    return ForeignFormat(format=form, site="hq", topic=topic, tags=tags or {}, devices=devices)


DOOR = ForeignDevice(device="z-door", door="d-lobby", points={"temperature": PointField(point="room-t", unit="degC")})
ZIGBEE = mapping("zigbee2mqtt", door=DOOR)


class Collected:
    """One decoder under one mapping."""

    def __init__(self, *blocks: ForeignFormat) -> None:
        self.unmapped = UnmappedDevices()
        self.decoder = MessageDecoder(KEY, mapping=blocks, unmapped=self.unmapped)

    def send(self, topic: str, body: object, *, retain: bool = False, at: Instant = NOW) -> list[Record]:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        return list(self.decoder.decode_message(topic, payload, retain=retain, received_at=at, directory=DIRECTORY))

    @property
    def passed_over(self) -> list[str]:
        assert self.decoder.foreign is not None
        return self.decoder.foreign.passed_over


def reading(record: Record) -> tuple[list[str], list[float], list[int]]:
    assert isinstance(record.body, Readings)
    body = record.body
    return body.point_ids(), body.numbers().tolist(), body.qualities().tolist()


@pytest.mark.parametrize(("contact", "kind"), [(True, AccessKind.CLOSED), (False, AccessKind.OPENED)])
def test_a_zigbee_contact_that_is_true_is_closed(contact: bool, kind: AccessKind) -> None:
    (record,) = Collected(ZIGBEE).send("zigbee2mqtt/door", {"contact": contact})
    assert record.body == AccessEvent(site="hq", door="d-lobby", kind=kind)
    assert (record.source, record.site, record.decoder) == ("z-door", "hq", "zigbee2mqtt/1")
    assert (record.identity, record.believed, record.event_time) == (None, Believed.RECEIVED, NOW)


def test_events_come_before_readings_and_both_at_the_device_time() -> None:
    event, readings = Collected(ZIGBEE).send(
        "zigbee2mqtt/door", {"temperature": 20.5, "contact": False, "last_seen": "2026-11-23T07:00:00Z"}
    )
    assert isinstance(event.body, AccessEvent)
    assert reading(readings) == (["room-t"], [20.5], [Quality.GOOD])
    assert event.event_time == readings.event_time == from_iso("2026-11-23T07:00:00Z")
    assert event.believed is readings.believed is Believed.DEVICE


@pytest.mark.parametrize("value", [None, "read failed", 2**60], ids=str)
def test_a_value_that_is_no_number_is_bad_and_not_missing(value: object) -> None:
    (record,) = Collected(ZIGBEE).send("zigbee2mqtt/door", {"temperature": value})
    points, values, quality = reading(record)
    assert (points, quality) == (["room-t"], [Quality.BAD])
    assert math.isnan(values[0])


def test_a_number_in_a_text_is_a_number() -> None:
    (record,) = Collected(ZIGBEE).send("zigbee2mqtt/door", {"temperature": "21.50"})
    assert reading(record) == (["room-t"], [21.5], [Quality.GOOD])


def test_scale_and_offset_bring_a_value_into_the_unit_of_its_point() -> None:
    fahrenheit = PointField(point="room-t", unit="degF", scale=5 / 9, offset=-160 / 9)
    block = mapping("tasmota", cold=ForeignDevice(points={"AM2301.Temperature": fahrenheit}))
    (record,) = Collected(block).send("tele/cold/SENSOR", {"AM2301": {"Temperature": 212}, "TempUnit": "F"})
    assert reading(record)[1] == pytest.approx([100.0])


def test_a_unit_that_is_not_the_expected_one_is_set_aside_and_the_rest_is_taken() -> None:
    block = mapping(
        "tasmota",
        cold=ForeignDevice(
            points={
                "AM2301.Temperature": PointField(point="room-t", unit="degC"),
                "AM2301.Humidity": PointField(point="chw-flow"),
            }
        ),
    )
    record, aside = Collected(block).send(
        "tele/cold/SENSOR", {"AM2301": {"Temperature": 70, "Humidity": 40}, "TempUnit": "F"}
    )
    assert reading(record)[0] == ["chw-flow"]
    assert isinstance(aside.body, Quarantined)
    assert (aside.body.reason, aside.body.device, aside.decoder) == (Reason.WRONG_UNIT, "cold", "tasmota/1")


def test_a_unit_that_changes_in_flight_is_set_aside_until_it_changes_back() -> None:
    collected = Collected(
        mapping("tasmota", cold=ForeignDevice(points={"AM2301.Temperature": PointField(point="room-t", unit="degC")}))
    )
    taken: list[float | str] = []
    for value, unit in ((21, "C"), (70, "F"), (22, "C")):
        (record,) = collected.send("tele/cold/SENSOR", {"AM2301": {"Temperature": value}, "TempUnit": unit})
        taken += [record.body.reason] if isinstance(record.body, Quarantined) else reading(record)[1]
    assert taken == [21.0, Reason.WRONG_UNIT, 22.0]


@pytest.mark.parametrize(
    ("unit", "expected", "is_taken"),
    [
        ("Cel", "degC", True),
        ("celsius", "degC", True),
        ("mW", "MW", False),
        ("mW", "W", False),
        ("W", "W", True),
        ("furlong", "m", False),
        ("F", "degC", False),
        ("K", "degC", False),
        ("lm", "1", True),
        ("/", "/", True),
        ("Cel", "1", False),
        ("x" * 500, "m", False),
    ],
)
def test_senml_names_its_unit_and_another_one_or_an_unknown_one_is_set_aside(
    unit: str, expected: str, *, is_taken: bool
) -> None:
    point = PointField(point="room-t", unit=expected)
    device = ForeignDevice(device="a", points={"t": point})
    block = ForeignFormat(format="senml", site="hq", topic="plant/senml", devices={"urn:dev:a": device})
    (record,) = Collected(block).send("plant/senml", [{"bn": "urn:dev:a:", "n": "t", "u": unit, "v": 21}])
    if is_taken:
        assert reading(record) == (["room-t"], [21.0], [Quality.GOOD])
    else:
        assert isinstance(record.body, Quarantined)
        assert record.body.reason == Reason.WRONG_UNIT
        assert f"the mapping says {expected}" in record.body.detail


def test_a_unit_that_vigil_does_not_know_is_taken_where_the_mapping_names_it_and_converts() -> None:
    point = PointField(point="room-t", unit="mmHg", scale=1.33322)
    block = mapping("tasmota", cold=ForeignDevice(points={"BME280.Pressure": point}))
    body = {"BME280": {"Pressure": 760}, "PressureUnit": "mmHg"}
    (record,) = Collected(block).send("tele/cold/SENSOR", body)
    assert reading(record)[1] == pytest.approx([1013.25], abs=0.1)
    (aside,) = Collected(block).send("tele/cold/SENSOR", body | {"PressureUnit": "hPa"})
    assert isinstance(aside.body, Quarantined)
    assert aside.body.reason == Reason.WRONG_UNIT


@pytest.mark.parametrize(
    ("values", "is_told"),
    [
        ([{"v": 21}, {"v": 22}], True),
        ([{"v": 21}, {"vs": "broken"}], True),
        ([{"v": 21}, {"v": 21}], False),
        ([{"v": 21}, {"v": 22, "t": 60}], False),
        ([{"vs": "broken"}, {"vs": "failed"}], False),
    ],
)
def test_two_values_of_a_point_at_one_time_are_told_and_both_are_taken(
    values: list[dict[str, object]], *, is_told: bool
) -> None:
    device = ForeignDevice(device="a", points={"t": PointField(point="room-t", unit="degC")})
    block = ForeignFormat(format="senml", site="hq", topic="plant/senml", devices={"urn:dev:a": device})
    pack = [{"bn": "urn:dev:a:", "bt": 1795417200, "n": "t"} | values[0], {"n": "t"} | values[1]]
    record, *asides = Collected(block).send("plant/senml", pack)
    assert reading(record)[0] == ["room-t", "room-t"]
    assert [aside.body.reason for aside in asides if isinstance(aside.body, Quarantined)] == (
        [Reason.CONFLICTING_VALUES] if is_told else []
    )


def test_a_pressure_in_another_unit_is_set_aside_as_a_temperature_is() -> None:
    points = {
        "BME280.Pressure": PointField(point="room-t", unit="hPa"),
        "BME280.Humidity": PointField(point="chw-flow"),
    }
    block = mapping("tasmota", cold=ForeignDevice(points=points))
    body = {"BME280": {"Pressure": 760, "Humidity": 40}, "PressureUnit": "mmHg", "TempUnit": "C"}
    record, aside = Collected(block).send("tele/cold/SENSOR", body)
    assert reading(record)[0] == ["chw-flow"]
    assert isinstance(aside.body, Quarantined)
    assert (aside.body.reason, aside.body.detail.partition(":")[0]) == (
        Reason.WRONG_UNIT,
        "'BME280.Pressure' is in mmHg, the mapping says hPa",
    )
    (record,) = Collected(block).send("tele/cold/SENSOR", body | {"PressureUnit": "hPa"})
    assert reading(record)[1] == [760.0, 40.0]


@pytest.mark.parametrize(
    ("topic", "online"), [("zigbee2mqtt/door/availability", False), ("zigbee2mqtt/bridge/state", False)]
)
def test_offline_is_a_state_also_where_it_is_retained(topic: str, online: bool) -> None:
    block = ForeignFormat(format="zigbee2mqtt", site="hq", gateway="gw-4", devices={"door": DOOR})
    (record,) = Collected(block).send(topic, b"offline", retain=True)
    assert record.body == DeviceStatus(site="hq", online=online, reason="availability")
    assert record.source == ("gw-4" if "bridge" in topic else "z-door")


def test_a_retained_contact_is_no_event_and_a_retained_value_of_unknown_age_is_uncertain() -> None:
    collected = Collected(ZIGBEE)
    (record,) = collected.send("zigbee2mqtt/door", {"contact": False, "temperature": 20}, retain=True)
    assert reading(record) == (["room-t"], [20.0], [Quality.UNCERTAIN])
    assert collected.passed_over == ["retained"]
    (record,) = collected.send("zigbee2mqtt/door", {"temperature": 20, "last_seen": 1795417200000}, retain=True)
    assert reading(record)[2] == [Quality.GOOD]


def test_a_tag_at_a_reader_of_a_checkpoint_is_its_owners_scan() -> None:
    block = mapping("tasmota", tags={UID: "o-12"}, gate=ForeignDevice(checkpoint="cp-roof"))
    (record,) = Collected(block).send("tele/gate/SENSOR", {"RC522": {"UID": "04A1B2C3"}})
    assert record.body == CheckpointScan(site="hq", officer="o-12", checkpoint="cp-roof", method=ScanMethod.NFC)
    assert record.source == "gate"


def test_a_tag_of_a_checkpoint_at_a_reader_that_somebody_carries_is_a_scan_of_that_person() -> None:
    block = mapping("tasmota", tags={f"token:{TOKEN}": "cp-roof"}, belt=ForeignDevice(person="o-12"))
    (record,) = Collected(block).send("tele/belt/SENSOR", {"PN532": {"UID": "04 a1 b2 c3", "Auth": "Ok"}})
    assert record.body == CheckpointScan(site="hq", officer="o-12", checkpoint="cp-roof", method=ScanMethod.NFC)


def test_a_tag_whose_keys_are_wrong_is_no_scan() -> None:
    block = mapping("tasmota", tags={UID: "o-12"}, gate=ForeignDevice(checkpoint="cp-roof"))
    (aside,) = Collected(block).send("tele/gate/SENSOR", {"PN532": {"UID": "04A1B2C3", "Auth": "NOk"}})
    assert isinstance(aside.body, Quarantined)
    assert aside.body.reason == Reason.NOT_AUTHENTIC
    assert b"04A1B2C3" not in aside.body.payload


def test_an_unknown_tag_makes_no_scan_and_is_listed_by_its_token() -> None:
    collected = Collected(mapping("tasmota", gate=ForeignDevice(checkpoint="cp-roof")))
    assert collected.send("tele/gate/SENSOR", {"RC522": {"UID": "04A1B2C3"}}) == []
    assert collected.passed_over == ["not_mapped"]
    (known,) = collected.unmapped.known()
    assert (known.name, [field.name for field in known.fields]) == ("gate", [f"token:{TOKEN}"])


def test_a_reader_s_decision_has_the_sealed_number_and_the_person_of_the_tag() -> None:
    block = mapping("esp_rfid", topic="doors", tags={UID: "p-1"}, east=ForeignDevice(door="d-lobby"))
    body = {"type": "access", "access": "Granted", "isKnown": "true", "uid": "04a1b2c3", "hostname": "east"}
    (record,) = Collected(block).send("doors/send", body)
    assert isinstance(record.body, AccessEvent)
    assert (record.body.door, record.body.kind, record.body.person) == ("d-lobby", AccessKind.GRANTED, "p-1")
    assert record.body.credential is not None
    assert (record.body.credential.token, record.body.credential.key_id) == (TOKEN, KEY.id)


def test_two_doors_of_one_controller_are_told_apart_by_its_own_names() -> None:
    doors = {"one": DoorField(door="d-lobby"), "two": DoorField(door="d-garage")}
    block = mapping("esp_rfid", topic="doors", east=ForeignDevice(doors=doors))
    body = {
        "type": "access",
        "access": ["Denied", "Granted"],
        "doorName": ["one", "two"],
        "uid": "1",
        "hostname": "east",
    }
    denied, granted = Collected(block).send("doors/send", body)
    assert [each.body.door for each in (denied, granted) if isinstance(each.body, AccessEvent)] == [
        "d-lobby",
        "d-garage",
    ]


def test_a_phone_says_where_its_person_is_and_which_checkpoints_it_reaches() -> None:
    block = ForeignFormat(
        format="owntracks",
        site="hq",
        devices={"li/phone": ForeignDevice(person="o-12", regions={"Roof": "cp-roof"})},
    )
    collected = Collected(block)
    fix = {"_type": "location", "tid": "li", "lat": 31.2, "lon": 121.5, "acc": 12, "tst": 1795417200}
    (signal,) = collected.send("owntracks/li/phone", fix, retain=True)
    place = GeoPosition(latitude=31.2, longitude=121.5, accuracy_m=12)
    assert signal.body == PersonSignal(site="hq", person="o-12", kind=SignalKind.POSITION, position=place)
    entered = {"_type": "transition", "event": "enter", "desc": "Roof", "lat": 31.2, "lon": 121.5, "tst": 1795417200}
    (scan,) = collected.send("owntracks/li/phone/event", entered)
    assert isinstance(scan.body, CheckpointScan)
    assert (scan.body.checkpoint, scan.body.officer, scan.body.method) == ("cp-roof", "o-12", ScanMethod.GPS)
    assert collected.send("owntracks/li/phone/event", entered | {"event": "leave"}) == []
    assert collected.passed_over == ["left_region"]


def test_one_uplink_is_one_message_whose_records_are_counted() -> None:
    probe = ForeignDevice(
        device="lora-1",
        doors={"open": DoorField(door="d-lobby", open_when=1)},
        points={"temperature": PointField(point="room-t")},
    )
    block = ForeignFormat(format="chirpstack", site="hq", devices={"0102030405060708": probe})
    body = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2026-11-23T07:00:00.5+00:00",
        "deviceInfo": {"devEui": "0102030405060708"},
        "object": {"temperature": 4.5, "open": 1},
    }
    event, readings = Collected(block).send("application/a/device/0102030405060708/event/up", body)
    key = "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"
    assert event.identity == MessageIdentity("lora-1", key, 1)
    assert readings.identity == MessageIdentity("lora-1", key, 2)


@pytest.mark.parametrize(
    ("door", "value", "kinds"),
    [
        (DoorField(door="d-lobby", open_when="open", closed_when="shut"), "Open", [AccessKind.OPENED]),
        (DoorField(door="d-lobby", open_when="open", closed_when="shut"), "shut", [AccessKind.CLOSED]),
        (DoorField(door="d-lobby", open_when="open", closed_when="shut"), "read failed", []),
        (DoorField(door="d-lobby", open_when=1), True, [AccessKind.OPENED]),
        (DoorField(door="d-lobby", open_when=1), "0", [AccessKind.CLOSED]),
        (DoorField(door="d-lobby", open_when=True), "ON", [AccessKind.OPENED]),
        (DoorField(door="d-lobby", open_when=True), None, []),
        (DoorField(door="d-lobby", open_when=True), "jammed", []),
    ],
)
def test_a_contact_opens_closes_or_is_unknown(door: DoorField, value: object, kinds: list[AccessKind]) -> None:
    collected = Collected(mapping("zigbee2mqtt", door=ForeignDevice(doors={"state": door})))
    records = collected.send("zigbee2mqtt/door", {"state": value})
    assert [each.body.kind for each in records if isinstance(each.body, AccessEvent)] == kinds
    assert collected.passed_over == ([] if kinds else ["contact_unknown"])


def test_a_device_that_is_not_mapped_is_noted_and_makes_no_record() -> None:
    collected = Collected(ZIGBEE)
    for brightness in (10, 254):
        assert collected.send("zigbee2mqtt/lamp", {"state": "ON", "brightness": brightness}) == []
    assert collected.passed_over == ["unmapped"]
    (lamp,) = collected.unmapped.known()
    assert (lamp.format, lamp.topic, lamp.name, lamp.messages) == ("zigbee2mqtt", "zigbee2mqtt", "lamp", 2)
    assert [(field.name, field.sample, field.count) for field in lamp.fields] == [
        ("state", "ON", 2),
        ("brightness", 254, 2),
    ]


def test_what_cannot_be_read_goes_to_quarantine_under_the_format_s_decoder() -> None:
    (record,) = Collected(ZIGBEE).send("zigbee2mqtt/door", b"{]")
    assert isinstance(record.body, Quarantined)
    assert (record.body.reason, record.decoder) == (Reason.NOT_JSON, "zigbee2mqtt/1")


def test_native_messages_are_decoded_as_ever_and_topics_that_nobody_mapped_are_bad() -> None:
    collected = Collected(ZIGBEE)
    (record,) = collected.send("tele/x/SENSOR", {})
    assert isinstance(record.body, Quarantined)
    assert record.body.reason == Reason.BAD_TOPIC
    (status,) = collected.send("vigil/v1/hq/gw-4/status", {"device": "gw-4", "online": True})
    assert (status.decoder, collected.decoder.foreign) == ("native/1", None)
