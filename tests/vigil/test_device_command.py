"""`vigil device add | revoke | list`: with a running Vigil, without one, and beside the broker of a killed one."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from domain.broker_address import BrokerAddress
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import (
    Device,
    Process,
    RunningService,
    SetClock,
    one_sentence,
    vigil,
    vigil_here,
    write_site,
)
from vigil.broker_process import free_port, may_log_in
from vigil.commands import device as command
from vigil.commands.device import Place, add

SCAN = "vigil/v1/hq/phone/scan"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningService]:
    with RunningService(tmp_path, None, SetClock()) as running:
        yield running


def device(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return vigil_here("device", *options(*arguments), cwd=folder)


def device_beside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same as a process of its own, as it comes to a Vigil that runs."""
    return vigil("device", *options(*arguments), cwd=folder)


def options(*arguments: str) -> tuple[str, ...]:
    site = ("--config", "config") if arguments[0] == "add" else ()
    return (*arguments, "--data", "data", *site)


def told(answer: "subprocess.CompletedProcess[str]") -> dict[str, object]:
    assert answer.returncode == 0, answer.stderr
    said: dict[str, object] = json.loads(answer.stdout)
    return said


def test_a_device_is_let_in_and_cut_off_while_vigil_runs(tmp_path: Path, running: RunningService) -> None:
    made = told(device_beside(tmp_path, "add", "hq", "phone", "--json"))
    assert (made["site"], made["device"], made["username"], made["in_force"]) == ("hq", "phone", "phone", True)
    own = running.started.broker.with_login(str(made["username"]), str(made["password"]))
    with MqttClient(own, str(made["client_id"])) as link:
        identity = Device(link, "phone").scan(running.clock())
        journal = running.service.journal
        wait_until(lambda: identity in {record.identity for record in journal.read(0, 100)}, "the scan in the journal")
        revoked = told(device_beside(tmp_path, "revoke", "hq", "phone", "--json"))
        assert revoked["in_force"] is True
        # The command answers once the broker has loaded the list, and the link goes with that.
        wait_until(lambda: link.paho.socket() is None, "the link to be cut")
    assert not may_log_in(own)
    listed = device_beside(tmp_path, "list", "--json")
    (row,) = json.loads(listed.stdout)["devices"]
    assert (row["site"], row["device"], row["revoked_at"]) == ("hq", "phone", revoked["revoked_at"])
    assert set(row) == {"site", "device", "made_at", "revoked_at"}
    assert "vigil_broker_refusals" in running.api._client.get("/metrics").text


def test_people_are_told_the_password_once_and_what_to_do_with_it(tmp_path: Path) -> None:
    write_site(tmp_path / "config")
    answer = device(tmp_path, "add", "hq", "phone")
    assert answer.returncode == 0, answer.stderr
    for words in (
        "user name  phone",
        "shown only this once",
        "vigil/v1/hq/phone/receipt",
        "it holds from the next start",
    ):
        assert words in answer.stdout
    password = answer.stdout.split("password")[1].split()[0]
    listed = device(tmp_path, "list")
    assert "phone" in listed.stdout
    assert password not in listed.stdout
    assert password not in (tmp_path / "data" / "broker" / "devices.json").read_text()
    assert "is revoked" in device(tmp_path, "revoke", "hq", "phone").stdout


