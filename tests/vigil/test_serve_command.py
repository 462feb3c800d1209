"""`vigil serve` as a process: what it says, how it ends, and that being killed costs nothing that was acknowledged."""

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from domain.broker_address import BrokerAddress
from domain.identity import MessageIdentity
from journal.chain import load_or_create_key
from journal.sqlite_archive import SqliteArchive
from runtime.clock import wall_clock
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import Api, Device, Process, one_sentence, vigil, vigil_here, write_site
from vigil.broker_config import DEVICES, load_or_create_secrets
from vigil.broker_process import free_port
from vigil.data_folder import DataFolder

LOGIN = r"/login\?once=\S+"
TOKEN = r"API token, shown only this once: (\S+)"


class Serving:
    """`vigil serve` on its bundled broker, started as often as a test likes."""

    def __init__(self, folder: Path, undo: ExitStack) -> None:
        self.folder = folder
        self._undo = undo
        self.mqtt_port = free_port("127.0.0.1")
        self.token = ""
        self._api: Api | None = None
        write_site(folder / "config")

    def start(self) -> Process:
        ports = ("--port", "0", "--mqtt-port", str(self.mqtt_port))
        process = self._undo.enter_context(Process("serve", *ports, cwd=self.folder))
        url = process.wait_for(r"Vigil is running: (\S+)")
        process.wait_for(LOGIN)
        if not self.token:
            self.token = process.wait_for(TOKEN)
        self._api = Api(url, self.token)
        self._undo.callback(self._api.close)
        wait_until(lambda: self.api.readyz() == 200, f"readiness: {process.err}")
        return process

    @property
    def api(self) -> Api:
        assert self._api is not None
        return self._api

    @property
    def devices(self) -> BrokerAddress:
        passwords = load_or_create_secrets(self.folder / "vigil-data" / "broker" / "passwords.json")
        return BrokerAddress("127.0.0.1", self.mqtt_port, DEVICES, passwords.devices)

    def stored(self) -> set[MessageIdentity]:
        """What the journal holds now, read beside whoever writes it."""
        folder = DataFolder(self.folder / "vigil-data")
        with closing(SqliteArchive(folder.journal, load_or_create_key(folder.journal_key))) as journal:
            return {record.identity for record in journal.read(0, 10_000) if record.identity is not None}

    def broker_processes(self) -> list[int]:
        config = str(self.folder / "vigil-data" / "broker" / "nats.conf")
        found = []
        for process in psutil.process_iter():
            try:
                if config in process.cmdline():
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with ExitStack() as undo:
        serving = Serving(tmp_path, undo)
        yield serving
    for left in serving.broker_processes():
        psutil.Process(left).kill()


@contextmanager
def device_of(serving: Serving, boot: str) -> Iterator[Device]:
    with MqttClient(serving.devices, f"test-{boot}") as client:
        yield Device(client, "phone", boot)


def test_the_token_is_shown_on_the_first_start_only_and_sigterm_ends_it(serving: Serving) -> None:
    first = serving.start()
    assert len(serving.api.get("sites")["items"]) == 1
    assert first.end(seconds=10.0) == 0
    assert first.out == ""
    assert "Traceback" not in first.err
    assert serving.broker_processes() == []
    second = serving.start()
    assert len(serving.api.get("sites")["items"]) == 1
    assert second.end(signal.SIGINT, seconds=10.0) == 0
    assert serving.token not in second.err
    assert "token" not in second.err


def test_killing_it_loses_nothing_that_was_acknowledged(serving: Serving) -> None:
    """Each round is killed right behind the broker's last PUBACK; in the next one everything must be there."""
    acknowledged: set[MessageIdentity] = set()
    orphan: int | None = None
    for number in range(3):
        process = serving.start()
        assert orphan not in serving.broker_processes(), "the broker of the killed run was not ended"
        wait_until(lambda: serving.stored() >= acknowledged, "what was acknowledged before")
        with device_of(serving, f"boot-{number}") as phone:
            for _ in range(30):
                acknowledged.add(phone.scan(wall_clock()))
            process.end(signal.SIGKILL)
            # The broker outlives Vigil: what it takes meanwhile is not lost either.
            acknowledged.add(phone.scan(wall_clock()))
        (orphan,) = serving.broker_processes()
    process = serving.start()
    wait_until(lambda: serving.stored() >= acknowledged, "what was acknowledged before")
    device = serving.api.get("sites/hq/live")["devices"]
    assert [each["online"] for each in device if each["device"] == "phone"] == [True]
    assert process.end() == 0
    compared = vigil_here("replay", "--compare", "--json", cwd=serving.folder)
    assert compared.returncode == 0, compared.stdout
    assert msgspec.json.decode(compared.stdout)["equal"]


def test_a_second_one_on_the_same_folder_or_port_is_refused_with_a_sentence(serving: Serving) -> None:
    serving.start()
    port = serving.api.url.rpartition(":")[2]
    same_folder = vigil("serve", "--port", "0", "--mqtt-port", "0", cwd=serving.folder)
    assert (same_folder.returncode, one_sentence(same_folder.stderr)) == (2, True), same_folder.stderr
    assert "vigil-data" in same_folder.stderr
    same_port = vigil("serve", "--data", "other", "--port", port, "--mqtt-port", "0", cwd=serving.folder)
    assert same_port.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in last_line(same_port.stderr)
    same_broker = vigil(
        "serve", "--data", "third", "--port", "0", cwd=serving.folder, VIGIL_MQTT_PORT=str(serving.mqtt_port)
    )
    assert same_broker.returncode == 2
    assert f"port {serving.mqtt_port}" in last_line(same_broker.stderr)
    assert "Traceback" not in same_port.stderr + same_broker.stderr


def test_it_ends_the_broker_when_it_cannot_go_on(serving: Serving) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = vigil("serve", "--port", port, "--mqtt-port", str(serving.mqtt_port), cwd=serving.folder)
    assert refused.returncode == 2
    assert serving.broker_processes() == []


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]
