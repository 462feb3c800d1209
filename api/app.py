"""The application: `create_app` puts the endpoints, the gate and the live stream together over the ports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI

from api import (
    alarm_actions,
    alarms,
    commands,
    figures,
    health,
    incidents,
    metrics,
    modes,
    notifications,
    openapi,
    operator_log,
    page,
    patrol_proposals,
    patrol_reports,
    people,
    phone_day,
    phones,
    problems,
    quarantine,
    readings,
    rules,
    session,
    sites,
    stream,
    tours,
    unmapped,
    work_orders,
)
from api.auth import Credentials
from api.body_limit import BodyLimit
from api.command_desk import CommandDesk
from api.effect_tail import EffectTail
from api.engine_lag import EngineLag
from api.envelope import Envelope
from api.gate import Gate
from api.ports import ApiLimits, ApiPorts
from api.stream_hub import StreamHub

_RESOURCES: Final = (
    sites,
    alarms,
    alarm_actions,
    incidents,
    modes,
    figures,
    operator_log,
    work_orders,
    tours,
    patrol_proposals,
    patrol_reports,
    readings,
    quarantine,
    notifications,
    unmapped,
    rules,
    people,
    commands,
    stream,
    session,
    phones,
    phone_day,
    health,
    metrics,
)
_DEFAULT_LIMITS: Final = ApiLimits()


def create_app(ports: ApiPorts, limits: ApiLimits = _DEFAULT_LIMITS) -> FastAPI:
    """Make the application over `ports`; one per registry.

    `app.state.issue_login_code()` gives a code for `/login?once=`, from any thread.
    """
    app = FastAPI(
        title="Vigil",
        version=ports.release,
        openapi_url="/api/v1/openapi.json",
        # FastAPI's own pages fetch scripts from outside.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    figures = metrics.ApiFigures(ports.registry)
    holder = None if ports.phones is None else ports.phones.holder
    credentials = Credentials(ports.token_digest, limits, ports.stopwatch, ports.sessions, holder)
    state = app.state
    state.ports, state.limits, state.figures, state.credentials = ports, limits, figures, credentials
    state.issue_login_code = credentials.issue_login_code
    state.tail = EffectTail(ports.models, figures.tail_failures)
    state.hub = StreamHub(limits.stream, figures.stream_clients)
    state.lag = EngineLag(lambda: ports.journal.last_seq, ports.judged_seq, ports.stopwatch)
    state.page = page.PageFiles()
    state.desk = CommandDesk(ports, limits, figures.commands)
    state.tail.listen(state.desk.publish)
    state.tail.listen(state.hub.publish)
    for resource in _RESOURCES:
        app.include_router(resource.router, dependencies=[Depends(openapi.refuse_unknown_query)])
    app.include_router(page.router)
    problems.install(app)
    app.openapi = _openapi_of(app)  # type: ignore[method-assign]  # the way FastAPI documents
    # The last one added is the outermost: the envelope, then the gate, then, for those let in, the body.
    larger = {"/api/v1/photos": limits.photo_bytes, "/api/v1/observations": limits.observations_bytes}
    app.add_middleware(BodyLimit, most_bytes=limits.body_bytes, most_seconds=limits.body_seconds, larger=larger)
    app.add_middleware(Gate, credentials=credentials, failures=figures.refusals, page=state.page.open_paths)
    app.add_middleware(Envelope, figures=figures.http, stopwatch=ports.stopwatch)
    return app


def _openapi_of(app: FastAPI) -> Callable[[], dict[str, object]]:
    return lambda: openapi.document(app)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.tail.start(asyncio.get_running_loop())
    try:
        yield
    finally:
        # A courtesy only: nothing is lost where this does not run.
        app.state.hub.stop()
        app.state.tail.stop()
