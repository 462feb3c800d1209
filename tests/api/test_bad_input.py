"""Whatever is sent, wherever: a problem with a 4xx status, never a 5xx, and no refused command in the journal."""

import json
import string
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.document import operations
from tests.api.serving import Backstage, LocalClient

# The stream lasts as long as it likes where the input is good by chance; test_stream has its bad input.
OPERATIONS = [one for one in operations() if one[1] != "/api/v1/stream"]
QUIET: Final = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

NASTY = st.sampled_from(
    [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "a/b",
        "%",
        "%00",
        "\x00",
        "\n",
        "alarm-1\n",
        "'; DROP TABLE alarm; --",
        "1e999",
        "NaN",
        "-1",
        "0",
        "9" * 30,
        "٣",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "=cmd()",
        "\ufeff",
        "\u202e",
        "🦉" * 300,
        "a" * 65,
        "a" * 5000,
        "null",
        "true",
        "[]",
        "2026-11-23T07:30:00Z",
        "2026-13-41T99:99:99Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        '"1"',
        "*",
    ]
)
ANY_TEXT = st.one_of(NASTY, st.text(max_size=40), st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(ANY_TEXT, st.just("comment")), inner, max_size=4)
    ),
    max_leaves=8,
)


def require_tame(answer: httpx.Response) -> None:
    """Good by chance, or refused as a problem."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert "Traceback" not in answer.text


def names(operation: Mapping[str, Any], place: str) -> list[str]:
    return [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == place]


def in_header(text: str) -> bytes:
    """Text as a header can carry it: HTTP itself takes no line breaks or NUL there."""
    return "".join(character for character in text if character not in "\r\n\0").strip().encode("utf-8", "ignore")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])
@QUIET
@given(data=st.data())
def test_random_parameters_are_answered_tamely(
    reader: LocalClient, method: str, path: str, operation: Mapping[str, Any], data: st.DataObject
) -> None:
    filled = {name: quote(data.draw(ANY_TEXT, name), safe="") for name in names(operation, "path")}
    query = {name: data.draw(ANY_TEXT, name).encode("utf-8", "ignore") for name in names(operation, "query")}
    kept = {name: value for name, value in query.items() if data.draw(st.booleans(), f"with {name}")}
    headers = {name: in_header(data.draw(ANY_TEXT, name)) for name in names(operation, "header")}
    url = path.format(**filled) + "?" + "&".join(f"{name}={quote(value)}" for name, value in kept.items())
    body = data.draw(JSON, "body") if "requestBody" in operation else None
    content = None if body is None else json.dumps(body).encode()
    # Who logs out has no say in this: the token is sent again with every request.
    require_tame(reader.request(method, url, content=content, headers={**headers, "Content-Type": "application/json"}))


BODIES = [(method, path) for method, path, operation in OPERATIONS if "requestBody" in operation]


@pytest.mark.parametrize(("method", "path"), BODIES)
@QUIET
@given(
    body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/plain", "multipart/form-data", "x"])
)
def test_random_bytes_as_a_body_are_answered_tamely(
    shared: Backstage, reader: LocalClient, method: str, path: str, body: bytes, kind: str
) -> None:
    before = shared.journal.last_seq
    filled = path.format(
        alarm="alarm-1",
        occurrence="o",
        incident="i",
        mode="mode-1",
        order="order-1",
        run="run-1",
        message="notice-1",
        site="tower",
        proposal="p",
    )
    answer = reader.request(method, filled, content=body, headers={"Content-Type": kind})
    require_tame(answer)
    if answer.status_code >= 400:
        assert shared.journal.last_seq == before


@QUIET
@given(path=st.text(alphabet=string.printable, max_size=60))
def test_random_paths_are_answered_tamely(reader: LocalClient, path: str) -> None:
    require_tame(reader.get("/" + quote(path, safe="/.%?&=")))


@pytest.mark.parametrize(
    "query", ["limit=1&limit=500", "&&&", "=", "limit", "cursor=" + "A" * 512, "cursor=" + "%FF" * 100, "site=%00"]
)
def test_odd_queries_are_answered_tamely(reader: LocalClient, query: str) -> None:
    require_tame(reader.get(f"/api/v1/alarms?{query}"))


def _cursors(reader: LocalClient) -> Iterator[str]:
    for path in ("tour-runs", "alarms", "work-orders", "quarantine"):
        following = reader.get(f"/api/v1/{path}?limit=1").json()["next"]
        if following is not None:
            yield following


def test_a_cursor_of_another_list_is_refused(reader: LocalClient) -> None:
    [cursor] = _cursors(reader)
    assert reader.get(f"/api/v1/tour-runs?cursor={cursor}").status_code == 200
    answer = reader.get(f"/api/v1/alarms?cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.cursor")
