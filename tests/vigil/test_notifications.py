"""From an alarm to whoever must know, through real receivers: exactly what they should get, once per id."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from domain.instant import SECOND
from tests.brokers import RunningBroker, wait_until
from tests.mqtt_clients import MqttClient
from tests.notify.receivers import HttpReceiver, Mailbox, http_receiver, says, smtp_server
from tests.vigil.running_service import Device, RunningService, SetClock, vigil_here, write_site

SECRET = "whsec_" + "c2VjcmV0" * 4
TELLING = """\
channels:
  room: {{kind: webhook, url: "{url}", secrets: [{{file: keys/room}}], allow_hosts: [127.0.0.1]}}
  mail:
    {{kind: email, host: 127.0.0.1, port: {port}, security: none, sender: v@example.com,
     recipients: {{duty: [duty@example.com]}}}}
notification:
  routes:
    - {{id: room, to: [room], rules: [forced]}}
    - {{id: mail, to: [mail/duty], sites: [hq]}}
    - {{id: own, to: [mail/duty], sites: [vigil]}}
"""


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as started:
        yield started


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, receiver: HttpReceiver, mailbox: Mailbox) -> Path:
    write_site(tmp_path / "config")
    (tmp_path / "config" / "telling.yaml").write_text(TELLING.format(url=receiver.url, port=mailbox.port))
    (tmp_path / "data" / "keys").mkdir(parents=True)
    key = tmp_path / "data" / "keys" / "room"
    key.touch(0o600)
    key.write_text(SECRET)
    return tmp_path


@pytest.fixture
def controller(mosquitto_broker: RunningBroker) -> Iterator[Device]:
    with MqttClient(mosquitto_broker.devices, "devices") as client:
        yield Device(client, "ctl")


def notified(running: RunningService, alarm: str, recipient: str) -> list[dict[str, Any]]:
    """What the API tells about one recipient of an alarm, oldest first."""
    items = running.api.items(f"alarms/{alarm}/notifications")
    return [item for item in reversed(items) if item["notification"]["recipient"] == recipient]


def forced(running: RunningService, controller: Device) -> str:
    """Break the door open, and let the group's wait pass; gives the alarm."""
    controller.access(running.clock.at, "opened")
    alarm = str(running.api.wait_for("alarms", 1, rule="forced")[0]["id"])
    running.settle()
    running.clock.at += 31 * SECOND
    return alarm


def test_each_is_told_once_and_it_is_seen_who_was_and_a_restart_tells_nobody_again(
    mosquitto_broker: RunningBroker, folder: Path, controller: Device, receiver: HttpReceiver, mailbox: Mailbox
) -> None:
    clock = SetClock()
    with RunningService(folder, mosquitto_broker.collector, clock) as running:
        alarm = forced(running, controller)
        wait_until(lambda: bool(receiver.received and mailbox.mails), "both to be told")
        (room,) = receiver.received
        body = Webhook(SECRET).verify(room.body, room.headers)
        assert [each["alarm"] for each in body["data"]["alarms"]] == [alarm]
        ((to, mail),) = mailbox.mails
        assert (to, mail["Subject"].split(" / ")[0]) == (
            ["duty@example.com"],
            "[high] Headquarters: Back door forced open",
        )
        history = (folder / "data" / "history").read_text()
        wait_until(lambda: notified(running, alarm, "room")[-1]["message"]["state"] == "sent", "the receipt")
        waited, told = notified(running, alarm, "room")
        assert (waited["notification"]["reason"], waited["message"]) == ("grouped", None)
        assert (told["notification"]["reason"], told["message"]["detail"]) == ("news", "HTTP 204")
        assert room.headers["webhook-id"] == f"{history}-{told['message']['id']}"
        assert mail["Message-ID"].startswith(f"<{history}-notice-")
        token = running.token
    clock.at += 60 * SECOND
    with RunningService(folder, mosquitto_broker.collector, clock, token) as running:
        running.settle()
        # The door is still open and Vigil was away, which is new: the console alone may still have to say it.
        waiting = running.api.items("outbox", state="waiting")
        assert {message["channel"] for message in waiting} <= {"console"}, waiting
        assert notified(running, alarm, "room") == [waited, told]
    assert (len(receiver.received), len(mailbox.mails)) == (1, 1)


