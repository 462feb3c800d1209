"""What follows from alarms all together: noisy sources, and a power failure of a tower as a handful of incidents."""

from collections import Counter

import pytest
from msgspec.structs import replace

from domain.alarm_policy import AlarmPolicy
from domain.configuration import RuleSpec
from domain.effects import AlarmChanged, IncidentChanged, WorkOrderChanged
from domain.incident import Incident
from domain.instant import MINUTE
from domain.priority import Priority
from domain.site import Door, Site, Zone
from domain.text import same
from rules.device_alarms import NOISY_SOURCE
from tests.rules.estate import a_rule
from tests.rules.playbook import Playbook, instant
from tests.rules.powered import SMOKE, falls, low, machine, point, powered, without_reports

RULES = tuple(low(f"r{number}", "level", parameters={"low": 10.0 + number}) for number in range(6))


def noisy() -> Playbook:
    policy = AlarmPolicy(source_burst=3, source_refill_seconds=60.0)
    made = powered(*RULES, SMOKE, policy=policy, site=without_reports())
    made.unread.clear()
    return made


def states(made: Playbook) -> dict[str, str]:
    told = [each.body.alarm for each in made.effects if isinstance(each.body, AlarmChanged)]
    return {alarm.rule: alarm.display_state for alarm in told}


def test_what_a_source_raises_beyond_its_share_is_kept_under_one_alarm_about_it() -> None:
    made = falls(noisy(), "10:00", "level")
    assert states(made) == {
        **dict.fromkeys(("r0", "r1", "r2"), "UNACK"),
        "vigil-noisy-source": "UNACK",
        **dict.fromkeys(("r3", "r4", "r5"), "DSUPR"),
    }
    assert made.latest(AlarmChanged).occurrence.decisions[0].reason.en == "gateway raises too many alarms"


def test_when_it_has_been_quiet_what_still_stands_is_told() -> None:
    made = falls(noisy(), "10:00", "level").restarts().tick("10:04")
    assert states(made) == {
        **dict.fromkeys([f"r{number}" for number in range(6)], "UNACK"),
        "vigil-noisy-source": "RTNUN",
    }


def test_life_safety_is_never_too_much() -> None:
    made = falls(falls(noisy(), "10:00", "level"), "10:01", "smoke-1")
    assert states(made)["smoke"] == "UNACK"


def test_a_child_has_no_order_until_it_stands_for_itself() -> None:
    made = falls(powered(site=without_reports()), "10:00", "volts", "flow")
    assert not any(isinstance(each.body, WorkOrderChanged) for each in made.effects)
    falls(made, "10:10", "volts", back=True).tick("10:16")
    order = made.latest(WorkOrderChanged).order
    assert order.occurrences == (made.latest(AlarmChanged).occurrence.id,)
    assert made.latest(AlarmChanged).occurrence.order == order.id


FLOORS, PER_FLOOR = 45, 20
DOORS, LIFTS = 40, 2


def tower() -> tuple[Site, tuple[RuleSpec, ...]]:
    """900 points on 45 floors, 40 doors and 2 lifts, all fed by one main switch through the floors' panels."""
    floors = [f"floor-{number}" for number in range(FLOORS)]
    machines = [machine(f"{floor}-m{number}", floor) for floor in floors for number in range(PER_FLOOR)]
    doors = [f"door-{number}" for number in range(DOORS)]
    lifts = [machine(f"lift-{number}", floors[0]) for number in range(LIFTS)]
    panels = [
        machine(f"{floor}-panel", floor, *(each.id for each in machines if each.zone == floor), *doors[index::FLOORS])
        for index, floor in enumerate(floors)
    ]
    mains = machine("mains", floors[0], *(each.id for each in (*panels, *lifts)))
    points = [point(f"{each.id}-p", each.id) for each in (*machines, *lifts)]
    site = Site(
        id="tower",
        name=same("Tower"),
        timezone="Asia/Shanghai",
        zones=tuple(Zone(id=floor, name=same(floor)) for floor in floors),
        doors=tuple(Door(id=door, name=same(door), zone=floors[number]) for number, door in enumerate(doors)),
        equipment=(mains, *panels, *lifts, *machines),
        points=(point("volts", "mains"), *points),
    )
    ids = tuple(each.id for each in points)
    rules = (
        low("power", "volts", inhibits=True, priority=Priority.CRITICAL),
        low("low", "", subjects=ids, makes_order=True),
        low("very-low", "", subjects=ids, parameters={"low": 5.0}, priority=Priority.HIGH),
        a_rule("forced", "door_forced", priority=Priority.HIGH),
    )
    return site, rules


