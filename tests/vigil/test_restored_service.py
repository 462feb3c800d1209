"""The whole way with the real commands: serve, back up meanwhile, stop, restore elsewhere, serve on."""

from contextlib import ExitStack
from pathlib import Path

import msgspec

from domain.broker_address import BrokerAddress
from runtime.clock import wall_clock
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import Api, Device, Process, vigil_here, write_site
from vigil.broker_config import DEVICES, load_or_create_secrets
from vigil.broker_process import free_port


def serve(folder: Path, data: str, mqtt_port: int, stack: ExitStack) -> tuple[Process, str]:
    ports = ("--port", "0", "--mqtt-port", str(mqtt_port))
    process = stack.enter_context(Process("serve", "--data", data, *ports, cwd=folder))
    return process, process.wait_for(r"Vigil is running: (\S+)")


def test_a_backup_of_a_running_service_brings_it_back_with_its_token_and_its_devices(tmp_path: Path) -> None:
    write_site(tmp_path / "config")
    mqtt_port = free_port("127.0.0.1")
    with ExitStack() as stack:
        process, url = serve(tmp_path, "data", mqtt_port, stack)
        token = process.wait_for(r"API token, shown only this once: (\S+)")
        api = Api(url, token)
        wait_until(lambda: api.readyz() == 200, "readiness")
        passwords = load_or_create_secrets(tmp_path / "data" / "broker" / "passwords.json")
        devices = BrokerAddress("127.0.0.1", mqtt_port, DEVICES, passwords.devices)
        with MqttClient(devices, "devices") as client:
            Device(client, "ctl").access(wall_clock(), "opened")
        (alarm,) = api.wait_for("alarms", 1, rule="forced")
        assert vigil_here("verify", "--data", "data", cwd=tmp_path).returncode == 0
        backup = vigil_here("backup", "saved", "--data", "data", "--json", cwd=tmp_path)
        assert backup.returncode == 0, backup.stdout + backup.stderr
        assert msgspec.json.decode(backup.stdout)["flaws"] == []
        api.close()
        process.end()
    restored = vigil_here("restore", "saved", "--data", "new", cwd=tmp_path)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    with ExitStack() as stack:
        process, url = serve(tmp_path, "new", mqtt_port, stack)
        api = Api(url, token)
        stack.callback(api.close)
        wait_until(lambda: api.readyz() == 200, "readiness")
        assert [each["id"] for each in api.items("alarms", rule="forced")] == [alarm["id"]]
        with MqttClient(devices, "devices") as client:
            Device(client, "ctl", boot="b2").access(wall_clock(), "closed")
        wait_until(lambda: api.get(f"alarms/{alarm['id']}")["condition"] == "inactive", "the alarm to clear")
        process.end()
    for check in (("verify", "--replay"), ("replay", "--compare")):
        answer = vigil_here(*check, "--data", "new", cwd=tmp_path)
        assert answer.returncode == 0, answer.stdout + answer.stderr
