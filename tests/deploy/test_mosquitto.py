"""Mosquitto under our configuration and start script, on a free port, as the container would start it."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.directory import MessageKind
from tests.architecture.source_tree import ROOT
from tests.brokers import PATIENCE_SECONDS

FOLDER = ROOT / "deploy" / "mosquitto"
# Debian keeps the broker outside an ordinary user's path.
PATH = os.environ["PATH"] + os.pathsep + "/usr/sbin"
SECRET = "only-for-this-test"


@dataclass
class Broker:
    data: Path
    devices: int
    vigil: int
    environment: dict[str, str]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(opened.getsockname()[1]) for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def write_configuration(folder: Path, devices: int, vigil: int) -> Path:
    """Our files with the container's folders and ports replaced, and with the user that the test runs as."""
    text = (FOLDER / "mosquitto.conf").read_text(encoding="utf-8")
    text = text.replace("/mosquitto/data", str(folder)).replace("/mosquitto/config", str(FOLDER))
    text = text.replace("listener 1883", f"listener {devices} 127.0.0.1").replace(
        "listener 1884", f"listener {vigil} 127.0.0.1"
    )
    path = folder / "mosquitto.conf"
    path.write_text(f"{text}\nuser root\n", encoding="utf-8")
    return path


def add_device(broker_data: Path, name: str) -> None:
    command = ["mosquitto_passwd", "-b", str(broker_data / "passwords"), name, SECRET]
    subprocess.run(command, check=True, env={"PATH": PATH})


def start(broker: Broker) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [FOLDER / "start.sh"], env=broker.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if line.rstrip().endswith("running"):
            return process
    stop(process)
    pytest.fail("mosquitto did not start: " + "".join(said))


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if not (shutil.which("mosquitto", path=PATH) and shutil.which("mosquitto_sub", path=PATH)):
        message = "mosquitto and mosquitto-clients are not installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    data = tmp_path_factory.mktemp("mosquitto")
    devices, vigil = free_ports(2)
    environment = {
        "PATH": PATH,
        "VIGIL_MQTT_PASSWORD": SECRET,
        "MOSQUITTO_DATA": str(data),
        "MOSQUITTO_CONFIG": str(write_configuration(data, devices, vigil)),
        "XDG_CONFIG_HOME": str(data / "health"),
    }
    (data / "passwords").touch(mode=0o600)
    for name in ("gate-1", "gate-2"):
        add_device(data, name)
    broker = Broker(data, devices, vigil, environment)
    process = start(broker)
    yield broker
    stop(process)


