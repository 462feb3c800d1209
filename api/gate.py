"""The gate in front of everything: no request without a credential goes further, whatever its path.

It stands before routing and before the body is read. What is open is listed here; beside it only the page's own files.
"""

from typing import Final
from urllib.parse import urlsplit

from prometheus_client import Counter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import COOKIE, Credentials, Principal
from api.problems import FORBIDDEN, FOREIGN_ORIGIN, UNAUTHENTICATED, Problem, response

OPEN: Final = frozenset(
    {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/login"), ("POST", "/api/v1/session")},
)
"""Method and path of what needs no credential."""

OF_DEVICES: Final = frozenset(
    {("GET", "/api/v1/phone"), ("POST", "/api/v1/observations"), ("POST", "/api/v1/photos")},
)
"""What a device's own token opens, and nothing else."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PRINCIPAL: Final = "vigil.principal"
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="vigil"'}


def principal_of(request: Request) -> Principal:
    """Who asks; every request behind the gate has one."""
    principal: Principal = request.scope[_PRINCIPAL]
    return principal


class Gate:
    """ASGI middleware that finds out who asks, or refuses."""

    def __init__(
        self, app: ASGIApp, *, credentials: Credentials, failures: Counter, page: frozenset[str] = frozenset()
    ) -> None:
        """Count refusals in `failures`, by reason. `page` are the paths of the page's files, open to browsers."""
        self._app = app
        self._open = OPEN | {("GET", path) for path in page}
        self._credentials = credentials
        self._failures = failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what is open or has a credential; answer 401 or 403 to the rest."""
        if scope["type"] == "lifespan" or (scope.get("method"), scope["path"]) in self._open:
            await self._app(scope, receive, send)
            return
        found = self._judge(Request(scope)) if scope["type"] == "http" else _unauthenticated()
        if isinstance(found, Problem):
            self._failures.labels(found.code).inc()
            await response(found)(scope, receive, send)
            return
        scope[_PRINCIPAL] = found
        await self._app(scope, receive, send)

    def _judge(self, request: Request) -> Principal | Problem:
        given = request.headers.getlist("authorization")
        if given:
            # A wrong token is refused even where a good cookie comes with it: one credential, one answer.
            scheme, _, token = given[0].partition(" ")
            known = self._credentials.by_token(token.strip()) if scheme.lower() == "bearer" else None
            if known is None or len(given) != 1:
                return _unauthenticated()
            if known.device is not None and (request.method, request.url.path) not in OF_DEVICES:
                return Problem(
                    FORBIDDEN, "A device's token reads its tours, sends observations and photos, and opens nothing else"
                )
            return known
        by_session = self._credentials.by_session(request.cookies.get(COOKIE, ""))
        if by_session is None:
            return _unauthenticated()
        if request.method not in SAFE_METHODS and not from_own_page(request.headers, request.url.scheme):
            detail = "A session changes things only from Vigil's own page; programs use the bearer token"
            return Problem(FOREIGN_ORIGIN, detail)
        return by_session


def from_own_page(headers: Headers, scheme: str) -> bool:
    """Tell whether a browser says that the request was made by a page of this very origin.

    Browsers send Sec-Fetch-Site where the connection is trustworthy (HTTPS and loopback), and Origin on every unsafe
    request. A request with neither is no browser's, and has no business with a cookie.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return site == "same-origin"
    parts = urlsplit(origin)
    return parts.scheme == scheme and parts.netloc == headers.get("host")


def _unauthenticated() -> Problem:
    detail = "Send 'Authorization: Bearer <token>', or open the login link that 'vigil serve' prints"
    return Problem(UNAUTHENTICATED, detail, headers=_CHALLENGE)
