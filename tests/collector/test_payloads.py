"""Every fixture of tests/payloads/native is believed or refused as its name says."""

from pathlib import Path

import pytest

from collector.refusal import Reason
from domain.identity import MessageIdentity
from tests.collector.building import DOCS, PAYLOADS, refusal, the_record, topic_of

ACCEPTED = sorted((PAYLOADS / "accepted").glob("*.json"))
REFUSED = sorted((PAYLOADS / "refused").glob("*.json"))
# These need more than a body to come about, and have tests of their own.
ELSEWHERE = {
    Reason.BAD_TOPIC,
    Reason.RETAINED,
    Reason.OVERSIZE,
    Reason.UNKNOWN_SITE,
    Reason.UNKNOWN_DEVICE,
    Reason.KIND_NOT_ALLOWED,
    Reason.CONFLICTING_VALUES,
    Reason.DECODER_FAULT,
    Reason.UNSTORABLE,
    # Foreign formats only: tests/collector/formats and tests/collector/foreign.
    Reason.NOT_PROTOBUF,
    Reason.ENCRYPTED,
    Reason.BEFORE_BIRTH,
    Reason.NOT_AUTHENTIC,
    Reason.WRONG_UNIT,
}


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_accepted(path: Path) -> None:
    kind = path.name.split(".")[0]
    record = the_record(topic_of(kind), path.read_bytes())
    assert record.decoder == "native/1"
    assert record.source == topic_of(kind).split("/")[3]
    assert record.identity is None or isinstance(record.identity, MessageIdentity)


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_refused(path: Path) -> None:
    kind, reason, _ = path.name.split(".", 2)
    kept = refusal(topic_of(kind), path.read_bytes())
    assert kept.reason == reason, kept.detail
    assert kept.detail


def test_every_reason_has_a_fixture_or_a_test_of_its_own() -> None:
    assert {Reason(path.name.split(".")[1]) for path in REFUSED} == set(Reason) - ELSEWHERE


def test_every_reason_is_explained_in_the_documentation() -> None:
    rows = [
        line for line in (DOCS / "native-format.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    documented = {line.split("`")[1] for line in rows}
    assert set(Reason) <= documented
