"""Keeps the list of unmapped devices in a file: it outlives a restart, and `vigil map` reads it beside a service.

What is lost when Vigil is killed is a few seconds of a list that fills itself again.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from api.intake_views import UnmappedItem, UnmappedValue
from collector.foreign.proposal import proposal
from collector.foreign.unmapped import UnmappedDevice, UnmappedDevices
from runtime.deliver import Fault

WRITE_SECONDS: Final = 5.0


class UnmappedList:
    """Writes the list when it has changed, from `start` to `stop`."""

    def __init__(self, path: Path, devices: UnmappedDevices, on_fault: Fault) -> None:
        """Take up what was known before."""
        self._path = path
        self._devices = devices
        self._on_fault = on_fault
        self._written: Sequence[UnmappedDevice] = read_unmapped(path)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="unmapped-list", daemon=True)
        devices.restore(read_unmapped(path))

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Write once more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def write(self) -> None:
        """Write the list if it differs from what stands in the file.

        Raises:
            OSError: the disk refuses.
        """
        known = self._devices.known()
        if known == self._written:
            return
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(msgspec.json.encode(known))
        fresh.replace(self._path)
        self._written = known

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stopping.wait(WRITE_SECONDS)
            try:
                self.write()
            except OSError as error:
                self._on_fault("unmapped devices", f"{self._path.name} cannot be written: {error}")


def read_unmapped(path: Path) -> list[UnmappedDevice]:
    """Read the list; a file that is missing or damaged is an empty one, which fills itself again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[UnmappedDevice])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return []


def items_of(devices: Sequence[UnmappedDevice]) -> list[UnmappedItem]:
    """Give the devices as the API shows them, each with its own proposal."""
    return [
        UnmappedItem(
            format=device.format,
            topic=device.topic,
            name=device.name,
            first_seen=device.first_seen,
            last_seen=device.last_seen,
            last_topic=device.last_topic,
            messages=device.messages,
            mapped=device.is_mapped,
            values=tuple(UnmappedValue(name=each.name, sample=each.sample, count=each.count) for each in device.fields),
            proposal=proposal([device]),
        )
        for device in devices
    ]
