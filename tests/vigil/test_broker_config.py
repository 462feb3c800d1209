"""The bundled broker's configuration: rights, secrets and limits, without a server."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from vigil.broker_config import (
    BrokerError,
    BrokerLimits,
    BrokerSecrets,
    BrokerTls,
    BrokerUser,
    MqttListener,
    load_or_create_secrets,
    render,
    room_for,
    subjects_of,
    write_private,
)

_PASSWORD = "a-password-of-enough-characters"


def _rendered(*users: BrokerUser, tls: BrokerTls | None = None) -> dict[str, Any]:
    text = render(
        MqttListener("127.0.0.1", 1883, tls),
        users=users,
        limits=BrokerLimits(),
        window=7,
        store=Path("/data/store"),
        store_bytes=12345,
        log=Path("/data/log"),
    )
    config: dict[str, Any] = json.loads(text)
    return config


@pytest.mark.parametrize(
    ("topic_filter", "subjects"),
    [
        ("vigil/v1/#", ("vigil.v1", "vigil.v1.>")),
        ("vigil/v1/+/+/receipt", ("vigil.v1.*.*.receipt",)),
        ("a", ("a",)),
    ],
)
def test_a_filter_becomes_subjects(topic_filter: str, subjects: tuple[str, ...]) -> None:
    assert subjects_of(topic_filter) == subjects


@pytest.mark.parametrize(
    "topic_filter",
    [
        "",
        "#",
        "/a",
        "a//b",
        "a/",
        "a/#/b",
        "a/*/b",
        "a/>",
        "a b",
        "$JS/#",
        "$SYS",
        "a/$b",
        "a/b+",
        "a/b#",
        "a\n",
    ],
)
def test_a_filter_that_means_something_else_to_nats_is_refused(topic_filter: str) -> None:
    with pytest.raises(BrokerError, match="cannot be granted"):
        subjects_of(topic_filter)


def test_empty_lists_allow_nothing() -> None:
    (user,) = _rendered(BrokerUser("mute", _PASSWORD))["authorization"]["users"]
    assert user["permissions"] == {"publish": {"deny": [">"]}, "subscribe": {"deny": [">"]}}


def test_the_server_syncs_bounds_and_monitors_nothing() -> None:
    config = _rendered()
    assert config["jetstream"]["sync_interval"] == "always"
    assert config["jetstream"]["max_file_store"] == 12345
    assert config["mqtt"]["max_ack_pending"] == 7
    assert config["max_payload"] == 1 << 20
    assert config["host"] == "127.0.0.1"
    assert not {"http", "https", "http_port", "monitor_port", "cluster", "leafnodes", "websocket"} & set(config)


def test_a_tls_listener_speaks_nothing_older_than_1_2_and_may_ask_for_certificates() -> None:
    assert "tls" not in _rendered()["mqtt"]
    plain = _rendered(tls=BrokerTls(Path("/c.pem"), Path("/k.pem")))["mqtt"]["tls"]
    assert plain == {"cert_file": "/c.pem", "key_file": "/k.pem", "min_version": "1.2", "timeout": 5}
    mutual = _rendered(tls=BrokerTls(Path("/c.pem"), Path("/k.pem"), Path("/ca.pem")))["mqtt"]["tls"]
    assert mutual == {**plain, "ca_file": "/ca.pem", "verify": True}


@pytest.mark.parametrize(
    ("name", "password", "complaint"),
    [("a b", _PASSWORD, "user 'a b'"), ("", _PASSWORD, "user ''"), ("ann", "short", "'ann' has under 22")],
)
def test_a_user_that_could_be_guessed_or_misread_is_refused(name: str, password: str, complaint: str) -> None:
    with pytest.raises(BrokerError, match=complaint):
        _rendered(BrokerUser(name, password))


def test_a_user_shows_itself_without_the_password() -> None:
    assert _PASSWORD not in repr(BrokerUser("ann", _PASSWORD))
    assert _PASSWORD not in repr(BrokerSecrets(_PASSWORD, _PASSWORD, _PASSWORD, _PASSWORD))


def test_secrets_are_made_once_private_and_strong(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    made = load_or_create_secrets(path)
    assert load_or_create_secrets(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # 192 bits in base64.
    assert {len(getattr(made, name)) for name in made.__struct_fields__} == {32}
    assert len({made.collector, made.devices, made.panels, made.sessions}) == 4
    assert load_or_create_secrets(tmp_path / "other.json") != made


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"collector": "',
        b"\xff",
        b'{"collector": "aaaaaaaaaaaaaaaaaaaaaaaaaa"}',
        b'{"collector": "secret", "devices": "password", "panels": "x"}',
        b'{"collector": "%b", "devices": "%b", "panels": "%b"}' % (b"a" * 26, b"b" * 26, b"c" * 26),
        b'{"collector": "%b", "devices": "%b", "panels": "%b"}'
        % (b"abcdefghij" * 3, b"abcdefghij" * 3, b"bcdefghij" * 3),
        b'{"collector": "%b", "devices": "%b", "panels": "%b", "x": 1}' % (b"a" * 26, b"b" * 26, b"c" * 26),
    ],
)
def test_damaged_or_weak_secrets_are_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "passwords.json"
    write_private(path, content)
    with pytest.raises(BrokerError, match=r"restore .* from a backup, or delete it") as refusal:
        load_or_create_secrets(path)
    assert "aaaa" not in str(refusal.value)


def test_a_file_from_before_client_ids_were_secret_gets_that_part_once(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    made = load_or_create_secrets(path)
    older = {"collector": made.collector, "devices": made.devices, "panels": made.panels}
    write_private(path, json.dumps(older).encode())
    found = load_or_create_secrets(path)
    assert (found.collector, found.devices, found.panels) == (made.collector, made.devices, made.panels)
    assert (found.sessions != made.sessions, len(found.sessions)) == (True, 32)
    assert load_or_create_secrets(path) == found


def test_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    load_or_create_secrets(path)
    path.chmod(0o640)
    with pytest.raises(BrokerError, match="chmod 600"):
        load_or_create_secrets(path)


def test_a_full_store_gets_room_for_the_session_that_drains_it(tmp_path: Path) -> None:
    limits = BrokerLimits(max_store_bytes=1000)
    assert room_for(tmp_path / "none", limits) == 1000
    (tmp_path / "streams").mkdir()
    (tmp_path / "streams" / "1.blk").write_bytes(b"x" * 900)
    assert room_for(tmp_path, limits) == 1150
