from pathlib import Path

import pytest

from domain.instant import DAY, from_iso
from domain.photo import NoPhoto
from stores.photos import KEPT, PhotoFiles

NOW = from_iso("2026-11-23T07:30:00Z")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(10)
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "


def test_a_picture_is_named_by_its_content_and_given_back(tmp_path: Path) -> None:
    photos = PhotoFiles(tmp_path / "photos")
    reference = photos.put(PNG, NOW)
    assert reference.startswith("photo-20261123-")
    assert reference.endswith(".png")
    assert photos.put(PNG, NOW + DAY) == reference
    found = photos.get(reference)
    assert found is not None
    assert (found.content, found.media_type) == (PNG, "image/png")
    assert photos.put(WEBP, NOW).endswith(".webp")
    assert [path.name for path in tmp_path.glob("photos/*/.*")] == []


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPhoto, match="no JPEG, PNG or WebP"):
        PhotoFiles(tmp_path).put(b"GIF89a", NOW)


@pytest.mark.parametrize("reference", ["../../etc/passwd", f"photo-20261123-{'0' * 32}.jpg", ""])
def test_there_is_nothing_under_another_reference(tmp_path: Path, reference: str) -> None:
    assert PhotoFiles(tmp_path).get(reference) is None


def test_pictures_go_after_their_time(tmp_path: Path) -> None:
    photos = PhotoFiles(tmp_path)
    old, new = photos.put(PNG, NOW), photos.put(WEBP, NOW + 2 * DAY)
    assert photos.retire(NOW + DAY + KEPT) == 1
    assert photos.get(old) is None
    assert photos.get(new) is not None
