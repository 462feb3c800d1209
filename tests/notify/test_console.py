"""The console says one readable line per message, in the operator's language."""

import io

from notify.console import ConsoleSender
from notify.sender import Verdict
from runtime.announce import announce
from tests.samples import alarm_effect, order_effect


def said(language: str = "en") -> str:
    stream = io.StringIO()
    sender = ConsoleSender(stream, language)
    for message in announce([alarm_effect(), order_effect()], ["console"]):
        assert sender.send(message.id, message.address, message.payload, retain=False).verdict is Verdict.SENT
    return stream.getvalue()


def test_an_alarm_says_what_where_and_why_on_one_line() -> None:
    alarm, order = said().splitlines()
    assert alarm == "!!  2027-01-15T08:00:00Z tower  alarm raised: Door d1 forced open (opened without a grant)"
    assert order == "!   2027-01-15T08:00:00Z tower  order created: Pump 1: no flow"


def test_the_same_lines_in_chinese() -> None:
    assert "d1 门被强行打开 (无授权开门)" in said("zh")


def test_a_payload_it_cannot_read_is_a_dead_letter() -> None:
    attempt = ConsoleSender(io.StringIO()).send("m1", "alarm/raised", b"{", retain=False)
    assert attempt.verdict is Verdict.REFUSED
    assert "m1" in attempt.error


def test_a_closed_stream_is_tried_again() -> None:
    stream = io.StringIO()
    stream.close()
    message = announce([alarm_effect()], ["console"])[0]
    assert (
        ConsoleSender(stream).send(message.id, message.address, message.payload, retain=False).verdict is Verdict.RETRY
    )
