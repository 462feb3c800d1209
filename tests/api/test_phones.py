"""Officers' phones at the API: observations with receipts, photographs, and a token that opens nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from api.ports import ApiLimits
from domain.observations import CheckpointScan, Quarantined
from journal.ports import JournalUnavailable
from tests.api.serving import PHONE_TOKEN, PICTURE, PICTURE_REFERENCE, Backstage, LocalClient

PHONE = {"Authorization": f"Bearer {PHONE_TOKEN}"}


@pytest.fixture
def client(behind: Backstage) -> Iterator[LocalClient]:
    with LocalClient(behind, ApiLimits(photo_bytes=2_000_000)) as found:
        yield found


def scan(number: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of a scan's body
    body = {"boot": "b1", "seq": number, "officer": "officer-1", "checkpoint": "cp-1", "method": "qr", **fields}
    return {"kind": "scan", "body": body}


def send(client: LocalClient, *items: Mapping[str, Any], status: int = 200) -> list[Any]:
    answer = client.post("/api/v1/observations", json={"observations": list(items)}, headers=PHONE)
    assert answer.status_code == status, answer.text
    found: list[Any] = answer.json().get("receipts", [])
    return found


def test_a_batch_is_journalled_in_order_and_answered_with_receipts(behind: Backstage, client: LocalClient) -> None:
    before = behind.journal.last_seq
    receipts = send(client, scan(1), scan(2, checkpoint="cp-2", photo=PICTURE_REFERENCE))
    assert [(each["boot"], each["seq"], each["outcome"]) for each in receipts] == [
        ("b1", 1, "stored"),
        ("b1", 2, "stored"),
    ]
    records = list(behind.journal.read(before, 10))
    assert [record.seq for record in records] == [each["record"] for each in receipts]
    scans = [record.body for record in records if isinstance(record.body, CheckpointScan)]
    assert [(each.site, each.checkpoint, each.photo) for each in scans] == [
        ("tower", "cp-1", None),
        ("tower", "cp-2", PICTURE_REFERENCE),
    ]
    assert [str(record.identity) for record in records] == [
        "MessageIdentity(device='phone-1', boot='b1', seq=1)",
        "MessageIdentity(device='phone-1', boot='b1', seq=2)",
    ]


def test_the_same_again_is_received_again_under_the_same_identity(behind: Backstage, client: LocalClient) -> None:
    """The engine knows it by (device, boot, seq); the phone may send until a receipt comes."""
    first, again = send(client, scan(1)), send(client, scan(1))
    assert [(each["seq"], each["outcome"]) for each in first + again] == [(1, "stored"), (1, "stored")]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (scan(1, method="telepathy"), "wrong_value"),
        (scan(1, device="phone-2"), "identity_mismatch"),
        ({"kind": "readings", "body": {"boot": "b1", "seq": 1}}, ""),
        (scan(1, answers={"q": [1, 2]}), ""),
    ],
)
def test_what_is_not_believed_is_quarantined_with_its_reason_and_stops_nobody(
    behind: Backstage, client: LocalClient, item: Mapping[str, Any], reason: str
) -> None:
    before = behind.journal.last_seq
    receipts = send(client, item, scan(2))
    assert [each["outcome"] for each in receipts] == ["quarantined", "stored"]
    assert receipts[0]["reason"]
    assert receipts[0]["detail"]
    kept = [record.body for record in behind.journal.read(before, 10)]
    assert isinstance(kept[0], Quarantined)


def test_a_batch_has_bounds(client: LocalClient) -> None:
    send(client, *(scan(number) for number in range(1, 502)), status=422)
    send(client, scan(1, photo="x" * 600_000), status=413)
    send(client, status=422)


def test_only_a_devices_own_token_sends_observations(client: LocalClient) -> None:
    answer = client.post("/api/v1/observations", json={"observations": [scan(1)]})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/api/v1/alarms", "/api/v1/sites", f"/api/v1/photos/{PICTURE_REFERENCE}"])
def test_a_devices_token_opens_nothing_else(client: LocalClient, path: str) -> None:
    answer = client.get(path, headers=PHONE)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_devices_token_opens_no_session(client: LocalClient) -> None:
    assert client.post("/api/v1/session", json={"token": PHONE_TOKEN}).status_code == 401


def test_a_photograph_is_stored_once_and_shown_to_operators(client: LocalClient) -> None:
    stored = [client.post("/api/v1/photos", content=PICTURE, headers=PHONE) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in stored] == [
        (200, {"reference": PICTURE_REFERENCE, "size": len(PICTURE)})
    ] * 2
    shown = client.get(f"/api/v1/photos/{PICTURE_REFERENCE}")
    assert (shown.content, shown.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert client.get(f"/api/v1/photos/photo-20260101-{'0' * 32}.png").status_code == 404


def test_a_photograph_that_is_too_large_or_none_is_refused_with_the_reason(client: LocalClient) -> None:
    large = client.post("/api/v1/photos", content=b"\xff\xd8\xff" + bytes(20_000_000), headers=PHONE)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    assert "2000000 bytes" in large.json()["detail"]
    none = client.post("/api/v1/photos", content=b"<script>", headers=PHONE)
    assert (none.status_code, none.json()["code"]) == (422, "invalid_request")


def test_while_the_journal_refuses_nothing_is_received(behind: Backstage, client: LocalClient) -> None:
    def refuse(*_: object) -> None:
        raise JournalUnavailable("disk full")

    behind.journal.submit = refuse  # type: ignore[method-assign, assignment]
    send(client, scan(1), status=503)
