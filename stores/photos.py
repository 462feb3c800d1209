"""Photographs that officers send: files under the day they came, named by their content, kept for a while.

What names them elsewhere is the reference alone: records, alarms and orders never hold a picture. The same picture
again gets the same reference, so a phone may send it as often as it likes.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Final

from domain.instant import DAY, Duration, Instant, to_datetime
from domain.photo import PHOTO_REFERENCE, NoPhoto, StoredPhoto

KEPT: Final[Duration] = 90 * DAY
"""How long a picture is kept after it came."""

_REFERENCE: Final = re.compile(PHOTO_REFERENCE)
_MAGIC: Final = (
    (re.compile(rb"\xff\xd8\xff"), "jpg", "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png", "image/png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp", "image/webp"),
)


class PhotoFiles:
    """The folder of pictures."""

    def __init__(self, folder: Path) -> None:
        """Know the folder; it is made with the first picture."""
        self._folder = folder

    def put(self, content: bytes, now: Instant) -> str:
        """Store a picture and give its reference; it is on the disk when this returns.

        Raises:
            NoPhoto: the content is no JPEG, PNG or WebP.
        """
        suffix = next((suffix for magic, suffix, _ in _MAGIC if magic.match(content)), None)
        if suffix is None:
            raise NoPhoto("this is no JPEG, PNG or WebP: send the picture as the camera made it")
        digest = hashlib.sha256(content).hexdigest()[:32]
        known = next(self._folder.glob(f"*/photo-*-{digest}.{suffix}"), None)
        if known is not None:
            return known.name
        day = to_datetime(now).strftime("%Y%m%d")
        path = self._folder / day / f"photo-{day}-{digest}.{suffix}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with fresh.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.rename(path)
        return path.name

    def get(self, reference: str) -> StoredPhoto | None:
        """A picture by its reference; None where there is none, or its time is over."""
        if _REFERENCE.match(reference) is None:
            return None
        path = self._folder / reference.split("-")[1] / reference
        media_type = next(media for _, suffix, media in _MAGIC if reference.endswith(suffix))
        try:
            return StoredPhoto(reference=reference, media_type=media_type, content=path.read_bytes())
        except FileNotFoundError:
            return None

    def retire(self, now: Instant) -> int:
        """Delete the pictures of the days whose time is over; gives how many."""
        last = to_datetime(now - KEPT).strftime("%Y%m%d")
        count = 0
        for day in sorted(self._folder.glob("[0-9]" * 8)):
            if day.name < last:
                for path in day.iterdir():
                    path.unlink()
                    count += 1
                day.rmdir()
        return count
