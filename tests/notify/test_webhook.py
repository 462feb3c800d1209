"""The webhook sender against a real receiver: signed as the standard says, judged by the answer, bounded in all."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler

import msgspec
import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook, WebhookVerificationError

from domain.text import Text
from notify.sender import Attempt, Verdict
from notify.settings import WebhookChannel
from notify.webhook import MOST_REDIRECTS, WebhookSender
from tests.brokers import PATIENCE_SECONDS
from tests.notify.receivers import HttpReceiver, Received, http_receiver, says
from tests.samples import a_notice, an_alarm

OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
PAYLOAD = msgspec.json.encode(a_notice())


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as started:
        yield started


def sender(url: str, *secrets: str, seconds: float = 5.0, allow: tuple[str, ...] = ("127.0.0.1",)) -> WebhookSender:
    settings = WebhookChannel(url=url, secrets=(), allow_hosts=allow)
    return WebhookSender("hook", settings, secrets or (NEW,), "abcd1234", seconds=seconds)


def send(url: str, *secrets: str, seconds: float = 5.0, allow: tuple[str, ...] = ("127.0.0.1",)) -> Attempt:
    return sender(url, *secrets, seconds=seconds, allow=allow).send("notice-1", "hook", PAYLOAD, retain=False)


def test_a_receiver_that_follows_the_standard_believes_it_with_either_secret(receiver: HttpReceiver) -> None:
    assert send(receiver.url, NEW, OLD) == Attempt(Verdict.SENT, "HTTP 204")
    [got] = receiver.received
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(got.body, got.headers) == json.loads(got.body)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "Zm9v" * 8).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(got.body + b" ", got.headers)


def test_the_id_names_the_history_and_stays_the_same(receiver: HttpReceiver) -> None:
    receiver.answer = says(503)
    for _ in range(2):
        send(receiver.url)
    assert [got.headers["webhook-id"] for got in receiver.received] == ["abcd1234-notice-1"] * 2


def test_the_body_says_which_alarms_and_why(receiver: HttpReceiver) -> None:
    send(receiver.url)
    said = json.loads(receiver.received[0].body)
    assert (said["type"], said["timestamp"]) == ("vigil.notification", "2027-01-15T08:00:00Z")
    [alarm] = said["data"]["alarms"]
    assert alarm["name"] == {"en": "Door d1 forced open", "zh": "d1 门被强行打开"}
    assert (alarm["priority"], alarm["raised_at"], alarm["cleared_at"]) == ("high", "2027-01-15T08:00:00Z", None)
    assert receiver.received[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, "sent") for status in (200, 202)),
        *((status, "retry") for status in (301, 401, 404, 429, 500, 503)),
        *((status, "refused") for status in (400, 410, 413, 422)),
    ],
)
def test_what_the_receiver_says_decides(receiver: HttpReceiver, status: int, verdict: str) -> None:
    receiver.answer = says(status, b"no\x1b[31m way")
    attempt = send(receiver.url)
    assert attempt.verdict == verdict
    assert attempt.detail == (f"HTTP {status}" if verdict == "sent" else f"HTTP {status}: no [31m way")


def test_a_receiver_that_says_nothing_costs_no_more_than_the_deadline(receiver: HttpReceiver) -> None:
    release = threading.Event()

    def say_nothing(*_: object) -> None:
        release.wait(PATIENCE_SECONDS)

    receiver.answer = say_nothing
    attempt = send(receiver.url, seconds=0.2)
    release.set()
    assert (attempt.verdict, attempt.detail.split(":")[0]) == (Verdict.RETRY, "ReadTimeout")


def test_a_receiver_that_drips_costs_no_more_than_the_deadline(receiver: HttpReceiver) -> None:
    """Each byte comes in time for a socket's timeout, and the answer never ends."""
    stop = threading.Event()

    def drip(_: Received, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.02):
            try:
                handler.wfile.write(b"X-More: y\r\n")
                handler.wfile.flush()
            except OSError:
                return

    receiver.answer = drip
    began = datetime.now(UTC)
    attempt = send(receiver.url, seconds=0.3)
    stop.set()
    assert attempt.verdict is Verdict.RETRY
    assert (datetime.now(UTC) - began).total_seconds() < 3


def test_a_redirect_that_keeps_the_request_is_followed(receiver: HttpReceiver) -> None:
    def once(got: Received, handler: BaseHTTPRequestHandler) -> None:
        (says(307, Location="/there") if got.path == "/hook" else says(200))(got, handler)

    receiver.answer = once
    assert send(receiver.url).verdict is Verdict.SENT
    assert [got.path for got in receiver.received] == ["/hook", "/there"]
    assert receiver.received[0].body == receiver.received[1].body


def test_a_redirect_loop_ends(receiver: HttpReceiver) -> None:
    receiver.answer = says(308, Location="/hook")
    assert send(receiver.url) == Attempt(Verdict.RETRY, f"more than {MOST_REDIRECTS} redirects")
    assert len(receiver.received) == MOST_REDIRECTS + 1


def test_a_redirect_to_a_private_address_is_not_followed(receiver: HttpReceiver) -> None:
    receiver.answer = says(307, Location=f"http://localhost:{receiver.port}/metadata")
    attempt = send(receiver.url)
    assert attempt.verdict is Verdict.REFUSED
    assert "localhost is at " in attempt.detail
    assert [got.path for got in receiver.received] == ["/hook"]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1/", ""])
def test_a_redirect_to_nowhere_is_an_answer_like_others(receiver: HttpReceiver, location: str) -> None:
    receiver.answer = says(307, Location=location) if location else says(307)
    assert send(receiver.url) == Attempt(Verdict.RETRY, "HTTP 307")


def test_a_private_address_is_refused_before_anything_is_sent(receiver: HttpReceiver) -> None:
    for url in (receiver.url, f"http://localhost:{receiver.port}/", f"http://[::ffff:127.0.0.1]:{receiver.port}/"):
        attempt = send(url, allow=())
        assert attempt.verdict is Verdict.REFUSED
        assert "no public address" in attempt.detail
    assert receiver.received == []


def test_nobody_there_and_no_such_name_are_tried_again(receiver: HttpReceiver) -> None:
    port = receiver.port
    receiver.close()
    assert send(f"http://127.0.0.1:{port}/").verdict is Verdict.RETRY
    unknown = send("https://nowhere.invalid/hook")
    assert (unknown.verdict, "nowhere.invalid cannot be resolved" in unknown.detail) == (Verdict.RETRY, True)


def test_a_payload_of_another_release_is_refused() -> None:
    attempt = sender("http://127.0.0.1:1/").send("m", "hook", b"{}", retain=False)
    assert (attempt.verdict, attempt.detail[:13]) == (Verdict.REFUSED, "payload of m:")


def test_text_from_devices_stays_text(receiver: HttpReceiver) -> None:
    evil = '"}]<script>\r\nX: y\u202e'
    alarm = replace(an_alarm(), name=Text(evil, evil))
    sender(receiver.url).send("m", "hook", msgspec.json.encode(a_notice("m", "hook", alarm)), retain=False)
    assert json.loads(receiver.received[0].body)["data"]["alarms"][0]["name"]["en"] == evil
