"""What an endpoint's decorator says about its answers: the derived model, an example made from real values, problems.

Examples are domain values run through the same models as real answers, so they cannot rot.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from fastapi import Response
from msgspec import Struct

from api.derived import Listing, list_model_of, model_of
from api.problems import MEDIA_TYPE, NOT_FOUND, REFUSED, UNAVAILABLE, VERSION_CONFLICT, ProblemKind

PROBLEM_SCHEMA: Final = {"$ref": "#/components/schemas/ProblemDetails"}


def answer(example: Struct, *problems: ProblemKind, status: int = 200) -> dict[str, Any]:
    """Say that the endpoint answers with such a struct, or with one of these problems."""
    model = model_of(type(example))
    shown = model.model_validate(example).model_dump(mode="json")
    return _answers(model, shown, problems, status)


def list_answer(example: Struct, *problems: ProblemKind) -> dict[str, Any]:
    """Say that the endpoint answers with pages of such structs."""
    model = list_model_of(type(example))
    shown = model.model_validate(Listing([example])).model_dump(mode="json")
    return _answers(model, shown, problems, 200)


def command_answer(example: Struct, accepted: Struct) -> dict[str, Any]:
    """Say how a command is answered: with its outcome, refused, or with where to ask for the outcome."""
    said = answer(example, NOT_FOUND, REFUSED, UNAVAILABLE)
    waiting = answer(accepted)
    said["responses"] |= {
        202: {
            "model": waiting["response_model"],
            "description": "Journalled, no outcome yet: ask at Location",
            "content": waiting["responses"][200]["content"],
        },
        403: problem_answer("The roles do not permit it"),
        412: problem_answer(f"{VERSION_CONFLICT.title}: If-Match names another version"),
    }
    return said


def text_answer(media_type: str, example: str, *problems: ProblemKind) -> dict[str, Any]:
    """Say that the endpoint answers with text, or with one of these problems."""
    content = {media_type: {"schema": {"type": "string"}, "example": example}}
    responses: dict[int, dict[str, Any]] = {200: {"content": content, "description": "Text"}}
    responses |= {problem.status: problem_answer(problem.title) for problem in problems}
    return {"responses": responses, "response_model": None, "response_class": Response}


def problem_answer(description: str) -> dict[str, Any]:
    """Describe a problem among an endpoint's answers."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}


def _answers(model: type[Any], shown: object, problems: Sequence[ProblemKind], status: int) -> dict[str, Any]:
    # As text until the document is complete (`api.openapi`): FastAPI drops every null from what it is given.
    example = json.dumps(shown, allow_nan=False)
    responses: dict[int, dict[str, Any]] = {
        status: {"content": {"application/json": {"example": example}}, "description": "As asked"}
    }
    responses |= {problem.status: problem_answer(problem.title) for problem in problems}
    return {"response_model": model, "responses": responses}
