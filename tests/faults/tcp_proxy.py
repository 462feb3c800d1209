"""A TCP proxy that makes a network bad: latency, little bandwidth, slices, resets, and silence."""

import asyncio
import socket
import struct
import threading
from random import Random
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

_READ_BYTES: Final = 65_536
_SILENCE_SECONDS: Final = 0.05
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset instead of a farewell."""


class Weather(Struct):
    """What the network does now, in both directions; may be changed at any time.

    `latency` and `jitter` are seconds a piece, `bytes_per_second` and `slice_bytes` bound what passes, None for no
    bound. After `reset_every` bytes a connection is reset. In a black hole nothing passes, and nobody is told.
    """

    latency: float = 0.0
    jitter: float = 0.0
    bytes_per_second: float | None = None
    slice_bytes: int | None = None
    reset_every: int | None = None
    black_hole: bool = False


class Passed(Struct):
    """What went through one connection, both ways together; whether it ended with a reset or leads nowhere now."""

    count: int = 0
    reset: bool = False
    stranded: bool = False


class TcpProxy:
    """Listens on a free loopback port and passes everything to a port of this machine. A context manager."""

    def __init__(self, target_port: int, weather: Weather | None = None, seed: int = 1) -> None:
        self.weather = weather or Weather()
        self.resets = 0
        self.port = 0
        self._target_port = target_port
        self._random = Random(seed)
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ends: list[asyncio.StreamWriter] = []
        self._passed: list[Passed] = []
        self._thread = threading.Thread(target=self._run, name="tcp-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10.0), "the proxy does not listen"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10.0)

    def strand(self) -> None:
        """Nothing passes any more through the connections of now, and nobody is told; new ones are not touched."""
        for passed in tuple(self._passed):
            passed.stranded = True

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for end in self._ends:  # what a peer has not taken yet would keep its connection open beyond the loop
            end.transport.abort()
        await asyncio.sleep(0)  # lets the loop close them

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        passed = Passed()
        self._ends += (back, writer)
        self._passed.append(passed)
        both = [
            asyncio.create_task(self._carry(reader, back, passed)),
            asyncio.create_task(self._carry(there, writer, passed)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            self.resets += passed.reset
            for end in (back, writer):
                _close(end, reset=passed.reset)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: Passed) -> None:
        while data := await reader.read(self.weather.slice_bytes or _READ_BYTES):
            weather = self.weather
            while weather.black_hole or passed.stranded:
                await asyncio.sleep(_SILENCE_SECONDS)
                weather = self.weather
            delay = weather.latency + self._random.uniform(-weather.jitter, weather.jitter)
            if weather.bytes_per_second is not None:
                delay += len(data) / weather.bytes_per_second
            if delay > 0:
                await asyncio.sleep(delay)
            passed.count += len(data)
            if weather.reset_every is not None and passed.count >= weather.reset_every:
                passed.reset = True
                return
            writer.write(data)
            await writer.drain()


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    connection: socket.socket | None = writer.get_extra_info("socket")
    if reset and connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.close()
