"""Publishes simulated messages over MQTT as devices would, at the pace of a clock, with a ledger of what came of it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias, TypeVar

import aiomqtt
import msgspec
from msgspec import Struct

from domain.broker_address import BrokerAddress
from domain.errors import VigilError
from domain.instant import SECOND, Instant
from simulators.device import Message
from simulators.noted_times import NotedTimes

WINDOW: Final = 64
"""Messages that may wait for one link before the building itself has to wait."""

LINKS: Final = 4
"""Connections: QoS 1 waits for the broker's disk, and devices should not wait for one another."""

IN_FLIGHT: Final = 16
"""Messages of one link that may wait for their PUBACK together; paho holds back what goes beyond 20."""

Result = TypeVar("Result")

_Waiting: TypeAlias = "asyncio.Queue[Message | None]"
"""Messages for one link; None ends it."""

RECONNECT_SECONDS: Final = 0.5

FAREWELL_SECONDS: Final = 10.0
"""What a broker that is slow or gone may cost whoever stops publishing."""

LONGEST_PAUSE_SECONDS: Final = 1.0
"""Real seconds for which a recording that keeps its times may have nothing to say before the clock is moved ahead."""

_LOOK_AGAIN_SECONDS: Final = 0.1
"""A clock that is held or moved does not tell; so nobody waits for it longer than this without looking."""


class BrokerRefused(VigilError):
    """The broker cannot be reached or refuses the credential."""


class Ledger(Struct):
    """What was sent and what the broker acknowledged; times are the wall clock's, in microseconds.

    `sent` counts messages, however often a broken link made a device repeat one. `published` holds for each identity
    when it was first handed to the broker, `acknowledged` when its PUBACK came; a ledger that does not remember only
    counts, and may be kept for months. `numbers` is the last number that each device has used.
    """

    sent: int = 0
    acknowledged_count: int = 0
    published: NotedTimes = msgspec.field(default_factory=NotedTimes)
    acknowledged: NotedTimes = msgspec.field(default_factory=NotedTimes)
    numbers: dict[str, int] = {}
    remembers: bool = True

    def note_published(self, message: Message) -> None:
        """A message is handed to the broker, perhaps not for the first time."""
        if message.identity is None:
            return
        self.numbers[message.identity.device] = message.identity.seq
        if self.remembers:
            self.published.note(message.identity, time.time_ns() // 1_000)

    def note_acknowledged(self, message: Message) -> None:
        """Its PUBACK has come."""
        self.acknowledged_count += 1
        if self.remembers and message.identity is not None:
            self.acknowledged.note(message.identity, time.time_ns() // 1_000)


class Pace(Struct, frozen=True):
    """How simulated time passes: `clock` gives it, `speed` is its rate against real seconds.

    `skip_to` moves the clock ahead, where somebody may: then a pause longer than `LONGEST_PAUSE_SECONDS` is skipped.
    """

    clock: Callable[[], Instant]
    speed: float
    skip_to: Callable[[Instant], None] | None = None

    def seconds_until(self, at: Instant) -> float:
        """Real seconds until the clock reaches `at` (negative when it has)."""
        return (at - self.clock()) / SECOND / self.speed


async def publish(
    messages: Iterable[Message], address: BrokerAddress, pace: Pace, ledger: Ledger, stop: asyncio.Event
) -> None:
    """Publish each message when the clock reaches its time, until the messages end or `stop` is set.

    A message is kept until the broker has acknowledged it: when the link breaks it is sent again on the next one, as a
    device with a buffer does. After `stop` the broker has `FAREWELL_SECONDS` for what is on its way.

    Raises:
        BrokerRefused: the broker does not let us in at the beginning.
    """
    await _require_broker(address)
    queues: list[_Waiting] = [asyncio.Queue(maxsize=WINDOW) for _ in range(LINKS)]
    links = [
        asyncio.create_task(_link(queue, address, ledger, number), name=f"publisher-{number}")
        for number, queue in enumerate(queues)
    ]
    stopped = asyncio.create_task(stop.wait(), name="publisher-stop")
    handing_out = asyncio.create_task(_hand_out(messages, pace, queues, stop), name="publisher")
    try:
        finished: asyncio.Future[list[None]] = asyncio.gather(handing_out, *links)
        await asyncio.wait((finished, stopped), return_when=asyncio.FIRST_COMPLETED)
        with suppress(TimeoutError):
            await asyncio.wait_for(finished, FAREWELL_SECONDS)
    finally:
        for task in (handing_out, stopped, *links):
            task.cancel()
        await asyncio.gather(handing_out, stopped, *links, return_exceptions=True)


def link_of(topic: str) -> int:
    """Which link carries a topic: always the same one for a device, because a device's messages keep their order."""
    device = topic.split("/")[3] if topic.count("/") >= 3 else topic  # noqa: PLR2004 - vigil/v1/{site}/{device}
    return sum(device.encode()) % LINKS


async def _require_broker(address: BrokerAddress) -> None:
    try:
        async with _client(address, f"sim-first-{time.monotonic_ns()}"):
            return
    except aiomqtt.MqttError as error:
        remedy = "is it up, and are address and credential right?"
        raise BrokerRefused(f"cannot publish to {address.masked_url}: {error}; {remedy}") from error


async def _hand_out(messages: Iterable[Message], pace: Pace, queues: Sequence[_Waiting], stop: asyncio.Event) -> None:
    for message in messages:
        await _until(pace, message.at, stop)
        if stop.is_set():
            break
        await queues[link_of(message.topic)].put(message)
    for queue in queues:
        await queue.put(None)


async def _until(pace: Pace, at: Instant, stop: asyncio.Event) -> None:
    while (seconds := pace.seconds_until(at)) > 0 and not stop.is_set():
        if seconds > LONGEST_PAUSE_SECONDS and pace.skip_to is not None:
            pace.skip_to(at - round(LONGEST_PAUSE_SECONDS * SECOND * pace.speed))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), timeout=min(seconds, _LOOK_AGAIN_SECONDS))


