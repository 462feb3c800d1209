"""Home Assistant finds alarms, doors and devices by itself, in either language, and nothing leads back into Vigil."""

import json

from collector.foreign.mapping import ForeignFormat, matches
from collector.formats.table import FORMATS
from collector.topics import filters
from domain.effects import AlarmChanged, DeviceChanged, DoorChanged, DoorState
from domain.record import Urgency
from domain.site import Device, DeviceKind, Door, Site
from domain.text import Text, same
from notify.home_assistant import PRESENCE, Picture, retained_topics
from tests.samples import NOW, alarm_effect

BODY = alarm_effect().body
assert isinstance(BODY, AlarmChanged)
ALARM = BODY.alarm
SITE = Site(
    id="hq",
    name=Text("Headquarters", "总部"),
    timezone="UTC",
    doors=(Door(id="d-1", name=Text("Back door", "后门"), zone="z"),),
    devices=(Device(id="gw", name=same("Gateway"), kind=DeviceKind.GATEWAY),),
)


def door(state: DoorState) -> DoorChanged:
    return DoorChanged(site="hq", door="d-1", state=state, since=NOW, last_event="opened")


def topics(language: str = "en", state: DoorState = DoorState.OPEN) -> dict[str, object]:
    picture = Picture(
        site=SITE,
        alarms=[ALARM],
        doors=[door(state)],
        devices=[DeviceChanged(site="hq", device="gw", online=False, last_seen=NOW, reason="will")],
    )
    return {topic: json.loads(payload) for topic, payload in retained_topics(picture, language).items()}


def test_a_door_is_a_door_with_its_state() -> None:
    found = topics()
    config = found["homeassistant/binary_sensor/vigil/hq-door-d-1/config"]
    assert isinstance(config, dict)
    assert (config["name"], config["device_class"], config["availability_topic"]) == ("Back door", "door", PRESENCE)
    assert config["device"] == {"identifiers": ["vigil-hq"], "name": "Headquarters", "manufacturer": "Vigil"}
    assert found[config["state_topic"]] == {"state": "open", "last_event": "opened"}


def test_an_unknown_door_is_unknown_and_not_closed() -> None:
    assert topics(state=DoorState.UNKNOWN)["vigil/status/hq/door/d-1"] == {"state": "None", "last_event": "opened"}


def test_a_device_is_a_connection_and_an_alarm_a_problem_whose_state_the_channel_publishes() -> None:
    found = topics()
    device = found["homeassistant/binary_sensor/vigil/hq-device-gw/config"]
    problem = found[f"homeassistant/binary_sensor/vigil/{ALARM.id}/config"]
    assert isinstance(device, dict)
    assert isinstance(problem, dict)
    assert (device["device_class"], problem["device_class"]) == ("connectivity", "problem")
    assert problem["state_topic"] == f"vigil/status/hq/alarm/{ALARM.id}"
    assert problem["state_topic"] not in found
    assert found["vigil/status/hq/device/gw"] == {"online": False, "battery": None, "tamper": None, "reason": "will"}


def test_it_speaks_chinese() -> None:
    config = topics("zh")["homeassistant/binary_sensor/vigil/hq-door-d-1/config"]
    assert isinstance(config, dict)
    assert (config["name"], config["device"]["name"]) == ("后门", "总部")


def test_what_is_not_configured_any_more_is_not_told() -> None:
    bare = Site(id="hq", name=same("hq"), timezone="UTC")
    assert retained_topics(Picture(site=bare, doors=[door(DoorState.OPEN)])) == {}


def test_vigil_does_not_hear_what_it_says() -> None:
    """No filter of its sessions brings these topics back, also not those of the formats by default."""
    own = [each for urgency in (Urgency.EVENT, Urgency.READING) for each in filters(urgency)]
    foreign = [
        each.topic_filter
        for form in FORMATS.values()
        if form.base is not None
        for each in ForeignFormat(format=form.name, site="hq").subscriptions
    ]
    said = [*topics(), PRESENCE]
    assert not [(each, topic) for each in (*own, *foreign) for topic in said if matches(each, topic)]
