"""Sessions for browsers: an EventSource can send a cookie and no Authorization header."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api import examples
from api.answers import answer, problem_answer, text_answer
from api.auth import COOKIE, Credentials
from api.gate import principal_of
from api.problems import UNAUTHENTICATED, Problem
from api.requests import SessionBody
from api.views import Session

router = APIRouter(tags=["session"])

_WELCOME: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
    '<title>Vigil</title><p><a href="/">Vigil</a></p></html>'
)
"""A page of our own that goes on to the page. A redirect would not do: a browser that follows a link from another site
sends no SameSite=Strict cookie to where the answer redirects it."""


def _set_cookie(request: Request, response: Response, secret: str) -> None:
    lasts = int(request.app.state.limits.session_seconds)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, secret, max_age=lasts, path="/", secure=secure, httponly=True, samesite="strict")


def _refused(request: Request, detail: str) -> Problem:
    request.app.state.figures.refusals.labels("login").inc()
    return Problem(UNAUTHENTICATED, detail)


@router.get("/login", **text_answer("text/html", _WELCOME, UNAUTHENTICATED))
def login(request: Request, once: Annotated[str, Query(min_length=1, max_length=128)]) -> Response:
    """Open a session with the one-time code of the link that `vigil serve` printed."""
    credentials: Credentials = request.app.state.credentials
    secret = credentials.redeem(once)
    if secret is None:
        raise _refused(request, "This link was used before or is too old: take a new one, or log in with the token")
    response = HTMLResponse(_WELCOME)
    _set_cookie(request, response, secret)
    return response


@router.post(
    "/api/v1/session", status_code=204, response_model=None, responses={401: problem_answer(UNAUTHENTICATED.title)}
)
def open_session(request: Request, body: SessionBody) -> Response:
    """Open a session with the token; the cookie holds it."""
    credentials: Credentials = request.app.state.credentials
    known = credentials.by_token(body.token)
    if known is None or known.device is not None:
        raise _refused(request, "This is not the token")
    response = Response(status_code=204)
    _set_cookie(request, response, credentials.open_session())
    return response


@router.get("/api/v1/session", **answer(examples.SESSION))
async def get_session(request: Request) -> Session:
    """Who this request acts for."""
    principal = principal_of(request)
    return Session(actor=principal.actor, roles=principal.roles, by=principal.by)


@router.delete("/api/v1/session", status_code=204, response_model=None)
def end_session(request: Request) -> Response:
    """Log out: the session is forgotten here, not only in the browser."""
    credentials: Credentials = request.app.state.credentials
    credentials.end_session(request.cookies.get(COOKIE, ""))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response