def in_a_minute(made: Playbook, site: Site, clock: str, *, mains_after: float, is_back: bool) -> None:
    """Every point falls (or comes back) and every door opens (or closes), the mains after a share of the others."""
    things = [*(each.id for each in site.points[1:]), *(each.id for each in site.doors)]
    things.insert(round(mains_after * len(things)), "volts")
    for number, name in enumerate(things):
        made.now = instant(clock) + number * MINUTE // len(things)
        if name.startswith("door"):
            made.door(name, "closed" if is_back else "opened")
        else:
            source = f"{name.rpartition('-m')[0] or name}-gateway"
            made.reading(50.0 if is_back else 1.0, point=name, source=source)


def newest_incidents(made: Playbook) -> dict[str, Incident]:
    told = [each.body.incident for each in made.effects if isinstance(each.body, IncidentChanged)]
    return {incident.id: incident for incident in told}


def whole(incidents: dict[str, Incident], incident: str | None) -> str:
    found = incidents[str(incident)]
    return found.id if found.merged_into is None else whole(incidents, found.merged_into)


@pytest.mark.parametrize("mains_after", [0.0, 0.5, 1.0])
def test_a_power_failure_of_a_tower_is_a_handful_of_incidents(mains_after: float) -> None:
    """2,000 alarms in a minute, the main switch's own the first, in the middle, or the last of them."""
    site, rules = tower()
    made = powered(*rules, site=site)
    in_a_minute(made, site, "10:00", mains_after=mains_after, is_back=False)
    told = [each.body for each in made.effects if isinstance(each.body, AlarmChanged)]
    raised = [body for body in told if body.change == "raised"]
    assert len(raised) > 1_800
    incidents = newest_incidents(made)
    standing = [incident for incident in incidents.values() if incident.standing]
    assert 1 <= len(standing) <= 5
    # Every occurrence is reachable from what stands, and counted once.
    newest = {body.occurrence.id: body.occurrence for body in told}
    reached = Counter(whole(incidents, occurrence.incident) for occurrence in newest.values())
    assert reached == {incident.id: incident.occurrences for incident in standing}
    assert sum(reached.values()) == len(raised)
    shown = {body.alarm.id: body.alarm for body in told}.values()
    # Beside the main switch only gateways that said too much before it did.
    assert [alarm.rule for alarm in shown if not alarm.is_suppressed and alarm.rule != NOISY_SOURCE] == ["power"]
    # The power is back: all is over by itself.
    in_a_minute(made, site, "10:10", mains_after=mains_after, is_back=True)
    made.tick("10:40")
    assert {incident.state.value for incident in newest_incidents(made).values()} <= {"closed", "merged"}
    shown = {
        each.body.alarm.id: each.body.alarm for each in made.effects if isinstance(each.body, AlarmChanged)
    }.values()
    assert {alarm.display_state for alarm in shown} <= {"NORM", "RTNUN"}


def test_a_tower_that_does_not_know_what_feeds_what_would_be_noticed() -> None:
    """The planted bug of the storm: without the topology each floor is an incident of its own."""
    site, rules = tower()
    blind = replace(site, equipment=tuple(replace(each, feeds=()) for each in site.equipment))
    made = powered(*rules, site=blind)
    in_a_minute(made, blind, "10:00", mains_after=0.0, is_back=False)
    standing = [incident for incident in newest_incidents(made).values() if incident.standing]
    assert len(standing) >= FLOORS
