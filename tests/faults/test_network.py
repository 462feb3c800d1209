"""F6: a bad network between devices, broker and Vigil; nothing is lost, and dead links are noticed."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import MosquittoForTests, wait_until
from tests.faults.harness import Trial
from tests.faults.tcp_proxy import TcpProxy, Weather
from tests.vigil.running_service import url_of

BAD = Weather(latency=0.02, jitter=0.01, reset_every=50_000, slice_bytes=500)
KEEPALIVE_SECONDS = 10.0
NOTICED_SECONDS = 2 * KEEPALIVE_SECONDS + 3.0


def through(proxy: TcpProxy, address: BrokerAddress) -> BrokerAddress:
    return BrokerAddress("127.0.0.1", proxy.port, address.username, address.password)


@contextmanager
def behind_a_proxy(folder: Path, planted: Sequence[str] = ()) -> Iterator[tuple[Trial, TcpProxy]]:
    """A Vigil whose link to a mosquitto leads through a proxy; devices speak to the broker itself."""
    broker = MosquittoForTests(folder)
    broker.start()
    try:
        with TcpProxy(broker.collector.port) as proxy:
            arguments = (f"--broker={url_of(through(proxy, broker.collector))}",)
            with Trial(folder, planted=planted, arguments=arguments) as trial:
                trial.begin(address=broker.devices)
                yield trial, proxy
    finally:
        broker.stop()


@pytest.mark.timeout(120)
def test_devices_behind_a_bad_network_lose_nothing(tmp_path: Path) -> None:
    with Trial(tmp_path, rate=100.0) as trial:
        trial.vigil.start()
        with TcpProxy(trial.vigil.mqtt_port, BAD) as proxy:
            trial.attach(through(proxy, trial.vigil.devices_address()))
            wait_until(lambda: proxy.resets >= 3, "connections to be reset", seconds=40.0)
            proxy.weather = Weather()
            assert trial.verdict() == []


def reset_the_collector(folder: Path, planted: Sequence[str] = ()) -> list[str]:
    with behind_a_proxy(folder, planted) as (trial, proxy):
        proxy.weather = Weather(reset_every=20_000, slice_bytes=700)
        wait_until(lambda: proxy.resets >= 3, "connections to be reset", seconds=40.0)
        proxy.weather = Weather()
        trial.wait_stored(20)
        return trial.verdict()


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_collector_behind_a_bad_network_loses_nothing(tmp_path: Path) -> None:
    assert reset_the_collector(tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_collector_without_a_lasting_session_turns_it_red(tmp_path: Path) -> None:
    complaints = reset_the_collector(tmp_path, planted=("clean-session",))
    assert any("acknowledged messages are not stored" in each for each in complaints), complaints


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_dead_link_is_noticed_and_what_waited_comes(tmp_path: Path) -> None:
    with behind_a_proxy(tmp_path) as (trial, proxy):
        trial.wait_stored(100)
        proxy.weather = Weather(black_hole=True)
        began = time.monotonic()
        wait_until(
            lambda: re.search(r"session_disconnected", trial.vigil.said) is not None,
            "the dead link to be noticed",
            seconds=NOTICED_SECONDS,
        )
        assert trial.vigil.status_of("/readyz") == 503
        assert time.monotonic() - began <= NOTICED_SECONDS
        proxy.weather = Weather()
        trial.wait_stored(20)
        assert trial.verdict() == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_pings_it_turns_red(tmp_path: Path) -> None:
    with behind_a_proxy(tmp_path, planted=("no-pings",)) as (trial, proxy):
        trial.wait_stored(100)
        proxy.weather = Weather(black_hole=True)
        until = time.monotonic() + NOTICED_SECONDS
        wait_until(lambda: time.monotonic() > until, "time to pass", seconds=2 * NOTICED_SECONDS)
        assert "session_disconnected" not in trial.vigil.said
