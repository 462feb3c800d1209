"""What devices report: past facts, named as nouns. Readings have a module of their own (`domain.readings`)."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

Answer = bool | int | float | str


class GeoPosition(Struct, frozen=True, kw_only=True, gc=False):
    """A fix in degrees (WGS 84) with the radius in metres that the device vouches for."""

    latitude: float
    longitude: float
    accuracy_m: float | None = None


class ScanMethod(StrEnum):
    """How the visit was proved; `manual` is the officer's word alone."""

    NFC = "nfc"
    QR = "qr"
    BLE = "ble"
    GPS = "gps"
    FINGERPRINT = "fingerprint"
    MANUAL = "manual"


class CheckpointScan(Struct, frozen=True, tag="checkpoint_scan", kw_only=True, gc=False):
    """A guard's proof of having been at a checkpoint (巡更点打卡). `battery` in percent.

    `tour` is the tour the guard says to walk, where the device lets one choose.
    """

    site: str
    officer: str
    checkpoint: str
    method: ScanMethod
    position: GeoPosition | None = None
    battery: float | None = None
    answers: dict[str, Answer] = {}
    photo: str | None = None
    tour: str | None = None


class AccessKind(StrEnum):
    """What a door or its reader reported."""

    GRANTED = "granted"
    DENIED = "denied"
    OPENED = "opened"
    CLOSED = "closed"
    EXIT_REQUEST = "exit_request"
    FORCED = "forced"
    HELD = "held"
    TAMPER = "tamper"
    DURESS = "duress"


class Credential(Struct, frozen=True, kw_only=True, gc=False):
    """A credential as a keyed token: the number itself never leaves the collector (privacy law)."""

    kind: str
    token: str
    key_id: str


class AccessEvent(Struct, frozen=True, tag="access_event", kw_only=True, gc=False):
    """One event of access control at a door (门禁事件)."""

    site: str
    door: str
    kind: AccessKind
    reason: str | None = None
    reader: str | None = None
    direction: str | None = None
    credential: Credential | None = None
    person: str | None = None


LAST_WILL: Final = "will"
"""The reason with which the broker speaks for a device whose link died."""


class DeviceStatus(Struct, frozen=True, tag="device_status", kw_only=True, gc=False):
    """A device about itself; `online` false with reason `will` is what the broker says when a link died."""

    site: str
    online: bool
    reason: str | None = None
    battery: float | None = None
    tamper: bool | None = None
    firmware: str | None = None

    @property
    def is_last_will(self) -> bool:
        """Whether the broker says it for a device that it hears nothing of any more."""
        return not self.online and self.reason == LAST_WILL


class SignalKind(StrEnum):
    """What a person's device signals on the person's behalf."""

    SOS = "sos"
    MAN_DOWN = "man_down"
    CHECK_CALL = "check_call"
    POSITION = "position"
    CANCEL = "cancel"
    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"


class PersonSignal(Struct, frozen=True, tag="person_signal", kw_only=True, gc=False):
    """A lone worker's call for help, check call or position; `silent` asks that nothing shows on the phone."""

    site: str
    person: str
    kind: SignalKind
    silent: bool = False
    position: GeoPosition | None = None


class VideoKind(StrEnum):
    """What video analytics claims to have seen."""

    PERSON = "person"
    VEHICLE = "vehicle"
    LINE_CROSSED = "line_crossed"
    LOITERING = "loitering"
    SMOKE = "smoke"


class VideoEvent(Struct, frozen=True, tag="video_event", kw_only=True, gc=False):
    """An event of a camera's analytics; `confidence` from 0 to 1."""

    site: str
    camera: str
    kind: VideoKind
    confidence: float | None = None
    snapshot: str | None = None


class PanelKind(StrEnum):
    """What an intrusion or fire panel reports."""

    ALARM = "alarm"
    RESTORE = "restore"
    TROUBLE = "trouble"
    BYPASS = "bypass"
    ARMED = "armed"
    DISARMED = "disarmed"


class PanelEvent(Struct, frozen=True, tag="panel_event", kw_only=True, gc=False):
    """An event of an intrusion or fire panel (报警主机), with the panel's own partition and zone words."""

    site: str
    panel: str
    kind: PanelKind
    system: str = "intrusion"
    partition: str | None = None
    zone: str | None = None


class Quarantined(Struct, frozen=True, tag="quarantined", kw_only=True, gc=False):
    """A message that could not be believed, kept as it came (credential numbers masked).

    `reason` is a stable code, `detail` the sentence; `size` is the true size where `payload` was cut to its head.
    """

    topic: str
    payload: bytes
    size: int
    reason: str
    detail: str
    site: str | None = None
    device: str | None = None
