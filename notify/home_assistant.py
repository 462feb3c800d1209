"""What Home Assistant is told of Vigil: which alarms, doors and devices there are, and how they stand.

Pure: it gives retained topics with their payloads; `vigil.panel_states` publishes what has changed and empties what
is no more. Home Assistant finds things by itself under `homeassistant/<component>/<node>/<object>/config`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from domain.alarm import Alarm
from domain.effects import DeviceChanged, DoorChanged, DoorState
from domain.site import Site
from domain.text import Text

DISCOVERY: Final = "homeassistant"
"""The prefix that Home Assistant listens to by default."""

STATUS: Final = "vigil/status"
PRESENCE: Final = f"{STATUS}/vigil/presence"
"""Whether Vigil itself is there; the broker says `offline` for it when its link dies."""

NODE: Final = "vigil"


class Picture(Struct, frozen=True, kw_only=True):
    """A site as it stands."""

    site: Site
    alarms: Iterable[Alarm] = ()
    doors: Iterable[DoorChanged] = ()
    devices: Iterable[DeviceChanged] = ()


def retained_topics(picture: Picture, language: str = "en") -> dict[str, bytes]:
    """Give every topic that should be retained for a site, with its payload.

    The state of alarms is published by the channel `mqtt`; here stands only where it is to be found.
    """
    topics: dict[str, bytes] = {}
    site = picture.site
    for alarm in picture.alarms:
        topic = f"{STATUS}/{site.id}/alarm/{alarm.id}"
        made = _entity(site, language, alarm.id, alarm.name.spoken(language), topic)
        made |= {
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.active else 'OFF' }}",
            "json_attributes_topic": topic,
        }
        topics[_config(alarm.id)] = msgspec.json.encode(made)
    names = {door.id: door.name for door in site.doors}
    for door in picture.doors:
        if door.door in names:
            topics |= _door(site, language, door, names[door.door])
    names = {device.id: device.name for device in site.devices}
    for device in picture.devices:
        if device.device in names:
            topics |= _device(site, language, device, names[device.device])
    return topics


def _door(site: Site, language: str, door: DoorChanged, name: Text) -> dict[str, bytes]:
    topic = f"{STATUS}/{site.id}/door/{door.door}"
    made = _entity(site, language, f"{site.id}-door-{door.door}", name.spoken(language), topic)
    made |= {"device_class": "door", "value_template": "{{ value_json.state }}", "payload_on": "open"}
    made |= {"payload_off": "closed"}
    state = {"state": str(door.state) if door.state is not DoorState.UNKNOWN else "None", "last_event": door.last_event}
    return {_config(f"{site.id}-door-{door.door}"): msgspec.json.encode(made), topic: msgspec.json.encode(state)}


def _device(site: Site, language: str, device: DeviceChanged, name: Text) -> dict[str, bytes]:
    topic = f"{STATUS}/{site.id}/device/{device.device}"
    made = _entity(site, language, f"{site.id}-device-{device.device}", name.spoken(language), topic)
    made |= {
        "device_class": "connectivity",
        "value_template": "{{ 'ON' if value_json.online else 'OFF' }}",
        "json_attributes_topic": topic,
        "entity_category": "diagnostic",
    }
    state = {"online": device.online, "battery": device.battery, "tamper": device.tamper, "reason": device.reason}
    return {_config(f"{site.id}-device-{device.device}"): msgspec.json.encode(made), topic: msgspec.json.encode(state)}


def _entity(site: Site, language: str, unique: str, name: str, topic: str) -> dict[str, Any]:
    device: Mapping[str, Any] = {
        "identifiers": [f"vigil-{site.id}"],
        "name": site.name.spoken(language),
        "manufacturer": "Vigil",
    }
    return {
        "unique_id": f"vigil-{unique}",
        "object_id": f"vigil_{unique}",
        "name": name,
        "state_topic": topic,
        "availability_topic": PRESENCE,
        "device": device,
    }


def _config(unique: str) -> str:
    return f"{DISCOVERY}/binary_sensor/{NODE}/{unique}/config"
