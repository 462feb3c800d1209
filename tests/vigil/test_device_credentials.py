"""The file of device credentials: made here, kept as hashes, whole whoever reads, one writer at a time."""

import json
import re
import stat
import threading
from pathlib import Path

import bcrypt
import pytest

from tests.brokers import PATIENCE_SECONDS
from vigil.broker_config import BrokerError, write_private
from vigil.broker_process import FileLock
from vigil.device_credentials import CredentialsUnusable, DeviceCredential, DeviceCredentials

NOW = 1_795_000_000_000_000


@pytest.fixture
def credentials(tmp_path: Path) -> DeviceCredentials:
    return DeviceCredentials(tmp_path / "broker" / "devices.json")


def test_a_password_is_random_shown_once_and_kept_as_a_hash(credentials: DeviceCredentials) -> None:
    made = credentials.add("hq", "phone-7", NOW)
    other = credentials.add("hq", "gw-4", NOW + 1)
    assert re.fullmatch(r"[0-9a-f]{40}", made.password)
    assert made.password != other.password
    assert (made.username, made.site) == ("phone-7", "hq")
    kept = credentials.path.read_text()
    assert made.password not in kept
    first, second = credentials.read()
    assert bcrypt.checkpw(made.password.encode(), first.password_hash.encode())
    assert not bcrypt.checkpw(made.password.encode(), second.password_hash.encode())
    assert stat.S_IMODE(credentials.path.stat().st_mode) == 0o600
    assert (first.device, first.made_at, first.revoked_at) == ("phone-7", NOW, None)


def test_the_proposed_client_id_cannot_be_guessed_and_is_one_for_nats(credentials: DeviceCredentials) -> None:
    made = credentials.add("hq", "phone-7", NOW)
    assert re.fullmatch(r"phone-7-[0-9a-f]{16}", made.client_id)
    assert made.client_id != credentials.add("hq", "phone-7", NOW, replace=True).client_id


def test_neither_shows_a_secret(credentials: DeviceCredentials) -> None:
    made = credentials.add("hq", "phone-7", NOW)
    assert made.password not in repr(made)
    assert credentials.read()[0].password_hash not in repr(credentials.read()[0])


def test_a_second_one_needs_to_be_asked_for_and_replaces_the_first(credentials: DeviceCredentials) -> None:
    first = credentials.add("hq", "phone-7", NOW)
    with pytest.raises(CredentialsUnusable, match=r"has a credential already: .*--replace"):
        credentials.add("hq", "phone-7", NOW)
    second = credentials.add("hq", "phone-7", NOW + 5, replace=True)
    (kept,) = credentials.read()
    assert bcrypt.checkpw(second.password.encode(), kept.password_hash.encode())
    assert not bcrypt.checkpw(first.password.encode(), kept.password_hash.encode())


def test_a_revoked_one_is_kept_with_its_time_until_the_device_gets_another(credentials: DeviceCredentials) -> None:
    credentials.add("hq", "phone-7", NOW)
    assert credentials.revoke("hq", "phone-7", NOW + 1).revoked_at == NOW + 1
    assert credentials.revoke("hq", "phone-7", NOW + 2).revoked_at == NOW + 1
    assert [credential.revoked_at for credential in credentials.read()] == [NOW + 1]
    credentials.add("hq", "phone-7", NOW + 3)
    assert [credential.revoked_at for credential in credentials.read()] == [None]


@pytest.mark.parametrize(("site", "device"), [("hq", "gw-9"), ("annex", "phone-7")])
def test_what_is_not_there_cannot_be_revoked(credentials: DeviceCredentials, site: str, device: str) -> None:
    credentials.add("hq", "phone-7", NOW)
    with pytest.raises(CredentialsUnusable, match=f"'{site}/{device}' has no credential .*these have: hq/phone-7"):
        credentials.revoke(site, device, NOW)


