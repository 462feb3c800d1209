"""Tokens with which officers' phones speak to the API: made by a command, shown once, kept as digests.

A token speaks for one device of the configuration. The service reads the file anew when it has changed, so a token
that is revoked opens nothing from then on.
"""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.errors import VigilError
from domain.instant import Instant
from vigil.broker_config import write_private
from vigil.broker_process import FileLock

TOKEN_BYTES: Final = 32


class PhoneTokensUnusable(VigilError):
    """The file of tokens cannot be used, or says no to what was asked of it."""


class PhoneToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lets one phone in; a revoked one is kept, so that the list tells who could once speak."""

    site: str
    device: str
    digest: str
    made_at: Instant
    revoked_at: Instant | None = None


class _Contents(Struct, frozen=True, forbid_unknown_fields=True):
    tokens: tuple[PhoneToken, ...] = ()
    version: int = 1


_Change: TypeAlias = Callable[[tuple[PhoneToken, ...]], tuple[PhoneToken, ...]]


class PhoneTokens:
    """The file of tokens."""

    def __init__(self, path: Path) -> None:
        """Know the file; it is made with the first token."""
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._by_digest: dict[str, PhoneToken] = {}

    def make(self, site: str, device: str, now: Instant) -> str:
        """Make a token for a device, in place of the one it may have; gives the token, which stands nowhere else."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        made = PhoneToken(site=site, device=device, digest=_digest(token), made_at=now)
        self._change(lambda tokens: (*_without(tokens, site, device, now), made))
        return token

    def revoke(self, site: str, device: str, now: Instant) -> None:
        """Let a device's token open nothing any more.

        Raises:
            PhoneTokensUnusable: it has none.
        """
        if not any((each.site, each.device, each.revoked_at) == (site, device, None) for each in self.read()):
            raise PhoneTokensUnusable(f"device '{site}/{device}' has no token: make one with 'vigil device token'")
        self._change(lambda tokens: _without(tokens, site, device, now))

    def read(self) -> tuple[PhoneToken, ...]:
        """All tokens, revoked ones among them.

        Raises:
            PhoneTokensUnusable: the file is open to others, or damaged.
        """
        try:
            content, mode = self._path.read_bytes(), self._path.stat().st_mode
        except FileNotFoundError:
            return ()
        if mode & 0o077:
            raise PhoneTokensUnusable(f"{self._path} is open to other users: run chmod 600 {self._path}")
        try:
            return msgspec.json.decode(content, type=_Contents).tokens
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = f"{self._path} holds no tokens: restore it from a backup, or delete it and make new ones"
            raise PhoneTokensUnusable(message) from None

    def holder(self, digest: str) -> tuple[str, str] | None:
        """Site and device of the token with this SHA-256 digest, while it holds."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return None
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._by_digest = {each.digest: each for each in self.read() if each.revoked_at is None}
            self._seen = seen
        found = self._by_digest.get(digest)
        return None if found is None else (found.site, found.device)

    def _change(self, how: _Change) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self._path.with_name(self._path.name + ".lock"))
        lock.acquire(complaint=f"{self._path} is being changed by another 'vigil device': try again")
        try:
            contents = _Contents(how(self.read()))
            write_private(self._path, msgspec.json.format(msgspec.json.encode(contents)))
        finally:
            lock.release()


def _without(tokens: tuple[PhoneToken, ...], site: str, device: str, now: Instant) -> tuple[PhoneToken, ...]:
    return tuple(
        replace(each, revoked_at=now) if (each.site, each.device, each.revoked_at) == (site, device, None) else each
        for each in tokens
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
