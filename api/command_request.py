"""A command on its way from HTTP to the desk, and its outcome on the way back."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from api.auth import Principal
from api.command_desk import CommandDesk
from api.derived import as_json
from api.gate import principal_of
from api.parameters import IfMatch
from api.problems import FORBIDDEN, INVALID, NOT_FOUND, PRECONDITION_FAILED, REFUSED, VERSION_CONFLICT, Problem
from api.requests import CommandBody
from api.views import CommandState, CommandStatus
from domain.effects import CommandOutcome
from domain.identity import ID_PATTERN
from domain.record import AnyCommand

Answer = TypeVar("Answer", bound=Struct)


class CommandRequest(Struct, frozen=True, kw_only=True):
    """Who asks, under which idempotency key, and looking at which version."""

    desk: CommandDesk
    principal: Principal
    key: str
    if_match: int | None

    def common(self, body: CommandBody) -> dict[str, Any]:
        """The fields that all commands have.

        Raises:
            Problem: If-Match and the body name different versions.
        """
        if None not in {self.if_match, body.expected_version} and self.if_match != body.expected_version:
            detail = f"If-Match says {self.if_match}, the body says {body.expected_version}"
            raise Problem(INVALID, detail, field=("body.expected_version", "give the version once"))
        expected = body.expected_version if self.if_match is None else self.if_match
        return {
            "id": self.key,
            "actor": self.principal.actor,
            "roles": self.principal.roles,
            "expected_version": expected,
        }

    async def answer(
        self, command: AnyCommand, subject: str, read: Callable[[CommandOutcome], Answer]
    ) -> Answer | Response:
        """Have a command about `subject` carried out; `read` answers an accepted one, with the thing as it now is.

        Raises:
            Problem: the engine refused it, the journal did not take it, or its key was another command's.
        """
        outcome = await self.desk.carry_out(command)
        if outcome is None:
            status = CommandStatus(id=self.key, state=CommandState.WAITING)
            headers = {"Location": f"/api/v1/commands/{self.key}", "Retry-After": "1"}
            return Response(as_json(status), 202, headers, media_type="application/json")
        if outcome.subject != subject:
            detail = f"The key '{self.key}' was used before, for a command about '{outcome.subject}'"
            raise Problem(INVALID, detail, field=("header.idempotency-key", "make a new key for a new command"))
        if not outcome.accepted:
            raise self._refusal(outcome)
        return await run_in_threadpool(read, outcome)

    def _refusal(self, outcome: CommandOutcome) -> Problem:
        if outcome.code.startswith("unknown_"):
            kind = NOT_FOUND
        elif outcome.code == "forbidden":
            kind = FORBIDDEN
        elif outcome.code == VERSION_CONFLICT.code:
            # RFC 9110: 412 answers a condition in a header, and only that.
            kind = VERSION_CONFLICT if self.if_match is None else PRECONDITION_FAILED
        else:
            kind = REFUSED
        return Problem(kind, outcome.detail, code=outcome.code)


async def _command_request(
    request: Request,
    if_match: IfMatch,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=ID_PATTERN,
            description="The command's id. The same key again has no second effect and gets the first outcome.",
        ),
    ] = None,
) -> CommandRequest:
    return CommandRequest(
        desk=request.app.state.desk,
        principal=principal_of(request),
        key=idempotency_key or f"command-{secrets.token_hex(16)}",
        if_match=if_match,
    )


Asked = Annotated[CommandRequest, Depends(_command_request)]
