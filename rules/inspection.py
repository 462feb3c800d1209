"""What an answer of an inspection comes to, and what about a scan is odd although it counts."""

import re
from collections.abc import Container
from enum import StrEnum
from typing import Final

from domain.instant import DAY, Duration
from domain.observations import Answer, CheckpointScan
from domain.record import Record
from domain.site import Checkpoint, Question, QuestionType
from domain.tour_run import ScanFlag
from domain.units import is_unit

_MEASURE: Final = re.compile(r"\s*([-+]?\d+(?:[.,]\d+)?)\s*(\S*)\s*")

OLDEST: Final[Duration] = 7 * DAY
"""A scan that took longer to arrive changes nothing any more."""


class AnswerVerdict(StrEnum):
    """Whether an answer passes; what is of another type or unit is kept and judged by nobody."""

    PASSES = "passes"
    FAILS = "fails"
    WRONG_TYPE = "wrong_type"
    WRONG_UNIT = "wrong_unit"


def judge_answer(question: Question, answer: Answer) -> AnswerVerdict:
    """Hold an answer against what passes. A number may be written with its unit (`3.2 bar`)."""
    match question.type:
        case QuestionType.YES_NO:
            is_right = answer is question.expected
            return _passes(is_right) if isinstance(answer, bool) else AnswerVerdict.WRONG_TYPE
        case QuestionType.NUMBER:
            return _number(question, answer)
        case QuestionType.CHOICE:
            if answer not in question.choices:
                return AnswerVerdict.WRONG_TYPE
            return _passes(answer in question.passing)
        case QuestionType.TEXT:
            return AnswerVerdict.PASSES if isinstance(answer, str) else AnswerVerdict.WRONG_TYPE


def flags_of(
    record: Record, scan: CheckpointScan, checkpoint: Checkpoint | None, people: Container[str], vague_m: float
) -> tuple[ScanFlag, ...]:
    """What is odd about a scan, in the order of the flags; it counts all the same."""
    found = []
    if scan.officer not in people:
        found.append(ScanFlag.UNKNOWN_OFFICER)
    if record.received_at - record.event_time > OLDEST:
        found.append(ScanFlag.TOO_OLD)
    if scan.position is not None and (scan.position.accuracy_m or 0.0) > vague_m:
        found.append(ScanFlag.VAGUE_POSITION)
    questions = {} if checkpoint is None else {question.id: question for question in checkpoint.questions}
    if any(name not in questions for name in scan.answers):
        found.append(ScanFlag.UNKNOWN_QUESTION)
    said = [judge_answer(questions[name], answer) for name, answer in scan.answers.items() if name in questions]
    if AnswerVerdict.WRONG_TYPE in said:
        found.append(ScanFlag.ANSWER_OF_WRONG_TYPE)
    if AnswerVerdict.WRONG_UNIT in said:
        found.append(ScanFlag.ANSWER_IN_WRONG_UNIT)
    return tuple(found)


def _number(question: Question, answer: Answer) -> AnswerVerdict:
    if isinstance(answer, bool):
        return AnswerVerdict.WRONG_TYPE
    if isinstance(answer, str):
        measure = _MEASURE.fullmatch(answer)
        if measure is None:
            return AnswerVerdict.WRONG_TYPE
        if measure[2] and measure[2] != question.unit:
            return AnswerVerdict.WRONG_UNIT if is_unit(measure[2]) else AnswerVerdict.WRONG_TYPE
        answer = float(measure[1].replace(",", "."))
    is_low = question.low is not None and answer < question.low
    return _passes(not is_low and (question.high is None or answer <= question.high))


def _passes(is_right: object) -> AnswerVerdict:
    return AnswerVerdict.PASSES if is_right else AnswerVerdict.FAILS
