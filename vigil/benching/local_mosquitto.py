"""Debian's mosquitto on a free loopback port in a folder of its own, for a measurement."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.broker_address import BrokerAddress
from vigil.broker_config import BrokerError
from vigil.broker_process import free_port, may_log_in, stop_child

_HOST: Final = "127.0.0.1"
_READY_SECONDS: Final = 10.0


@contextmanager
def local_mosquitto(folder: Path) -> Iterator[BrokerAddress]:
    """Run one without passwords until the block ends.

    Raises:
        BrokerError: it is not installed, or does not answer.
    """
    # Debian keeps it in /usr/sbin, which is not on every user's PATH.
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise BrokerError("mosquitto is not installed: run apt-get install mosquitto, or give --broker a URL")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = free_port(_HOST)
    configuration, log = folder / "mosquitto.conf", folder / "mosquitto.log"
    configuration.write_text("\n".join(_lines(port, folder)) + "\n")
    with log.open("wb") as output:
        child = subprocess.Popen([found, "-c", str(configuration)], stdout=output, stderr=subprocess.STDOUT)
    try:
        address = BrokerAddress(_HOST, port)
        _await(address, log)
        yield address
    finally:
        stop_child(child)


def _lines(port: int, folder: Path) -> list[str]:
    """What deploy/mosquitto sets, as far as it bears on speed, and no logins."""
    lines = [
        f"listener {port} {_HOST}",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {folder}/",
        "max_queued_messages 0",
        "max_queued_bytes 0",
        "max_inflight_messages 1000",
        "set_tcp_nodelay true",
    ]
    # As root it would change to a user that may not read this folder.
    return [*lines, "user root"] if os.geteuid() == 0 else lines


def _await(address: BrokerAddress, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not may_log_in(address):
        if time.monotonic() > deadline:
            raise BrokerError(f"mosquitto does not answer at {address.masked_url}: {log.read_text()[-500:]}")
        time.sleep(0.01)
