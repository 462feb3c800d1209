"""Which topics say something, and that nothing that means more to a broker gets through."""

import pytest

from collector.refusal import Reason, Refused
from collector.topics import Topic, filters, parse_topic, urgency_of
from domain.directory import MessageKind
from domain.record import Urgency


@pytest.mark.parametrize("kind", list(MessageKind))
def test_a_native_topic_names_sender_and_kind(kind: MessageKind) -> None:
    assert parse_topic(f"vigil/v1/hq/gw-4/{kind}") == Topic("real", "hq", "gw-4", kind)


def test_a_drills_topic_names_its_lane() -> None:
    assert parse_topic("vigil-drill/fire-7/v1/hq/gw-4/scan") == Topic("fire-7", "hq", "gw-4", MessageKind.SCAN)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "vigil",
        "vigil/v1",
        "vigil/v1/hq/gw-4",
        "vigil/v1/hq/gw-4/",
        "vigil/v1/hq/gw-4/scan/",
        "vigil/v1/hq/gw-4/scans",
        "vigil/v2/hq/gw-4/scan",
        "Vigil/v1/hq/gw-4/scan",
        "/vigil/v1/hq/gw-4/scan",
        "vigil/v1//gw-4/scan",
        "vigil/v1/hq//scan",
        "vigil/v1/+/gw-4/scan",
        "vigil/v1/hq/#",
        "vigil/v1/hq/*/scan",
        "vigil/v1/hq/>/scan",
        "vigil/v1/$SYS/gw-4/scan",
        "vigil/v1/hq/gw 4/scan",
        "vigil/v1/hq/gw.4/scan",
        "vigil/v1/hq/gw-4\n/scan",
        "vigil/v1/hq/gw\0/scan",
        "vigil/v1/hq/门/scan",
        "vigil/v1/hq/" + "g" * 65 + "/scan",
        "vigil/v1/" + "x" * 65_000,
        "/".join(["vigil", "v1", *["a"] * 128]),
        "vigil-drill/real/v1/hq/gw-4/scan",
        "vigil-drill//v1/hq/gw-4/scan",
        "vigil-drill/a+b/v1/hq/gw-4/scan",
        "vigil-drill/d/hq/gw-4/scan",
        "vigil-drill/d/v1/v1/hq/gw-4/scan",
        "$share/g/vigil/v1/hq/gw-4/scan",
    ],
)
def test_anything_else_is_refused(topic: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_topic(topic)
    assert refused.value.reason is Reason.BAD_TOPIC
    assert len(refused.value.detail) < 200


def test_each_kind_comes_in_by_exactly_one_session() -> None:
    assert filters(Urgency.READING) == ("vigil/v1/+/+/readings",)
    assert set(filters(Urgency.EVENT)) == {
        f"vigil/v1/+/+/{kind}" for kind in MessageKind if kind is not MessageKind.READINGS
    }
    assert urgency_of(MessageKind.READINGS) is Urgency.READING
    assert urgency_of(MessageKind.SCAN) is Urgency.EVENT
