"""A short digest of what a message says, to tell a message that was sent again from another one with its number."""

from typing import Final
from zlib import crc32

import msgspec

from domain.readings import Readings
from domain.record import Record

_encode: Final = msgspec.msgpack.Encoder().encode
_LOW: Final = 0xFFFF_FFFF


def fingerprint(record: Record) -> int:
    """32 bits over the device's own time and the body, the same however often the message is delivered.

    Times that Vigil put in place of the device's are left out, because they differ from one delivery to the next: of
    readings only values and qualities count. CRC-32 is no defence against a forger, who would need the device's
    credential anyway; it finds devices that do not know of each other.
    """
    body = record.body
    digest = crc32(body.quality, crc32(body.values)) if isinstance(body, Readings) else crc32(_encode(body))
    return digest ^ ((record.device_time or 0) & _LOW)
