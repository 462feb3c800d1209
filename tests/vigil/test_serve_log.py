"""What `vigil serve` writes to its log."""

from collections.abc import Iterator

import pytest
import structlog

from vigil.commands.serve import log_to_stderr


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    try:
        _decode("6" * 3 + "-TULIP")
    except ValueError:
        structlog.get_logger("test").exception("delivery_failed", topic="vigil/v1/tower/ctl/access")
    written = capsys.readouterr()
    assert written.out == ""
    assert "delivery_failed" in written.err
    assert "ValueError: not readable" in written.err
    assert "666-TULIP" not in written.err


def _decode(number: str) -> int:
    if number:
        raise ValueError("not readable")
    return len(number)
