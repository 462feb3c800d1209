"""What became of a command that had no outcome when it was answered."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api import examples
from api.answers import answer
from api.command_desk import CommandDesk
from api.parameters import Id
from api.ports import Ports
from api.problems import NOT_FOUND, nothing
from api.views import CommandState, CommandStatus

router = APIRouter(prefix="/api/v1", tags=["commands"])


@router.get("/commands/{command}", **answer(examples.COMMAND, NOT_FOUND))
async def get_command(request: Request, ports: Ports, command: Id, response: Response) -> CommandStatus:
    """A command's outcome, for as long as the state store keeps it; `waiting` while the engine has not come to it."""
    desk: CommandDesk = request.app.state.desk
    outcome = await run_in_threadpool(ports.models.outcome, command)
    if outcome is not None:
        state = CommandState.ACCEPTED if outcome.accepted else CommandState.REFUSED
        return CommandStatus(id=command, state=state, outcome=outcome)
    if not desk.pending(command):
        raise nothing("command", command)
    response.headers["Retry-After"] = "1"
    return CommandStatus(id=command, state=CommandState.WAITING)
