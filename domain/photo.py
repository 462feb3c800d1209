"""Photographs as the rest of Vigil knows them: a reference that names a picture kept elsewhere, by its content."""

from typing import Final

from msgspec import Struct

from domain.errors import VigilError

PHOTO_REFERENCE: Final = r"^photo-[0-9]{8}-[0-9a-f]{32}\.(?:jpg|png|webp)$"
"""The day it came, 128 bits of the digest of its content, and what it is."""


class NoPhoto(VigilError):
    """The bytes are no picture that browsers show."""


class StoredPhoto(Struct, frozen=True, kw_only=True):
    """A picture in the store."""

    reference: str
    media_type: str
    content: bytes
