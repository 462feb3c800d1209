"""What the API works on, handed in by the composition root, and the limits it keeps."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Protocol

from fastapi import Depends, Request
from msgspec import Struct
from prometheus_client import CollectorRegistry

from api.intake_views import UnmappedItem
from api.views import Fault
from domain.configuration import Configuration
from domain.instant import Instant
from domain.photo import StoredPhoto
from domain.record import Record
from journal.ports import Journal
from stores.ports import Historian, MessageLog, PeopleStore, ReadModels


class SessionKeep(Protocol):
    """Where sessions outlive the process. Values are the seconds that each still lasts, keys the digests of secrets."""

    def load(self) -> Mapping[str, float]:
        """What was kept and still holds."""

    def save(self, sessions: Mapping[str, float]) -> None:
        """Replace what is kept; a failure is told elsewhere and stops nobody from logging in."""


class Photos(Protocol):
    """Where photographs are kept."""

    def put(self, content: bytes, now: Instant) -> str:
        """Store one and give its reference.

        Raises:
            NoPhoto: the bytes are no picture.
        """

    def get(self, reference: str) -> StoredPhoto | None:
        """One by its reference."""


class PhonePorts(Struct, frozen=True, kw_only=True):
    """What officers' phones need: `decode` makes records of a message by its topic, as the collector does, `holder`
    gives site and device of a token by its digest.
    """

    decode: Callable[[str, bytes], Sequence[Record]]
    holder: Callable[[str], tuple[str, str] | None]
    photos: Photos


class ApiPorts(Struct, frozen=True, kw_only=True):
    """Everything outside that the API reads from or appends to.

    `token_digest` is the SHA-256 of the bearer token in hexadecimal; the token itself is made, shown once and
    forgotten elsewhere. `readiness` gives each component with what is wrong with it, "" where it is ready.
    `message_counts` is what became of messages, by outcome; `faults` are Vigil's own, oldest first; `judged_seq` is how
    far the engine has come in the journal. `clock` is the engine's clock, which may be scaled; `stopwatch` gives real
    seconds, for sessions and waits. Without `sessions` a restart ends them.
    """

    journal: Journal
    models: ReadModels
    historian: Historian
    people: PeopleStore
    configuration: Callable[[], Configuration]
    clock: Callable[[], Instant]
    token_digest: str
    readiness: Callable[[], Mapping[str, str]]
    registry: CollectorRegistry
    unmapped: Callable[[], Sequence[UnmappedItem]]
    outbox_counts: Callable[[], Mapping[str, int]]
    message_counts: Callable[[], Mapping[str, int]]
    faults: Callable[[], Sequence[Fault]]
    judged_seq: Callable[[], int]
    outbox: MessageLog
    release: str
    sessions: SessionKeep | None = None
    stopwatch: Callable[[], float] = time.monotonic
    phones: PhonePorts | None = None


class StreamLimits(Struct, frozen=True, kw_only=True):
    """Bounds of the live stream. A client beyond them is told to read again instead of being buffered for."""

    heartbeat_seconds: float = 2.0
    """So often a heartbeat says that Vigil is alive: a page that misses two shows that its picture is old."""
    longest_seconds: float = 600.0
    """A stream ends itself after this, so that credentials are checked again and nothing leaks for ever."""
    send_seconds: float = 10.0
    """A client whose socket takes nothing for so long is cut."""
    queued_changes: int = 1_000
    """Changes that may wait for one client; they are shared among clients, so this bounds references."""
    gap_positions: int = 10_000
    """A client further behind than this reads the whole picture again, which is cheaper than all its changes."""
    clients: int = 500
    """Streams at a time; one per browser is the rule."""


class ApiLimits(Struct, frozen=True, kw_only=True):
    """Bounds of requests and credentials."""

    body_bytes: int = 64 * 1024
    body_seconds: float = 10.0
    photo_bytes: int = 8 * 1024 * 1024
    observations_bytes: int = 512 * 1024
    """A phone's queue of a night: a few hundred scans."""
    outcome_seconds: float = 2.0
    """How long a command waits for its outcome before it is answered with 202 (design.md section 4)."""
    stored_seconds: float = 5.0
    """How long a command may wait to be journalled before it is answered with 503."""
    session_seconds: float = 12 * 3600.0
    """One shift."""
    login_code_seconds: float = 600.0
    sessions: int = 1_000
    stream: StreamLimits = StreamLimits()


async def _ports(request: Request) -> ApiPorts:
    ports: ApiPorts = request.app.state.ports
    return ports


Ports = Annotated[ApiPorts, Depends(_ports)]
"""The ports, as an endpoint's argument."""
