"""The rule kind `unvisited_checkpoint`: nobody was at a checkpoint for longer than its `visit_every_seconds`.

For checkpoints that are watched without a tour, or in any tour: whoever scans it has been there.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.alarm import Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import Duration, Instant, from_seconds
from domain.observations import CheckpointScan
from domain.record import ConfigurationChanged
from domain.schedule import clock_text
from domain.site import Checkpoint, Site
from domain.text import Text
from rules.heard import Heard
from rules.kinds.absence import AbsenceState, deadline, fire, mark
from rules.kinds.bound_rule import BoundRule
from rules.kinds.retelling import Saying
from rules.rule import Finding
from rules.rule_parameters import read_parameters
from rules.wording import span

KIND: Final = "unvisited_checkpoint"


class UnvisitedSettings(Struct, frozen=True):
    """`grace_seconds`: how much later than it should be a visit may come."""

    grace_seconds: float = 300.0


class UnvisitedWatch(BoundRule[AbsenceState], frozen=True, kw_only=True):
    """One rule on one checkpoint."""

    checkpoint: Checkpoint
    limit: Duration

    def observe(self, state: AbsenceState, fact: Heard) -> tuple[AbsenceState, Sequence[Finding]]:
        """Somebody was here; the first configuration begins the watch."""
        record = fact.record
        is_beginning = isinstance(record.body, ConfigurationChanged) and not state.marks
        if not is_beginning and not isinstance(record.body, CheckpointScan):
            return state, ()
        after, sayings = mark(state, record.event_time, self.limit, is_end=False, is_holding=fact.is_holding)
        return after, [self._finding(each, record.seq, record.event_time, record.received_at) for each in sayings]

    def deadline(self, state: AbsenceState) -> Instant | None:
        """When the next visit is overdue."""
        return deadline(state, self.limit)

    def fire(self, state: AbsenceState, cause: int) -> tuple[AbsenceState, Sequence[Finding]]:
        """Nobody came."""
        at = self.deadline(state) or 0
        after, sayings = fire(state, self.limit)
        return after, [self._finding(each, cause, at, at) for each in sayings]

    def _finding(self, saying: Saying, cause: int, at: Instant, received_at: Instant) -> Finding:
        name, every = self.checkpoint.name, span(self.limit)
        start = saying.start
        walked, uploaded, last = (clock_text(self.timezone, each) for each in (at, received_at, start - self.limit))
        seen = Text(f"no scan here since {last}", f"自 {last} 起无人打卡")
        if saying.end is not None:
            visited = clock_text(self.timezone, saying.end)
            seen = Text(f"a scan here at {visited}", f"{visited} 已打卡")
        corrected = Text(
            f"{name.en}: walked {walked}, uploaded {uploaded}", f"{name.zh}：{walked} 巡到，{uploaded} 上传"
        )
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=saying.trigger,
            at=saying.holds_from(received_at),
            cause=cause,
            index=0,
            asset=self.checkpoint.id,
            zone=self.checkpoint.zone,
            name=Text(f"{name.en}: nobody came for {every.en}", f"{name.zh}：{every.zh}无人巡到"),
            why=Why(
                seen=seen,
                expected=Text(f"a scan at least every {every.en}", f"至少每 {every.zh}打卡一次"),
                since=start,
                clears=Text("the next scan here", "该点下一次打卡"),
                evidence=(cause,),
            ),
            correction=corrected if saying.is_correction else None,
            corrects=start if saying.is_correction else None,
        )


class UnvisitedCheckpoint:
    """The kind (`rules.rule.EventKind` over `Heard`)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[UnvisitedWatch]:
        """Bind a rule to the checkpoints that must be visited every so often."""
        grace = read_parameters(spec, UnvisitedSettings).grace_seconds
        return [
            UnvisitedWatch(
                spec=spec,
                subject=Subject(SubjectKind.CHECKPOINT, checkpoint.id),
                timezone=site.timezone,
                state_type=AbsenceState,
                checkpoint=checkpoint,
                limit=from_seconds(checkpoint.visit_every_seconds + grace),
            )
            for checkpoint in site.checkpoints
            if checkpoint.visit_every_seconds is not None and (not spec.subjects or checkpoint.id in spec.subjects)
        ]
