from pathlib import Path

import pytest

from vigil.session_file import SessionFile


class Desk:
    def __init__(self, path: Path, token: str = "t" * 64) -> None:
        self.path = path
        self.now = 1_000.0
        self.faults: list[object] = []
        self.file = SessionFile(path, token, self.faults.append, lambda: self.now)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "sessions.json")


def test_sessions_come_back_with_the_time_they_have_left(desk: Desk) -> None:
    assert desk.file.load() == {}
    desk.file.save({"one": 100.0, "two": 5.0})
    desk.now += 10
    assert desk.file.load() == {"one": 90.0}
    assert desk.faults == []


def test_nobody_else_can_read_them_and_no_secret_is_among_them(desk: Desk) -> None:
    desk.file.save({"one": 100.0})
    assert desk.path.stat().st_mode & 0o777 == 0o600
    desk.path.chmod(0o644)
    assert desk.file.load() == {}
    assert "open to other users" in str(desk.faults)


def test_a_new_token_ends_the_sessions_of_the_old_one(desk: Desk) -> None:
    desk.file.save({"one": 100.0})
    assert Desk(desk.path, "u" * 64).file.load() == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"token": 1, "until": {}}', b"\xff"])
def test_a_broken_file_ends_them_and_says_so(desk: Desk, content: bytes) -> None:
    desk.path.write_bytes(content)
    desk.path.chmod(0o600)
    assert desk.file.load() == {}
    assert "cannot be read" in str(desk.faults)


def test_what_cannot_be_written_is_told_and_stops_nobody(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "nowhere" / "sessions.json")
    desk.file.save({"one": 100.0})
    assert "cannot be written" in str(desk.faults)
