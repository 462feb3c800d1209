import re

from domain.photo import PHOTO_REFERENCE, StoredPhoto


def test_a_reference_is_a_plain_file_name() -> None:
    photo = StoredPhoto(reference=f"photo-20261123-{'0' * 32}.jpg", media_type="image/jpeg", content=b"")
    assert re.match(PHOTO_REFERENCE, photo.reference)
    assert not re.match(PHOTO_REFERENCE, "photo-20261123-../../etc/passwd")
