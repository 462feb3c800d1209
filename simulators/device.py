"""Simulated devices: each counts its own messages and speaks Vigil's native format over MQTT.

The encoder is written from `docs/native-format.md`, not from the collector's code, so that the two check each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from domain.identity import MessageIdentity
from domain.instant import Instant, to_iso

TOPIC_ROOT: Final = "vigil/v1"


class Message(Struct, frozen=True, kw_only=True):
    """One message to publish at `at` (the simulated clock); `identity` is None where the device gives it none."""

    at: Instant
    topic: str
    payload: bytes
    identity: MessageIdentity | None = None


class SimulatedDevice:
    """One device of one site. `boot` names this run of its counter; `clock_error` is how far its clock is ahead.

    With `wants_receipts` each of its messages asks for one (`simulators.assured`).
    """

    def __init__(
        self, site: str, device: str, boot: str, clock_error: int = 0, *, wants_receipts: bool = False
    ) -> None:
        """Begin to count at 1."""
        self.site = site
        self.device = device
        self.boot = boot
        self._clock_error = clock_error
        self._wants_receipts = wants_receipts
        self._seq = 0

    def scan(self, at: Instant, officer: str, checkpoint: str, method: str = "nfc", battery: float = 80.0) -> Message:
        """A guard's phone at a checkpoint."""
        return self.message(
            at, "scan", {"officer": officer, "checkpoint": checkpoint, "method": method, "battery": round(battery, 1)}
        )

    def access(self, at: Instant, door: str, event: str, **details: Any) -> Message:  # noqa: ANN401 - JSON values
        """A door controller about one of its doors."""
        return self.message(at, "access", {"door": door, "event": event, **details})

    def readings(self, at: Instant, points: Sequence[str], values: Sequence[float | None]) -> Message:
        """A gateway's values of one moment; None is a sensor that gave nothing."""
        return self.message(at, "readings", {"points": list(points), "values": list(values)})

    def status(self, at: Instant, *, online: bool, battery: float | None = None) -> Message:
        """The device about itself."""
        body: dict[str, object] = {"online": online}
        if battery is not None:
            body["battery"] = battery
        return self.message(at, "status", body)

    def message(self, at: Instant, kind: str, body: Mapping[str, object]) -> Message:
        """Number and encode one message of any kind."""
        self._seq += 1
        identity = MessageIdentity(self.device, self.boot, self._seq)
        told = to_iso(at + self._clock_error)
        asked = {"receipt": True} if self._wants_receipts else {}
        whole = {"device": self.device, "boot": self.boot, "seq": self._seq, "at": told, **asked, **body}
        return Message(
            at=at,
            topic=f"{TOPIC_ROOT}/{self.site}/{self.device}/{kind}",
            payload=msgspec.json.encode(whole),
            identity=identity,
        )

    def garbled(self, at: Instant, kind: str) -> Message:
        """What a device with a dying flash sends: a message cut in the middle, without any number."""
        return Message(at=at, topic=f"{TOPIC_ROOT}/{self.site}/{self.device}/{kind}", payload=b'{"device": "')
