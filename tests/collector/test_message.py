"""Who may say what, what is retained, what happens when the decoder itself fails."""

import json

import pytest

from collector import message
from collector.message import MessageDecoder
from collector.settings import DecoderLimits
from domain.directory import MessageKind
from domain.observations import CheckpointScan, Quarantined
from tests.collector.building import KEY, SENDERS, access, decode, readings, refusal, scan, the_record, topic_of

BODIES: dict[str, dict[str, object]] = {
    "scan": scan(checkpoint="cp-roof"),
    "access": access(door="d-garage"),
    "readings": readings(),
    "status": {"online": True},
    "person": {"boot": "b", "seq": 1, "person": "o-12", "signal": "sos"},
    "video": {"boot": "b", "seq": 1, "camera": "cam-9", "event": "smoke"},
    "panel": {"boot": "b", "seq": 1, "panel": "panel-9", "event": "alarm"},
}


@pytest.mark.parametrize("kind", list(MessageKind))
def test_a_gateway_speaks_for_what_it_carries(kind: MessageKind) -> None:
    the_record(topic_of(kind, "gw-4"), BODIES[kind] | {"device": "gw-4"})


@pytest.mark.parametrize(
    ("sender", "refused"),
    [
        ("phone-7", "access readings video panel"),
        ("reader-2", "readings person video panel"),
        ("ctl-3", "scan person video panel"),
        ("cam-5", "scan readings person panel"),
        ("panel-6", "scan access readings person video"),
        ("sensor-8", "scan access person video panel"),
    ],
)
def test_every_other_device_sends_its_own_kinds_only(sender: str, refused: str) -> None:
    allowed = set(MessageKind) - set(refused.split())
    for kind in MessageKind:
        reasons = {
            record.body.reason
            for record in decode(topic_of(kind, sender), BODIES[kind] | {"device": sender})
            if isinstance(record.body, Quarantined)
        }
        assert ("kind_not_allowed" in reasons) is (kind not in allowed), kind


def test_unknown_senders_are_told_apart() -> None:
    assert refusal("vigil/v1/hq/phone-9/scan", scan(device="phone-9")).reason == "unknown_device"
    assert refusal("vigil/v1/elsewhere/phone-7/scan", scan()).reason == "unknown_site"
    assert refusal("vigil/v1/hq/phone-7/scans", scan()).reason == "bad_topic"


@pytest.mark.parametrize("kind", list(MessageKind))
def test_no_body_speaks_for_another_device_or_site(kind: MessageKind) -> None:
    body = BODIES[kind] | {"device": "gw-4"}
    assert refusal(topic_of(kind, "gw-4"), body | {"device": "gw-5"}).reason == "identity_mismatch"
    assert refusal(topic_of(kind, "gw-4"), body | {"site": "hq2"}).reason == "identity_mismatch"
    the_record(topic_of(kind, "gw-4"), body | {"site": "hq"})


def test_a_fixed_reader_scans_its_own_checkpoint_and_a_phone_any() -> None:
    topic = topic_of("scan", "reader-2")
    the_record(topic, scan(device="reader-2", checkpoint="cp-lobby"))
    assert refusal(topic, scan(device="reader-2", checkpoint="cp-roof")).reason == "not_carried"
    the_record(topic_of("scan"), scan(checkpoint="cp-nobody-knows"))


@pytest.mark.parametrize("kind", list(MessageKind))
def test_what_is_retained_is_old_news(kind: MessageKind) -> None:
    body = BODIES[kind] | {"device": "gw-4"}
    assert refusal(topic_of(kind, "gw-4"), body, retain=True).reason == "retained"


def test_a_drills_message_is_a_record_of_its_lane() -> None:
    (record,) = decode("vigil-drill/fire-7/v1/hq/phone-7/scan", scan())
    assert (record.lane, type(record.body)) == ("fire-7", CheckpointScan)
    (aside,) = decode("vigil-drill/fire-7/v1/hq/phone-7/scan", b"{")
    assert aside.lane == "fire-7"


@pytest.mark.parametrize(
    "fault", [RuntimeError("card 8842913377, number: 8842913377"), RecursionError("deep"), ValueError("\ud800")]
)
def test_a_fault_of_the_decoder_is_quarantined_and_the_next_message_goes_on(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    decoder = MessageDecoder(KEY)

    def fail(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patched:
        patched.setattr(message, "observe", fail)
        (aside,) = decode(topic_of("scan"), scan(), decoder=decoder)
    assert isinstance(aside.body, Quarantined)
    assert (aside.body.reason, aside.body.site, aside.body.device) == ("decoder_fault", "hq", "phone-7")
    assert type(fault).__name__ in aside.body.detail
    assert aside.body.detail.encode().decode() == aside.body.detail
    assert "number: 8842913377" not in aside.body.detail
    assert isinstance(decode(topic_of("scan"), scan(), decoder=decoder)[0].body, CheckpointScan)


@pytest.mark.parametrize(("kind", "limit"), [("scan", 64 * 1024), ("readings", 1024 * 1024)])
def test_one_byte_too_many_is_oversize(kind: str, limit: int) -> None:
    body = scan() if kind == "scan" else readings()
    filled = _filled(body, limit)
    the_record(topic_of(kind), filled)
    kept = refusal(topic_of(kind), filled + b" ")
    assert (kept.reason, kept.size) == ("oversize", limit + 1)


def test_limits_can_be_set() -> None:
    decoder = MessageDecoder(KEY, DecoderLimits(event_bytes=100, quarantine_bytes=10))
    (aside,) = decode(topic_of("scan"), _filled(scan(), 200), decoder=decoder)
    assert isinstance(aside.body, Quarantined)
    assert (aside.body.reason, len(aside.body.payload)) == ("oversize", 10)


def test_ever_new_topics_do_not_fill_the_memory() -> None:
    decoder = MessageDecoder(KEY)
    for n in range(10_500):
        decode(f"vigil/v1/hq/phone-{n}/scan", b"", decoder=decoder)
    assert len(decoder._topics) <= 10_000


def test_each_kind_has_a_sender_here() -> None:
    assert set(SENDERS) == set(BODIES) == set(MessageKind)


def _filled(body: dict[str, object], size: int) -> bytes:
    raw = json.dumps(body).encode()
    return raw + b" " * (size - len(raw))