def test_a_credential_made_before_the_first_start_opens_from_then_on(tmp_path: Path) -> None:
    write_site(tmp_path / "config")
    made = told(device(tmp_path, "add", "hq", "phone", "--json"))
    assert made["in_force"] is False
    with RunningService(tmp_path, None, SetClock()) as running:
        assert may_log_in(running.started.broker.with_login("phone", str(made["password"])))
        assert not may_log_in(running.started.broker.with_login("phone", "wrong"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "hq", "nobody"), "device 'nobody' is not configured at site 'hq' (there are phone, ctl, gw)"),
        (("add", "annex", "phone"), "site 'annex' is not configured (there are hq)"),
        (("add", "hq", "collector", "--no-check"), "'collector' is a user of the broker itself"),
        (("add", "hq", "a b", "--no-check"), "device 'a b' is not an id"),
        (("revoke", "hq", "phone"), "device 'hq/phone' has no credential of its own; these have: none"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    write_site(tmp_path / "config")
    (tmp_path / "data").mkdir()
    answer = device(tmp_path, *arguments)
    assert answer.returncode == 2
    assert one_sentence(answer.stderr), answer.stderr
    assert said in answer.stderr
    assert not (tmp_path / "data" / "broker" / "devices.json").exists()


def test_a_device_can_come_before_its_configuration(tmp_path: Path) -> None:
    write_site(tmp_path / "config")
    assert told(device(tmp_path, "add", "hq", "phone-9", "--no-check", "--json"))["username"] == "phone-9"
    again = device(tmp_path, "add", "hq", "phone-9", "--no-check")
    assert (again.returncode, "--replace" in again.stderr) == (2, True)
    assert told(device(tmp_path, "add", "hq", "phone-9", "--no-check", "--replace", "--json"))["device"] == "phone-9"


def test_a_named_broker_has_users_of_its_own(tmp_path: Path) -> None:
    answer = vigil_here("device", "list", cwd=tmp_path, VIGIL_BROKER="mqtt://broker")
    assert (answer.returncode, one_sentence(answer.stderr)) == (2, True)
    assert "which has users of its own" in answer.stderr


@pytest.mark.parametrize("arguments", [("list",), ("revoke", "hq", "phone")])
def test_a_folder_that_is_not_there_is_named_and_not_made(arguments: tuple[str, ...], tmp_path: Path) -> None:
    answer = device(tmp_path, *arguments)
    assert (answer.returncode, one_sentence(answer.stderr)) == (2, True)
    assert "data is not a folder" in answer.stderr
    assert not (tmp_path / "data").exists()


def test_revoking_ends_the_broker_that_a_killed_vigil_left_behind(tmp_path: Path) -> None:
    """It would go on letting the device in, and nobody would tell it."""
    write_site(tmp_path / "config")
    port = free_port("127.0.0.1")
    with Process(
        "serve", "--port", "0", "--mqtt-port", str(port), "--data", "data", "--config", "config", cwd=tmp_path
    ) as serving:
        serving.wait_for("Vigil is running")
        made = told(device(tmp_path, "add", "hq", "phone", "--json"))
        own = BrokerAddress("127.0.0.1", port, "phone", str(made["password"]))
        orphan = psutil.Process(serving.pid).children()[0]
        serving.end(signal.SIGKILL)
    try:
        assert may_log_in(own), "the broker is not there: the test shows nothing"
        assert told(device(tmp_path, "add", "hq", "ctl", "--json"))["in_force"] is False
        assert may_log_in(own), "adding ends nothing"
        assert told(device(tmp_path, "revoke", "hq", "phone", "--json"))["in_force"] is True
        assert not may_log_in(own)
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    finally:
        if orphan.is_running():
            orphan.kill()


def test_a_broker_that_does_not_load_the_change_is_a_problem_that_was_found(
    tmp_path: Path, running: RunningService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "LOAD_SECONDS", 0.2)
    monkeypatch.setattr("vigil.device_credentials.DeviceCredentials.is_in_force", lambda _: False)
    place = Place(data=str(tmp_path / "data"), config=str(tmp_path / "config"))
    assert add(place, "hq", "phone", replace=False, check=True, as_json=False) == 1
    assert "has not loaded it" in capsys.readouterr().out


def test_the_shared_login_can_be_switched_off(tmp_path: Path) -> None:
    with RunningService(tmp_path, None, SetClock(), shared_device_login=False) as running:
        assert running.started.devices.username is None
        secrets = json.loads((tmp_path / "data" / "broker" / "passwords.json").read_text())
        assert not may_log_in(running.started.broker.with_login("devices", secrets["devices"]))
        assert may_log_in(running.started.broker.with_login("panels", secrets["panels"]))