def test_a_receiver_that_fails_does_not_touch_the_alarm_and_gets_the_same_message_later(
    mosquitto_broker: RunningBroker, folder: Path, controller: Device, receiver: HttpReceiver, mailbox: Mailbox
) -> None:
    receiver.answer = says(500, b"oops")
    with RunningService(folder, mosquitto_broker.collector, SetClock()) as running:
        alarm = forced(running, controller)
        wait_until(lambda: bool(receiver.received and mailbox.mails), "both to be tried")
        accepted = running.api.post(f"alarms/{alarm}/acknowledge", {})
        assert accepted["alarm"]["acknowledgement"] == "acked"
        receiver.answer = says(200)
        wait_until(lambda: notified(running, alarm, "room")[-1]["message"]["state"] == "sent", "the room to be told")
        message = notified(running, alarm, "room")[-1]["message"]["id"]
        attempts = running.api.get(f"outbox/{message}")["attempts"]
        assert [each["verdict"] for each in attempts] == ["retry"] * (len(attempts) - 1) + ["sent"]
        assert attempts[0]["detail"] == "HTTP 500: oops"
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1
    assert len({got.body for got in receiver.received}) == 1


def test_what_is_refused_raises_an_alarm_others_are_told_of_and_can_be_sent_again(
    mosquitto_broker: RunningBroker, folder: Path, controller: Device, receiver: HttpReceiver, mailbox: Mailbox
) -> None:
    receiver.answer = says(410)
    with RunningService(folder, mosquitto_broker.collector, SetClock()) as running:
        api = running.api
        alarm = forced(running, controller)
        own = api.wait_for("alarms", 1, rule="vigil-channel-fails")[0]
        assert (own["subject"], own["condition"]) == ({"kind": "channel", "id": "room"}, "active")
        running.settle()
        running.clock.at += 31 * SECOND
        wait_until(lambda: any("room" in mail["Subject"] for _, mail in mailbox.mails), "the others to be told")
        (refused,) = api.items("outbox", state="refused")
        assert refused["id"] == notified(running, alarm, "room")[-1]["notification"]["notice"]
        receiver.answer = says(200)
        api.post(f"outbox/{refused['id']}/resend", {})
        wait_until(lambda: api.get(f"outbox/{refused['id']}")["message"]["state"] == "sent", "it to go out")
        wait_until(lambda: api.get(f"alarms/{own['id']}")["condition"] == "inactive", "the alarm to clear")
        assert api.post(f"outbox/{refused['id']}/resend", {}, 409)["code"] == "message_not_refused"
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1


def test_a_channel_can_be_tried(folder: Path, receiver: HttpReceiver, mailbox: Mailbox) -> None:
    places = ("--data", str(folder / "data"), "--config", str(folder / "config"))
    tried = vigil_here("notify", "test", "room", *places, cwd=folder)
    assert (tried.returncode, tried.stdout) == (0, "room: sent (HTTP 204)\n")
    assert b"Test of a notification channel" in receiver.received[0].body
    as_json = vigil_here("notify", "test", "mail/duty", *places, "--json", cwd=folder)
    assert json.loads(as_json.stdout) == {"recipient": "mail/duty", "verdict": "sent", "detail": "accepted"}
    receiver.answer = says(503)
    assert vigil_here("notify", "test", "room", *places, cwd=folder).returncode == 1
    unknown = vigil_here("notify", "test", "rome", *places, cwd=folder)
    assert (unknown.returncode, "known are mail, room" in unknown.stderr) == (2, True)


def test_without_its_secret_nothing_starts_and_the_remedy_is_told(folder: Path) -> None:
    (folder / "data" / "keys" / "room").unlink()
    started = vigil_here(
        "notify", "test", "room", "--data", str(folder / "data"), "--config", str(folder / "config"), cwd=folder
    )
    assert started.returncode == 2
    assert "channel 'room' finds no secret in file" in started.stderr
