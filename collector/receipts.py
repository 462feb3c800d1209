"""Receipts: what tells a device that its message is stored, as a broker's PUBACK does not (docs/native-format.md)."""

from typing import Final

import msgspec

from domain.identity import MessageIdentity

MOST_RECEIPTS: Final = 10_000
"""Receipts that may wait for one connection. One that does not fit is not sent: the device sends again."""

SEQS_AT_ONCE: Final = 500
"""Numbers in one receipt, about 4 KB."""

_encode: Final = msgspec.json.Encoder().encode


class WaitingReceipts:
    """What one connection has still to tell, one message for each boot of a device. Its owner locks it."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._waiting: dict[tuple[str, str], list[int]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, topic: str, identity: MessageIdentity) -> bool:
        """Let one number wait; False where too many do."""
        if self._count >= MOST_RECEIPTS:
            return False
        self._waiting.setdefault((topic, identity.boot), []).append(identity.seq)
        self._count += 1
        return True

    def take(self) -> list[tuple[str, bytes]]:
        """Give topics and payloads of all that waits, and forget it."""
        if not self._count:
            return []
        waiting, self._waiting, self._count = self._waiting, {}, 0
        return [
            (topic, _encode({"boot": boot, "seqs": seqs[start : start + SEQS_AT_ONCE]}))
            for (topic, boot), seqs in waiting.items()
            for start in range(0, len(seqs), SEQS_AT_ONCE)
        ]


def receipt_topic(topic: str) -> str:
    """Where the sender of a message on `topic` hears its receipts: beside it."""
    return f"{topic.rpartition('/')[0]}/receipt"