@pytest.mark.parametrize(
    ("site", "device", "complaint"),
    [
        ("h q", "phone", "site 'h q' is not an id"),
        ("hq", "a/b", "device 'a/b' is not an id"),
        ("hq", "+", "device '\\+' is not an id"),
        ("hq", "$SYS", "is not an id"),
        ("hq", "x" * 65, "is not an id"),
        ("hq", "", "device '' is not an id"),
        ("hq", "collector", "'collector' is a user of the broker itself"),
        ("hq", "devices", "'devices' is a user of the broker itself"),
        ("hq", "panels", "'panels' is a user of the broker itself"),
    ],
)
def test_names_that_cannot_be_users_are_refused(
    credentials: DeviceCredentials, site: str, device: str, complaint: str
) -> None:
    with pytest.raises(CredentialsUnusable, match=complaint):
        credentials.add(site, device, NOW)
    assert not credentials.path.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b'{"devices": {}}', b'{"devices": [{"site": "hq"}]}', b'{"devices": [], "x": 1}'],
)
def test_a_damaged_file_is_refused_with_a_remedy_and_never_written_over(
    credentials: DeviceCredentials, content: bytes
) -> None:
    credentials.path.parent.mkdir()
    write_private(credentials.path, content)
    for attempt in (credentials.read, lambda: credentials.add("hq", "phone-7", NOW)):
        with pytest.raises(CredentialsUnusable, match=r"cannot be read: restore the file from a backup"):
            attempt()
    assert credentials.path.read_bytes() == content


def test_names_edited_by_hand_are_checked_again(credentials: DeviceCredentials) -> None:
    credentials.add("hq", "phone-7", NOW)
    sound = json.loads(credentials.path.read_text())
    twice = {**sound, "devices": sound["devices"] * 2}
    wild = {**sound, "devices": [{**sound["devices"][0], "site": "+"}]}
    for changed, complaint in ((twice, "stands twice"), (wild, r"site '\+' is not an id")):
        write_private(credentials.path, json.dumps(changed).encode())
        with pytest.raises(CredentialsUnusable, match=complaint):
            credentials.read()


def test_a_file_that_others_may_read_is_refused(credentials: DeviceCredentials) -> None:
    credentials.add("hq", "phone-7", NOW)
    credentials.path.chmod(0o604)
    with pytest.raises(CredentialsUnusable, match="chmod 600"):
        credentials.read()


def test_without_a_file_there_are_none(credentials: DeviceCredentials) -> None:
    assert credentials.read() == ()


def test_it_is_in_force_when_the_broker_loaded_just_this(credentials: DeviceCredentials) -> None:
    credentials.path.parent.mkdir()
    assert not credentials.is_in_force()
    credentials.mark_in_force(credentials.read_with_digest()[1])
    assert credentials.is_in_force()
    credentials.add("hq", "phone-7", NOW)
    assert not credentials.is_in_force()
    credentials.mark_in_force(credentials.read_with_digest()[1])
    assert credentials.is_in_force()


def test_two_writers_do_not_undo_each_other(credentials: DeviceCredentials) -> None:
    credentials.path.parent.mkdir()
    with_lock = FileLock(credentials.path.with_name("devices.json.lock")).acquire(complaint="")
    try:
        with pytest.raises(BrokerError, match="being changed by another 'vigil device'"):
            credentials.add("hq", "phone-7", NOW)
    finally:
        with_lock.release()
    added: list[str] = []

    def add(device: str) -> None:
        while device not in added:
            try:
                added.append(credentials.add("hq", device, NOW).device)
            except BrokerError:
                continue

    threads = [threading.Thread(target=add, args=(f"phone-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert {credential.device for credential in credentials.read()} == {f"phone-{number}" for number in range(8)}


def test_a_credential_shows_whose_it_is() -> None:
    assert repr(DeviceCredential(site="hq", device="a", password_hash="x", made_at=NOW)) == "DeviceCredential(hq/a)"
