"""The webhook channel, after Standard Webhooks: a signed JSON notice, posted to one URL.

The id names this installation's history beside the message, so that a receiver may drop what it has seen: after a
restore from a backup, seqs and with them ids of messages come again for other things.
"""

import base64
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpcore
import msgspec
from standardwebhooks import Webhook

from domain.instant import Instant, to_iso
from domain.notification import Notice, NoticeItem
from notify.guarded_network import AddressRefused, GuardedNetwork
from notify.sender import Attempt, Verdict
from notify.settings import WebhookChannel
from notify.wording import plain

SECONDS: Final = 15.0
"""How long one attempt may take in all, redirects included (Standard Webhooks: 15 to 30 s)."""

MOST_REDIRECTS: Final = 3
EVENT_TYPE: Final = "vigil.notification"

_FOLLOWED: Final = frozenset({307, 308})
"""The redirects that mean: the same request, there."""

_FINAL: Final = frozenset({400, 410, 413, 422})
"""The receiver will never take this message: it is malformed to him, too large, or he is gone."""

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = range(24, 65)
_MOST_SAID: Final = 200


class WebhookSender:
    """Posts notices. Everything but 2xx and what the receiver has refused for good is worth another attempt."""

    def __init__(
        self,
        channel: str,
        settings: WebhookChannel,
        secrets: Sequence[str],
        history: str,
        *,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Each of `secrets` makes a signature; `history` is this installation's name for its past.

        Raises:
            ValueError: a secret is none of Standard Webhooks.
            OSError: the file of authorities cannot be read.
        """
        self._channel = channel
        self._settings = settings
        self._signers = [_signer(secret) for secret in secrets]
        self._history = history
        self._context = ssl.create_default_context(cafile=settings.ca)
        self._seconds = seconds
        self._now = now

    @property
    def channel(self) -> str:
        return self._channel

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:  # noqa: ARG002
        """Post one notice."""
        try:
            content = body(msgspec.json.decode(payload, type=Notice))
        except msgspec.DecodeError as error:
            return Attempt(Verdict.REFUSED, f"payload of {message_id}: {error}")
        headers = self._headers(f"{self._history}-{message_id}", content)
        try:
            return self._post(headers, content.encode())
        except AddressRefused as error:
            return Attempt(Verdict.REFUSED, str(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, ssl.SSLError) as error:
            return Attempt(Verdict.RETRY, plain(f"{type(error).__name__}: {error}"))

    def close(self) -> None:
        """Connections end with their request."""

    def _headers(self, webhook_id: str, content: str) -> Mapping[bytes | str, bytes | str]:
        now = self._now()
        return {
            "Content-Type": "application/json",
            "User-Agent": "vigil",
            "Connection": "close",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(webhook_id, now, content) for signer in self._signers),
        }

    def _post(self, headers: Mapping[bytes | str, bytes | str], content: bytes) -> Attempt:
        network = GuardedNetwork(self._settings.allow_hosts, self._seconds)
        url = self._settings.url
        with httpcore.ConnectionPool(ssl_context=self._context, network_backend=network) as pool:
            for _ in range(MOST_REDIRECTS + 1):
                with pool.stream("POST", url, headers=headers, content=content) as response:
                    target = _redirect(response, url)
                    if target is None:
                        return _judged(response)
                if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                    return Attempt(Verdict.RETRY, f"HTTP {response.status} leads away from HTTPS: not followed")
                url = target
        return Attempt(Verdict.RETRY, f"more than {MOST_REDIRECTS} redirects")


def _signer(secret: str) -> Webhook:
    try:
        content = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        content = b""
    if not secret.startswith(_PREFIX) or len(content) not in _SECRET_BYTES:
        msg = f"a secret is not one of Standard Webhooks: write {_PREFIX} and 24 to 64 random bytes in base64"
        raise ValueError(msg)
    return Webhook(secret)


def body(notice: Notice) -> str:
    """What is posted: the type, when it was decided, and the alarms."""
    data = {
        "id": notice.id,
        "site": notice.site,
        "site_name": notice.site_name,
        "reason": notice.reason,
        "alarms": [_item(item) for item in notice.items],
        "others": notice.others,
    }
    return msgspec.json.encode({"type": EVENT_TYPE, "timestamp": to_iso(notice.at), "data": data}).decode()


def _item(item: NoticeItem) -> dict[str, Any]:
    return {
        "alarm": item.alarm,
        "occurrence": item.occurrence,
        "rule": item.rule,
        "priority": item.priority,
        "name": item.name,
        "seen": item.seen,
        "raised_at": _time(item.raised_at),
        "cleared_at": _time(item.cleared_at),
        "correction": item.correction,
    }


def _time(at: Instant | None) -> str | None:
    return None if at is None else to_iso(at)


def _redirect(response: httpcore.Response, url: str) -> str | None:
    """Where the same request is wanted, or None."""
    location = next((value for name, value in response.headers if name.lower() == b"location"), None)
    if response.status not in _FOLLOWED or location is None:
        return None
    target = urljoin(url, location.decode("ascii", "replace"))
    return target if urlsplit(target).scheme in {"http", "https"} else None


def _judged(response: httpcore.Response) -> Attempt:
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own
        return Attempt(Verdict.SENT, f"HTTP {status}")
    said = plain(next(iter(response.iter_stream()), b"")[:_MOST_SAID].decode("utf-8", "replace")).strip()
    detail = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    return Attempt(Verdict.REFUSED if status in _FINAL else Verdict.RETRY, detail)
