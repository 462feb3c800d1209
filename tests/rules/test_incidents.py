import pytest
from msgspec.structs import replace

from domain.alarm import Alarm, Occurrence, OccurrenceState
from domain.axes.inhibition import Inhibition
from domain.effects import IncidentChanged
from domain.incident import Grouping, Incident
from domain.instant import MINUTE
from domain.priority import Priority
from domain.text import same
from rules.incidents import Incidents, Place
from tests.samples import an_alarm

FIRST = Place(incident=None, grouping=Grouping.FIRST, reason=same(""))


def alarm(name: str, at: int = 0, **fields: object) -> Alarm:
    made = an_alarm(name)
    return replace(made, latest=replace(made.latest, raised_at=at), **fields)


def joined(
    incidents: Incidents, made: Alarm, incident: str | None = None, at: int = 0, kind: str = "limit"
) -> Occurrence:
    place = FIRST if incident is None else Place(incident=incident, grouping=Grouping.PARENT_FAILED, reason=same("x"))
    return replace(made.latest, incident=incidents.join(place, made, kind, at))


def over(occurrence: Occurrence) -> Occurrence:
    return replace(occurrence, state=OccurrenceState.CLEARED)


def told(incidents: Incidents) -> list[Incident]:
    return [body.incident for _, body in incidents.settle() if isinstance(body, IncidentChanged)]


def counts(incident: Incident) -> tuple[str, int, int, int]:
    return incident.state.value, incident.occurrences, incident.standing, incident.suppressed


def test_a_first_occurrence_has_an_incident_of_its_own_with_its_headline() -> None:
    incidents = Incidents("real")
    made = alarm("a")
    joined(incidents, made)
    (incident,) = told(incidents)
    assert (incident.title, incident.first, incident.grouping) == (made.name, made.latest.id, Grouping.FIRST)
    assert (counts(incident), incident.version) == (("open", 1, 1, 0), 1)
    assert told(incidents) == []


def test_many_that_join_are_told_once() -> None:
    incidents = Incidents("real")
    first = joined(incidents, alarm("a"))
    for number in range(50):
        joined(incidents, alarm(f"b{number}", priority=Priority.CRITICAL), first.incident)
    (incident,) = told(incidents)
    assert counts(incident) == ("open", 51, 51, 0)
    assert incident.grouping is Grouping.PARENT_FAILED


def test_the_next_of_a_zone_and_kind_is_near_for_ten_minutes() -> None:
    incidents = Incidents("real")
    joined(incidents, alarm("a"))
    near = incidents.near(alarm("b"), "limit", 10 * MINUTE)
    assert near is not None
    assert near.reason.en == "the same kind of alarm in the same zone, within 10 min of the one before"
    assert incidents.near(alarm("b"), "limit", 10 * MINUTE + 1) is None
    assert incidents.near(alarm("b"), "door_forced", 1) is None
    assert incidents.near(alarm("b", zone="roof"), "limit", 1) is None


def test_it_is_quiet_when_all_are_over_and_closes_ten_minutes_later() -> None:
    incidents = Incidents("real")
    one, other = joined(incidents, alarm("a")), joined(incidents, alarm("b"), None)
    assert one.incident != other.incident
    incidents.follow(alarm("a"), over(one), 5)
    assert [counts(each) for each in told(incidents)] == [("quiet", 1, 0, 0), ("open", 1, 1, 0)]
    assert incidents.next_deadline() == 5 + 10 * MINUTE
    assert incidents.fire(10 * MINUTE) is False
    assert incidents.fire(99 * MINUTE) is True
    assert [each.state for each in told(incidents)] == ["closed"]
    assert (incidents.standing_in(one.incident or ""), incidents.standing_in(other.incident or "")) == (None, 1)


def test_what_joins_a_quiet_one_opens_it_again() -> None:
    incidents = Incidents("real")
    one = joined(incidents, alarm("a"))
    incidents.follow(alarm("a"), over(one), 5)
    joined(incidents, alarm("b"), one.incident, at=6)
    (incident,) = told(incidents)
    assert (counts(incident), incidents.next_deadline()) == (("open", 2, 1, 0), None)


def test_one_that_becomes_part_of_another_brings_all_it_has() -> None:
    incidents = Incidents("real")
    part = joined(incidents, alarm("a"), kind="x")
    whole = joined(incidents, alarm("b"), kind="y")
    told(incidents)
    incidents.merge(part.incident, whole.incident, 7)
    gone, kept = told(incidents)
    assert (gone.state, gone.merged_into, counts(kept)) == ("merged", whole.incident, ("open", 2, 2, 0))
    assert incidents.resolve(part.incident) == whole.incident
    assert incidents.is_part_of(part.incident, whole.incident or "")
    assert not incidents.is_part_of(whole.incident, part.incident or "")
    incidents.follow(alarm("a"), over(part), 8)
    incidents.follow(alarm("b"), over(whole), 9)
    assert [counts(each) for each in told(incidents)] == [("quiet", 2, 0, 0)]
    assert incidents.near(alarm("c"), "x", 9) is None
    incidents.fire(99 * MINUTE)
    assert incidents.resolve(part.incident) is None
    incidents.merge(part.incident, whole.incident, 100 * MINUTE)


def test_suppressed_ones_are_counted_and_graver_ones_raise_the_priority() -> None:
    incidents = Incidents("real")
    hidden = alarm("a", inhibition=Inhibition.INHIBITED)
    occurrence = joined(incidents, hidden)
    incidents.follow(hidden, replace(occurrence, priority=Priority.CRITICAL), 3)
    (incident,) = told(incidents)
    assert (counts(incident), incident.priority) == (("open", 1, 1, 1), Priority.CRITICAL)


def test_headline_and_confirmation() -> None:
    incidents = Incidents("real")
    occurrence = joined(incidents, alarm("a"))
    incidents.head(occurrence.incident, same("mains off"), 1)
    incidents.confirm(occurrence.incident, 2)
    (incident,) = told(incidents)
    assert (incident.title, incident.is_confirmed, incident.changed_at) == (same("mains off"), True, 2)


@pytest.mark.parametrize("name", [None, "incident-0"])
def test_what_is_unknown_is_passed_over(name: str | None) -> None:
    incidents = Incidents("real")
    occurrence = replace(alarm("a").latest, incident=name)
    incidents.follow(alarm("a"), occurrence, 1)
    incidents.leave(occurrence, 1)
    incidents.head(name, same("x"), 1)
    incidents.confirm(name, 1)
    assert (told(incidents), incidents.standing_in(str(name))) == ([], None)


def test_what_leaves_is_counted_no_more() -> None:
    incidents = Incidents("real")
    one = joined(incidents, alarm("a"))
    incidents.leave(one, 4)
    assert [counts(each) for each in told(incidents)] == [("quiet", 0, 0, 0)]


def test_it_goes_on_after_a_restart() -> None:
    incidents, again = Incidents("real"), Incidents("real")
    one = joined(incidents, alarm("a"))
    joined(incidents, alarm("b"), kind="other")
    incidents.follow(alarm("a"), over(one), 5)
    incidents.settle()
    again.restore(incidents.state())
    assert again.state() == incidents.state()
    assert again.next_deadline() == incidents.next_deadline()
    assert again.near(alarm("c"), "other", 1) == incidents.near(alarm("c"), "other", 1)
