"""Keeps the browsers' sessions through a restart: an operator at night needs no token because Vigil restarted.

Only digests are written, with the time until which each holds. They belong to one token: a new token ends them all.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from vigil.broker_config import write_private

MODE_OF_OTHERS: Final = 0o077


class _Kept(Struct, frozen=True):
    """`token` is the digest of the token they were opened with; `until` is by the machine's clock, in seconds."""

    token: str
    until: Mapping[str, float]


class SessionFile:
    """Implements `api.ports.SessionKeep`."""

    def __init__(
        self, path: Path, token_digest: str, on_fault: Callable[[object], None], now: Callable[[], float] = time.time
    ) -> None:
        """Keep in `path`. What cannot be read or written is told to `on_fault`; then sessions end with the process."""
        self._path = path
        self._token_digest = token_digest
        self._on_fault = on_fault
        self._now = now

    def load(self) -> Mapping[str, float]:
        """The digests of sessions that still hold, with the seconds left."""
        try:
            if not self._path.exists():
                return {}
            if self._path.stat().st_mode & MODE_OF_OTHERS:
                self._on_fault(f"{self._path} was open to other users of this machine: its sessions have ended")
                return {}
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError) as error:
            self._on_fault(f"{self._path} cannot be read ({error}): its sessions have ended")
            return {}
        if kept.token != self._token_digest:
            return {}
        now = self._now()
        return {digest: until - now for digest, until in kept.until.items() if until > now}

    def save(self, sessions: Mapping[str, float]) -> None:
        """Replace what is kept; values are the seconds left."""
        now = self._now()
        kept = _Kept(self._token_digest, {digest: round(now + left, 3) for digest, left in sessions.items()})
        try:
            write_private(self._path, msgspec.json.encode(kept))
        except OSError as error:
            self._on_fault(f"{self._path} cannot be written ({error}): a restart will end the sessions of now")
