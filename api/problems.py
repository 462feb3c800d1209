"""Errors as RFC 9457 problems: what each is called, and how every error of the API becomes one."""

import http
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.remedies import remedy
from journal.ports import JournalUnavailable
from stores.ports import BadCursor, StoreUnavailable

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2
_LOG = structlog.get_logger(__name__)


class ProblemKind(Struct, frozen=True):
    """One kind of problem: its stable code, HTTP status, and title."""

    code: str
    status: int
    title: str


UNAUTHENTICATED: Final = ProblemKind("unauthenticated", 401, "A credential is needed")
FOREIGN_ORIGIN: Final = ProblemKind("foreign_origin", 403, "The request came from another site")
FORBIDDEN: Final = ProblemKind("forbidden", 403, "Not permitted")
NOT_FOUND: Final = ProblemKind("not_found", 404, "Nothing is here")
METHOD_NOT_ALLOWED: Final = ProblemKind("method_not_allowed", 405, "This method is not offered here")
REFUSED: Final = ProblemKind("command_refused", 409, "The command was refused")
VERSION_CONFLICT: Final = ProblemKind("version_conflict", 409, "Somebody else was first")
PRECONDITION_FAILED: Final = ProblemKind("version_conflict", 412, "Somebody else was first")
TOO_SLOW: Final = ProblemKind("body_too_slow", 408, "The body came too slowly")
TOO_LARGE: Final = ProblemKind("body_too_large", 413, "The body is too large")
INVALID: Final = ProblemKind("invalid_request", 422, "The request is not valid")
INTERNAL: Final = ProblemKind("internal_error", 500, "Vigil made a mistake")
UNAVAILABLE: Final = ProblemKind("unavailable", 503, "Not available now")
NOT_READY: Final = ProblemKind("not_ready", 503, "Not ready")

_BY_STATUS: Final[Mapping[int, ProblemKind]] = {
    kind.status: kind
    for kind in (UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_LARGE, INVALID, INTERNAL, UNAVAILABLE)
}


class FieldProblem(BaseModel):
    """What is wrong with one field of the request, and what would be right."""

    field: str = Field(examples=["query.limit"])
    detail: str = Field(examples=["Input should be less than or equal to 500"])
    remedy: str = Field(examples=["give at most 500"])


class ProblemDetails(BaseModel):
    """RFC 9457 problem details. `code` is stable for machines, `detail` is for people."""

    type: str = Field(examples=["urn:vigil:problem:not_found"])
    title: str = Field(examples=["Nothing is here"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["not_found"])
    detail: str | None = None
    instance: str | None = Field(default=None, description="Names this one error; the log has it too.")
    errors: list[FieldProblem] | None = None


class Problem(Exception):
    """Raised by an endpoint to answer with a problem. `code` replaces the kind's own where the engine gave one."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str | None = None,
        *,
        code: str | None = None,
        field: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`field` names the field of the request at fault and the remedy."""
        super().__init__(detail or kind.title)
        self.kind = kind
        self.detail = detail
        self.code = code or kind.code
        self.headers = dict(headers or {})
        self.errors = field and [FieldProblem(field=field[0], detail=detail or kind.title, remedy=field[1])]


def nothing(what: str, thing: str | int) -> Problem:
    """Say that there is no such thing; not for ids that break their grammar, which are refused as such."""
    return Problem(NOT_FOUND, f"There is no {what} '{thing}'")


def unavailable(detail: str) -> Problem:
    """Something Vigil needs does not answer; the caller may try again soon."""
    return Problem(UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def response(problem: Problem, instance: str | None = None) -> Response:
    """Write a problem."""
    details = ProblemDetails(
        type=f"urn:vigil:problem:{problem.kind.code}",
        title=problem.kind.title,
        status=problem.kind.status,
        code=problem.code,
        detail=problem.detail,
        instance=instance,
        errors=problem.errors or None,
    )
    return problem_response(details, problem.headers)


def problem_response(details: ProblemDetails, headers: Mapping[str, str] | None = None) -> Response:
    """Write problem details."""
    return Response(
        details.model_dump_json(exclude_none=True), details.status, dict(headers or {}), media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Let every error of `app` be answered as a problem. Unforeseen ones are `api.envelope`'s."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(BadCursor, _on_bad_cursor)
    app.add_exception_handler(StoreUnavailable, _on_unavailable)
    app.add_exception_handler(JournalUnavailable, _on_unavailable)


async def _on_problem(_: Request, error: Exception) -> Response:
    return response(error) if isinstance(error, Problem) else response(Problem(INTERNAL))


async def _on_http_exception(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else INTERNAL.status
    headers = error.headers if isinstance(error, HTTPException) else None
    kind = _BY_STATUS.get(status) or ProblemKind("http_error", status, http.HTTPStatus(status).phrase)
    return response(Problem(kind, headers=headers))


async def _on_invalid(_: Request, error: Exception) -> Response:
    found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    # Only what is wrong is said, never what was sent: it may be a secret.
    fields = [
        FieldProblem(field=".".join(str(part) for part in one["loc"]), detail=one["msg"], remedy=remedy(one))
        for one in found
    ]
    details = ProblemDetails(
        type=f"urn:vigil:problem:{INVALID.code}",
        title=INVALID.title,
        status=INVALID.status,
        code=INVALID.code,
        detail="; ".join(f"{one.field}: {one.remedy}" for one in fields),
        errors=fields,
    )
    return problem_response(details)


async def _on_bad_cursor(_: Request, __: Exception) -> Response:
    remedy_text = "take `next` from the page before, or leave it out to start at the beginning"
    return response(Problem(INVALID, "This list never gave that cursor", field=("query.cursor", remedy_text)))


async def _on_unavailable(request: Request, error: Exception) -> Response:
    _LOG.warning("store_or_journal_unavailable", path=request.url.path, error=str(error))
    return response(unavailable("A store that this needs cannot be used now; nothing was changed. Try again soon."))
