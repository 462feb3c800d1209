"""What must be true at the end of a demo: Vigil's alarms held against what the simulated building really did.

The building notes its own misdeeds (`simulators.building.Mishap`); this is the independent judge of the rules.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from domain.alarm import Alarm
from domain.effects import AlarmChange, AlarmChanged, RuleFaulted
from domain.instant import SECOND, Instant
from domain.work_order import ENDED_STATES, WorkOrder
from simulators.building import Mishap, MishapKind
from stores.ports import StoredEffect
from vigil.rehearsal import Tally

SLOWEST_ALARM_MS: Final = 2_000.0
"""From publish to commit, 99 of 100 alarms (reliability.md F17)."""

WORLDS: Final = {
    "patrol": frozenset({"missed-checkpoint"}),
    "doors": frozenset({"door-forced", "door-held"}),
    "equipment": frozenset({"pump-no-flow", "cold-room-warm"}),
}

_RULES: Final = {
    MishapKind.CHECKPOINT_SKIPPED: "missed-checkpoint",
    MishapKind.DOOR_FORCED: "door-forced",
    MishapKind.DOOR_HELD: "door-held",
    MishapKind.MACHINE_FAULT: "pump-no-flow",
}

_SLACK_SECONDS: Final = 30
"""Simulated seconds after its latest expected time in which an alarm may still be on its way at the end of the run."""


def judge(
    tally: Tally,
    effects: Sequence[StoredEffect],
    orders: Sequence[WorkOrder],
    mishaps: Sequence[Mishap],
    ended_at: Instant,
) -> dict[str, bool]:
    """Give each check's name and whether it held; `ended_at` is when the building fell silent."""
    raised = [
        stored.effect.body
        for stored in effects
        if isinstance(stored.effect.body, AlarmChanged)
        and stored.effect.body.change is AlarmChange.RAISED
        and stored.effect.at <= ended_at
    ]
    happened = Counter((_RULES[mishap.kind], mishap.subject) for mishap in mishaps)
    told = Counter((body.alarm.rule, body.alarm.subject.id) for body in raised)
    open_orders = [order for order in orders if order.state not in ENDED_STATES]
    p99 = tally.latency_ms["p99"]
    return {
        "nothing_lost": not tally.lost,
        "alarms_of_all_three_worlds": all(_any_of(tally.alarms, rules) for rules in WORLDS.values()),
        "every_mishap_raised_its_alarm": all(told[key] >= times for key, times in _due(mishaps, ended_at).items()),
        "no_alarm_without_a_mishap": all(told[key] <= happened[key] for key in told),
        "every_alarm_says_why": all(_explains_itself(body.alarm) for body in raised),
        "orders_were_opened": tally.work_orders > 0,
        "one_open_order_per_asset_and_fault": len({(order.asset, order.fault) for order in open_orders})
        == len(open_orders),
        "no_rule_faulted": not any(isinstance(stored.effect.body, RuleFaulted) for stored in effects),
        "alarms_within_2_s": p99 is not None and p99 <= SLOWEST_ALARM_MS,
    }


def _any_of(alarms: Mapping[str, int], rules: frozenset[str]) -> bool:
    return any(alarms.get(rule, 0) for rule in sorted(rules))


def _due(mishaps: Sequence[Mishap], ended_at: Instant) -> Counter[tuple[str, str]]:
    """How often each alarm must have been raised by now."""
    latest = ended_at - _SLACK_SECONDS * SECOND
    return Counter((_RULES[mishap.kind], mishap.subject) for mishap in mishaps if mishap.expected_by <= latest)


def _explains_itself(alarm: Alarm) -> bool:
    why = alarm.latest.why
    said = (why.seen, why.expected, why.clears)
    return all(text.en and text.zh for text in said) and bool(why.evidence)
