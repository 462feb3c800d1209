"""An engine with a defect: it fails on some records, after it has done half of its work on them."""

from collections.abc import Callable, Sequence

import pytest

from domain.observations import AccessEvent
from domain.readings import Readings
from domain.record import Record
from rules.judgement import Judgement
from rules.reading_intake import ReadingIntake
from rules.telling import Telling

POISON = "poison"
"""The reader of an access event that the defect is about."""

BAD_VALUE = 666.0


def is_poison(record: Record) -> bool:
    match record.body:
        case AccessEvent(reader=reader):
            return reader == POISON
        case Readings():
            return BAD_VALUE in record.body.numbers().tolist()
    return False


def plant(monkeypatch: pytest.MonkeyPatch, is_bad: Callable[[Record], bool] = is_poison) -> list[Record]:
    """Let the engine fail on bad records; gives every record it is asked to judge, as it is asked."""
    judge, judge_readings = Judgement.judge, Judgement.judge_readings
    asked: list[Record] = []

    def failing(self: Judgement, record: Record, telling: Telling, *, is_holding: bool) -> None:
        asked.append(record)
        judge(self, record, telling, is_holding=is_holding)
        if is_bad(record):
            raise ArithmeticError(f"cannot judge {record.seq}")

    def failing_on_readings(
        self: Judgement, records: Sequence[Record], intake: ReadingIntake, telling: Telling
    ) -> None:
        asked.extend(records)
        judge_readings(self, records, intake, telling)
        for record in records:
            if is_bad(record):
                raise ArithmeticError(f"cannot judge {record.seq}")

    monkeypatch.setattr(Judgement, "judge", failing)
    monkeypatch.setattr(Judgement, "judge_readings", failing_on_readings)
    return asked
