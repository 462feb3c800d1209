"""Beside the broker: what is told of refusals and how often, and that a change of files is loaded or tried again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.brokers import wait_until
from vigil import broker_watch
from vigil.broker_config import BrokerError
from vigil.broker_log import Notice, Sort
from vigil.broker_watch import BrokerWatch, Confirm, RefusalTally

HEAD = "[1] 2026/11/23 08:57:57.465197 "
DENIED = HEAD + '[ERR] 127.0.0.1:42095 - mid:27 - "phone-7" - Publish Violation - Subject "x"\n'
LOADED = HEAD + "[INF] Reloaded server configuration (sha256:1)\n"
NOT_LOADED = HEAD + "[ERR] Failed to reload server configuration: no such key\n"


class Tallying:
    """A tally on a stopwatch that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.told: list[tuple[Sort, str]] = []
        self.tally = RefusalTally(lambda sort, detail: self.told.append((sort, detail)), lambda: self.now)

    def note(self, sort: Sort, times: int = 1, client: str = '"a"') -> None:
        for _ in range(times):
            self.tally.note(Notice(sort, client, "on something"))
        self.tally.tell_due()


@pytest.fixture
def tallying() -> Tallying:
    return Tallying()


def test_the_first_refusal_is_told_at_once_and_the_rest_once_a_minute_with_their_number(tallying: Tallying) -> None:
    tallying.note(Sort.PUBLISH_DENIED)
    tallying.note(Sort.PUBLISH_DENIED, 500)
    assert [detail.split()[0] for _, detail in tallying.told] == ["1"]
    tallying.now += 59
    tallying.note(Sort.PUBLISH_DENIED)
    assert len(tallying.told) == 1
    tallying.now += 1
    tallying.tally.tell_due()
    assert [detail.split()[0] for _, detail in tallying.told] == ["1", "501"]
    tallying.now += 600
    tallying.tally.tell_due()
    assert len(tallying.told) == 2
    assert tallying.tally.counts()["publish_denied"] == 502


def test_each_sort_is_told_of_its_own(tallying: Tallying) -> None:
    for sort in (Sort.PUBLISH_DENIED, Sort.SUBSCRIBE_DENIED, Sort.LOGIN_REFUSED, Sort.TLS_REFUSED):
        tallying.note(sort)
    assert [sort for sort, _ in tallying.told] == [
        Sort.PUBLISH_DENIED, Sort.SUBSCRIBE_DENIED, Sort.LOGIN_REFUSED, Sort.TLS_REFUSED,
    ]  # fmt: skip
    assert all("on something" in detail for _, detail in tallying.told)
    assert set(tallying.tally.counts()) == {
        "publish_denied", "subscribe_denied", "login_refused", "tls_refused", "client_id_taken",
    }  # fmt: skip


def test_an_id_that_is_taken_over_is_told_from_three_times_a_minute(tallying: Tallying) -> None:
    for _ in range(5):
        tallying.note(Sort.CLIENT_ID_TAKEN, 2)
        tallying.now += 61
    assert tallying.told == []
    tallying.note(Sort.CLIENT_ID_TAKEN, 2, '"b"')
    assert tallying.told == []
    tallying.note(Sort.CLIENT_ID_TAKEN, 1, '"b"')
    assert [sort for sort, _ in tallying.told] == [Sort.CLIENT_ID_TAKEN]
    assert 'client id "b" was taken over 3 times' in tallying.told[0][1]
    assert tallying.tally.counts()["client_id_taken"] == 13


def test_ids_without_end_take_no_memory_without_end(tallying: Tallying) -> None:
    for number in range(5000):
        tallying.note(Sort.CLIENT_ID_TAKEN, client=f'"{number}"')
    assert len(tallying.tally._flaps) <= 1000


class Watching:
    """A watch over a log and a file, with a broker that answers as the test says."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "nats.log"
        self.file = folder / "devices.json"
        self.answers = [LOADED]
        self.loads = 0
        self.confirmed = 0
        self.told: list[tuple[Sort, str]] = []
        self.log.write_text(DENIED)
        self.watch = BrokerWatch(self.log, [self.file], self._reload, lambda *told: self.told.append(told))

    def say(self, text: str) -> None:
        with self.log.open("a") as stream:
            stream.write(text)

    def _reload(self, confirm: Confirm) -> None:
        self.loads += 1
        self.say(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        confirm()
        self.confirmed += 1


@contextmanager
def watching(folder: Path) -> Iterator[Watching]:
    made = Watching(folder)
    made.watch.start()
    try:
        yield made
    finally:
        made.watch.stop()
    assert not any(thread.name == "broker-watch" for thread in threading.enumerate())


def test_a_changed_file_is_loaded_once(tmp_path: Path) -> None:
    with watching(tmp_path) as it:
        it.file.write_text("one")
        wait_until(lambda: it.confirmed == 1, "the file to be loaded")
        fresh = it.file.with_name("fresh")
        fresh.write_text("two")
        fresh.replace(it.file)
        wait_until(lambda: it.confirmed == 2, "the replaced file to be loaded")
        it.file.unlink()
        wait_until(lambda: it.confirmed == 3, "its end to be noticed")
        it.say(DENIED)
        wait_until(lambda: it.watch.refusals.counts()["publish_denied"] == 1, "a later line to be read")
        assert it.loads == 3


def test_what_the_broker_refuses_to_load_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_watch, "_AGAIN_SECONDS", 0.1)
    with watching(tmp_path) as it:
        it.answers = [DENIED + NOT_LOADED + DENIED, LOADED]
        it.file.write_text("one")
        wait_until(lambda: it.confirmed == 1, "the second try to succeed")
        assert [sort for sort, _ in it.told if sort is Sort.NOT_LOADED] == [Sort.NOT_LOADED]
        assert any("no such key" in detail for _, detail in it.told)
        assert it.loads == 2
        assert it.watch.refusals.counts()["publish_denied"] == 2


def test_a_broker_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_watch, "_LOAD_SECONDS", 0.2)
    with watching(tmp_path) as it:
        it.answers = [""]
        it.file.write_text("one")
        wait_until(lambda: it.told != [], "the silence to be told")
        assert "did not load its new configuration" in it.told[0][1]


def test_stopping_does_not_wait_for_the_broker(tmp_path: Path) -> None:
    with watching(tmp_path) as it:
        it.answers = [""]
        it.file.write_text("one")
        wait_until(lambda: it.loads == 1, "a load to be under way")
    assert it.told == []


def test_whatever_fails_while_looking_is_told_and_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watching(tmp_path) as it:
        monkeypatch.setattr(it.watch, "_look", lambda: (_ for _ in ()).throw(BrokerError("broken")))
        wait_until(lambda: it.told != [], "the fault to be told")
        assert "cannot be watched: broken" in it.told[0][1]
        monkeypatch.undo()
        it.file.write_text("one")
        wait_until(lambda: it.confirmed == 1, "the watch to go on")
