"""Credential numbers become keyed tokens before anything is stored (privacy law).

The key lives in a file of its own, outside the journal: whoever has the journal alone cannot try card numbers
against it, and deleting the key makes every token of it meaningless.
"""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from domain.errors import VigilError
from domain.observations import Credential

_KEY_BYTES: Final = 32
_TOKEN_BYTES: Final = 16
_KEY_ID_BYTES: Final = 4


class CredentialKeyError(VigilError):
    """The key file cannot be used."""


class CredentialKey:
    """Makes the token of a credential number: HMAC-SHA256 over kind and number, cut to 128 bits."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret; `id` names it without telling it, so that tokens of another key are recognised."""
        if len(secret) != _KEY_BYTES:
            raise CredentialKeyError(f"a credential key has {_KEY_BYTES} bytes, this has {len(secret)}")
        self._secret = secret
        self.id = hmac.digest(secret, b"vigil credential key id", hashlib.sha256)[:_KEY_ID_BYTES].hex()

    def __repr__(self) -> str:
        """Name the key without telling it, so that a log or a traceback may carry it."""
        return f"CredentialKey(id={self.id!r})"

    def token(self, kind: str, number: str) -> str:
        """Give the token: the same kind and number give the same token under the same key, and only then."""
        return hmac.digest(self._secret, f"{kind}\0{number}".encode(), hashlib.sha256)[:_TOKEN_BYTES].hex()

    def seal(self, kind: str, number: str | None) -> Credential:
        """Make the credential that may be stored. Of a PIN nothing stays but that one was typed."""
        if kind == "pin" or number is None:
            return Credential(kind=kind, token="", key_id="")
        return Credential(kind=kind, token=self.token(kind, number), key_id=self.id)

    @classmethod
    def load_or_create(cls, path: Path) -> "CredentialKey":
        """Read the key, or make one where the file is missing.

        Raises:
            CredentialKeyError: others may read the file, or it is no key.
        """
        with suppress(FileExistsError):
            _create(path)
        if path.stat().st_mode & 0o077:
            raise CredentialKeyError(f"the credential key {path} is open to other users: run chmod 600 {path}")
        try:
            secret = bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            # `from None`: the original error quotes what it could not read.
            raise CredentialKeyError(f"{path} holds no credential key: restore it from a backup") from None
        return cls(secret)


def _create(path: Path) -> None:
    """Write a new key under another name and link it into place, so that a reader never meets half of one."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(secrets.token_bytes(_KEY_BYTES).hex() + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(fresh)
    finally:
        fresh.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
