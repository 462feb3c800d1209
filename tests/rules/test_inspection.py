import pytest

from domain.instant import DAY
from domain.observations import Answer, CheckpointScan, GeoPosition, ScanMethod
from domain.record import Record
from domain.site import Checkpoint, Question, QuestionType
from domain.text import same
from rules.inspection import AnswerVerdict, flags_of, judge_answer

V = AnswerVerdict
CLEAN = Question(id="clean", text=same("clean?"))
BAR = Question(id="bar", text=same("pressure"), type=QuestionType.NUMBER, unit="bar", low=2.0, high=6.0)
STATE = Question(
    id="state", text=same("state"), type=QuestionType.CHOICE, choices=("good", "worn", "gone"), passing=("good", "worn")
)
NOTE = Question(id="note", text=same("note"), type=QuestionType.TEXT)
GATE = Checkpoint(id="gate", name=same("Gate"), zone="z", questions=(CLEAN, BAR, STATE, NOTE))


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        (CLEAN, True, V.PASSES),
        (CLEAN, False, V.FAILS),
        (CLEAN, "yes", V.WRONG_TYPE),
        (CLEAN, 1, V.WRONG_TYPE),
        (BAR, 2, V.PASSES),
        (BAR, 6.1, V.FAILS),
        (BAR, 1.9, V.FAILS),
        (BAR, "3.2 bar", V.PASSES),
        (BAR, "1,5", V.FAILS),
        (BAR, "320 kPa", V.WRONG_UNIT),
        (BAR, "3 apples", V.WRONG_TYPE),
        (BAR, "much", V.WRONG_TYPE),
        (BAR, True, V.WRONG_TYPE),
        (STATE, "worn", V.PASSES),
        (STATE, "gone", V.FAILS),
        (STATE, "new", V.WRONG_TYPE),
        (NOTE, "lamp out", V.PASSES),
        (NOTE, 3, V.WRONG_TYPE),
    ],
)
def test_answers(question: Question, answer: Answer, expected: AnswerVerdict) -> None:
    assert judge_answer(question, answer) is expected


def test_what_is_odd_about_a_scan_is_flagged() -> None:
    scan = CheckpointScan(
        site="s",
        officer="nobody",
        checkpoint="gate",
        method=ScanMethod.NFC,
        position=GeoPosition(latitude=0.0, longitude=0.0, accuracy_m=5_000.0),
        answers={"clean": "yes", "bar": "3 kPa", "other": 1},
    )
    record = Record(seq=1, body=scan, event_time=0, received_at=8 * DAY, source="phone")
    assert [str(flag) for flag in flags_of(record, scan, GATE, {"li": None}, 200.0)] == [
        "unknown_officer",
        "too_old",
        "vague_position",
        "unknown_question",
        "answer_of_wrong_type",
        "answer_in_wrong_unit",
    ]
    fine = CheckpointScan(site="s", officer="li", checkpoint="gate", method=ScanMethod.NFC, answers={"clean": True})
    assert flags_of(Record(seq=1, body=fine, event_time=0, received_at=0, source="p"), fine, GATE, ["li"], 1.0) == ()
