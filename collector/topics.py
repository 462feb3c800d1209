"""Native topics: what they say, and which of them the two sessions subscribe to.

`vigil/v1/{site}/{device}/{kind}`; a drill's traffic lives under `vigil-drill/{drill}/v1/{site}/{device}/{kind}`.
"""

from typing import Final

from msgspec import Struct

from collector.refusal import Reason, Refused
from domain.directory import MessageKind
from domain.identity import REAL_LANE, is_id
from domain.record import Urgency

SHOWN_TOPIC: Final = 512
"""How many characters of a topic are kept where it is quoted. An MQTT topic may have 65,535 bytes."""

_REAL = ("vigil", "v1")
_DRILL = "vigil-drill"
_FORM = "vigil/v1/{site}/{device}/{kind}"
_KINDS: Final = {str(kind): kind for kind in MessageKind}


class Topic(Struct, frozen=True):
    """What a topic claims: the sender, and what it sends."""

    lane: str
    site: str
    device: str
    kind: MessageKind


def parse_topic(topic: str) -> Topic:
    """Read a native topic; every level but the fixed ones must keep the grammar of ids.

    Raises:
        Refused: `bad_topic`.
    """
    levels = topic.split("/", 7)
    if tuple(levels[:2]) == _REAL:
        lane, rest = REAL_LANE, levels[2:]
    elif levels[0] == _DRILL and levels[2:3] == ["v1"] and is_id(levels[1]) and levels[1] != REAL_LANE:
        lane, rest = levels[1], levels[3:]
    else:
        lane, rest = "", []
    match rest:
        case [site, device, kind] if kind in _KINDS and is_id(site) and is_id(device):
            return Topic(lane, site, device, _KINDS[kind])
    raise Refused(Reason.BAD_TOPIC, f"'{topic[:80]}' is not {_FORM} with ids of 1 to 64 of A-Z a-z 0-9 _ -")


def urgency_of(kind: MessageKind) -> Urgency:
    """Readings wait for everything else; all other kinds are events."""
    return Urgency.READING if kind is MessageKind.READINGS else Urgency.EVENT


def filters(urgency: Urgency) -> tuple[str, ...]:
    """Give the MQTT filters of the session that brings this urgency, in a fixed order."""
    return tuple(f"vigil/v1/+/+/{kind}" for kind in MessageKind if urgency_of(kind) is urgency)
