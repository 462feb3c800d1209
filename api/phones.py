"""The way in for officers' phones: observations that waited offline, and photographs.

A phone has a token of its own (`vigil device token`), which opens these two and nothing else. Each observation is a
message of the native format; it is journalled, then answered with a receipt, and may be sent again until that comes:
(device, boot, seq) makes it the same one.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api import patrol_examples as examples
from api.answers import answer, problem_answer
from api.gate import principal_of
from api.phone_views import PhotoStored, Receipt, Receipts
from api.ports import ApiPorts, PhonePorts, Ports
from api.problems import FORBIDDEN, INVALID, NOT_FOUND, TOO_LARGE, UNAVAILABLE, Problem, nothing
from api.requests import ObservationsBody
from domain.observations import Quarantined
from domain.photo import PHOTO_REFERENCE, NoPhoto
from domain.record import Record, Urgency
from journal.ports import JournalUnavailable

router = APIRouter(prefix="/api/v1", tags=["phones"])

STORED: Final = "stored"
QUARANTINED: Final = "quarantined"

PhotoReference = Annotated[str, Path(pattern=PHOTO_REFERENCE)]


async def _phones(ports: Ports) -> PhonePorts:
    if ports.phones is None:
        raise Problem(UNAVAILABLE, "This Vigil takes no observations over HTTP")
    return ports.phones


Phones = Annotated[PhonePorts, Depends(_phones)]


@router.post("/observations", **answer(examples.RECEIPTS, FORBIDDEN, UNAVAILABLE, TOO_LARGE))
async def post_observations(request: Request, ports: Ports, phones: Phones, body: ObservationsBody) -> Receipts:
    """Send what a phone has observed, oldest first; answered once all of it is stored. Send again without harm."""
    principal = principal_of(request)
    if principal.device is None or principal.site is None:
        raise Problem(FORBIDDEN, "Observations come from a device: use the token that 'vigil device token' made")
    taken: list[Record] = []
    for item in body.observations:
        topic = f"vigil/v1/{principal.site}/{principal.device}/{item.kind.value}"
        payload = msgspec.json.encode({"device": principal.device, **item.body})
        taken += phones.decode(topic, payload)
    seqs = await _journalled(ports, request.app.state.limits.stored_seconds, taken)
    return Receipts(receipts=tuple(_receipt(record, seq) for record, seq in zip(taken, seqs, strict=True)))


_BYTES: Final = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of the picture)"}
_PICTURE: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"image/jpeg": _BYTES, "image/png": _BYTES, "image/webp": _BYTES}}
}


@router.post(
    "/photos",
    **answer(examples.PHOTO, FORBIDDEN, INVALID, TOO_LARGE, UNAVAILABLE),
    openapi_extra=_PICTURE,
)
async def post_photo(request: Request, ports: Ports, phones: Phones) -> PhotoStored:
    """Store a photograph; the answer is what a scan's `photo` says."""
    content = await request.body()
    try:
        reference = await run_in_threadpool(phones.photos.put, content, ports.clock())
    except NoPhoto as error:
        raise Problem(INVALID, str(error), field=("body", "send a JPEG, PNG or WebP")) from None
    return PhotoStored(reference=reference, size=len(content))


@router.get(
    "/photos/{reference}",
    response_class=Response,
    response_model=None,
    responses={
        200: {
            "description": "The picture",
            "content": {"image/jpeg": {"schema": {"type": "string"}, "example": "(its bytes)"}},
        },
        404: problem_answer(NOT_FOUND.title),
    },
)
def get_photo(phones: Phones, reference: PhotoReference) -> Response:
    """A photograph by its reference, while it is kept."""
    found = phones.photos.get(reference)
    if found is None:
        raise nothing("photo", reference)
    return Response(found.content, media_type=found.media_type)


def _receipt(record: Record, seq: int) -> Receipt:
    identity = record.identity
    body = record.body
    is_aside = isinstance(body, Quarantined)
    return Receipt(
        boot=None if identity is None else identity.boot,
        seq=None if identity is None else identity.seq,
        outcome=QUARANTINED if is_aside else STORED,
        reason=body.reason if isinstance(body, Quarantined) else "",
        detail=body.detail if isinstance(body, Quarantined) else "",
        record=seq,
    )


async def _journalled(ports: ApiPorts, seconds: float, records: Sequence[Record]) -> list[int]:
    """Append records in order and give their seqs.

    Raises:
        Problem: the journal cannot store now; what was stored all the same does no harm when it comes again.
    """
    loop = asyncio.get_running_loop()
    answers: list[asyncio.Future[int]] = []
    try:
        for record in records:
            answer_to: asyncio.Future[int] = loop.create_future()
            answers.append(answer_to)
            ports.journal.submit(record, Urgency.EVENT, _teller(loop, answer_to))
        return list(await asyncio.wait_for(asyncio.gather(*answers), seconds))
    except (TimeoutError, JournalUnavailable):
        raise Problem(UNAVAILABLE, "The journal cannot store now: send the same observations again") from None


def _teller(loop: asyncio.AbstractEventLoop, waiting: "asyncio.Future[int]") -> Any:  # noqa: ANN401 - a callback
    def settle(seq: int | None, error: Exception | None) -> None:
        if waiting.done():
            return
        if error is None and seq is not None:
            waiting.set_result(seq)
        else:
            waiting.set_exception(error if isinstance(error, JournalUnavailable) else JournalUnavailable(str(error)))

    def stored(seq: int | None, error: Exception | None) -> None:
        # On the journal's writer thread, which no client's fate may disturb.
        try:
            loop.call_soon_threadsafe(settle, seq, error)
        except RuntimeError:
            return  # the server has stopped; nobody waits

    return stored
