"""What stands for an alarm: a failed parent in the topology, an alarm that its rule names, or a mode of its place.

Life safety and duress are never under anything. When what stood for others is over its children wait a while, as most
of them end with it; what then still stands is an alarm of its own. At the end of a mode that is so at once.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from domain.alarm import (
    Acknowledgement,
    AcknowledgementTrigger,
    Alarm,
    Condition,
    DecisionKind,
    Occurrence,
    SubjectKind,
)
from domain.alarm_policy import AlarmPolicy
from domain.axes.inhibition import Inhibition
from domain.configuration import RuleSpec
from domain.effects import AlarmChange
from domain.instant import Instant
from domain.mode import Mode, ModeKind
from domain.text import Text
from rules.alarm_book import AlarmBook, AlarmState, Change, decided
from rules.alarm_steps import Under, acknowledgement, asked, inhibited
from rules.deadlines import Deadlines
from rules.device_alarms import DEVICE_SILENT, SITE_SILENT
from rules.modes import Modes
from rules.parents import Parents
from rules.rule import Finding
from rules.topology import failing, thing_of
from rules.wording import span

_NO_DATA: Final = (SubjectKind.DEVICE, SubjectKind.SITE)
"""A silent device takes new alarms along, but none that were raised while it could still be heard."""

_NAMES: Final = {
    ModeKind.MAINTENANCE: Text("maintenance", "检修"),
    ModeKind.TESTING: Text("testing", "测试"),
    ModeKind.OUT_OF_SERVICE: Text("out of service", "停用"),
}


class Inhibiting:
    """Puts alarms under others, and takes them out again."""

    def __init__(self, lane: str, book: AlarmBook, parents: Parents) -> None:
        """Nothing stands for anything."""
        self._book = book
        self._parents = parents
        self.modes = Modes(lane, parents.topology)
        self._children: dict[str, dict[str, None]] = {}
        self._parent: dict[str, str] = {}
        self._releases: Deadlines[tuple[str]] = Deadlines()
        self._waiting: dict[str, Instant] = {}
        self.policy = AlarmPolicy()
        self.specs: Mapping[str, RuleSpec] = {}
        self._suppress: frozenset[str] = frozenset()

    def configure(self, specs: Mapping[str, RuleSpec]) -> None:
        """Take the rules that now hold, by id."""
        self.specs = specs
        self._suppress = frozenset(rule for spec in specs.values() for rule in spec.suppressed_while)

    def under(self, spec: RuleSpec, about: Alarm | Finding) -> Under | None:
        """What stands for an alarm of this rule, or one about to be raised, as things are now."""
        if spec.is_safety:
            return None
        subject = about.subject
        mode = self.modes.holding(spec.site, subject, about.asset, about.zone)
        if mode is not None:
            return _in_mode(mode)
        own = self._book.id_of(spec.site, spec.id, subject)
        by_design = self._parents.active_of(spec.site, spec.suppressed_while)
        if by_design is not None and by_design != own:
            return self._under(by_design, Text("suppressed by design while '{}' stands", "“{}”存在期间按设计抑制"))
        thing = thing_of(spec.site, subject)
        parent = self._parents.topmost(thing, own, inhibiting=True)
        if parent is not None:
            return self._under(parent.id, Text("it depends on what failed: '{}'", "其上级已失效：“{}”"))
        above = () if thing is None else self._parents.topology.ancestors(thing)
        for waiting in self._waiting:
            held = None if waiting == own else self._book.get(waiting)
            if held is not None and failing(held.alarm.site, held.alarm.subject, held.alarm.asset) in above:
                return self._under(waiting, Text("'{}' has just ended: it may settle", "“{}”刚刚解除，等待恢复"))
        return None

    def follow(self, alarm: Alarm, at: Instant) -> None:
        """Take an alarm as it now is: a child of what it is under, and a parent whose children wait once it is over."""
        self._note_child(alarm)
        if alarm.condition is not Condition.INACTIVE:
            self._wait(alarm.id, None)
        elif alarm.id in self._children and alarm.id not in self._waiting:
            self._wait(alarm.id, at + self.policy.span("release"))

    def release_at(self, parent: str, at: Instant) -> None:
        """What this alarm stood for need not wait: it is told apart at `at`."""
        if parent in self._children:
            self._wait(parent, at)

    def spread(self, parent: Alarm, at: Instant) -> Iterator[tuple[Change, Occurrence]]:
        """An alarm that stands for others was raised: what was raised shortly before goes under it.

        Each change comes with its occurrence as it was before.
        """
        takes_along = parent.inhibits and parent.subject.kind not in _NO_DATA
        if not takes_along and parent.rule != SITE_SILENT and parent.rule not in self._suppress:
            # Where a thousand gateways fall silent at once, each would look through all alarms of their points.
            return
        since = at - self.policy.span("gather")
        for held in self._book.all():
            child = held.alarm
            spec = self.specs.get(child.rule)
            is_candidate = child.condition is Condition.ACTIVE and child.inhibition is Inhibition.FREE
            if is_candidate and _fell_silent_with(parent, child):
                under = self._under(
                    parent.id, Text("all devices of its site are silent: '{}'", "所在项目终端全部失联：“{}”")
                )
                yield self._put_under(held, under, parent.latest.incident, at), child.latest
                continue
            if (
                not is_candidate
                or child.is_safety
                or spec is None
                or child.id == parent.id
                or child.site != parent.site
            ):
                continue
            if parent.rule in spec.suppressed_while:
                reason = Text("suppressed by design while '{}' stands", "“{}”存在期间按设计抑制")
            elif takes_along and child.latest.raised_at >= since and self._parents.is_above(parent, child):
                reason = Text("it depends on what failed: '{}'", "其上级已失效：“{}”")
            else:
                continue
            under = self._under(parent.id, reason)
            yield self._put_under(held, under, parent.latest.incident, at), child.latest

    def enter(self, mode: Mode, at: Instant) -> Iterator[Change]:
        """A mode has begun: what stands at its place is under it from now on."""
        for held in self._book.all():
            child = held.alarm
            is_candidate = child.condition is not Condition.INACTIVE and child.inhibition is Inhibition.FREE
            if not is_candidate or child.is_safety or child.site != mode.site:
                continue
            if self.modes.holding(child.site, child.subject, child.asset, child.zone) is not None:
                yield self._put_under(held, _in_mode(mode), None, at)

    def leave(self, mode: Mode, at: Instant) -> Iterator[Change]:
        """A mode is over: what stood under it is told at once, unless something else stands for it."""
        reason = Text(f"{_named(mode).en} is over, and it still stands", f"{_named(mode).zh}已结束，本报警仍存在")
        for held in self._leaving(mode.id):
            if held.alarm.inhibited_mode == mode.id:
                yield self._release(held, at, reason)

    def next_deadline(self) -> Instant | None:
        """When the next children are told apart."""
        return self._releases.next()

    def fire(self, until: Instant) -> list[Change] | None:
        """Release what stood under the first parent whose time is over at `until`; None where there is none."""
        due = self._releases.pop(until)
        if due is None:
            return None
        at, (parent,) = due
        self._waiting.pop(parent, None)
        changes = []
        for held in self._leaving(parent):
            if held.alarm.inhibited_under == parent:
                waited = span(self.policy.span("release"))
                reason = Text(
                    f"what stood for it is over for {waited.en}, and it still stands",
                    f"代表它的报警已解除 {waited.zh}，本报警仍存在",
                )
                changes.append(self._release(held, at, reason))
        return changes

    def state(self) -> dict[str, Instant]:
        """Whose children wait, and until when; the rest stands with the alarms."""
        return dict(self._waiting)

    def restore(self, state: Mapping[str, Instant]) -> None:
        """Take back what `state` gave; the book holds its alarms again."""
        self._children, self._parent, self._waiting = {}, {}, {}
        self._releases.clear()
        for held in self._book.all():
            self._note_child(held.alarm)
        for parent, at in state.items():
            self._wait(parent, at)

    def _put_under(self, held: AlarmState, under: Under, incident: str | None, at: Instant) -> Change:
        alarm = inhibited(held.alarm, under)
        if alarm.acknowledgement is Acknowledgement.UNACKED:
            alarm = replace(alarm, acknowledgement=acknowledgement(alarm, AcknowledgementTrigger.FORGET))
        occurrence = decided(alarm.latest, at, DecisionKind.INHIBITED, under.reason)
        if incident is not None:
            occurrence = replace(occurrence, incident=incident)
        return self._book.put(AlarmChange.INHIBITED, alarm, occurrence, at, held)

    def _release(self, held: AlarmState, at: Instant, reason: Text) -> Change:
        """Nothing stands for the alarm any more, unless something else does."""
        spec = self.specs.get(held.alarm.rule)
        other = None if spec is None else self.under(spec, held.alarm)
        if other is not None:
            change = self._put_under(held, other, None, at)
            self._note_child(change.alarm)
            return change
        alarm = inhibited(held.alarm, None)
        if alarm.condition is not Condition.INACTIVE and alarm.acknowledgement is Acknowledgement.NOT_NEEDED:
            alarm = asked(alarm)
        occurrence = decided(alarm.latest, at, DecisionKind.RELEASED, reason)
        return self._book.put(AlarmChange.RELEASED, alarm, occurrence, at, held)

    def _leaving(self, parent: str) -> list[AlarmState]:
        """Take out all that came under a parent or mode, in an order that does not depend on a restart between."""
        found = [held for name in self._children.pop(parent, {}) if (held := self._book.get(name)) is not None]
        return sorted(found, key=lambda held: (held.alarm.latest.raised_at, held.alarm.id))

    def _note_child(self, alarm: Alarm) -> None:
        """Know whose child an alarm is now, and of what it was that no more: as after a restart."""
        former = self._parent.pop(alarm.id, None)
        siblings = {} if former is None else self._children.get(former, {})
        siblings.pop(alarm.id, None)
        if former is not None and not siblings:
            self._children.pop(former, None)
        parent = alarm.inhibited_under or alarm.inhibited_mode
        if parent is not None:
            self._children.setdefault(parent, {})[alarm.id] = None
            self._parent[alarm.id] = parent

    def _under(self, parent: str, sentence: Text) -> Under:
        held = self._book.get(parent)
        name = Text(parent, parent) if held is None else held.alarm.name
        return Under(parent, Text(sentence.en.format(name.en), sentence.zh.format(name.zh)))

    def _wait(self, parent: str, at: Instant | None) -> None:
        self._releases.set((parent,), at)
        if at is None:
            self._waiting.pop(parent, None)
        else:
            self._waiting[parent] = at


def _fell_silent_with(parent: Alarm, child: Alarm) -> bool:
    """Whether a silent device is one of those of its site that fell silent together, and were missed one by one."""
    if parent.rule != SITE_SILENT or child.rule != DEVICE_SILENT or child.site != parent.site:
        return False
    return child.latest.raised_at >= parent.latest.why.since


def _named(mode: Mode) -> Text:
    name = _NAMES[mode.kind]
    return Text(f"{name.en} of {mode.place} '{mode.thing}'", f"“{mode.thing}”{name.zh}")


def _in_mode(mode: Mode) -> Under:
    name = _named(mode)
    reason = Text(
        f"suppressed by design: {name.en} ({mode.reason}, by {mode.begun_by})",
        f"按设计抑制：{name.zh}（{mode.reason}，{mode.begun_by}）",
    )
    return Under(None, reason, mode.id)
