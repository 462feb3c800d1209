"""Where commands wait: journalled for the engine, then held as a future on the event loop until the outcome is
committed. Waiting costs no thread and no database read.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter
from starlette.concurrency import run_in_threadpool

from api.ports import ApiLimits, ApiPorts
from api.problems import unavailable
from domain.effects import CommandOutcome
from domain.identity import REAL_LANE
from domain.record import AnyCommand, Record, Urgency
from journal.ports import JournalUnavailable
from stores.ports import StoredEffect

_REMEMBERED: Final = 10_000
"""Ids of commands without an outcome that are remembered, to tell them from ids that never were."""


class CommandDesk:
    """Journals commands and hands out their outcomes. Lives on the event loop."""

    def __init__(self, ports: ApiPorts, limits: ApiLimits, results: Counter) -> None:
        """Count commands in `results`, by kind and what became of them."""
        self._ports = ports
        self._limits = limits
        self._results = results
        self._waiting: dict[str, list[asyncio.Future[CommandOutcome]]] = {}
        self._pending: OrderedDict[str, None] = OrderedDict()

    def pending(self, command_id: str) -> bool:
        """Tell whether this command was journalled here and has no outcome yet."""
        return command_id in self._pending

    def publish(self, effects: Sequence[StoredEffect], _: int) -> None:
        """Hand outcomes to those who wait for them; the effect tail calls this."""
        for stored in effects:
            body = stored.effect.body
            if isinstance(body, CommandOutcome) and stored.effect.lane == REAL_LANE:
                self._pending.pop(body.command, None)
                for future in self._waiting.pop(body.command, ()):
                    if not future.done():
                        future.set_result(body)

    async def carry_out(self, command: AnyCommand) -> CommandOutcome | None:
        """Journal a command and wait for its outcome; None where there is none in time.

        The same id again has no second effect: its first outcome is given.

        Raises:
            Problem: the journal did not take it.
        """
        outcome = await run_in_threadpool(self._ports.models.outcome, command.id)
        if outcome is None:
            outcome = await self._ask(command)
        result = "waiting" if outcome is None else "accepted" if outcome.accepted else "refused"
        self._results.labels(str(command.__struct_config__.tag), result).inc()
        return outcome

    async def _ask(self, command: AnyCommand) -> CommandOutcome | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.outcome_seconds
        # Before it is journalled: the engine may be quicker than we are.
        future: asyncio.Future[CommandOutcome] = loop.create_future()
        self._waiting.setdefault(command.id, []).append(future)
        try:
            await self._journal(command)
            return await asyncio.wait_for(future, max(0.0, until - loop.time()))
        except TimeoutError:
            return None
        finally:
            self._forget(command.id, future)

    async def _journal(self, command: AnyCommand) -> None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Exception | None] = loop.create_future()

        def stored(_: int | None, error: Exception | None) -> None:
            # On the journal's writer thread, which no client's fate may disturb.
            try:
                loop.call_soon_threadsafe(_settle, answer, error)
            except RuntimeError:
                return  # the server has stopped; nobody waits

        now = self._ports.clock()
        source = f"operator:{command.actor}"
        record = Record(seq=0, body=command, event_time=now, received_at=now, source=source)
        self._remember(command.id)
        try:
            self._ports.journal.submit(record, Urgency.COMMAND, stored)
            error = await asyncio.wait_for(answer, self._limits.stored_seconds)
        except TimeoutError:
            raise unavailable(
                "The journal is too slow now. The command may still be carried out: "
                "repeat it with the same Idempotency-Key"
            ) from None
        except JournalUnavailable as refused:
            error = refused
        if error is not None:
            self._pending.pop(command.id, None)
            raise unavailable("The journal cannot store now; the command was not carried out") from error

    def _remember(self, command_id: str) -> None:
        self._pending[command_id] = None
        while len(self._pending) > _REMEMBERED:
            self._pending.popitem(last=False)

    def _forget(self, command_id: str, future: asyncio.Future[CommandOutcome]) -> None:
        others = [waiting for waiting in self._waiting.get(command_id, ()) if waiting is not future]
        if others:
            self._waiting[command_id] = others
        else:
            self._waiting.pop(command_id, None)


def _settle(answer: asyncio.Future[Exception | None], error: Exception | None) -> None:
    if not answer.done():
        answer.set_result(error)
