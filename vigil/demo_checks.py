"""What must be true at the end of a demo: Vigil's alarms held against what the simulated building really did.

The building notes its own misdeeds (`simulators.mishap.Mishap`); this is the independent judge of the rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from domain.alarm import Alarm, SubjectKind
from domain.configuration import Configuration, RuleSpec
from domain.effects import AlarmChange, AlarmChanged, RuleFaulted
from domain.instant import MINUTE, SECOND, Duration, Instant, from_seconds
from domain.work_order import ENDED_STATES, WorkOrder
from rules.catalog import CATALOG
from simulators.mishap import Mishap, MishapKind
from stores.ports import StoredEffect
from vigil.tallying import Tally

SLOWEST_ALARM_MS: Final = 2_000.0
"""From publish to commit, 99 of 100 alarms (reliability.md F17)."""

NEED_TIME: Final = frozenset({"alarms_of_all_three_worlds", "orders_were_opened", "alarms_within_2_s"})
"""What a demo that is ended early has not shown yet; nothing is wrong then."""

_KINDS: Final[Mapping[MishapKind, str]] = {
    MishapKind.CHECKPOINT_SKIPPED: "missed_checkpoint",
    MishapKind.DOOR_FORCED: "door_forced",
    MishapKind.DOOR_HELD: "door_held",
    MishapKind.DENIED_BURST: "denied_burst",
}

_SLACK: Final = 30 * SECOND
"""Simulated time after its latest expected time in which an alarm may still be on its way at the end of the run."""

_AFTERMATH: Final = 30 * MINUTE
"""How long after a repair a machine's values may still be what raised the alarm: hot bearings take time to cool."""


class _Raised:
    """An alarm that was raised; each explains one mishap at most."""

    def __init__(self, alarm: Alarm, at: Instant) -> None:
        self.alarm = alarm
        self.at = at
        self.is_explained = False


def judge(
    tally: Tally,
    effects: Sequence[StoredEffect],
    orders: Sequence[WorkOrder],
    mishaps: Sequence[Mishap],
    ended_at: Instant,
    configuration: Configuration,
) -> dict[str, bool]:
    """Give each check's name and whether it held; `ended_at` is when the building fell silent."""
    raised = [
        _Raised(stored.effect.body.alarm, stored.effect.at)
        for stored in effects
        if isinstance(stored.effect.body, AlarmChanged)
        and stored.effect.body.change is AlarmChange.RAISED
        and stored.effect.at <= ended_at
    ]
    open_orders = [order for order in orders if order.state not in ENDED_STATES]
    p99 = tally.latency_ms["p99"]
    return {
        "nothing_lost": not tally.lost,
        "alarms_of_all_three_worlds": _all_worlds(tally.alarms, configuration.rules),
        "every_mishap_raised_its_alarm": _each_raised(mishaps, raised, configuration.rules, ended_at),
        "no_alarm_without_a_mishap": all(
            one.is_explained or _is_aftermath(one, mishaps) or _needs_no_mishap(one.alarm) for one in raised
        ),
        "every_alarm_says_why": all(_explains_itself(one.alarm) for one in raised),
        "orders_were_opened": tally.work_orders > 0,
        "one_open_order_per_asset_and_fault": len({(order.asset, order.fault) for order in open_orders})
        == len(open_orders),
        "no_rule_faulted": not any(isinstance(stored.effect.body, RuleFaulted) for stored in effects),
        "alarms_within_2_s": p99 is not None and p99 <= SLOWEST_ALARM_MS,
    }


def _all_worlds(alarms: Mapping[str, int], rules: Iterable[RuleSpec]) -> bool:
    """Whether some rule of each world that has rules has raised: patrol, doors, equipment (by what they watch)."""
    worlds: dict[SubjectKind, bool] = {}
    for rule in rules:
        subjects = CATALOG.entries[rule.kind].subjects
        world = SubjectKind.TOUR_STOP if subjects is SubjectKind.TOUR else subjects
        worlds[world] = worlds.get(world, False) or alarms.get(rule.id, 0) > 0
    return all(worlds.values())


def _each_raised(
    mishaps: Sequence[Mishap], raised: Sequence[_Raised], rules: Sequence[RuleSpec], ended_at: Instant
) -> bool:
    """Find for each mishap an alarm of its own, of a rule that is there for it; one without such a rule needs none."""
    are_all_raised = True
    for mishap in sorted(mishaps, key=lambda mishap: mishap.at):
        meant = {rule.id: rule for rule in rules if rule.enabled and _is_meant(rule, mishap)}
        own = [one for one in raised if not one.is_explained and one.alarm.rule in meant and _is_of(one, mishap)]
        if own:
            own[0].is_explained = True
        elif meant and min(_due(mishap, rule) for rule in meant.values()) <= ended_at - _SLACK:
            are_all_raised = False
    return are_all_raised


def _is_meant(rule: RuleSpec, mishap: Mishap) -> bool:
    if mishap.fault is not None:
        return rule.fault == mishap.fault
    return rule.kind == _KINDS[mishap.kind] and (not rule.subjects or mishap.subject.split("/")[0] in rule.subjects)


def _is_of(one: _Raised, mishap: Mishap) -> bool:
    about = one.alarm.asset if mishap.fault is not None else one.alarm.subject.id
    return about == mishap.subject and mishap.at <= one.at <= mishap.over_at + _AFTERMATH


def _due(mishap: Mishap, rule: RuleSpec) -> Instant:
    delay = rule.parameters.get("on_delay_seconds", 0.0)
    return mishap.expected_by + (_seconds(delay) if mishap.fault is not None else 0)


def _seconds(parameter: object) -> Duration:
    return from_seconds(float(parameter)) if isinstance(parameter, int | float) else 0


def _is_aftermath(one: _Raised, mishaps: Sequence[Mishap]) -> bool:
    """A failing machine may raise more than one alarm; a door or a stop raises one for each thing done to it."""
    return any(mishap.fault is not None and _is_of(one, mishap) for mishap in mishaps)


def _needs_no_mishap(alarm: Alarm) -> bool:
    """A limit without a fault code tells a value at which nothing is broken; a full disk is the machine's, not ours."""
    is_told_only = alarm.fault is None and alarm.subject.kind is SubjectKind.POINT
    return is_told_only or alarm.subject.kind is SubjectKind.RESOURCE


def _explains_itself(alarm: Alarm) -> bool:
    why = alarm.latest.why
    said = (why.seen, why.expected, why.clears)
    return all(text.en and text.zh for text in said) and bool(why.evidence)
