"""Messages that were not believed: why, and what exactly they were."""

import base64
from typing import Annotated

from fastapi import APIRouter, Query

from api import examples
from api.answers import answer, list_answer
from api.derived import Listing
from api.intake_views import QuarantineDetail, QuarantineItem, ReasonCount
from api.parameters import Paging, Seq
from api.ports import Ports
from api.problems import NOT_FOUND, nothing
from domain.observations import Quarantined
from stores.ports import StoredQuarantine

router = APIRouter(prefix="/api/v1", tags=["quarantine"])

_Reason = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


@router.get("/quarantine", **list_answer(examples.QUARANTINE_ITEM))
def list_quarantine(ports: Ports, page: Paging, reason: _Reason = None) -> Listing[QuarantineItem]:
    """Quarantined messages, newest first."""
    entries, following = ports.models.quarantine(reason, page)
    return Listing([_item(stored) for stored in entries], following)


@router.get("/quarantine/counts", **list_answer(examples.REASON_COUNT))
def list_quarantine_counts(ports: Ports) -> Listing[ReasonCount]:
    """How many messages were quarantined, by reason."""
    counts = sorted(ports.models.quarantine_counts().items())
    return Listing([ReasonCount(reason=reason, count=count) for reason, count in counts])


@router.get("/quarantine/{seq}", **answer(examples.QUARANTINE_DETAIL, NOT_FOUND))
def get_quarantined(ports: Ports, seq: Seq) -> QuarantineDetail:
    """A quarantined message with its bytes, while the journal keeps them."""
    record = ports.journal.record(seq)
    if record is None or not isinstance(record.body, Quarantined):
        raise nothing("quarantined message at seq", seq)
    body = record.body
    return QuarantineDetail(
        seq=seq,
        received_at=record.received_at,
        source=record.source,
        reason=body.reason,
        detail=body.detail,
        topic=body.topic,
        size=body.size,
        complete=len(body.payload) == body.size,
        site=body.site,
        device=body.device,
        payload_base64=base64.b64encode(body.payload).decode("ascii"),
        payload_text=_escaped(body.payload),
    )


def _item(stored: StoredQuarantine) -> QuarantineItem:
    entry = stored.entry
    return QuarantineItem(
        seq=stored.seq,
        at=stored.at,
        reason=entry.reason,
        detail=entry.detail,
        topic=entry.topic,
        size=entry.size,
        site=entry.site,
        device=entry.device,
    )


def _escaped(payload: bytes) -> str:
    r"""Bytes as text that is safe on any screen: what is no printable UTF-8 stands as `\x..` or `\u....`."""
    text = payload.decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
