"""The body of a Sparkplug B message, a protocol buffer, as far as a listener needs it.

The message types are given to the protobuf library as a table instead of generated code; fields that do not stand in it
(data sets, templates, metadata) are skipped by the library. Numbers and types: Sparkplug 3.0, chapter 6.
"""

from typing import Any, Final, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from collector.formats.report import Scalar
from collector.refusal import Reason, Refused

MOST_METRICS: Final = 5000

Body: TypeAlias = Any
"""A message of a type that is made at run time, about which no type checker can know anything."""

_FIELD: Final = descriptor_pb2.FieldDescriptorProto
_METRIC: Final = (
    ("name", 1, _FIELD.TYPE_STRING),
    ("alias", 2, _FIELD.TYPE_UINT64),
    ("timestamp", 3, _FIELD.TYPE_UINT64),
    ("datatype", 4, _FIELD.TYPE_UINT32),
    ("is_null", 7, _FIELD.TYPE_BOOL),
)
_VALUES: Final = (
    ("int_value", 10, _FIELD.TYPE_UINT32),
    ("long_value", 11, _FIELD.TYPE_UINT64),
    ("float_value", 12, _FIELD.TYPE_FLOAT),
    ("double_value", 13, _FIELD.TYPE_DOUBLE),
    ("boolean_value", 14, _FIELD.TYPE_BOOL),
    ("string_value", 15, _FIELD.TYPE_STRING),
)
_PROPERTY: Final = (("string_value", 8, _FIELD.TYPE_STRING),)
_UNIT_KEYS: Final = frozenset({"engunit", "engunits", "unit", "units"})
_PAYLOAD: Final = (("timestamp", 1, _FIELD.TYPE_UINT64), ("seq", 3, _FIELD.TYPE_UINT64))
# Signed numbers travel as unsigned ones of 32 or 64 bits: datatype to bits.
_SIGNED: Final = {1: 32, 2: 32, 3: 32, 4: 64}
_BOOLEAN: Final = 11


def _types() -> type[Message]:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package="sparkplug", syntax="proto2")
    metric = file.message_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    properties = file.message_type.add(name="Properties")
    value = file.message_type.add(name="Property")
    payload = file.message_type.add(name="Payload")
    for message, fields in ((metric, (*_METRIC, *_VALUES)), (value, _PROPERTY), (payload, _PAYLOAD)):
        for name, number, kind in fields:
            field = message.field.add(name=name, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL)
            if message is metric and name.endswith("_value"):
                field.oneof_index = 0
    properties.field.add(name="keys", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_REPEATED)
    for owner, name, number, is_list, held in (
        (payload, "metrics", 2, True, "Metric"),
        (metric, "properties", 9, False, "Properties"),
        (properties, "values", 2, True, "Property"),
    ):
        label = _FIELD.LABEL_REPEATED if is_list else _FIELD.LABEL_OPTIONAL
        owner.field.add(name=name, number=number, type=_FIELD.TYPE_MESSAGE, label=label, type_name=f".sparkplug.{held}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("sparkplug.Payload"))


_Payload: Final = _types()


def body_of(payload: bytes, most_bytes: int) -> Body:
    """Decode a body.

    Raises:
        Refused: it is no protocol buffer, or has too many metrics.
    """
    if len(payload) > most_bytes:
        raise Refused(Reason.OVERSIZE, f"{len(payload)} bytes, at most {most_bytes} are taken")
    body: Body = _Payload()
    try:
        body.ParseFromString(payload)
    except DecodeError as error:
        raise Refused(Reason.NOT_PROTOBUF, "the body is no protocol buffer of Sparkplug B") from error
    if len(body.metrics) > MOST_METRICS:
        raise Refused(Reason.OUT_OF_RANGE, f"more than {MOST_METRICS} metrics in one message")
    return body


def value_of(metric: Body, datatype: int) -> Scalar:
    """Give the value of a metric; None where it has none, or one that is no single value."""
    name = metric.WhichOneof("value")
    if metric.is_null or name is None:
        return None
    value: Scalar = text_of(metric, name) if name == "string_value" else getattr(metric, name)
    bits = _SIGNED.get(datatype)
    if bits is not None and isinstance(value, int) and value >> (bits - 1):
        return value - (1 << bits)
    return value[:256] if isinstance(value, str) else value


def unit_of(metric: Body) -> str:
    """The unit that a metric's properties name (`engUnit`, as Ignition writes it), empty where they name none."""
    for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
        if isinstance(key, str) and key.casefold() in _UNIT_KEYS and isinstance(value.string_value, str):
            return str(value.string_value).strip()[:32]
    return ""


def text_of(metric: Body, field: str) -> str:
    """Give a text; the library gives the bytes where they are no UTF-8.

    Raises:
        Refused: `not_utf8`.
    """
    text = getattr(metric, field)
    if not isinstance(text, str):
        raise Refused(Reason.NOT_UTF8, f"the `{field}` of a metric is not valid UTF-8")
    return text


def rebirth(at_milliseconds: int) -> bytes:
    """The command by which a listener asks a node to say again what it has."""
    body: Body = _Payload(timestamp=at_milliseconds)
    body.metrics.add(name="Node Control/Rebirth", datatype=_BOOLEAN, boolean_value=True)
    return bytes(body.SerializeToString())
