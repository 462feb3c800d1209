from typing import Any

import msgspec
import pytest

from domain.commands import AddLogEntry
from domain.configuration import Configuration
from domain.effects import AlarmChanged, CommandOutcome, LogEntryAdded
from domain.operator_log import LogKind
from rules.operator_log import OperatorLog
from tests.rules.estate import SITE
from tests.rules.playbook import Playbook, instant

ROOM = msgspec.structs.replace(SITE, room_log_seconds=7200.0)
ALL = (AlarmChanged, LogEntryAdded, CommandOutcome)


def entry(kind: LogKind = LogKind.ROOM_LOG, **fields: Any) -> AddLogEntry:  # noqa: ANN401 - any field
    plain = AddLogEntry(id="c1", actor="op", site="tower", kind=kind, text="all quiet")
    return msgspec.structs.replace(plain, **fields)


def book() -> Playbook:
    made = Playbook(Configuration(sites=(ROOM,)), "08:00")
    made.unread.clear()
    return made


def test_an_entry_is_kept_with_who_and_when() -> None:
    made = book().tick("10:30")
    alarm = made.latest(AlarmChanged).alarm.id
    made.unread.clear()
    call = entry(kind=LogKind.CALL, at=instant("10:25"), caller="tenant", alarms=(alarm,))
    made.command(call).says("10:30:00 log call all quiet", "10:30:00 command c1 accepted", about=ALL)
    kept = made.latest(LogEntryAdded).entry
    assert (kept.at, kept.written_at, kept.written_by) == (instant("10:25"), instant("10:30"), "op")
    assert (kept.caller, kept.alarms, kept.kind) == ("tenant", (alarm,), LogKind.CALL)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"site": "elsewhere"}, "unknown_site"),
        ({"text": " "}, "text_needed"),
        ({"at": instant("09:02")}, "in_the_future"),
        ({"alarms": ("alarm-1",)}, "unknown_alarm"),
    ],
)
def test_what_is_no_entry(fields: dict[str, Any], code: str) -> None:
    made = book().at("09:00").command(entry(**fields))
    made.says(f"09:00:00 command c1 refused {code}", about=ALL)


def test_a_room_that_owes_its_entry_is_reminded_once_until_it_is_written() -> None:
    made = book().restarts().tick("09:59:59").says_nothing()
    raised = "10:00:00 alarm raised vigil-room-log-due site:tower #1 (The room log is due) UNACK"
    made.tick("10:00:10").says(raised).restarts().tick("13:00").says_nothing()
    made.command(entry()).says(
        "13:00:00 log room_log all quiet",
        "13:00:00 alarm cleared vigil-room-log-due site:tower #1 (The room log is due) RTNUN",
        "13:00:00 command c1 accepted",
        about=ALL,
    )
    made.tick("14:59").says_nothing()
    made.tick("15:00").says("15:00:00 alarm raised vigil-room-log-due site:tower #2 (The room log is due) UNACK")


def test_other_entries_do_not_count_as_the_rooms_and_other_sites_owe_none() -> None:
    made = book().at("09:00").command(entry(kind=LogKind.NOTE))
    made.unread.clear()
    made.tick("10:00").says("10:00:00 alarm raised vigil-room-log-due site:tower #1 (The room log is due) UNACK")
    assert OperatorLog("real").next_deadline() is None
    plain = Playbook(Configuration(sites=(SITE,)), "08:00")
    plain.unread.clear()
    plain.tick("23:00").says_nothing()


def test_a_room_that_is_waited_for_no_more_has_no_reminder() -> None:
    made = book().tick("10:00")
    made.unread.clear()
    made.at("10:05").configure(Configuration(sites=(SITE,)))
    assert [effect.body.change for effect in made.unread if isinstance(effect.body, AlarmChanged)] == [
        "cleared",
        "closed",
    ]
