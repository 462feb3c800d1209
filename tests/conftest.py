"""Fixtures that every test folder shares: real brokers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.brokers import RunningBroker, make_broker
from vigil import broker_process

# A property is not a benchmark: on a busy machine an example may take its time. Under CI the examples are the same in
# each run, so that a red build can be repeated; elsewhere they are new each time.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


# A port is free until its server listens, and again while that is killed and started anew: no two workers draw from the
# same ones.
if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    broker_process._QUIET_PORTS = broker_process._QUIET_PORTS[int(worker) :: workers]


SLOW_FIRST: Final = ("faults", "page", "vigil", "security", "deploy", "stores", "simulators", "collector", "api")
"""Folders whose files take long, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow files first: what is left when one worker has no more to do is then short, and none waits for the other.

    The order within a folder and within a file stays as it was.
    """
    tests = Path(__file__).parent
    order = {name: place for place, name in enumerate(SLOW_FIRST)}
    items.sort(key=lambda item: order.get(item.path.relative_to(tests).parts[0], len(order)))


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


@pytest.fixture(autouse=True)
def _logs_stay_with_their_test() -> Iterator[None]:
    """A command run in process sends its log to the stream of its own test, which is closed afterwards."""
    yield
    structlog.reset_defaults()
