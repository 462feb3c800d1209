"""Publishes as devices do that trust no broker: a message is kept until Vigil's own receipt for it comes.

What has no receipt is sent again, unchanged, after a pause that doubles. The format is that of
`docs/native-format.md`, section "Receipts".
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import aiomqtt
import msgspec
from msgspec import Struct

from domain.broker_address import BrokerAddress
from domain.identity import MessageIdentity
from simulators.device import Message
from simulators.publishing import RECONNECT_SECONDS, Pace

RESEND_SECONDS: Final = 5.0
LONGEST_RESEND_SECONDS: Final = 60.0

MOST_KEPT: Final = 1000
"""Messages that may wait for their receipts together; then no new ones are made."""

_LOOK_AGAIN_SECONDS: Final = 0.1


class ReceiptLedger(Struct):
    """What became of each message: how often it was sent, and when its receipt came (wall clock, microseconds)."""

    sent: dict[MessageIdentity, int] = {}
    receipted: dict[MessageIdentity, int] = {}

    @property
    def waiting(self) -> list[MessageIdentity]:
        """Messages that were sent and have no receipt."""
        return [identity for identity in self.sent if identity not in self.receipted]


class _Receipt(Struct):
    boot: str
    seqs: list[int]


class _Kept(Struct):
    message: Message
    pause: float
    again_at: float = 0.0


async def publish_until_receipted(
    messages: Iterable[Message],
    address: BrokerAddress,
    pace: Pace,
    ledger: ReceiptLedger,
    stop: asyncio.Event,
    *,
    client_id: str = "sim-assured",
    resend_seconds: float = RESEND_SECONDS,
) -> None:
    """Publish each message when the clock reaches its time, and go on until each has its receipt, or `stop` is set.

    Links that break are made anew for as long as it takes. Messages without an identity are sent once.
    """
    sender = _AssuredSender(messages, pace, ledger, stop, resend_seconds)
    while not sender.is_done:
        try:
            async with aiomqtt.Client(
                hostname=address.host,
                port=address.port,
                username=address.username,
                password=address.password,
                identifier=client_id,
                protocol=aiomqtt.ProtocolVersion.V311,
                tls_context=address.tls_context() if address.tls_context is not None else None,
                tls_params=aiomqtt.TLSParameters() if address.tls and address.tls_context is None else None,
            ) as client:
                await sender.serve(client)
        except aiomqtt.MqttError:
            await asyncio.sleep(RECONNECT_SECONDS)


class _AssuredSender:
    """What is to be sent, and what was and has no receipt yet; lives longer than a link."""

    def __init__(
        self,
        messages: Iterable[Message],
        pace: Pace,
        ledger: ReceiptLedger,
        stop: asyncio.Event,
        resend_seconds: float,
    ) -> None:
        self._stop = stop
        self._fresh = iter(messages)
        self._next: Message | None = next(self._fresh, None)
        self._pace = pace
        self._ledger = ledger
        self._resend_seconds = resend_seconds
        self._kept: dict[MessageIdentity, _Kept] = {}

    @property
    def is_done(self) -> bool:
        return self._stop.is_set() or (self._next is None and not self._kept)

    async def serve(self, client: aiomqtt.Client) -> None:
        """Use one link until it breaks or all is done; what has no receipt is sent anew on it at once."""
        for kept in self._kept.values():
            kept.again_at = 0.0
        heard: dict[str, None] = {}
        listening = asyncio.create_task(self._listen(client))
        try:
            while not self.is_done:
                if listening.done():
                    listening.result()
                now = time.monotonic()
                for kept in [kept for kept in self._kept.values() if kept.again_at <= now]:
                    await self._send(client, kept, heard)
                fresh = self._due()
                if fresh is not None:
                    await self._begin(client, fresh, heard)
                    continue
                await asyncio.wait((listening,), timeout=_LOOK_AGAIN_SECONDS)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def _due(self) -> Message | None:
        if self._next is None or len(self._kept) >= MOST_KEPT or self._pace.seconds_until(self._next.at) > 0:
            return None
        due, self._next = self._next, next(self._fresh, None)
        return due

    async def _begin(self, client: aiomqtt.Client, message: Message, heard: dict[str, None]) -> None:
        kept = _Kept(message=message, pause=self._resend_seconds)
        if message.identity is not None:
            self._kept[message.identity] = kept
        await self._send(client, kept, heard)

    async def _send(self, client: aiomqtt.Client, kept: _Kept, heard: dict[str, None]) -> None:
        message = kept.message
        topic = f"{message.topic.rpartition('/')[0]}/receipt"
        if topic not in heard:
            await client.subscribe(topic, qos=1)
            heard[topic] = None
        kept.again_at = time.monotonic() + kept.pause
        kept.pause = min(2 * kept.pause, LONGEST_RESEND_SECONDS)
        if message.identity is not None:
            self._ledger.sent[message.identity] = self._ledger.sent.get(message.identity, 0) + 1
        await client.publish(message.topic, message.payload, qos=1)

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for told in client.messages:
            device = str(told.topic).split("/")[-2]
            receipt = msgspec.json.decode(bytes(told.payload), type=_Receipt)
            for seq in receipt.seqs:
                identity = MessageIdentity(device, receipt.boot, seq)
                if self._kept.pop(identity, None) is not None:
                    self._ledger.receipted[identity] = time.time_ns() // 1_000
