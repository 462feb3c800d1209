"""The heartbeat for an outside watcher comes while all is well, and its silence says that something is not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.brokers import RunningBroker, wait_until
from tests.notify.receivers import HttpReceiver, http_receiver, says
from tests.vigil.running_service import RunningService, SetClock, write_site
from vigil.heartbeat import Heartbeat
from vigil.settings import Settings, SettingsInvalid

Told = list[tuple[str, str]]


@pytest.fixture
def watcher() -> Iterator[HttpReceiver]:
    with http_receiver() as started:
        yield started


class Patient:
    """A heart whose parts a test makes ill."""

    def __init__(self, url: str, kind: type[Heartbeat] = Heartbeat) -> None:
        self.trouble: Mapping[str, str] = {"engine": "", "journal": ""}
        self.told: Told = []
        self.heart = kind(url, lambda: self.trouble, lambda where, what: self.told.append((where, str(what))), 0.01)


def falls_silent(watcher: HttpReceiver, patient: Patient) -> bool:
    """Whether the watcher hears nothing more once the engine has failed."""
    assert patient.heart.beat()
    assert len(watcher.received) == 1
    patient.trouble = {"engine": "the engine is failed", "journal": ""}
    patient.heart.beat()
    return len(watcher.received) == 1


def test_it_falls_silent_while_a_part_is_not_ready_and_comes_back(watcher: HttpReceiver) -> None:
    patient = Patient(watcher.url)
    assert falls_silent(watcher, patient)
    patient.trouble = {}
    assert patient.heart.beat()
    assert len(watcher.received) == 2
    assert patient.told == []


def test_control_a_heart_that_beats_whatever_is_wrong_is_found(watcher: HttpReceiver) -> None:
    class Careless(Heartbeat):
        def beat(self) -> bool:
            return not self._post()

    assert not falls_silent(watcher, Patient(watcher.url, Careless))


def test_a_watcher_that_does_not_take_it_is_told_once_without_the_url(watcher: HttpReceiver) -> None:
    patient = Patient(f"{watcher.url}/secret-word")
    watcher.answer = says(500)
    assert [patient.heart.beat(), patient.heart.beat()] == [False, False]
    assert patient.told == [("heartbeat", "the watcher at 127.0.0.1 did not take it: HTTP 500")]
    watcher.answer = says(302, location="http://127.0.0.1:1/")
    assert not patient.heart.beat()
    watcher.answer = says(200)
    assert patient.heart.beat()
    gone = Patient("http://127.0.0.1:1/")
    assert not gone.heart.beat()
    assert len(gone.told) == 1


def test_it_beats_again_and_again_until_it_is_stopped(watcher: HttpReceiver) -> None:
    heart = Patient(watcher.url).heart
    heart.start()
    wait_until(lambda: len(watcher.received) > 2, "three beats")
    heart.stop(10.0)
    count = len(watcher.received)
    heart.stop()
    assert len(watcher.received) == count


@pytest.mark.parametrize(
    "url", ["", "watch.example", "ftp://watch.example/x", "https:///x", "https://[x/", "http://x:y"]
)
def test_what_is_no_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="heartbeat-url cannot be used"):
        Settings(heartbeat_url=url).check()


def test_a_service_beats_while_it_runs(mosquitto_broker: RunningBroker, tmp_path: Path, watcher: HttpReceiver) -> None:
    write_site(tmp_path / "config")
    with RunningService(tmp_path, mosquitto_broker.collector, SetClock(), heartbeat_url=watcher.url):
        wait_until(lambda: bool(watcher.received), "the first beat")