async def _link(waiting: _Waiting, address: BrokerAddress, ledger: Ledger, number: int) -> None:
    unacknowledged: list[Message] = []
    while True:
        try:
            async with _client(address, f"sim-{number}-{time.monotonic_ns()}") as client:
                client.pending_calls_threshold = IN_FLIGHT
                await _carry(client, waiting, unacknowledged, ledger)
                return
        except aiomqtt.MqttError:
            await asyncio.sleep(RECONNECT_SECONDS)


async def _carry(client: aiomqtt.Client, waiting: _Waiting, unacknowledged: list[Message], ledger: Ledger) -> None:
    """Send what a broken link left unacknowledged, then what waits, in order; what this one leaves is put there."""
    broken = asyncio.create_task(_listen(client))
    sending = deque((message, asyncio.create_task(_send(client, message, ledger))) for message in unacknowledged)
    is_last = False
    try:
        while sending or not is_last:
            if is_last or len(sending) == IN_FLIGHT or (sending and waiting.empty()):
                await _unless(broken, sending[0][1])
                sending.popleft()
                continue
            message = await _unless(broken, asyncio.ensure_future(waiting.get()))
            if message is None:
                # Left there for the next link, should this one break before all is acknowledged.
                waiting.put_nowait(None)
                is_last = True
                continue
            ledger.sent += 1
            sending.append((message, asyncio.create_task(_send(client, message, ledger))))
    finally:
        broken.cancel()
        for _, task in sending:
            task.cancel()
        await asyncio.gather(broken, return_exceptions=True)
        left = await asyncio.gather(*(task for _, task in sending), return_exceptions=True)
        unacknowledged[:] = [message for (message, _), what in zip(sending, left, strict=True) if what is not None]


async def _listen(client: aiomqtt.Client) -> None:
    """End with an error when the link does: nothing else tells at once, and nothing is subscribed."""
    async for _ in client.messages:
        pass


async def _unless(broken: asyncio.Task[None], wanted: "asyncio.Future[Result]") -> Result:
    """Wait for a result as long as the link holds; raises what broke it."""
    if not wanted.done():
        await asyncio.wait((broken, wanted), return_when=asyncio.FIRST_COMPLETED)
    if broken.done() and not wanted.done():
        wanted.cancel()
        broken.result()
    return await wanted


async def _send(client: aiomqtt.Client, message: Message, ledger: Ledger) -> None:
    ledger.note_published(message)
    await client.publish(message.topic, message.payload, qos=1)
    ledger.note_acknowledged(message)


def _client(address: BrokerAddress, client_id: str) -> aiomqtt.Client:
    return aiomqtt.Client(
        hostname=address.host,
        port=address.port,
        username=address.username,
        password=address.password,
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V311,
        tls_context=address.tls_context() if address.tls_context is not None else None,
        tls_params=aiomqtt.TLSParameters() if address.tls and address.tls_context is None else None,
    )
