"""Which effects go out of the house, and with which ids."""

import msgspec

from domain.effects import AlarmChange, Effect, WorkOrderChange
from runtime.announce import announce
from tests.samples import alarm_effect, order_effect


def test_a_raised_alarm_is_told_on_the_console_and_retained_as_status() -> None:
    console, status = announce([alarm_effect()])
    assert (console.channel, console.address, console.retain) == ("console", "alarm/raised", False)
    assert (status.channel, status.address, status.retain) == ("mqtt", "vigil/status/tower/alarm/alarm-1", True)
    said = msgspec.json.decode(status.payload)
    assert (said["state"], said["active"], said["priority"]) == ("UNACK", True, "high")
    assert msgspec.json.decode(console.payload)["why"]["zh"] == "无授权开门"


def test_ids_are_derived_so_that_a_repeat_is_recognised_and_channels_differ() -> None:
    first, again = announce([alarm_effect()]), announce([alarm_effect()])
    assert [message.id for message in first] == [message.id for message in again]
    assert len({message.id for message in first + announce([alarm_effect(cause=18)])}) == 4


def test_a_comment_changes_the_status_but_rings_no_console() -> None:
    assert [message.channel for message in announce([alarm_effect(AlarmChange.COMMENTED)])] == ["mqtt"]


def test_a_new_order_is_told_and_an_appended_one_only_shown() -> None:
    assert [message.channel for message in announce([order_effect()])] == ["console", "mqtt"]
    assert [message.channel for message in announce([order_effect(WorkOrderChange.APPENDED)])] == ["mqtt"]


def test_a_drill_is_never_told_outside() -> None:
    drill: Effect = msgspec.structs.replace(alarm_effect(), lane="drill-7")
    assert announce([drill]) == []


def test_channels_that_are_off_get_nothing() -> None:
    assert [message.channel for message in announce([alarm_effect()], ["console"])] == ["console"]
    assert announce([alarm_effect()], []) == []
