"""Fixtures that every test folder shares: real brokers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import RunningBroker, make_broker


@pytest.fixture
def bundled_broker(tmp_path: Path) -> Iterator[RunningBroker]:
    yield from _running("bundled", tmp_path)


@pytest.fixture
def mosquitto_broker(tmp_path: Path) -> Iterator[RunningBroker]:
    yield from _running("mosquitto", tmp_path)


@pytest.fixture(params=["bundled", "mosquitto"])
def any_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    yield from _running(request.param, tmp_path)


def _running(name: str, directory: Path) -> Iterator[RunningBroker]:
    broker = make_broker(name, directory)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
