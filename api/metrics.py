"""Figures for Prometheus: the API's own, and the whole registry at /metrics.

Labels are route templates, never paths as sent: a scanner cannot fill the memory with made-up ones.
"""

from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import Scope

from api.answers import text_answer
from api.ports import Ports

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.005, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_UNMATCHED: Final = "unmatched"

router = APIRouter(tags=["operation"])


class HttpFigures:
    """Requests by route template, and how long until the first byte."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them."""
        self._requests = Counter(
            "vigil_http_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "vigil_http_request_seconds",
            "Seconds until the first byte of the answer",
            ["method", "route"],
            buckets=_SECONDS,
            registry=registry,
        )

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one answer."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", _UNMATCHED)
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)


class ApiFigures:
    """All the API counts. One per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them."""
        self.http = HttpFigures(registry)
        self.refusals = Counter(
            "vigil_http_auth_failures", "Requests refused for their credential", ["reason"], registry=registry
        )
        self.commands = Counter(
            "vigil_commands", "Commands by kind and what became of them", ["kind", "result"], registry=registry
        )
        self.stream_clients = Gauge("vigil_stream_clients", "Live streams open now", registry=registry)
        self.stream_ends = Counter("vigil_stream_ends", "Live streams ended, by reason", ["reason"], registry=registry)
        self.tail_failures = Counter(
            "vigil_stream_tail_failures", "Failed reads of the effect stream", registry=registry
        )


@router.get("/metrics", **text_answer("text/plain", "vigil_stream_clients 1.0\n"))
def metrics(ports: Ports) -> Response:
    """Prometheus exposition. It needs the token like all else: reaching loopback is no credential."""
    return Response(generate_latest(ports.registry), media_type=CONTENT_TYPE_LATEST)
