"""Real MQTT brokers for tests: the bundled nats-server and Debian's mosquitto, on free loopback ports."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from domain.broker_address import BrokerAddress
from vigil.broker import BundledBroker
from vigil.broker_process import free_port, may_log_in, stop_child

_COLLECTOR_PASSWORD = "collector-in-tests-only"
_DEVICES_PASSWORD = "devices-in-tests-only"
_PANELS_PASSWORD = "panels-in-tests-only"
_EVERYTHING_PASSWORD = "everything-in-tests-only"
PATIENCE_SECONDS = 40.0
"""How long a test waits for what comes at once on an idle machine. It costs time only where the test fails, so that a
machine several times slower, or busy with other work, turns nothing red. What must be quick is measured by its test."""

# The rights of the bundled broker's users, but for one: mosquitto cannot deny a topic for writing alone, so here a
# device might publish a receipt.
_MOSQUITTO_RIGHTS = """\
user collector
topic read vigil/v1/#
topic write vigil/status/#
topic write vigil/v1/+/+/receipt
user devices
topic write vigil/v1/#
topic read vigil/v1/+/+/receipt
user panels
topic read vigil/status/#
user everything
topic readwrite #
topic readwrite vigil-drill/#
"""


class RunningBroker(Protocol):
    """What a test may do with a broker, whichever it is."""

    @property
    def name(self) -> str: ...
    @property
    def collector(self) -> BrokerAddress: ...
    @property
    def devices(self) -> BrokerAddress: ...
    @property
    def panels(self) -> BrokerAddress: ...
    @property
    def pid(self) -> int: ...
    def kill(self) -> None:
        """End it with SIGKILL; the bundled one is restarted by its supervisor, the other waits for start()."""

    def start(self) -> None:
        """Start it where it was: same port, same store."""

    def stop(self) -> None: ...


class BundledForTests:
    """The product's own supervisor around nats-server; no session is prepared, so subscribe before publishing."""

    name = "bundled"

    def __init__(self, directory: Path) -> None:
        self.broker = BundledBroker(directory / "broker")

    @property
    def collector(self) -> BrokerAddress:
        return self.broker.address

    @property
    def devices(self) -> BrokerAddress:
        return self.broker.device_address

    @property
    def panels(self) -> BrokerAddress:
        return self.broker.panel_address

    @property
    def pid(self) -> int:
        assert self.broker.pid is not None, "the bundled broker is not running"
        return self.broker.pid

    def start(self) -> None:
        self.broker.start()

    def stop(self) -> None:
        self.broker.stop()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


class MosquittoForTests:
    """A plain broker by URL: credentials, allow-lists and persistence, as a user would run it."""

    name = "mosquitto"

    def __init__(self, directory: Path) -> None:
        self._dir = directory / "mosquitto"
        self._dir.mkdir(mode=0o700)
        self._port = free_port("127.0.0.1")
        self._child: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def collector(self) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self._port, "collector", _COLLECTOR_PASSWORD)

    @property
    def devices(self) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self._port, "devices", _DEVICES_PASSWORD)

    @property
    def panels(self) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self._port, "panels", _PANELS_PASSWORD)

    @property
    def everything(self) -> BrokerAddress:
        """One credential for all, as a broker has that knows no rights."""
        return BrokerAddress("127.0.0.1", self._port, "everything", _EVERYTHING_PASSWORD)

    @property
    def pid(self) -> int:
        assert self._child is not None, "mosquitto is not running"
        return self._child.pid

    def start(self) -> None:
        assert self._child is None or self._child.poll() is not None, "mosquitto is already running"
        command = [_mosquitto(), "-c", str(self._dir / "mosquitto.conf")]
        with (self._dir / "output.txt").open("ab") as output:
            self._child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        wait_until(lambda: may_log_in(self.collector), f"mosquitto to admit us; see {self._dir / 'output.txt'}")

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)
            self._child = None

    def kill(self) -> None:
        assert self._child is not None, "mosquitto is not running"
        self._child.kill()
        self._child.wait(PATIENCE_SECONDS)

    def _configure(self) -> None:
        rights, passwords = self._dir / "rights", self._dir / "passwords"
        rights.write_text(_MOSQUITTO_RIGHTS)
        passwords.write_text(
            f"collector:{_COLLECTOR_PASSWORD}\ndevices:{_DEVICES_PASSWORD}\npanels:{_PANELS_PASSWORD}\n"
            f"everything:{_EVERYTHING_PASSWORD}\n"
        )
        subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, timeout=PATIENCE_SECONDS)
        lines = [
            f"listener {self._port} 127.0.0.1",
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {rights}",
            "persistence true",
            f"persistence_location {self._dir}/",
            "max_queued_messages 1000000",
            "max_inflight_messages 512",
        ]
        if os.geteuid() == 0:
            # It would change to a user that may not read this folder.
            lines.append("user root")
        (self._dir / "mosquitto.conf").write_text("\n".join(lines) + "\n")


def make_broker(name: str, directory: Path) -> RunningBroker:
    if name == "bundled":
        return BundledForTests(directory)
    _mosquitto()
    return MosquittoForTests(directory)


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float | None = None) -> None:
    """Poll with a deadline; a test names what it waits for, so that a timeout explains itself.

    `seconds` is for what must come by then, or takes long; else it is waited for with patience.
    """
    seconds = PATIENCE_SECONDS if seconds is None else seconds
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.01)


def _mosquitto() -> str:
    # Debian keeps it in /usr/sbin, which is not on every user's PATH.
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is not None and shutil.which("mosquitto_passwd") is not None:
        return found
    message = "mosquitto is not installed; install it with: apt-get install mosquitto"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
