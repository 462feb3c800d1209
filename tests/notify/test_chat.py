"""Chat services by Apprise, against a receiver that plays one: the text arrives, and the URL is nowhere told."""

import json
from collections.abc import Iterator

import msgspec
import pytest

from notify.chat import ChatSender
from notify.sender import Attempt, Verdict
from notify.settings import Language
from tests.notify.receivers import HttpReceiver, http_receiver, says
from tests.samples import a_notice

PAYLOAD = msgspec.json.encode(a_notice("n", "chat/night"))


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as started:
        yield started


def sender(receiver: HttpReceiver) -> ChatSender:
    urls = {"night": f"json://127.0.0.1:{receiver.port}/secret-token"}
    return ChatSender("chat", urls, Language.ZH)


def test_a_notice_arrives(receiver: HttpReceiver) -> None:
    assert sender(receiver).send("n", "chat/night", PAYLOAD, retain=False) == Attempt(Verdict.SENT)
    said = json.loads(receiver.received[0].body)
    assert said["title"] == "[高] 塔楼：d1 门被强行打开"
    assert "无授权开门" in said["message"]
    assert said["type"] == "failure"


def test_a_service_that_refuses_is_tried_again_and_its_url_is_not_told(receiver: HttpReceiver) -> None:
    receiver.answer = says(500)
    attempt = sender(receiver).send("n", "chat/night", PAYLOAD, retain=False)
    assert attempt == Attempt(Verdict.RETRY, "the service did not take it")


def test_a_recipient_that_is_gone_and_a_payload_of_another_release_are_refused(receiver: HttpReceiver) -> None:
    chat = sender(receiver)
    assert chat.send("n", "chat/gone", PAYLOAD, retain=False).verdict is Verdict.REFUSED
    assert chat.send("n", "chat/night", b"[]", retain=False).verdict is Verdict.REFUSED
    assert receiver.received == []


def test_a_url_that_is_none_is_refused_without_telling_it() -> None:
    with pytest.raises(ValueError, match="recipient 'night' of channel 'chat'") as refused:
        ChatSender("chat", {"night": "nonsense-secret"}, Language.EN)
    assert "secret" not in str(refused.value)


def test_the_services_of_chinese_control_rooms_are_known() -> None:
    token = "a" * 64
    urls = {
        "wecom": "wecombot://abcd1234-ab12-ab12-ab12-abcdef123456",
        "dingtalk": f"dingtalk://{token[:20]}",
        "feishu": f"feishu://{token[:36]}",
        "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544",
    }
    assert ChatSender("chat", urls, Language.BOTH).channel == "chat"
