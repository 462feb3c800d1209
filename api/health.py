"""Is Vigil alive, is it ready, and, for those who may know, how is it."""

from typing import Final

from fastapi import APIRouter
from msgspec import Struct

from api import examples
from api.answers import answer
from api.ports import Ports
from api.problems import NOT_READY, Problem
from api.views import Status

router = APIRouter(tags=["operation"])

_SHOWN_FAULTS: Final = 20


class Health(Struct, frozen=True):
    """All that is told without a credential."""

    status: str = "ok"


@router.get("/healthz", **answer(Health()))
async def get_healthz() -> Health:
    """Alive: the event loop turns."""
    return Health()


@router.get("/readyz", **answer(Health(), NOT_READY))
def get_readyz(ports: Ports) -> Health:
    """Ready: every component is. Which one is not stands in `/api/v1/status`, behind the credential."""
    if any(ports.readiness().values()):
        raise Problem(NOT_READY)
    return Health()


@router.get("/api/v1/status", **answer(examples.STATUS))
def get_status(ports: Ports) -> Status:
    """How Vigil itself is: components, positions, what waits, what became of messages, the newest faults."""
    return Status(
        release=ports.release,
        at=ports.clock(),
        configuration=ports.configuration().digest(),
        journal_seq=ports.journal.last_seq,
        journal_waiting={urgency.value: number for urgency, number in ports.journal.waiting().items()},
        historian_seq=ports.historian.stored_seq(),
        position=ports.models.last_position(),
        outbox=dict(ports.outbox_counts()),
        ready=dict(ports.readiness()),
        messages=dict(ports.message_counts()),
        faults=tuple(reversed(ports.faults()))[:_SHOWN_FAULTS],
    )
