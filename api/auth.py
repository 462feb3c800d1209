"""Who asks: the bearer token, the sessions that browsers get for it, and the one-time codes that open a session.

Secrets are compared and kept as SHA-256 digests only. Codes live in memory; sessions outlive a restart where a
place to keep them is given.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from api.ports import ApiLimits, SessionKeep
from domain.site import PersonRole

COOKIE: Final = "vigil_session"
_SECRET_BYTES: Final = 32


class Principal(Struct, frozen=True, kw_only=True):
    """Who a request acts for. `by` says what proved it: `token`, `session`, or `device` for a phone's own token."""

    actor: str
    roles: tuple[str, ...]
    by: str
    site: str | None = None
    device: str | None = None


def _owner(by: str) -> Principal:
    """Whoever holds the one token there is; accounts with names and roles come later."""
    return Principal(actor="operator", roles=(PersonRole.OPERATOR.value, PersonRole.SUPERVISOR.value), by=by)


def digest_of(secret: str) -> str:
    """The only form in which a secret is kept. Tokens are random and long, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class _Expiring:
    """Digests of secrets, each until its time; when full, the oldest goes."""

    def __init__(
        self, lasts: float, room: int, stopwatch: Callable[[], float], keep: SessionKeep | None = None
    ) -> None:
        self._lasts = lasts
        self._room = room
        self._stopwatch = stopwatch
        self._keep = keep
        kept = keep.load() if keep is not None else {}
        now = stopwatch()
        self._until = {digest: now + min(left, lasts) for digest, left in sorted(kept.items(), key=lambda one: one[1])}

    def issue(self) -> str:
        now = self._stopwatch()
        self._until = {digest: until for digest, until in self._until.items() if until > now}
        while len(self._until) >= self._room:
            del self._until[next(iter(self._until))]
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        self._until[digest_of(secret)] = now + self._lasts
        self._save()
        return secret

    def holds(self, secret: str) -> bool:
        return self._until.get(digest_of(secret), 0.0) > self._stopwatch()

    def take(self, secret: str) -> bool:
        """Remove it; True if it still held."""
        held = self.holds(secret)
        if self._until.pop(digest_of(secret), None) is not None:
            self._save()
        return held

    def _save(self) -> None:
        if self._keep is not None:
            now = self._stopwatch()
            self._keep.save({digest: until - now for digest, until in self._until.items()})


class Credentials:
    """What opens the API. Safe from any thread."""

    def __init__(
        self,
        token_digest: str,
        limits: ApiLimits,
        stopwatch: Callable[[], float],
        keep: SessionKeep | None = None,
        holder: Callable[[str], tuple[str, str] | None] | None = None,
    ) -> None:
        """Accept the token whose SHA-256 is `token_digest`, the sessions that were kept, and the tokens of devices
        that `holder` knows by theirs.
        """
        self._holder = holder
        self._token_digest = token_digest.lower()
        self._lock = threading.Lock()
        self._sessions = _Expiring(limits.session_seconds, limits.sessions, stopwatch, keep)
        self._codes = _Expiring(limits.login_code_seconds, limits.sessions, stopwatch)

    def by_token(self, token: str) -> Principal | None:
        """The owner, if this is the token."""
        digest = digest_of(token)
        if hmac.compare_digest(digest, self._token_digest):
            return _owner("token")
        held = None if self._holder is None else self._holder(digest)
        if held is None:
            return None
        site, device = held
        return Principal(actor=f"device:{device}", roles=(), by="device", site=site, device=device)

    def by_session(self, secret: str) -> Principal | None:
        """Whose session this is, while it lasts."""
        with self._lock:
            return _owner("session") if self._sessions.holds(secret) else None

    def open_session(self) -> str:
        """Open a session and give its secret, for a cookie."""
        with self._lock:
            return self._sessions.issue()

    def end_session(self, secret: str) -> None:
        """Forget a session."""
        with self._lock:
            self._sessions.take(secret)

    def issue_login_code(self) -> str:
        """Make a code that opens one session, once, soon: for the link that `serve` prints."""
        with self._lock:
            return self._codes.issue()

    def redeem(self, code: str) -> str | None:
        """Trade a login code for a session's secret; None where it was used, is too old, or never was."""
        with self._lock:
            return self._sessions.issue() if self._codes.take(code) else None
