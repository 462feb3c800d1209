"""The console says one readable line per message, in the operator's language."""

import io
import re

from msgspec.structs import replace

from domain.effects import AlarmChange, AlarmChanged, Effect, WorkOrderChange
from domain.text import Text
from domain.work_order import WorkOrderState
from notify.console import STATES_IN_CHINESE, ConsoleSender
from notify.sender import Verdict
from runtime.announce import announce
from tests.samples import NOW, alarm_effect, order_effect


def said(*effects: Effect, language: str = "en") -> str:
    stream = io.StringIO()
    sender = ConsoleSender(stream, language)
    for message in announce(effects or [alarm_effect(), order_effect()], ["console"]):
        assert sender.send(message.id, message.address, message.payload, retain=False).verdict is Verdict.SENT
    return stream.getvalue()


def test_an_alarm_says_what_where_and_why_on_one_line() -> None:
    alarm, order = said().splitlines()
    assert alarm == "!!  2027-01-15T08:00:00Z tower  alarm raised: Door d1 forced open (opened without a grant)"
    assert order == "!   2027-01-15T08:00:00Z tower  order created: Pump 1: no flow"


def test_the_same_lines_in_chinese() -> None:
    alarm, order = said(language="zh").splitlines()
    assert alarm == "!!  2027-01-15T08:00:00Z tower  报警触发：d1 门被强行打开（无授权开门）"
    assert "工单建单：" in order


def test_the_end_of_an_alarm_does_not_repeat_why_it_began() -> None:
    assert said(alarm_effect(AlarmChange.CLEARED)).endswith("alarm cleared: Door d1 forced open\n")


def test_a_correction_says_what_it_corrects() -> None:
    effect = alarm_effect(AlarmChange.CORRECTED)
    assert isinstance(effect.body, AlarmChanged)
    occurrence = replace(
        effect.body.occurrence, correction=Text("walked 02:10, uploaded 02:55", "02:10 巡到，02:55 上传")
    )
    corrected = replace(effect, body=replace(effect.body, occurrence=occurrence))
    assert said(corrected).endswith("(walked 02:10, uploaded 02:55)\n")


def test_an_order_that_moved_says_where_to() -> None:
    moved = order_effect(WorkOrderChange.MOVED)
    assert "order moved to requested: Pump 1: no flow" in said(moved)
    assert "工单流转至报修：" in said(moved, language="zh")


def test_times_are_to_the_second() -> None:
    assert "2027-01-15T08:00:00Z" in said(replace(alarm_effect(), at=NOW + 558_529))


def test_every_word_of_the_console_has_its_chinese() -> None:
    effects = [alarm_effect(change) for change in AlarmChange] + [order_effect(change) for change in WorkOrderChange]
    assert not re.search("[a-z]{4}", said(*effects, language="zh").replace("tower", ""))
    assert set(STATES_IN_CHINESE) == set(WorkOrderState)


def test_a_payload_it_cannot_read_is_a_dead_letter() -> None:
    attempt = ConsoleSender(io.StringIO()).send("m1", "alarm/raised", b"{", retain=False)
    assert attempt.verdict is Verdict.REFUSED
    assert "m1" in attempt.detail


def test_a_closed_stream_is_tried_again() -> None:
    stream = io.StringIO()
    stream.close()
    message = announce([alarm_effect()], ["console"])[0]
    assert (
        ConsoleSender(stream).send(message.id, message.address, message.payload, retain=False).verdict is Verdict.RETRY
    )
