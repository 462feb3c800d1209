"""The API over a real state store, journal, historian and people store, in process or on a port."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.app import create_app
from api.examples import UNMAPPED_ITEM
from api.intake_views import UnmappedItem
from api.ports import ApiLimits, ApiPorts, PhonePorts
from api.views import Fault
from collector.credentials import CredentialKey
from collector.message import MessageDecoder
from domain.commands import (
    AbandonTourRun,
    AcknowledgeAlarm,
    AddLogEntry,
    BeginMode,
    CloseOccurrence,
    CommentAlarm,
    DecideProposal,
    EndMode,
    ExtendMode,
    HandOverTourRun,
    MoveWorkOrder,
    ProposePatrol,
    ResendMessage,
)
from domain.directory import Directory
from domain.effects import (
    EffectBody,
    LogEntryAdded,
    ModeChanged,
    PatrolProposalChanged,
    TourRunChanged,
    WorkOrderChange,
    WorkOrderChanged,
)
from domain.identity import derive_id
from domain.instant import to_datetime
from domain.mode import ModeState
from domain.patrol_proposal import ProposalState
from domain.record import AnyCommand, Record
from domain.tour_run import TourRunState
from domain.work_order import WorkOrderState
from journal.memory import MemoryJournal
from stores.historian import ParquetHistorian
from stores.people import PeopleDatabase, open_people_store
from stores.photos import PhotoFiles
from stores.ports import Commit, OutboxMessage, PersonEntry
from stores.state.opening import StateStore, open_state_store
from tests.api.building import (
    a_log_entry,
    a_mode,
    a_proposal,
    a_record,
    a_run,
    acknowledged,
    closed,
    configuration,
    effects,
    messages,
    outcome,
    records,
    refuse,
    story,
)
from tests.brokers import PATIENCE_SECONDS
from tests.samples import NOW, an_order

TOKEN = "token-for-tests-0123456789"
PHONE_TOKEN = "the-token-of-phone-1"
PICTURE = b"\xff\xd8\xff\xe0 a small picture"
PICTURE_REFERENCE = f"photo-{to_datetime(NOW):%Y%m%d}-{hashlib.sha256(PICTURE).hexdigest()[:32]}.jpg"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SECONDS = PATIENCE_SECONDS

Answers = Callable[[AnyCommand], list[EffectBody]]


def answers(command: AnyCommand) -> list[EffectBody]:  # noqa: C901, PLR0911, PLR0912 - one for each
    """What a small engine says: a refusal where `refusal` finds one, else the thing as it then is."""
    code = refusal(command)
    if code is not None:
        return [outcome(command, code)]
    match command:
        case AcknowledgeAlarm():
            return [acknowledged(command), outcome(command)]
        case CloseOccurrence():
            return [closed(command), outcome(command)]
        case AddLogEntry():
            return [LogEntryAdded(entry=a_log_entry(command.id, command.text, command.kind)), outcome(command)]
        case BeginMode():
            mode = a_mode(derive_id("mode", "real", command.id), thing=command.thing, reason=command.reason)
            return [ModeChanged(mode=mode), outcome(command)]
        case ExtendMode():
            return [ModeChanged(mode=a_mode(command.mode, version=2)), outcome(command)]
        case EndMode():
            return [ModeChanged(mode=a_mode(command.mode, state=ModeState.OVER, version=2)), outcome(command)]
        case MoveWorkOrder():
            order = msgspec.structs.replace(an_order(command.order), state=WorkOrderState.DISPATCHED, version=2)
            return [WorkOrderChanged(change=WorkOrderChange.MOVED, order=order), outcome(command)]
        case ProposePatrol():
            return [PatrolProposalChanged(proposal=a_proposal(command.id)), outcome(command)]
        case DecideProposal():
            decided = msgspec.structs.replace(a_proposal(), state=ProposalState.ACCEPTED, reason=command.reason)
            return [PatrolProposalChanged(proposal=decided), outcome(command)]
        case HandOverTourRun():
            return [TourRunChanged(run=a_run(command.run)), outcome(command)]
        case AbandonTourRun():
            return [TourRunChanged(run=a_run(command.run, state=TourRunState.ABANDONED)), outcome(command)]
        case ResendMessage():
            return [outcome(command)]
        case _:
            return [outcome(command)]


def refusal(command: AnyCommand) -> str | None:
    """Why the small engine refuses: ids that begin with `unknown`, other versions than 1, words that ask for it."""
    match command:
        case AcknowledgeAlarm() | CommentAlarm() if command.alarm.startswith("unknown"):
            return "unknown_alarm"
        case AcknowledgeAlarm() if command.expected_version not in {None, 1}:
            return "version_conflict"
        case AcknowledgeAlarm() if command.comment == "forbidden":
            return "forbidden"
        case BeginMode() if command.seconds > 604_800:
            return "mode_too_long"
        case CloseOccurrence() if command.cause == "too early":
            return "condition_active"
    return None


class AnsweringEngine:
    """Follows the journal and answers commands, each id once, as the engine would."""

    def __init__(self, journal: MemoryJournal, store: StateStore, after: int, answer: Answers) -> None:
        self._journal = journal
        self._store = store
        self._after = after
        self.answer: Answers | None = answer
        """None: says nothing, as an engine that is far behind."""
        self.commands: list[AnyCommand] = []
        self.epoch = store.writer.claim()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def commit(self, bodies: list[EffectBody], cause: int, outbox: Sequence[OutboxMessage] = ()) -> int:
        seq = self._store.writer.last_seq()
        commit = Commit(
            epoch=self.epoch,
            seq_before=seq,
            seq_after=cause,
            committed_at=NOW,
            effects=effects(bodies, cause, first=100),
            outbox=outbox,
        )
        return self._store.writer.commit(commit)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(SECONDS)

    def _run(self) -> None:
        seen: set[str] = set()
        while not self._stopping.is_set():
            if not self._journal.wait(self._after, 0.05):
                continue
            for record in self._journal.read(self._after, 100):
                self._after = record.seq
                if isinstance(record.body, AnyCommand):
                    self.commands.append(record.body)
                    if self.answer is not None and record.body.id not in seen:
                        seen.add(record.body.id)
                        self.commit(self.answer(record.body), record.seq)


class Backstage:
    """Everything behind the API, with the story told."""

    def __init__(self, folder: Path) -> None:
        self.journal = MemoryJournal()
        for body, more in records():
            self.journal.append(a_record(body, **more))
        self.store = open_state_store(folder / "state.sqlite")
        self.people: PeopleDatabase = open_people_store(folder / "people.sqlite")
        self.people.put(PersonEntry(id="officer-1", name="Chen Wei"))
        self.people.put(PersonEntry(id="person-7", name="Li Na <b>"))
        self.historian = ParquetHistorian(folder / "history", clock=lambda: NOW, on_fault=print)
        self.engine = AnsweringEngine(self.journal, self.store, self.journal.last_seq, answers)
        self.engine.commit(story(), self.journal.last_seq, outbox=messages())
        refuse(self.store, self.engine.epoch)
        self.engine.start()
        self.configuration = configuration()
        self.readiness: Mapping[str, str] = {"journal": "", "engine": ""}
        self.messages: Mapping[str, int] = {"received": 3, "shed": 1}
        self.faults: Sequence[Fault] = ()
        self.unmapped: Sequence[UnmappedItem] = (UNMAPPED_ITEM,)
        self.registry = CollectorRegistry()
        self.seconds = 1000.0
        self.photos = PhotoFiles(folder / "photos")
        self.photos.put(PICTURE, NOW)
        self._decoder = MessageDecoder(CredentialKey(b"k" * 32))

    def _decode(self, topic: str, payload: bytes) -> Sequence[Record]:
        directory = Directory(self.configuration)
        return self._decoder.decode_message(topic, payload, retain=False, received_at=NOW, directory=directory)

    def _holder(self, digest: str) -> tuple[str, str] | None:
        return ("tower", "phone-1") if digest == hashlib.sha256(PHONE_TOKEN.encode()).hexdigest() else None

    def ports(self, **other: object) -> ApiPorts:
        ports = ApiPorts(
            journal=self.journal,
            models=self.store.reader,
            historian=self.historian,
            people=self.people,
            configuration=lambda: self.configuration,
            clock=lambda: NOW,
            token_digest=hashlib.sha256(TOKEN.encode()).hexdigest(),
            readiness=lambda: self.readiness,
            registry=self.registry,
            unmapped=lambda: self.unmapped,
            outbox_counts=self.store.outbox.counts,
            message_counts=lambda: self.messages,
            faults=lambda: self.faults,
            judged_seq=self.store.writer.last_seq,
            outbox=self.store.messages,
            release="0.0.1",
            stopwatch=lambda: self.seconds,
            phones=PhonePorts(decode=self._decode, holder=self._holder, photos=self.photos),
        )
        return msgspec.structs.replace(ports, **other)

    def close(self) -> None:
        self.engine.stop()
        self.historian.close()
        self.people.close()
        self.store.close()
        self.journal.close()


@contextmanager
def backstage(folder: Path) -> Iterator[Backstage]:
    behind = Backstage(folder)
    try:
        yield behind
    finally:
        behind.close()


class LocalClient:
    """Asks an application without a network, with the token; the event loop turns while it asks."""

    def __init__(self, behind: Backstage, limits: ApiLimits | None = None, **other: object) -> None:
        ports = behind.ports(**other)
        self.app: FastAPI = create_app(ports) if limits is None else create_app(ports, limits)
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://vigil.test", headers=BEARER
        )

    def request(self, method: str, url: str, **more: object) -> httpx.Response:
        return self._runner.run(self._request(method, url, more))

    def get(self, url: str, **more: object) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: object) -> httpx.Response:
        return self.request("POST", url, **more)

    async def _request(self, method: str, url: str, more: Mapping[str, Any]) -> httpx.Response:
        return await asyncio.wait_for(self._client.request(method, url, **more), SECONDS)

    def __enter__(self) -> Self:
        self._runner.run(self._stack.enter_async_context(self.app.router.lifespan_context(self.app)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._client.aclose())
        self._runner.run(self._stack.aclose())
        self._runner.close()

    @contextmanager
    def anonymous(self) -> Iterator[None]:
        """Ask without a credential."""
        del self._client.headers["Authorization"]
        yield
        self._client.headers.update(BEARER)
        self._client.cookies.clear()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies
