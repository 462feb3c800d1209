"""Numbers become tokens; the key is made once, kept private, and never shown."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collector.credentials import CredentialKey, CredentialKeyError
from tests.collector.building import KEY


def test_a_token_is_stable_and_tells_numbers_and_kinds_apart() -> None:
    token = KEY.token("card", "04A1B2C3")
    assert token == KEY.token("card", "04A1B2C3")
    assert len(bytes.fromhex(token)) == 16
    others = [
        KEY.token("card", "04a1b2c3"),
        KEY.token("plate", "04A1B2C3"),
        CredentialKey(b"x" * 32).token("card", "04A1B2C3"),
    ]
    assert len({token, *others}) == 4


def test_sealing_keeps_no_number_and_of_a_pin_nothing() -> None:
    card = KEY.seal("card", "04A1B2C3")
    assert (card.kind, card.token, card.key_id) == ("card", KEY.token("card", "04A1B2C3"), KEY.id)
    assert KEY.seal("pin", "1234") == KEY.seal("pin", None)
    assert KEY.seal("pin", "1234").token == ""


def test_the_key_shows_its_id_only() -> None:
    assert KEY.id in repr(KEY)
    assert bytes(range(32)).hex() not in repr(KEY)


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "credentials.key"
    first = CredentialKey.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CredentialKey.load_or_create(path).id == first.id
    assert [found.name for found in path.parent.iterdir()] == ["credentials.key"]


def test_two_processes_starting_together_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "credentials.key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: CredentialKey.load_or_create(path).id, range(8)))
    assert len(set(keys)) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "credentials.key"
    CredentialKey.load_or_create(path)
    path.chmod(0o640)
    with pytest.raises(CredentialKeyError, match="chmod 600"):
        CredentialKey.load_or_create(path)


@pytest.mark.parametrize("content", ["", "ab" * 31, "zz" * 32, "钥匙"])
def test_a_damaged_key_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "credentials.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(CredentialKeyError) as refused:
        CredentialKey.load_or_create(path)
    assert not content or content not in str(refused.value)
