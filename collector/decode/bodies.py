"""The bodies of the native format as they stand on the wire; docs/native-format.md says the same for people.

Types carry every limit, so that decoding is checking. What no type can say (equal lengths, a credential without a
number, who may say it) is judged by `collector.decode.native` and `collector.authority`.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Raw, Struct

from domain.observations import AccessKind, PanelKind, ScanMethod, SignalKind, VideoKind

EXACT: Final = 2**53 - 1
"""The largest integer that JSON readers everywhere keep exactly (RFC 8259 section 6)."""

MAX_POINTS: Final = 10_000

# `\Z`, not `$`: that would let a newline pass.
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Seq = Annotated[int, Meta(ge=1, le=EXACT)]
Milliseconds = Annotated[int, Meta(ge=0, le=EXACT)]
TimeText = Annotated[str, Meta(min_length=1, max_length=64)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
Sentence = Annotated[str, Meta(min_length=1, max_length=128)]
Reference = Annotated[str, Meta(min_length=1, max_length=512)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Answer = (
    bool
    | Annotated[int, Meta(ge=-EXACT, le=EXACT)]
    | Annotated[float, Meta(ge=-EXACT, le=EXACT)]
    | Annotated[str, Meta(max_length=1000)]
)
Value = Annotated[float, Meta(ge=-EXACT, le=EXACT)]


class Envelope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every body carries. `device` and `site` must equal the topic, so their grammar is checked there."""

    device: str
    site: str | None = None
    at: Milliseconds | TimeText | None = None
    receipt: bool | None = None


class Counted(Envelope, frozen=True, kw_only=True):
    """A body with the identity that makes it the same message when it comes again."""

    boot: Id
    seq: Seq


class WirePosition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Degrees (WGS 84) and metres."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None


class ScanBody(Counted, frozen=True, kw_only=True):
    """`.../scan`."""

    officer: Id
    checkpoint: Id
    method: ScanMethod
    position: WirePosition | None = None
    battery: Percent | None = None
    answers: Annotated[dict[Id, Answer], Meta(max_length=200)] | None = None
    photo: Reference | None = None
    tour: Id | None = None


class WireCredential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was presented at a reader; the number is replaced by a keyed token before anything is stored."""

    kind: Literal["card", "pin", "face", "plate", "phone", "visitor_code"]
    number: Sentence | None = None


class AccessBody(Counted, frozen=True, kw_only=True):
    """`.../access`."""

    door: Id
    event: AccessKind
    reason: Sentence | None = None
    reader: Word | None = None
    direction: Literal["in", "out"] | None = None
    credential: WireCredential | None = None
    person: Id | None = None


class ReadingsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`.../readings`: columns of equal length. `points` stays text until it is known to be new."""

    device: str
    boot: Id
    seq: Seq
    points: Raw
    values: Annotated[list[Value | None], Meta(min_length=1, max_length=MAX_POINTS)]
    site: str | None = None
    at: Milliseconds | TimeText | Annotated[list[Milliseconds], Meta(max_length=MAX_POINTS)] | None = None
    receipt: bool | None = None
    quality: Annotated[list[Annotated[int, Meta(ge=0, le=2)]], Meta(max_length=MAX_POINTS)] | None = None


class StatusBody(Envelope, frozen=True, kw_only=True):
    """`.../status`. A last will was written before its time, so it carries no `seq`."""

    online: bool
    boot: Id | None = None
    seq: Seq | None = None
    battery: Percent | None = None
    tamper: bool | None = None
    firmware: Word | None = None
    reason: Sentence | None = None


class PersonBody(Counted, frozen=True, kw_only=True):
    """`.../person`."""

    person: Id
    signal: SignalKind
    silent: bool | None = None
    position: WirePosition | None = None


class VideoBody(Counted, frozen=True, kw_only=True):
    """`.../video`."""

    camera: Id
    event: VideoKind
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    snapshot: Reference | None = None


class PanelBody(Counted, frozen=True, kw_only=True):
    """`.../panel`."""

    panel: Id
    event: PanelKind
    system: Literal["intrusion", "fire"] | None = None
    partition: Word | None = None
    zone: Word | None = None


EventBody = ScanBody | AccessBody | StatusBody | PersonBody | VideoBody | PanelBody
