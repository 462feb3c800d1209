"""Each trait of each format that matters, one fixture each: what the decoder must make of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from collector.formats.report import Format
from collector.formats.table import FORMATS
from collector.refusal import Refused
from tests.collector.formats.telling import arrival, told

PAYLOADS = Path(__file__).parents[2] / "payloads"
CASES = sorted(path for name in FORMATS for path in (PAYLOADS / name).glob("*.json"))


def payload_of(case: dict[str, Any]) -> bytes:
    payload = case["payload"]
    if isinstance(payload, dict) and set(payload) == {"hex"}:
        return bytes.fromhex(payload["hex"])
    return payload.encode() if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False).encode()


def form_of(path: Path) -> Format:
    return FORMATS[path.parent.name]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_fixture(path: Path) -> None:
    case, form = json.loads(path.read_text(encoding="utf-8")), form_of(path)
    message = arrival(form, case, payload_of(case))
    if "refused" in case:
        with pytest.raises(Refused) as refused:
            form.decoder()(message)
        assert refused.value.reason == case["refused"]
        assert refused.value.detail
    else:
        assert told(form.decoder()(message)) == case["says"]


def test_each_format_has_fixtures_of_both_sorts() -> None:
    refused = {path.parent.name for path in CASES if path.stem.startswith("refused")}
    assert refused == {path.parent.name for path in CASES} == set(FORMATS)
