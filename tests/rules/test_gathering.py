"""Which occurrences belong together, with the reason that each of them gives."""

from domain.commands import CloseIncident, Disposition
from domain.effects import AlarmChanged, CommandOutcome, FloodChanged, IncidentChanged
from domain.priority import Priority
from rules.gathering import kind_of
from tests.rules.playbook import Playbook
from tests.rules.powered import POWER, falls, low, powered, without_reports

GATHERED = (IncidentChanged, FloodChanged)


def book(**fields: object) -> Playbook:
    made = powered(site=without_reports(), **fields)  # type: ignore[arg-type]
    made.unread.clear()
    return made


def incidents(made: Playbook) -> dict[str, str | None]:
    """The incident of each rule's newest occurrence."""
    told = [each.body for each in made.effects if isinstance(each.body, AlarmChanged)]
    return {body.alarm.rule: body.alarm.latest.incident for body in told}


def reasons(made: Playbook, rule: str) -> list[str]:
    told = [each.body for each in made.effects if isinstance(each.body, AlarmChanged) and each.body.alarm.rule == rule]
    return [f"{decision.kind}: {decision.reason.en}" for decision in told[-1].occurrence.decisions]


def test_the_same_zone_and_kind_is_one_incident() -> None:
    made = falls(book(), "10:00", "level", "flow")
    found = incidents(made)
    assert found["level"] == found["flow"] is not None
    assert reasons(made, "flow") == [
        "grouped: the same kind of alarm in the same zone, within 10 min of the one before"
    ]
    falls(made, "10:00", "air")
    assert incidents(made)["air"] != found["flow"]


def test_a_grave_alarm_higher_up_gathers_without_suppressing() -> None:
    hot = low("hot", "bus", priority=Priority.HIGH)
    air = low("air", "air")
    made = powered(hot, air, site=without_reports())
    falls(made, "10:00", "bus", "air")
    assert len(set(incidents(made).values())) == 1
    assert made.latest(AlarmChanged).alarm.display_state == "UNACK"
    assert reasons(made, "air")[0].startswith("grouped: it depends on '")


def test_beside_a_grave_alarm_of_its_own_machine_an_alarm_does_not_claim_to_depend_on_it() -> None:
    made = powered(
        low("hot", "smoke-1", priority=Priority.HIGH),
        low("level", "level", priority=Priority.LOW),
        site=without_reports(),
    )
    falls(made, "10:00", "smoke-1", "level")
    assert len(set(incidents(made).values())) == 1
    assert reasons(made, "level")[0].startswith("grouped: the same machine has '")


def test_a_late_parent_gathers_what_came_before_and_gives_it_its_name() -> None:
    made = falls(falls(book(), "10:00", "air", "flow"), "10:03", "volts")
    found = incidents(made)
    assert len(set(found.values())) == 1
    told = [each.body.incident for each in made.effects if isinstance(each.body, IncidentChanged)]
    newest = {incident.id: incident for incident in told}
    whole = newest[str(found["power"])]
    assert (whole.occurrences, whole.standing, whole.suppressed) == (3, 3, 2)
    assert whole.title == next(
        each.body.alarm.name
        for each in made.effects
        if isinstance(each.body, AlarmChanged) and each.body.alarm.rule == "power"
    )


def test_a_second_detector_confirms_both_and_their_incident() -> None:
    made = falls(falls(book(), "10:00", "smoke-1"), "10:20", "smoke-2")
    changes = [each.body for each in made.effects if isinstance(each.body, AlarmChanged)]
    assert [body.change for body in changes] == ["raised", "raised", "confirmed"]
    assert changes[1].occurrence.confirmed_with == changes[0].occurrence.id
    assert changes[2].occurrence.confirmed_with == changes[1].occurrence.id
    assert changes[1].occurrence.incident == changes[0].occurrence.incident
    incident = made.latest(IncidentChanged).incident
    assert (incident.is_confirmed, incident.is_safety, incident.occurrences) == (True, True, 2)
    late = falls(falls(book(), "10:00", "smoke-1"), "10:31", "smoke-2")
    assert not late.latest(IncidentChanged).incident.is_confirmed


def test_life_safety_is_gathered_with_nothing_else() -> None:
    made = falls(book(), "10:00", "level", "smoke-1", "volts")
    found = incidents(made)
    assert found["smoke"] not in {found["level"], found["power"]}


def test_a_flood_begins_gathers_what_is_less_urgent_and_ends() -> None:
    made = powered(low("low", "level"), low("grave", "flow", priority=Priority.HIGH), site=without_reports())
    for minute in range(11):
        clock = f"10:0{minute // 2}:{minute % 2 * 30:02}"
        falls(made, clock, "level" if minute % 2 else "flow")
        falls(made, clock, "level" if minute % 2 else "flow", back=True)
    begun = made.latest(FloodChanged).flood
    assert (begun.alarms, begun.ended_at) == (11, None)
    falls(made, "10:06", "level")
    assert reasons(made, "low") == [
        "flood: more than 10 alarms within 10 min: less urgent ones are gathered until there are fewer"
    ]
    assert made.latest(IncidentChanged).incident.grouping == "flood"
    made.restarts().tick("10:30")
    ended = made.latest(FloodChanged).flood
    assert (ended.alarms, ended.began_at) == (12, begun.began_at)
    assert ended.ended_at is not None


def test_an_incident_that_is_over_is_closed_as_a_whole_with_one_outcome() -> None:
    made = falls(book(), "10:00", "volts", "flow", "air")
    incident = str(incidents(made)["power"])
    close = CloseIncident(id="c1", actor="op", incident=incident, disposition=Disposition.REAL, cause="grid failure")
    assert made.command(close).latest(CommandOutcome).code == "condition_active"
    falls(made, "10:10", "volts", "flow", "air", back=True)
    refused = CloseIncident(id="c2", actor="op", incident=incident, disposition=Disposition.FALSE)
    assert made.command(refused).latest(CommandOutcome).code == "cause_needed"
    done = made.command(CloseIncident(id="c3", actor="op", incident=incident, disposition=Disposition.REAL))
    outcome = done.latest(CommandOutcome)
    assert (outcome.accepted, outcome.subject, outcome.version) == (True, incident, None)
    closed = [
        each.body.occurrence
        for each in made.effects
        if isinstance(each.body, AlarmChanged) and each.body.change == "closed"
    ]
    assert {(each.disposition, each.closed_by) for each in closed} == {(Disposition.REAL, "op")}
    assert len(closed) == 3
    again = CloseIncident(id="c4", actor="op", incident=incident, disposition=Disposition.REAL)
    assert made.command(again).latest(CommandOutcome).code == "nothing_to_close"


def test_vigils_own_alarms_are_alike_by_their_rule() -> None:
    assert kind_of(POWER) == "limit"
