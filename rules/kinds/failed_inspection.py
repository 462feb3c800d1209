"""The rule kind `failed_inspection`: an answer at a checkpoint or tagged asset that does not pass.

One alarm per question, on the asset that it is about; its fault code is the question's, so the order is the one for
that fault of that asset, with the photograph's reference. The next answer that passes clears it. Answers that come
late are put in their place: the stretches of failing follow from the sorted answers.
"""

from bisect import insort
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import ConditionTrigger, Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import LATEST, Instant
from domain.observations import Answer, CheckpointScan
from domain.record import Record
from domain.site import Checkpoint, Question, Site
from domain.text import Text
from rules.heard import Heard
from rules.inspection import AnswerVerdict, judge_answer
from rules.kinds.bound_rule import BoundRule
from rules.kinds.retelling import Saying, Stretch, Told, settle
from rules.patrol_footprints import HORIZON
from rules.rule import Finding
from rules.rule_parameters import read_parameters

KIND: Final = "failed_inspection"

KEPT: Final = 512

_YES_NO_ZH: Final = {"yes": "是", "no": "否"}


class FailedInspectionSettings(Struct, frozen=True):
    """No parameters: what passes stands with the question."""


class Answered(Struct, frozen=True, order=True):
    """One answer: when, and whether it fails; `said` is the answer as words, `photo` the picture's reference."""

    at: Instant
    seq: int
    fails: bool
    said: str
    photo: str = ""


class InspectionState(Struct, frozen=True):
    """`answers` ascend."""

    answers: tuple[Answered, ...] = ()
    told: Told = Told()


class InspectionWatch(BoundRule[InspectionState], frozen=True, kw_only=True):
    """One rule on one question of one checkpoint."""

    checkpoint: Checkpoint
    question: Question

    def observe(self, state: InspectionState, fact: Heard) -> tuple[InspectionState, Sequence[Finding]]:
        """Take an answer; one of a wrong type or unit is judged by nobody."""
        record = fact.record
        body = record.body
        if not isinstance(body, CheckpointScan) or self.question.id not in body.answers:
            return state, ()
        answer = body.answers[self.question.id]
        judged = judge_answer(self.question, answer)
        if judged not in (AnswerVerdict.PASSES, AnswerVerdict.FAILS):
            return state, ()
        answers = list(state.answers)
        fails = judged is AnswerVerdict.FAILS
        insort(answers, Answered(record.event_time, record.seq, fails, _words(answer), body.photo or ""))
        start = answers[-1].at - HORIZON
        kept = [each for each in answers if each.at >= start][-KEPT:]
        told, sayings = settle(state.told, kept[0].at, LATEST, _stretches(kept))
        after = InspectionState(tuple(kept), told)
        return after, [self._finding(each, kept, record) for each in sayings]

    def _finding(self, saying: Saying, answers: Sequence[Answered], record: Record) -> Finding:
        place, asked, start = self.checkpoint.name, self.question.text, saying.start
        first = next((each for each in answers if each.at == start and each.fails), answers[-1])
        failed = _said(self.question, first)
        seen = Text(f"the answer was {failed.en}", f"回答为“{failed.zh}”")
        passed = next((each for each in answers if each.at == saying.end and not each.fails), None)
        if passed is not None:
            good = _said(self.question, passed)
            seen = Text(f"the answer was {good.en}, which passes", f"回答为“{good.zh}”，合格")
        values = {"answer": first.said} | ({"photo": first.photo} if first.photo else {})
        found = Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=saying.trigger,
            at=start if saying.trigger is ConditionTrigger.RAISE else saying.end or record.received_at,
            cause=record.seq,
            index=0,
            asset=self.checkpoint.asset or self.checkpoint.id,
            zone=self.checkpoint.zone,
            name=Text(f"{place.en}: {asked.en}: {failed.en}", f"{place.zh}：{asked.zh}：{failed.zh}"),
            why=Why(
                seen=seen,
                expected=_expected(self.question),
                since=start,
                clears=Text("the next answer that passes", "下一次合格的回答"),
                evidence=(first.seq,),
                values=dict(values),
            ),
            fault=self.question.fault or f"inspection.{self.checkpoint.id}.{self.question.id}",
        )
        if not saying.is_correction:
            return found
        return replace(found, correction=Text("an answer that came late passes", "迟到的回答合格"), corrects=start)


class FailedInspection:
    """The kind (`rules.rule.EventKind` over `Heard`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[InspectionWatch]:
        """Bind a rule to the questions of its checkpoints."""
        read_parameters(spec, FailedInspectionSettings)
        return [
            InspectionWatch(
                spec=spec,
                subject=Subject(SubjectKind.QUESTION, f"{checkpoint.id}/{question.id}"),
                timezone=site.timezone,
                state_type=InspectionState,
                checkpoint=checkpoint,
                question=question,
            )
            for checkpoint in site.checkpoints
            if not spec.subjects or checkpoint.id in spec.subjects
            for question in checkpoint.questions
        ]


def _stretches(answers: Sequence[Answered]) -> list[Stretch]:
    """From each failing answer after a passing one until the next that passes."""
    found: list[Stretch] = []
    failing = False
    for each in answers:
        if each.fails and not failing:
            found.append(Stretch(each.at))
        elif not each.fails and failing:
            found[-1] = Stretch(found[-1].start, each.at)
        failing = each.fails
    return found


def _words(answer: Answer) -> str:
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else str(answer)[:100]


def _said(question: Question, answered: Answered) -> Text:
    """An answer in a sentence, with the question's unit."""
    unit = f" {question.unit}" if question.unit else ""
    return Text(f"{answered.said}{unit}", f"{_YES_NO_ZH.get(answered.said, answered.said)}{unit}")


def _expected(question: Question) -> Text:
    unit = f" {question.unit}" if question.unit else ""
    if question.low is not None or question.high is not None:
        low = "" if question.low is None else f"{question.low:g}"
        high = "" if question.high is None else f"{question.high:g}"
        return Text(f"from {low or 'any'} to {high or 'any'}{unit}", f"{low or '不限'} 至 {high or '不限'}{unit}")
    if question.passing:
        return Text(f"one of: {', '.join(question.passing)}", f"以下之一：{'、'.join(question.passing)}")
    return Text("yes", "是") if question.expected else Text("no", "否")
