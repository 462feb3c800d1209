import msgspec

from domain.operator_log import LogEntry, LogKind


def test_an_entry_survives_being_stored() -> None:
    entry = LogEntry(
        id="log-1",
        site="tower",
        kind=LogKind.CALL,
        text="电梯困人",
        at=1,
        written_at=2,
        written_by="op",
        caller="1203",
        alarms=("alarm-1",),
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=LogEntry) == entry
