"""What happens to a message that is not believed: its head is kept as bytes, with credential numbers masked.

Masking works on the bytes, because a body that must be masked is often one that no parser can read. It errs towards
masking too much.
"""

import re
from typing import Final, NamedTuple

from collector.refusal import Reason
from collector.topics import SHOWN_TOPIC, Topic
from domain.directory import MessageKind
from domain.identity import REAL_LANE
from domain.instant import Instant
from domain.observations import Quarantined
from domain.record import Record

_SHOWN_DETAIL: Final = 500
_MASK: Final = rb'\1"***"'
_WITHHELD: Final = b"(withheld: not readable as UTF-8 text, and it may hold credential numbers)"

_WORD: Final = rb"(?:number|pin|card|credential|uid|username)"
# A key that speaks of credentials, or that is escaped so that nobody can tell; quotes may be missing or single. A
# bare word is tried from its beginning only, which keeps the search linear.
_KEY: Final = (
    rb"""((?:"[^"]*?(?:%(word)s|\\)[^"]*+"|'[^']*?%(word)s[^']*+'|(?<![\w-])[\w-]*?%(word)s[\w-]*+)\s*+[:=]\s*+)"""
    % {b"word": _WORD}
)
# A text (perhaps cut short), what stands between brackets, or a bare word.
_VALUE: Final = rb"""(?:"(?:[^"\\]++|\\.)*+"?|'[^']*+'?|[{\[][^}\]]*+[}\]]?|[^\s,}\]]++)"""
# Where a value is followed by another colon it was a key itself, in a body that lost its commas.
_SECRET: Final = re.compile(_KEY + _VALUE + rb"(?:\s*+[:=]\s*+" + _VALUE + rb")*+", re.IGNORECASE | re.DOTALL)


def masked(payload: bytes) -> bytes:
    """Replace the values of keys that speak of numbers, PINs, cards and credentials; the rest stays as it is."""
    return _SECRET.sub(_MASK, payload)


class Sender(NamedTuple):
    """Who sent it as far as that is known. `may_show_credentials`: it may hold numbers where no key could be found."""

    site: str | None = None
    device: str | None = None
    lane: str = REAL_LANE
    may_show_credentials: bool = True


def sender_of(topic: Topic | None) -> Sender:
    """Give the sender that a native topic names, or nobody where it could not be read."""
    if topic is None:
        return Sender()
    return Sender(topic.site, topic.device, topic.lane, topic.kind is MessageKind.ACCESS)


def _presentable(payload: bytes, sender: Sender) -> bytes:
    if sender.may_show_credentials and b"\0" in payload:
        # Another encoding than UTF-8: the keys would not be found.
        return _WITHHELD
    return masked(payload)


def quarantined(
    *,
    topic_text: str,
    sender: Sender,
    payload: bytes,
    reason: Reason,
    detail: str,
    received_at: Instant,
    decoder: str,
    keep_bytes: int,
) -> Record:
    """Make the record of a message that is not believed."""
    body = Quarantined(
        topic=topic_text[:SHOWN_TOPIC],
        payload=_presentable(payload[:keep_bytes], sender)[:keep_bytes],
        size=len(payload),
        reason=str(reason),
        detail=detail[:_SHOWN_DETAIL],
        site=sender.site,
        device=sender.device,
    )
    return Record(
        seq=0,
        body=body,
        event_time=received_at,
        received_at=received_at,
        source=sender.device or "unknown",
        site=sender.site,
        lane=sender.lane,
        decoder=decoder,
    )
