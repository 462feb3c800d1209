"""Modes of places: what is worked on or tested, by whom and until when, and how many alarms that suppresses."""

from fastapi import APIRouter, Response

from api import examples
from api.answers import answer, command_answer, list_answer
from api.command_request import Asked, CommandRequest
from api.derived import Listing
from api.mode_views import MODE_ANSWER, MODE_ITEM, ModeAnswer, ModeItem
from api.parameters import Id, IdFilter, Paging
from api.ports import ApiPorts, Ports
from api.problems import NOT_FOUND, nothing
from api.requests import BeginModeBody, EndModeBody, ExtendModeBody
from domain.commands import BeginMode, EndMode, ExtendMode
from domain.identity import REAL_LANE, derive_id
from domain.mode import Mode, ModeState
from domain.record import ModeCommand
from stores.ports import ModeFilter

router = APIRouter(prefix="/api/v1", tags=["modes"])


def _mode(ports: ApiPorts, mode: str) -> Mode:
    found = ports.models.mode(mode)
    if found is None:
        raise nothing("mode", mode)
    return found


@router.get("/modes", **list_answer(MODE_ITEM))
def list_modes(
    ports: Ports, page: Paging, *, site: IdFilter = None, state: ModeState | None = None
) -> Listing[ModeItem]:
    """Modes of places, the latest begun first."""
    modes, following = ports.models.modes(ModeFilter(site=site, state=state), page)
    counts = ports.models.suppressed_counts()
    return Listing([ModeItem(mode=mode, suppressed=counts.get(mode.id, 0)) for mode in modes], following)


@router.get("/modes/{mode}", **answer(MODE_ITEM, NOT_FOUND))
def get_mode(ports: Ports, mode: Id) -> ModeItem:
    """One mode."""
    return ModeItem(mode=_mode(ports, mode), suppressed=ports.models.suppressed_counts(mode).get(mode, 0))


@router.post("/modes", **command_answer(MODE_ANSWER, examples.WAITING))
async def begin_mode(ports: Ports, asked: Asked, body: BeginModeBody) -> ModeAnswer | Response:
    """Put a place into a mode: its alarms are suppressed by design meanwhile, but never life safety and duress."""
    command = BeginMode(
        **asked.common(body),
        site=body.site,
        place=body.place,
        thing=body.thing,
        kind=body.kind,
        seconds=body.seconds,
        reason=body.reason,
        with_dependents=body.with_dependents,
    )
    return await _answered(ports, asked, command, body.thing, derive_id("mode", REAL_LANE, command.id))


@router.post("/modes/{mode}/extend", **command_answer(MODE_ANSWER, examples.WAITING))
async def extend_mode(ports: Ports, asked: Asked, mode: Id, body: ExtendModeBody) -> ModeAnswer | Response:
    """Give a mode another end, counted from now."""
    command = ExtendMode(**asked.common(body), mode=mode, seconds=body.seconds, reason=body.reason)
    return await _answered(ports, asked, command, mode, mode)


@router.post("/modes/{mode}/end", **command_answer(MODE_ANSWER, examples.WAITING))
async def end_mode(ports: Ports, asked: Asked, mode: Id, body: EndModeBody | None = None) -> ModeAnswer | Response:
    """End a mode before its time: what still stands there is told at once."""
    body = body or EndModeBody()
    return await _answered(ports, asked, EndMode(**asked.common(body), mode=mode, comment=body.comment), mode, mode)


async def _answered(
    ports: ApiPorts, asked: CommandRequest, command: ModeCommand, subject: str, mode: str
) -> ModeAnswer | Response:
    return await asked.answer(command, subject, lambda outcome: ModeAnswer(outcome=outcome, mode=_mode(ports, mode)))
