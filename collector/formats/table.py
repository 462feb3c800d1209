"""All formats of other makers there are. A new one is a module in `collector.formats`, a line here, and its test."""

from collections.abc import Mapping
from typing import Final

from collector.formats import chirpstack, esp_rfid, owntracks, senml, shelly, sparkplug, tasmota, zigbee2mqtt
from collector.formats.report import Format

FORMATS: Final[Mapping[str, Format]] = {
    module.FORMAT.name: module.FORMAT
    for module in (chirpstack, esp_rfid, owntracks, senml, shelly, sparkplug, tasmota, zigbee2mqtt)
}
"""Formats by the name that the configuration calls them by."""
