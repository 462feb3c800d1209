"""W2: what is secret was made here, at random; a default, an empty or a well-known secret keeps Vigil from starting."""

import hashlib
import json
from pathlib import Path

import bcrypt
import pytest

from domain.errors import VigilError
from tests.security.guarded import NOW
from tests.vigil.running_service import SetClock, write_site
from vigil.broker import CREDENTIALS_FILE
from vigil.configuration.loading import load_configuration
from vigil.data_folder import DataFolder
from vigil.device_credentials import DeviceCredentials
from vigil.secret_strength import WELL_KNOWN, is_digest_of_well_known, is_weak, is_well_known
from vigil.service import Service, Started
from vigil.settings import Settings, SettingsInvalid

STRONG = "kT3x9QmB7rWvZ2pLh8sYcN5u"


def start(folder: Path) -> Started:
    """Start a Vigil on the folder, and stop it again."""
    loaded = load_configuration(write_site(folder / "config"))
    with Service(Settings(data=str(folder / "data"), port=0, mqtt_port=0), loaded, clock=SetClock()) as service:
        return service.start()


def refusal(folder: Path) -> str:
    with pytest.raises(VigilError) as refused:
        start(folder)
    return str(refused.value)


def private(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o600)


def test_two_installations_share_no_secret_and_each_has_128_bits(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        started = start(tmp_path / name)
        passwords = json.loads((tmp_path / name / "data" / "broker" / "passwords.json").read_text())
        assert started.token is not None
        found += [started.token, *passwords.values()]
    assert len(set(found)) == len(found) == 10
    # URL-safe base64 has six bits a character.
    assert min(map(len, found)) * 6 >= 128
    assert not any(is_weak(secret) for secret in found)


@pytest.mark.parametrize("word", ["", "admin", "changeme", "vigil", "x" * 40, "devices" * 6])
def test_a_weak_broker_password_keeps_it_from_starting(tmp_path: Path, word: str) -> None:
    passwords = {"collector": STRONG, "devices": word, "panels": STRONG[::-1], "sessions": STRONG.lower()}
    private(tmp_path / "data" / "broker" / "passwords.json", json.dumps(passwords))
    said = refusal(tmp_path)
    assert "short, plain or equal" in said
    assert "delete it to have new passwords made" in said
    assert not word or word not in said.replace("devices then", "")


def test_a_password_that_is_not_looked_at_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: whatever stands in the file is strong enough."""
    monkeypatch.setattr("vigil.broker_config.is_weak", lambda _: False)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_a_weak_broker_password_keeps_it_from_starting(tmp_path, "changeme")


@pytest.mark.parametrize("word", ["", "admin", "changeme", "vigil", "token"])
def test_a_token_that_anybody_would_try_keeps_it_from_starting(tmp_path: Path, word: str) -> None:
    digest = hashlib.sha256(word.encode()).hexdigest()
    private(DataFolder(tmp_path / "data").token_digest, digest)
    assert "anybody would try first: delete it" in refusal(tmp_path)


def test_a_token_file_that_others_may_read_keeps_it_from_starting(tmp_path: Path) -> None:
    start(tmp_path)
    path = DataFolder(tmp_path / "data").token_digest
    path.chmod(0o644)
    assert f"chmod 600 {path}" in refusal(tmp_path)


def test_a_device_credential_that_was_not_made_here_keeps_it_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "data" / "broker" / CREDENTIALS_FILE
    credentials = DeviceCredentials(path)
    credentials.add("hq", "phone", NOW)
    start(tmp_path)
    sound = json.loads(path.read_text())
    for hashed in ("", "admin", bcrypt.hashpw(b"admin", bcrypt.gensalt(10)).decode()):
        sound["devices"][0]["password_hash"] = hashed
        private(path, json.dumps(sound))
        assert "was not made by 'vigil device add'" in refusal(tmp_path)
    path.chmod(0o640)
    assert f"chmod 600 {path}" in refusal(tmp_path)


@pytest.mark.parametrize("word", ["", "mosquitto", "Password", "changeme"])
def test_a_well_known_password_at_a_named_broker_is_refused(word: str) -> None:
    with pytest.raises(SettingsInvalid, match="anybody would try first"):
        Settings(broker="mqtt://broker", mqtt_username="vigil", mqtt_password=word).check()
    if word:
        with pytest.raises(SettingsInvalid, match="anybody would try first") as refused:
            Settings(broker=f"mqtt://vigil:{word}@broker").check()
        assert f":{word}@" not in str(refused.value)
    Settings(broker="mqtt://broker", mqtt_username="vigil", mqtt_password="tulip-42").check()
    Settings(broker="mqtt://broker").check()


def test_the_lists_agree() -> None:
    assert all(is_weak(word) for word in WELL_KNOWN)
    assert all(is_digest_of_well_known(hashlib.sha256(word.encode()).hexdigest().upper()) for word in WELL_KNOWN)
    assert is_well_known("  ADMIN ")
    assert not is_well_known(STRONG)
    assert not is_weak(STRONG)
    assert not is_digest_of_well_known(hashlib.sha256(STRONG.encode()).hexdigest())
