"""The OpenAPI document: what FastAPI derives from the endpoints, with the credentials and the problems that all share.

It is also where the API learns which query parameters it knows: any other is refused, because a misspelt filter that
is ignored shows more than was asked for and looks like an answer.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.openapi.utils import get_openapi
from fastapi.params import Query
from fastapi.routing import APIRoute

from api.answers import problem_answer
from api.auth import COOKIE
from api.gate import OPEN
from api.problems import INVALID, UNAUTHENTICATED, FieldProblem, Problem, ProblemDetails

_DESCRIPTION: Final = (
    "Vigil watches over properties. Times are RFC 3339 in UTC. Errors are RFC 9457 problems. Lists come in pages: "
    "`items` and `next`, the cursor of the page after. `/api/v1/stream` tells every change as it is committed."
)
_SCHEMES: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_KNOWN_QUERIES: Final[dict[Callable[..., object], frozenset[str]]] = {}
_FASTAPI_ERRORS: Final = ("HTTPValidationError", "ValidationError")


def document(app: FastAPI) -> dict[str, Any]:
    """Give the document; made once."""
    if app.openapi_schema is None:
        made = get_openapi(title="Vigil", version=app.version, description=_DESCRIPTION, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in _FASTAPI_ERRORS:
            schemas.pop(name, None)
        for model in (ProblemDetails, FieldProblem):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        made["components"]["securitySchemes"] = _SCHEMES
        for path, method, operation in operations(made):
            _complete(path, method, operation)
        app.openapi_schema = made
    return app.openapi_schema


def operations(made: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, METHOD and operation of everything in a document."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for said in responses.values():
        content = said.get("content", {}).get("application/json", {})
        if "example" in content:
            content["example"] = json.loads(content["example"])
    responses["422"] = problem_answer(INVALID.title)
    responses["default"] = problem_answer("Any other error")
    if (method, path) in OPEN:
        operation["security"] = []
    else:
        operation["security"] = [{name: []} for name in _SCHEMES]
        responses["401"] = problem_answer(UNAUTHENTICATED.title)


async def refuse_unknown_query(request: Request) -> None:
    """Refuse query parameters that the endpoint does not know.

    Raises:
        Problem: there is one.
    """
    known = known_queries(request.scope["route"])
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        name = unknown[0][:64]
        offered = f"use {', '.join(sorted(known))}" if known else "leave it out: this takes none"
        raise Problem(INVALID, f"'{name}' is not a parameter of this", field=(f"query.{name}", offered))


def known_queries(route: APIRoute) -> frozenset[str]:
    """The names of the query parameters of an endpoint.

    Asked of the endpoint and not of the document: that takes a second to make, and most runs never need it.
    """
    known = _KNOWN_QUERIES.get(route.endpoint)
    if known is None:
        parameters = get_flat_params(route.dependant)
        known = frozenset(each.alias for each in parameters if isinstance(each.field_info, Query))
        _KNOWN_QUERIES[route.endpoint] = known
    return known
