"""Controls of B1 to B8: each bad input's test turns red where its check is taken out of the collector."""

import json
from collections.abc import Callable
from types import SimpleNamespace

import msgspec
import pytest

from collector import message, topics
from collector.decode import json_strict, native
from collector.decode.bodies import ReadingsBody
from domain.directory import MessageKind
from domain.record import Believed
from tests.collector import test_bad_input, test_message, test_payloads, test_topics

Planted = Callable[[pytest.MonkeyPatch], None]
Holds = Callable[[], None]

OUT_OF_RANGE = next(path for path in test_payloads.REFUSED if path.stem == "readings.not_json.nan")
TWICE = next(path for path in test_payloads.REFUSED if path.stem == "readings.duplicate_key.values")
NUL = next(path for path in test_payloads.REFUSED if path.stem == "scan.invalid_text.escaped_nul")


def size_unchecked(patch: pytest.MonkeyPatch) -> None:
    require = json_strict.require_decodable
    patch.setattr(native, "require_decodable", lambda payload, _most: require(payload, 1 << 40))


def depth_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(json_strict, "_require_flat", lambda _payload: None)


def numbers_as_python_reads_them(patch: pytest.MonkeyPatch) -> None:
    def decode(payload: bytes) -> ReadingsBody:
        body = json.loads(payload)
        return ReadingsBody(**body | {"points": msgspec.Raw(msgspec.json.encode(body["points"]))})

    patch.setattr(native, "_READINGS", SimpleNamespace(decode=decode))


def duplicates_unchecked(patch: pytest.MonkeyPatch) -> None:
    for module in (native, message):
        patch.setattr(module, "refuse_duplicate_keys", lambda _payload, _colons: None)


def nul_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(json_strict, "_NUL_ESCAPE", SimpleNamespace(search=lambda _payload: None))


def any_topic_level(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(topics, "is_id", lambda _level: True)


def any_time_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("collector.timing.is_believable", lambda *_: True)


def retained_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(message, "_refuse_retained", lambda **_: None)


ROWS: dict[str, tuple[Planted, Holds]] = {
    "B1": (size_unchecked, lambda: test_message.test_one_byte_too_many_is_oversize("scan", 64 * 1024)),
    "B2": (depth_unchecked, lambda: test_bad_input.test_b2_nesting("scan", 2_000, b"[")),
    "B3": (numbers_as_python_reads_them, lambda: test_payloads.test_refused(OUT_OF_RANGE)),
    "B4": (duplicates_unchecked, lambda: test_payloads.test_refused(TWICE)),
    "B5": (nul_unchecked, lambda: test_payloads.test_refused(NUL)),
    "B6": (any_topic_level, lambda: test_topics.test_anything_else_is_refused("vigil/v1/hq/*/scan")),
    "B7": (any_time_believed, lambda: test_bad_input.test_b7_times(0, Believed.RECEIVED)),
    "B8": (retained_believed, lambda: test_message.test_what_is_retained_is_old_news(MessageKind.SCAN)),
}


@pytest.mark.parametrize("row", list(ROWS))
def test_control_without_its_check_it_turns_red(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, holds = ROWS[row]
    holds()
    plant(monkeypatch)
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        holds()
