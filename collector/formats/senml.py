"""SenML (RFC 8428), JSON: packs of records whose base values carry over. It has no topics of its own.

A device is a base name, its fields are the names below it. Times below 2^28 count from now. CBOR is refused by name.
"""

from collections.abc import Sequence
from typing import Any, Final

from collector.formats.fields import json_of, number_of
from collector.formats.report import Arrival, Carries, Format, Report, Scalar, Subscription, Value
from collector.refusal import Reason, Refused
from domain.instant import SECOND, Instant

_BYTES: Final = 64 * 1024
_MOST_RECORDS: Final = 1000
_ABSOLUTE: Final = 2**28
_VERSION: Final = 10
_LONGEST_UNIT: Final = 32
_FURTHEST: Final = 2**33
_BASES: Final = ("bn", "bt", "bu", "bv", "bs", "bver")
# Numbers below 0x20 are the control characters no JSON text begins with; CBOR arrays begin with 0x80 to 0x9f.
_CBOR_ARRAY: Final = range(0x80, 0xA0)
_UNITS: Final = {"Cel": "degC", "%RH": "%RH", "/": "1", "%EL": "%", "l": "L", "l/s": "L/s", "mg/l": "mg/L"}


def decode(arrival: Arrival) -> Sequence[Report]:
    """Give what a pack says, one report for each device in it."""
    if arrival.payload[:1] and arrival.payload[0] in _CBOR_ARRAY:
        raise Refused(Reason.NOT_JSON, "SenML in CBOR is not taken; have the device send JSON")
    pack = json_of(arrival.payload, _BYTES)
    if not isinstance(pack, list) or not pack:
        raise Refused(Reason.WRONG_TYPE, "a pack is a list of records")
    if len(pack) > _MOST_RECORDS:
        raise Refused(Reason.OUT_OF_RANGE, f"more than {_MOST_RECORDS} records in one pack")
    base: dict[str, Any] = {}
    devices: dict[str, list[Value]] = {}
    for record in pack:
        if not isinstance(record, dict):
            raise Refused(Reason.WRONG_TYPE, "a record is no JSON object")
        base |= {key: record[key] for key in _BASES if key in record}
        _require_known(record, base)
        device, value = _resolved(record, base, arrival.received_at)
        if value is not None:
            devices.setdefault(device, []).append(value)
    return [Report(device=device, said=said) for device, said in devices.items()]


def _require_known(record: dict[str, Any], base: dict[str, Any]) -> None:
    """Refuse what a reader must not guess: a later version, and labels that must be understood."""
    version = number_of(base.get("bver", _VERSION))
    if version is None or version > _VERSION:
        raise Refused(Reason.INVALID_VALUE, f"`bver` is above {_VERSION}")
    strange = next((key for key in record if key.endswith("_")), None)
    if strange is not None:
        raise Refused(Reason.UNKNOWN_FIELD, f"the label '{strange[:32]}' must be understood, and is not known")


def _resolved(record: dict[str, Any], base: dict[str, Any], now: Instant) -> tuple[str, Value | None]:
    root, name = base.get("bn", ""), record.get("n", "")
    if not isinstance(root, str) or not isinstance(name, str) or not root + name:
        raise Refused(Reason.MISSING_FIELD, "a record has neither `bn` nor `n`")
    device, field = (root, name or "value") if root else (name, "value")
    unit = record.get("u", base.get("bu", ""))
    if not isinstance(unit, str):
        raise Refused(Reason.WRONG_TYPE, "`u` is no text")
    spoken = _UNITS.get(unit, unit[:_LONGEST_UNIT])
    value = _value(record, base)
    device = device.rstrip(":/")[:128] or device[:128]
    if value == ():
        return device, None
    return device, Value(field[:128], _scalar(value), spoken, _time(record, base, now))


def _value(record: dict[str, Any], base: dict[str, Any]) -> object:
    """Give the value, or an empty tuple where the record has none, only base values or a sum."""
    if "v" in record or ("bv" in base and not {"vs", "vb", "vd"}.intersection(record)):
        first, second = number_of(base.get("bv", 0)), number_of(record.get("v", 0))
        if first is None or second is None or isinstance(record.get("v"), str):
            raise Refused(Reason.WRONG_TYPE, "`v` is no number")
        return first + second
    return next((record[key] for key in ("vb", "vs", "vd", "s") if key in record), ())


def _scalar(value: object) -> Scalar:
    if isinstance(value, str):
        return value[:256]
    return value if value is None or isinstance(value, bool | int | float) else None


def _time(record: dict[str, Any], base: dict[str, Any], now: Instant) -> Instant | None:
    root, own = number_of(base.get("bt", 0)), number_of(record.get("t", 0))
    if root is None or own is None or abs(root + own) > _FURTHEST:
        raise Refused(Reason.INVALID_TIME, "`t` is no time in seconds")
    at = root + own
    if at == 0:
        return None
    return round(at * SECOND) + (now if at < _ABSOLUTE else 0)


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    return [Subscription(base, Carries.MIXED)]


FORMAT: Final = Format(
    name="senml",
    version=1,
    summary="devices that send SenML",
    decoder=lambda: decode,
    subscriptions=_subscriptions,
    base=None,
)
