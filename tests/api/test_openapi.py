"""The document says the truth: every path is walked and its answer held against its schema."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from domain.instant import DAY, to_iso
from tests.api.building import ALARM, INCIDENT, MESSAGE, MODE, OCCURRENCE, ORDER, RUN, a_proposal
from tests.api.document import DOCUMENT, PINNED, json_content, operations, require_valid, written
from tests.api.serving import PICTURE_REFERENCE, LocalClient
from tests.samples import NOW

OPERATIONS = list(operations())
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]
PARAMETERS = {
    "site": "tower",
    "alarm": ALARM,
    "occurrence": OCCURRENCE,
    "incident": INCIDENT,
    "mode": MODE,
    "figure": "raised",
    "order": ORDER,
    "run": RUN,
    "proposal": a_proposal().id,
    "point": "p0",
    "seq": "3",
    "command": "old-command",
    "message": MESSAGE,
    "reference": PICTURE_REFERENCE,
}
_TIME = f"?start={to_iso(NOW - 7 * DAY)}&end={to_iso(NOW + 7 * DAY)}"
QUERIES = {
    "/api/v1/people": "?id=officer-1&id=nobody",
    "/api/v1/sites/{site}/patrol-report": _TIME,
    "/api/v1/sites/{site}/patrol-stops": _TIME,
    "/api/v1/sites/{site}/patrol-report.csv": _TIME,
}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "/api/v1/alarms/{alarm}/acknowledge": {"comment": "seen"},
    "/api/v1/alarms/{alarm}/comments": {"comment": "told the tenant"},
    "/api/v1/occurrences/{occurrence}/close": {"disposition": "real"},
    "/api/v1/incidents/{incident}/close": {"disposition": "real"},
    "/api/v1/work-orders/{order}/transitions": {"trigger": "dispatch", "assignee": "engineer-1"},
    "/api/v1/tour-runs/{run}/abandon": {"reason": "storm"},
    "/api/v1/tour-runs/{run}/hand-over": {"officer": "officer-2"},
}
ELSEWHERE = {
    "/api/v1/stream",
    "/api/v1/observations",
    "/api/v1/phone",
    "/api/v1/photos",
    "/api/v1/photos/{reference}",
    "/login",
    "/api/v1/session",
}
"""Walked in tests of their own: they open something that lasts, or want another credential."""
WALKED = [one for one in OPERATIONS if one[1] not in ELSEWHERE]


def test_the_pinned_document_is_current() -> None:
    pinned = PINNED.read_text(encoding="utf-8") if PINNED.exists() else ""
    assert pinned == written(), "the API changed: if it was meant to, run python -m tests.api.document and say so"


def test_operation_ids_are_unique() -> None:
    counts = Counter(operation["operationId"] for _, _, operation in OPERATIONS)
    assert {name for name, count in counts.items() if count > 1} == set()


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_has_an_example_that_its_schema_allows(
    method: str, path: str, operation: Mapping[str, Any]
) -> None:
    assert operation["summary"]
    assert operation["description"]
    success = next(said for status, said in operation["responses"].items() if status in {"200", "204"})
    contents = success.get("content", {})
    assert contents or "204" in operation["responses"]
    for content in contents.values():
        require_valid(content["example"], content["schema"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        name = str(body["schema"].get("$ref") or body["schema"]["anyOf"][0]["$ref"]).rpartition("/")[2]
        schema = DOCUMENT["components"]["schemas"][name]
        for example in schema["examples"]:
            require_valid(example, schema)


def example_of(operation: Mapping[str, Any]) -> object:
    """The body that the document itself gives as an example, without the version, which the story does not have."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    reference = content["schema"].get("$ref") or content["schema"]["anyOf"][0]["$ref"]
    example = dict(DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]["examples"][0])
    example.pop("expected_version", None)
    return example


@pytest.mark.parametrize(("method", "path", "operation"), WALKED, ids=[f"{m} {p}" for m, p, _ in WALKED])
def test_every_answer_keeps_its_schema(
    reader: LocalClient, method: str, path: str, operation: Mapping[str, Any]
) -> None:
    url = path.format(**PARAMETERS) + QUERIES.get(path, "")
    answer = reader.request(method, url, json=BODIES.get(path, example_of(operation)))
    assert answer.status_code == 200, answer.text
    content = json_content(operation, 200)
    if content is None:
        assert answer.headers["content-type"].startswith(("text/plain", "text/csv"))
    else:
        require_valid(answer.json(), content["schema"])
        if "items" in answer.json():
            assert answer.json()["items"], f"the story has nothing for {path}, so this proves nothing"


REFUSING = [one for one in OPERATIONS if one[1] not in {"/login", "/api/v1/session"}]
"""Who opens a session has no credential yet, and is refused for that first."""


@pytest.mark.parametrize(("method", "path", "operation"), REFUSING, ids=[f"{m} {p}" for m, p, _ in REFUSING])
def test_the_queries_taken_are_those_of_the_document(
    reader: LocalClient, method: str, path: str, operation: Mapping[str, Any]
) -> None:
    named = sorted(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")
    answer = reader.request(method, path.format(**PARAMETERS), params={"nonsense": "1"}, json={})
    offered = f"use {', '.join(named)}" if named else "leave it out: this takes none"
    assert answer.status_code == 422, answer.text
    assert [(each["field"], each["remedy"]) for each in answer.json()["errors"]] == [("query.nonsense", offered)]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_problems_are_described(method: str, path: str, operation: Mapping[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    for status in ("422", "default"):
        assert operation["responses"][status]["content"]["application/problem+json"] == problem
    is_open = path in {"/healthz", "/readyz", "/login"} or operation["operationId"] == "open_session"
    assert (operation["security"] == []) == is_open


def test_the_document_refers_to_nothing_that_is_not_there() -> None:
    text = written()
    for name in DOCUMENT["components"]["schemas"]:
        text = text.replace(f'"#/components/schemas/{name}"', "")
    assert "#/components/schemas/" not in text


def test_a_wrong_answer_would_be_noticed() -> None:
    content = next(json_content(said, 200) for _, path, said in OPERATIONS if path == "/api/v1/alarms")
    assert content is not None
    with pytest.raises(AssertionError, match="items"):
        require_valid({"items": [{"id": 1}], "next": None}, content["schema"])


def test_docs_name_every_path() -> None:
    page = (PINNED.parent / "api.md").read_text(encoding="utf-8")
    missing = [f"{method} {path}" for method, path, _ in OPERATIONS if f"`{method} {path}`" not in page]
    assert missing == []
