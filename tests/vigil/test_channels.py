"""Senders find their secrets, and a channel without one stops the start with a remedy, telling nothing secret."""

from pathlib import Path

import pytest

from notify.chat import ChatSender
from notify.email import EmailSender
from notify.settings import ChannelSettings, ChatChannel, EmailChannel, SecretPlace, WebhookChannel
from notify.webhook import WebhookSender
from vigil.channels import ChannelUnusable, make_senders

SECRET = "whsec_" + "c2VjcmV0" * 4
ENVIRONMENT = {"PASSWORD": "pass-word", "CHAT": "json://localhost/token-1"}
MAIL = EmailChannel(
    host="localhost", sender="v@example.com", recipients={"duty": ("d@example.com",)}, username="v",
    password=SecretPlace(env="PASSWORD"),
)  # fmt: skip
ROOM = WebhookChannel(url="https://example.com", secrets=(SecretPlace(file="keys/room"),))
CHAT = ChatChannel(recipients={"night": SecretPlace(env="CHAT")})


def secret_file(folder: Path, text: str = SECRET, mode: int = 0o600) -> None:
    (folder / "keys").mkdir()
    (folder / "keys" / "room").write_text(text + "\n")
    (folder / "keys" / "room").chmod(mode)


def refused(folder: Path, channel: ChannelSettings, environment: dict[str, str]) -> str:
    with pytest.raises(ChannelUnusable) as error:
        make_senders({"x": channel}, folder, "h", environment)
    return str(error.value)


def test_each_kind_gets_its_sender(tmp_path: Path) -> None:
    secret_file(tmp_path)
    senders = make_senders({"mail": MAIL, "room": ROOM, "chat": CHAT}, tmp_path, "h", ENVIRONMENT)
    assert [type(sender) for sender in senders] == [EmailSender, WebhookSender, ChatSender]
    assert [sender.channel for sender in senders] == ["mail", "room", "chat"]


def test_a_secret_that_is_not_there_is_named_by_its_place(tmp_path: Path) -> None:
    assert refused(tmp_path, MAIL, {}).startswith(
        "channel 'x' finds no secret in environment variable PASSWORD: set it"
    )
    assert f"no secret in file {tmp_path / 'keys' / 'room'}" in refused(tmp_path, ROOM, {})


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret_file(tmp_path, mode=0o644)
    assert "run chmod 600" in refused(tmp_path, ROOM, {})


@pytest.mark.parametrize("secret", ["short", "whsec_***", "whsec_c2hvcnQ=", "c2VjcmV0" * 4])
def test_a_secret_that_is_none_is_refused_without_being_told(tmp_path: Path, secret: str) -> None:
    secret_file(tmp_path, secret)
    assert secret not in refused(tmp_path, ROOM, {})
    bad = refused(tmp_path, CHAT, {"CHAT": "nonsense-token-1"})
    assert ("token-1" in bad, "recipient 'night'" in bad) == (False, True)
