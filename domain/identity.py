"""Ids: their grammar, how derived ids are made, and the identity a device gives each message."""

import hashlib
import re
from typing import Final

from msgspec import Struct

from domain.errors import InvalidId

ID_PATTERN: Final = r"^[A-Za-z0-9_-]{1,64}$"
"""Safe in MQTT topics, file names and URLs alike; nothing in it is a wildcard or a separator anywhere."""

REAL_LANE: Final = "real"
"""The lane of reality. Any other lane is the id of a drill."""

_ID = re.compile(ID_PATTERN)


class MessageIdentity(Struct, frozen=True, array_like=True, gc=False):
    """What makes one message of one device the same message when it arrives again.

    `boot` names one run of the device's counter (it changes at each restart); `seq` counts within it.
    """

    device: str
    boot: str
    seq: int


def is_id(text: str) -> bool:
    """Tell whether the text keeps the grammar of ids."""
    return _ID.match(text) is not None and not text.endswith("\n")


def require_id(text: str, what: str) -> str:
    """Give `text` back if it keeps the grammar of ids.

    Raises:
        InvalidId: it does not; the message names `what` it should have identified.
    """
    if not is_id(text):
        msg = f"{what} '{text[:80]}' is not an id: use 1 to 64 of A-Z a-z 0-9 _ -"
        raise InvalidId(msg)
    return text


def derive_id(prefix: str, *parts: str | int) -> str:
    """Make the id of an effect from its cause: the same parts give the same id, in every process, for ever.

    The digest is BLAKE2b with 80 bits: short enough to read out over a telephone, and a collision among a million
    ids has a chance of about 4e-13.
    """
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=10)
    return f"{prefix}-{digest.hexdigest()}"