@dataclass
class Link:
    """A client whose steps can be waited for."""

    client: Client
    wanted: int = 1
    answer: list[ReasonCode] = field(default_factory=list)
    session: bool = False
    heard: list[bytes] = field(default_factory=list)
    said: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    got: threading.Event = field(default_factory=threading.Event)

    def on_connect(self, _c: Client, _d: object, flags: ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        self.answer.append(code)
        self.session = flags.session_present
        self.said.set()

    def on_disconnect(self, _c: Client, _d: object, _f: DisconnectFlags, _r: ReasonCode, _p: Properties | None) -> None:
        self.gone.set()

    def on_message(self, _c: Client, _d: object, message: MQTTMessage) -> None:
        self.heard.append(bytes(message.payload))
        if len(self.heard) == self.wanted:
            self.got.set()

    def accepted(self) -> bool:
        assert self.said.wait(PATIENCE_SECONDS)
        return not self.answer[0].is_failure

    def publish(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE_SECONDS)


def connect(port: int, client_id: str, user: str | None, password: str = SECRET, wanted: int = 1) -> Link:
    client = Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False, reconnect_on_failure=False)
    link = Link(client, wanted)
    client.on_connect = link.on_connect
    client.on_disconnect = link.on_disconnect
    client.on_message = link.on_message
    if user is not None:
        client.username_pw_set(user, password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return link


def disconnect(*links: Link) -> None:
    for link in links:
        link.client.disconnect()
        link.client.loop_stop()
        link.client.reinitialise()


def subscribe(link: Link, topic: str) -> None:
    subscribed = threading.Event()
    link.client.on_subscribe = lambda *_: subscribed.set()
    link.client.subscribe(topic, qos=1)
    assert subscribed.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(("user", "password"), [(None, ""), ("vigil", "wrong"), ("vigil", ""), ("nobody", SECRET)])
def test_nobody_comes_in_without_the_right_password(broker: Broker, user: str | None, password: str) -> None:
    for port in (broker.devices, broker.vigil):
        link = connect(port, "stranger", user, password)
        assert not link.accepted()
        disconnect(link)


def test_the_health_check_of_the_compose_file_succeeds(broker: Broker) -> None:
    command = ["mosquitto_sub", "-p", str(broker.vigil), "-t", "$SYS/broker/uptime", "-C", "1", "-W", "5"]
    result = subprocess.run(command, env=broker.environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "seconds" in result.stdout


def test_a_device_speaks_for_itself_alone(broker: Broker) -> None:
    listener = connect(broker.vigil, "listener", "vigil")
    assert listener.accepted()
    subscribe(listener, "vigil/v1/#")
    device = connect(broker.devices, "gate-1", "gate-1")
    assert device.accepted()
    device.publish("vigil/v1/tower/gate-2/access", b"forged")
    # Some versions end the link of a device that was refused, so it comes back for its own message.
    disconnect(device)
    device = connect(broker.devices, "gate-1", "gate-1")
    assert device.accepted()
    device.publish("vigil/v1/tower/gate-1/access", b"own")
    assert listener.got.wait(PATIENCE_SECONDS)
    assert listener.heard == [b"own"]
    disconnect(device, listener)


def test_a_device_may_say_the_kinds_that_vigil_hears_and_nothing_else(broker: Broker) -> None:
    """What is granted and heard by nobody would be acknowledged and gone."""
    listener = connect(broker.vigil, "listener", "vigil", wanted=len(MessageKind))
    assert listener.accepted()
    subscribe(listener, "vigil/v1/#")
    for level in ("scann", "receipt", "scan/more", *MessageKind):
        device = connect(broker.devices, "gate-1", "gate-1")
        assert device.accepted()
        device.publish(f"vigil/v1/tower/gate-1/{level}", level.encode())
        disconnect(device)
    assert listener.got.wait(PATIENCE_SECONDS)
    assert listener.heard == [kind.encode() for kind in MessageKind]
    disconnect(listener)


def test_a_device_hears_its_receipts(broker: Broker) -> None:
    vigil, device = connect(broker.vigil, "receipts", "vigil"), connect(broker.devices, "gate-1", "gate-1")
    assert vigil.accepted()
    assert device.accepted()
    subscribe(device, "vigil/v1/tower/gate-1/receipt")
    vigil.publish("vigil/v1/tower/gate-1/receipt", b"stored")
    assert device.got.wait(PATIENCE_SECONDS)
    assert device.heard == [b"stored"]
    disconnect(vigil, device)


def test_a_borrowed_client_id_takes_nobodys_session(broker: Broker) -> None:
    rightful = connect(broker.devices, "gate-1", "gate-1")
    assert rightful.accepted()
    thief = connect(broker.devices, "gate-1", "gate-2")
    assert thief.accepted()
    # An answer to the rightful device shows that its link still stands; nothing has to be waited out.
    subscribe(rightful, "vigil/v1/tower/gate-1/receipt")
    assert not rightful.gone.is_set()
    assert not thief.session
    disconnect(thief, rightful)


def test_two_sessions_of_vigil_live_side_by_side(broker: Broker) -> None:
    events, readings = (connect(broker.vigil, f"vigil-{lane}", "vigil") for lane in ("events", "readings"))
    assert events.accepted()
    assert readings.accepted()
    subscribe(events, "vigil/v1/+/+/scan")
    subscribe(readings, "vigil/v1/+/+/readings")
    assert not events.gone.is_set()
    disconnect(events, readings)


def test_the_backlog_has_no_silent_limit(broker: Broker) -> None:
    """Mosquitto's default would drop what goes beyond 1000 queued messages."""
    count = 1500
    away = connect(broker.vigil, "away", "vigil")
    assert away.accepted()
    subscribe(away, "vigil/v1/tower/gate-2/scan")
    disconnect(away)
    device = connect(broker.devices, "gate-2", "gate-2")
    assert device.accepted()
    sent = [device.client.publish("vigil/v1/tower/gate-2/scan", str(n), qos=1) for n in range(count)]
    for message in sent:
        message.wait_for_publish(PATIENCE_SECONDS)
    back = connect(broker.vigil, "away", "vigil", wanted=count)
    assert back.accepted()
    assert back.session
    assert back.got.wait(PATIENCE_SECONDS)
    assert back.heard == [str(n).encode() for n in range(count)]
    disconnect(device, back)


def test_passwords_are_stored_as_hashes_and_a_restart_keeps_devices(broker: Broker) -> None:
    lines = (broker.data / "passwords").read_text(encoding="utf-8").splitlines()
    assert sorted(line.split(":")[0] for line in lines) == ["gate-1", "gate-2", "health", "vigil"]
    assert all(line.split(":")[1].startswith("$") for line in lines)
    assert SECRET not in "".join(lines)


def test_it_does_not_start_without_a_password(broker: Broker) -> None:
    environment = broker.environment | {"VIGIL_MQTT_PASSWORD": ""}
    result = subprocess.run([FOLDER / "start.sh"], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "set VIGIL_MQTT_PASSWORD" in result.stderr
