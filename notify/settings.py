"""How the channels that tell people are configured. Secrets are named by where they lie, never written here."""

from enum import StrEnum

from msgspec import Struct


class Language(StrEnum):
    """What a channel writes in."""

    EN = "en"
    ZH = "zh"
    BOTH = "both"


class Security(StrEnum):
    """How the way to a mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SecretPlace(Struct, frozen=True, kw_only=True):
    """Where a secret lies: in an environment variable, or alone in a file (relative to the data folder)."""

    env: str | None = None
    file: str | None = None


class EmailChannel(Struct, frozen=True, kw_only=True):
    """A mail server; `recipients` are the mailboxes behind each name that routes use. `ca` is a PEM of authorities."""

    host: str
    sender: str
    recipients: dict[str, tuple[str, ...]]
    port: int = 587
    security: Security = Security.STARTTLS
    username: str | None = None
    password: SecretPlace | None = None
    ca: str | None = None
    language: Language = Language.BOTH


class WebhookChannel(Struct, frozen=True, kw_only=True):
    """One URL that signed notices are posted to (Standard Webhooks).

    Each of `secrets` (`whsec_...`) makes a signature, so that a receiver may change from one to the next. Hosts on
    private networks are refused unless `allow_hosts` names them.
    """

    url: str
    secrets: tuple[SecretPlace, ...]
    allow_hosts: tuple[str, ...] = ()
    ca: str | None = None


class ChatChannel(Struct, frozen=True, kw_only=True):
    """A chat, SMS or telephone service by its Apprise URL, which is a secret: one for each name that routes use."""

    recipients: dict[str, SecretPlace]
    language: Language = Language.BOTH


ChannelSettings = EmailChannel | WebhookChannel | ChatChannel
"""What can stand under `channels:`."""
