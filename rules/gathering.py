"""Where each occurrence belongs, and what else is decided about it: incidents, confirmation, floods. On by default.

The order of reasons: what stands for it, a detector that says the same, a grave alarm higher up, the same zone and kind
shortly before, and in a flood the flood. Life safety and duress are gathered among themselves only.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Alarm, DecisionKind, Occurrence
from domain.alarm_policy import AlarmPolicy
from domain.axes.inhibition import Inhibition
from domain.configuration import RuleSpec
from domain.effects import AlarmChange, FloodChanged
from domain.incident import Grouping
from domain.instant import Instant
from domain.priority import Priority
from domain.text import Text
from rules.alarm_book import AlarmBook, Change, decided
from rules.confirming import Confirming, Witness
from rules.flooding import Flooding, FloodingState
from rules.incidents import Incidents, IncidentsState, Place
from rules.own_alarms import KIND
from rules.parents import Parents
from rules.telling import Dated
from rules.topology import thing_of
from rules.wording import span

_FLOOD = "flood"


class GatheringState(Struct, frozen=True, kw_only=True):
    """The stored form, part by part."""

    incidents: IncidentsState
    witnesses: list[Witness]
    flooding: FloodingState


class Gathering:
    """Gathers the occurrences of a lane."""

    def __init__(self, lane: str, book: AlarmBook, parents: Parents) -> None:
        """Nothing has happened."""
        self.incidents = Incidents(lane)
        self._book = book
        self._parents = parents
        self._confirming = Confirming()
        self._flooding = Flooding()
        self._policy = AlarmPolicy()
        self.specs: Mapping[str, RuleSpec] = {}

    def configure(self, policy: AlarmPolicy, specs: Mapping[str, RuleSpec]) -> None:
        """Take what now holds."""
        self._policy = self.incidents.policy = self._flooding.policy = policy
        self.specs = specs

    def place(self, change: Change, spec: RuleSpec) -> tuple[Change, list[Change]]:
        """Put a raised occurrence where it belongs, as part of the same version; gives what is confirmed by it, too."""
        alarm, at = change.alarm, change.at
        witness: Witness | None = None
        if alarm.inhibited_mode is None:  # what is worked on or tested confirms nothing
            witness = self._confirming.hear(spec, alarm, at, self._policy.span("confirm"))
        kind, gathered = _kind(alarm, kind_of(spec)), alarm
        if not alarm.is_safety and self._is_lost_in_flood(alarm):
            kind, gathered = _FLOOD, replace(alarm, zone=None)
        place = self._place_of(gathered, kind, witness, at)
        incident = self.incidents.join(place, gathered, kind, at)
        occurrence = replace(change.occurrence, incident=incident)
        if place.grouping is not Grouping.FIRST:
            kind_of_decision = DecisionKind.FLOOD if place.grouping is Grouping.FLOOD else DecisionKind.GROUPED
            occurrence = decided(occurrence, at, kind_of_decision, place.reason)
        confirmed: list[Change] = []
        if witness is not None:
            self.incidents.confirm(incident, at)
            occurrence = _confirmed(occurrence, witness.occurrence, at, self._name(witness.alarm))
            confirmed = self._tell_witness(witness, alarm, occurrence, at)
        return self._book.amend(change, occurrence), confirmed

    def follow(self, change: Change) -> None:
        """Take a change of an alarm that is in its place already."""
        self.incidents.follow(change.alarm, change.occurrence, change.at)

    def move(self, change: Change, before: Occurrence, parent: Alarm) -> None:
        """A child that went under its parent belongs to the parent's incident; one that has children brings them."""
        at, whole = change.at, parent.latest.incident
        if change.alarm.inhibits:
            self.incidents.merge(before.incident, whole, at)
            return
        self.incidents.leave(before, at)
        place = Place(incident=whole, grouping=Grouping.PARENT_FAILED, reason=Text("", ""))
        self.incidents.join(place, change.alarm, "", at)

    def announced(self, at: Instant) -> list[Dated]:
        """Somebody has to read one more alarm: the flood, where it begins with this one."""
        begun = self._flooding.announce(at)
        return [] if begun is None else [(at, FloodChanged(flood=begun))]

    def next_deadline(self) -> Instant | None:
        """When an incident closes or the flood is over."""
        times = (self.incidents.next_deadline(), self._flooding.next_deadline())
        return min((at for at in times if at is not None), default=None)

    def fire(self, until: Instant) -> list[Dated]:
        """All that is over at `until`; what became of incidents is told by `settle`."""
        while self.incidents.fire(until):
            pass
        ended = self._flooding.fire(until)
        return [] if ended is None or ended.ended_at is None else [(ended.ended_at, FloodChanged(flood=ended))]

    def state(self) -> GatheringState:
        """Everything remembered."""
        return GatheringState(
            incidents=self.incidents.state(), witnesses=self._confirming.state(), flooding=self._flooding.state()
        )

    def restore(self, state: GatheringState) -> None:
        """Take back what `state` gave."""
        self.incidents.restore(state.incidents)
        self._confirming.restore(state.witnesses)
        self._flooding.restore(state.flooding)

    def _place_of(self, alarm: Alarm, kind: str, witness: Witness | None, at: Instant) -> Place:
        if alarm.inhibited_under is not None:
            reason = alarm.latest.decisions[-1].reason
            return self._beside(alarm.inhibited_under, Grouping.PARENT_FAILED, reason)
        if witness is not None:
            name = self._name(witness.alarm)
            said = Text(f"'{name.en}' says the same", f"“{name.zh}”报告同一情况")
            return self._beside(witness.alarm, Grouping.CONFIRMED, said)
        if not alarm.is_safety:
            grave = self._parents.topmost(thing_of(alarm.site, alarm.subject), alarm.id, inhibiting=False)
            if grave is not None and not grave.is_safety:
                said = Text(f"it depends on '{grave.name.en}'", f"依赖于“{grave.name.zh}”")
                if grave.asset == alarm.asset:
                    said = Text(f"the same machine has '{grave.name.en}'", f"同一设备已有“{grave.name.zh}”")
                return self._beside(grave.id, Grouping.PARENT_FAILED, said)
        near = self.incidents.near(alarm, kind, at)
        if kind == _FLOOD:
            flood = None if near is None else near.incident
            return Place(incident=flood, grouping=Grouping.FLOOD, reason=self._flood_reason())
        if near is not None:
            return near
        return Place(incident=None, grouping=Grouping.FIRST, reason=Text("", ""))

    def _beside(self, alarm: str, grouping: Grouping, reason: Text) -> Place:
        held = self._book.get(alarm)
        return Place(incident=None if held is None else held.alarm.latest.incident, grouping=grouping, reason=reason)

    def _is_lost_in_flood(self, alarm: Alarm) -> bool:
        return self._flooding.is_on and alarm.inhibition is Inhibition.FREE and alarm.priority.rank > Priority.HIGH.rank

    def _flood_reason(self) -> Text:
        policy = self._policy
        most, within = policy.flood_begins * policy.operators, span(policy.span("flood"))
        return Text(
            f"more than {most} alarms within {within.en}: less urgent ones are gathered until there are fewer",
            f"{within.zh}内报警超过 {most} 条：较低优先级报警归并，直至减少",
        )

    def _tell_witness(self, witness: Witness, alarm: Alarm, occurrence: Occurrence, at: Instant) -> list[Change]:
        held = self._book.get(witness.alarm)
        if held is None or held.alarm.latest.id != witness.occurrence or held.alarm.latest.confirmed_with is not None:
            return []
        confirmed = _confirmed(held.alarm.latest, occurrence.id, at, alarm.name)
        return [self._book.put(AlarmChange.CONFIRMED, held.alarm, confirmed, at, held)]

    def _name(self, alarm: str) -> Text:
        held = self._book.get(alarm)
        return Text(alarm, alarm) if held is None else held.alarm.name


def kind_of(spec: RuleSpec) -> str:
    """What makes two alarms of one zone alike: their rule kind; of Vigil's own their rule."""
    return spec.id if spec.kind == KIND else spec.kind


def _kind(alarm: Alarm, kind: str) -> str:
    """What is suppressed by a mode is gathered by itself: no true alarm bears the headline of a test.

    So is what concerns one site: its people see its incident and no other's.
    """
    if alarm.concerns is not None:
        kind = f"{kind}/{alarm.concerns}"
    if alarm.inhibited_mode is not None:
        return f"{kind}/{alarm.inhibited_mode}"
    return f"{kind}/{alarm.category.value}" if alarm.is_safety else kind


def _confirmed(occurrence: Occurrence, by: str, at: Instant, name: Text) -> Occurrence:
    reason = Text(f"confirmed: '{name.en}' says the same", f"已复核：“{name.zh}”报告同一情况")
    return replace(decided(occurrence, at, DecisionKind.CONFIRMED, reason), confirmed_with=by)
