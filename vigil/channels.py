"""Makes the senders of the configured channels: finds their secrets, and refuses to start without one."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.errors import VigilError
from notify.sender import Sender
from notify.settings import ChannelSettings, ChatChannel, EmailChannel, SecretPlace, WebhookChannel


class ChannelUnusable(VigilError):
    """A channel that cannot be used as configured; the message names it, what is missing, and the remedy."""


def make_senders(
    channels: Mapping[str, ChannelSettings], folder: Path, history: str, environment: Mapping[str, str] | None = None
) -> Sequence[Sender]:
    """Make a sender of each channel; files of secrets are looked for from `folder` on.

    Raises:
        ChannelUnusable: naming the channel.
    """
    secrets = _Secrets(folder, os.environ if environment is None else environment)
    return [_sender(name, channel, secrets, history) for name, channel in channels.items()]


class _Secrets:
    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment

    def at(self, channel: str, place: SecretPlace) -> str:
        if place.env is not None:
            secret = self._environment.get(place.env, "").strip()
            where, remedy = f"environment variable {place.env}", "set it where `vigil serve` starts"
        else:
            path = self._folder / (place.file or "")
            where, remedy = f"file {path}", "write the secret alone into it, readable by its owner only (chmod 600)"
            secret = _read(path, channel)
        if not secret:
            raise ChannelUnusable(f"channel '{channel}' finds no secret in {where}: {remedy}")
        return secret


def _read(path: Path, channel: str) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ChannelUnusable(f"channel '{channel}': {path} is open to other users here: run chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _sender(name: str, channel: ChannelSettings, secrets: _Secrets, history: str) -> Sender:
    try:
        match channel:
            case EmailChannel():
                from notify.email import EmailSender

                password = None if channel.password is None else secrets.at(name, channel.password)
                return EmailSender(name, channel, password, history)
            case WebhookChannel():
                from notify.webhook import WebhookSender

                return WebhookSender(name, channel, [secrets.at(name, place) for place in channel.secrets], history)
            case ChatChannel():
                # Apprise takes a third of a second to load: only those pay who use it.
                from notify.chat import ChatSender

                urls = {who: secrets.at(name, place) for who, place in channel.recipients.items()}
                return ChatSender(name, urls, channel.language)
    except (OSError, ValueError) as error:
        raise ChannelUnusable(f"channel '{name}' cannot be used: {error}") from error
