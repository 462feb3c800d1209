"""The OpenAPI document as tests use it, and how its pinned copy is written: `python -m tests.api.document`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from fastapi import FastAPI
from jsonschema import Draft202012Validator
from prometheus_client import CollectorRegistry

from api.app import create_app
from api.ports import ApiPorts

PINNED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
RELEASE = "0"


def bare_app() -> FastAPI:
    """The application over nothing: enough to be asked what it offers."""
    ports = ApiPorts(
        journal=Mock(),
        models=Mock(),
        historian=Mock(),
        people=Mock(),
        configuration=Mock(),
        clock=Mock(),
        token_digest="0" * 64,
        readiness=Mock(),
        registry=CollectorRegistry(),
        unmapped=Mock(),
        outbox_counts=Mock(),
        message_counts=Mock(),
        faults=Mock(),
        judged_seq=Mock(),
        outbox=Mock(),
        release=RELEASE,
    )
    return create_app(ports)


DOCUMENT: Mapping[str, Any] = bare_app().openapi()


def written() -> str:
    return json.dumps(DOCUMENT, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def require_valid(value: object, schema: Mapping[str, Any]) -> None:
    """Refuse a value that its schema in the document does not allow."""
    whole = {**schema, "components": DOCUMENT["components"]}
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in Draft202012Validator(whole).iter_errors(value)
    ]
    assert not errors, errors


def json_content(operation: Mapping[str, Any], status: int) -> Mapping[str, Any] | None:
    content: Mapping[str, Mapping[str, Any]] = operation["responses"].get(str(status), {}).get("content", {})
    return content.get("application/json")


if __name__ == "__main__":
    PINNED.write_text(written(), encoding="utf-8")
