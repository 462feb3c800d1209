"""The bundled broker as a process: stopping, restarting, a port in use, and what a killed run left behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.watched_broker import SCANS, Watched
from vigil.broker import BrokerEvent, BundledBroker
from vigil.broker_config import BrokerError, load_or_create_secrets
from vigil.broker_process import FileLock, ProcessRecord, end_orphan, find_nats_server, free_port, may_log_in


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path / "broker")
    try:
        watched.start()
        yield watched
    finally:
        watched.broker.stop()


def test_a_failing_preparation_stops_the_start_and_leaves_nothing(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "broker")
    pids: list[int | None] = []

    def fail(_: BrokerAddress) -> None:
        pids.append(watched.broker.pid)
        raise RuntimeError("no session")

    with pytest.raises(RuntimeError, match="no session"):
        watched.broker.start(fail)
    assert pids[0] is not None
    assert not psutil.pid_exists(pids[0])
    assert not watched.broker.is_alive()
    watched.start()
    watched.broker.stop()
    assert len(watched.prepared_at) == 1


def test_stop_is_quick_final_and_repeatable(watched: Watched) -> None:
    pid = watched.broker.pid
    assert pid is not None
    assert watched.broker.is_alive()
    watched.broker.stop()
    assert not watched.broker.is_alive()
    assert not psutil.pid_exists(pid)
    assert watched.told() == [BrokerEvent.STARTED]
    watched.broker.stop()


def test_a_message_above_the_limit_is_not_acknowledged(watched: Watched) -> None:
    with watched.device() as device:
        device.publish("vigil/v1/hq/gate/scan", "x" * ((1 << 20) + 1000))
        wait_until(lambda: not device.paho.is_connected(), "the broker to close a connection that sent too much")


@pytest.mark.timeout(60)
def test_a_server_that_ignores_sigterm_is_ended_in_time(watched: Watched) -> None:
    pid = watched.broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    before = time.monotonic()
    watched.broker.stop()
    assert time.monotonic() - before < 5
    assert not psutil.pid_exists(pid)


def test_a_port_in_use_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(BrokerError, match=rf"127\.0\.0\.1 port {port} .*stop the program that uses it, or choose"):
            Watched(tmp_path / "broker", port=port).start()


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"on 192\.0\.2\.1 .*is it an address of this machine"):
        BundledBroker(tmp_path / "broker", host="192.0.2.1").start()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "broker" / "store").mkdir(parents=True)
    (tmp_path / "broker" / "store" / "jetstream").write_text("not a folder")
    with pytest.raises(BrokerError, match=r"ended while it started; its last words: [^$]*FTL"):
        BundledBroker(tmp_path / "broker").start()


class Robbed(Watched):
    """A broker whose port somebody takes when the server has died, before it is told that it has."""

    thief: socket.socket | None = None

    def _on_event(self, event: BrokerEvent, detail: str) -> None:
        if event is BrokerEvent.DIED:
            self.thief = socket.create_server((self.broker.address.host, self.broker.address.port))
        super()._on_event(event, detail)


def test_a_restart_waits_for_its_port_and_says_so(tmp_path: Path) -> None:
    robbed = Robbed(tmp_path / "broker")
    try:
        robbed.start()
        address = robbed.broker.address
        assert robbed.broker.pid is not None
        os.kill(robbed.broker.pid, signal.SIGKILL)
        wait_until(lambda: BrokerEvent.RESTART_FAILED in robbed.told(), "a failed restart to be told")
        assert robbed.thief is not None
        robbed.thief.close()
        assert robbed.restarted.wait(PATIENCE_SECONDS)
        assert may_log_in(address)
    finally:
        robbed.broker.stop()


def test_a_listener_that_raises_does_not_end_the_supervision(tmp_path: Path) -> None:
    restarted = threading.Event()

    def on_event(event: BrokerEvent, _detail: str) -> None:
        if event is BrokerEvent.RESTARTED:
            restarted.set()
        raise RuntimeError("the listener is broken")

    broker = BundledBroker(tmp_path / "broker", on_event=on_event)
    broker.start()
    try:
        for _ in range(2):
            restarted.clear()
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            assert restarted.wait(PATIENCE_SECONDS)
    finally:
        broker.stop()


def test_two_on_one_directory_are_refused(watched: Watched, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="another Vigil runs on"):
        BundledBroker(tmp_path / "broker").start()
    assert may_log_in(watched.broker.address)


_CRASHING_VIGIL = """
import os, signal, sys
from pathlib import Path
from vigil.broker import BundledBroker
broker = BundledBroker(Path(sys.argv[1]), port=int(sys.argv[2]))
broker.start()
print(broker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def _left_behind(directory: Path, port: int) -> psutil.Process:
    """Run a Vigil that is killed with its broker up."""
    command = [sys.executable, "-c", _CRASHING_VIGIL, str(directory), str(port)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, timeout=30, check=False)
    assert ended.returncode == -signal.SIGKILL
    orphan = psutil.Process(int(ended.stdout.split()[-1]))
    assert orphan.is_running()
    return orphan


def test_our_own_orphan_is_ended_and_what_it_took_meanwhile_is_kept(tmp_path: Path) -> None:
    directory, port = tmp_path / "broker", free_port("127.0.0.1")
    orphan = _left_behind(directory, port)
    passwords = load_or_create_secrets(directory / "passwords.json")
    at_orphan = BrokerAddress("127.0.0.1", port)
    with MqttClient(
        at_orphan.with_login("collector", passwords.collector), "collector-events", persistent=True
    ) as early:
        early.subscribe(SCANS)
    with MqttClient(at_orphan.with_login("devices", passwords.devices), "device") as device:
        device.publish_and_wait("vigil/v1/hq/gate/scan", "while Vigil was dead")
    watched = Watched(directory, port=port)
    try:
        watched.start()
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
        assert watched.told() == [BrokerEvent.ORPHAN_ENDED, BrokerEvent.STARTED]
        with watched.collector() as collector:
            assert collector.wait_for(1) == ["while Vigil was dead"]
    finally:
        watched.broker.stop()


def test_an_orphan_that_the_pidfile_does_not_name_is_ended_all_the_same(tmp_path: Path) -> None:
    """Vigil was killed between the birth of its broker and the pidfile."""
    directory = tmp_path / "broker"
    orphan = _left_behind(directory, free_port("127.0.0.1"))
    (directory / "nats.pid").unlink()
    watched = Watched(directory)
    try:
        watched.start()
        assert watched.told() == [BrokerEvent.ORPHAN_ENDED, BrokerEvent.STARTED]
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    finally:
        watched.broker.stop()


def test_a_stranger_on_the_store_is_left_alone_and_told_of(tmp_path: Path) -> None:
    directory = tmp_path / "broker"
    directory.mkdir()
    hold = f"import fcntl; file = open({str(directory / 'store.lock')!r}, 'w'); fcntl.flock(file, fcntl.LOCK_EX); "
    command = [sys.executable, "-c", hold + "print('held', flush=True); input()", "-c", str(directory / "nats.conf")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout is not None
        assert stranger.stdout.readline() == b"held\n"
        with pytest.raises(BrokerError, match=r"another program uses .*fuser"):
            BundledBroker(directory).start()
        assert stranger.poll() is None
        stranger.communicate(b"\n", timeout=PATIENCE_SECONDS)


def test_a_lock_that_is_let_go_of_a_moment_late_is_waited_for(tmp_path: Path) -> None:
    """As of a server whose first thread is gone and whose others are not."""
    directory = tmp_path / "broker"
    directory.mkdir()
    lock = FileLock(directory / "store.lock").acquire(complaint="nobody holds it yet")
    later = threading.Timer(0.3, lock.release)
    later.start()
    watched = Watched(directory)
    try:
        watched.start()
        assert watched.told() == [BrokerEvent.STARTED]
    finally:
        later.join()
        watched.broker.stop()


@pytest.mark.parametrize("right_start_time", [True, False])
def test_an_innocent_process_named_by_a_stale_pidfile_lives(tmp_path: Path, *, right_start_time: bool) -> None:
    directory = tmp_path / "broker"
    directory.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        started = psutil.Process(innocent.pid).create_time() - psutil.boot_time()
        record = ProcessRecord(pid=innocent.pid, started_after_boot=started if right_start_time else 1.0)
        (directory / "nats.pid").write_bytes(msgspec.json.encode(record))
        watched = Watched(directory)
        try:
            watched.start()
            assert innocent.poll() is None
            assert watched.told() == [BrokerEvent.STARTED]
        finally:
            watched.broker.stop()
            innocent.communicate(b"\n", timeout=PATIENCE_SECONDS)
    assert innocent.returncode == 0


def test_a_server_with_our_command_line_is_ended_only_if_the_start_time_agrees(tmp_path: Path) -> None:
    config, pidfile = tmp_path / "nats.conf", tmp_path / "nats.pid"
    config.write_text('{"host": "127.0.0.1", "port": -1}')
    command = [str(find_nats_server()), "-c", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        started = psutil.Process(server.pid).create_time() - psutil.boot_time()
        pidfile.write_bytes(msgspec.json.encode(ProcessRecord(pid=server.pid, started_after_boot=started - 60)))
        assert end_orphan(pidfile, config) is None
        assert server.poll() is None
        assert not pidfile.exists()
        pidfile.write_bytes(msgspec.json.encode(ProcessRecord(pid=server.pid, started_after_boot=started)))
        assert end_orphan(pidfile, config) == server.pid
        assert server.wait(PATIENCE_SECONDS) is not None


def test_an_orphan_that_nobody_reaps_counts_as_ended(tmp_path: Path) -> None:
    config, pidfile = tmp_path / "nats.conf", tmp_path / "nats.pid"
    config.write_text('{"host": "127.0.0.1", "port": -1}')
    careless = '"$0" -c "$1" >/dev/null 2>&1 & echo $!; exec sleep 60'
    command = ["sh", "-c", careless, str(find_nats_server()), str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        wait_until(lambda: orphan.cmdline()[1:] == ["-c", str(config)], "nats-server to be what runs")
        started = orphan.create_time() - psutil.boot_time()
        pidfile.write_bytes(msgspec.json.encode(ProcessRecord(pid=orphan.pid, started_after_boot=started)))
        assert end_orphan(pidfile, config) == orphan.pid
        assert orphan.status() == psutil.STATUS_ZOMBIE
        parent.kill()


@pytest.mark.parametrize(
    "content", [b"", b"not json", b'{"pid": -1, "started_after_boot": 1.0}', b'{"pid": 4000000000}']
)
def test_a_damaged_pidfile_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    directory = tmp_path / "broker"
    directory.mkdir()
    (directory / "nats.pid").write_bytes(content)
    watched = Watched(directory)
    try:
        watched.start()
        assert watched.told() == [BrokerEvent.STARTED]
    finally:
        watched.broker.stop()
