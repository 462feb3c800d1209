"""The Late law of event rules: in whichever order reports arrive, the same alarms stand and the same are corrected."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from domain.alarm import ConditionTrigger
from domain.identity import MessageIdentity
from domain.instant import HOUR, SECOND, Instant
from domain.observations import AccessEvent, AccessKind
from domain.record import Record
from domain.text import same
from rules.kinds.door_forced import DoorForced, ForcedState
from rules.kinds.missed_checkpoint import MissedCheckpoint, StopState
from rules.kinds.retelling import Told
from rules.patrol_news import StopChange, StopNews
from rules.rule import Finding
from tests.properties.engine_world import START
from tests.rules.estate import FORCED, MISSED, SITE

WINDOW: Final = 8 * SECOND
"""How long a grant lets through at the estate's doors."""

KINDS: Final = (AccessKind.GRANTED, AccessKind.OPENED, AccessKind.CLOSED, AccessKind.FORCED, AccessKind.EXIT_REQUEST)
GRANTS: Final = (AccessKind.GRANTED, AccessKind.EXIT_REQUEST)
REPORTS: Final = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(KINDS)), max_size=24)


class Alarms(NamedTuple):
    """The times alarms stand uncorrected for, each once, and the one that is active."""

    uncorrected: list[Instant]
    active: Instant | None


def alarms_of(findings: Iterable[Finding]) -> Alarms:
    """What the findings come to; each must fit the alarm as it stands."""
    uncorrected: list[Instant] = []
    active: Instant | None = None
    for found in findings:
        if found.trigger is ConditionTrigger.RAISE:
            assert active is None
            active = found.at
            uncorrected += [] if found.at in uncorrected else [found.at]
        elif found.correction is None:
            assert active is not None
            assert found.at >= active
            active = None
        else:
            assert found.corrects is not None
            uncorrected.remove(found.corrects)
            active = None if active == found.corrects else active
    return Alarms(sorted(uncorrected), active)


def with_waiting(alarms: Alarms, told: Told) -> Alarms:
    """With what cannot be said before the active one ends."""
    assert alarms.active is not None or not told.waiting
    return Alarms(sorted([*alarms.uncorrected, *(stretch.start for stretch in told.waiting)]), alarms.active)


def reports(drawn: Sequence[tuple[int, AccessKind]]) -> list[Record]:
    """A day of one door, numbered as its controller does, in the order of what happened."""
    return [
        Record(
            seq=number,
            body=AccessEvent(site="tower", door="front", kind=kind),
            event_time=START + second * SECOND,
            received_at=START + HOUR,
            source="panel",
            site="tower",
            identity=MessageIdentity("panel", "b1", number),
        )
        for number, (second, kind) in enumerate(sorted(drawn, key=lambda pair: pair[0]), start=1)
    ]


def door_alarms(records: Sequence[Record]) -> Alarms:
    watch = DoorForced().watches(SITE, FORCED)[0]
    state, found = ForcedState(), list[Finding]()
    for record in records:
        state, news = watch.observe(state, record)
        found += news
    return with_waiting(alarms_of(found), state.told)


def door_reference(records: Sequence[Record]) -> Alarms:
    """The fold over the reports in their order, as plain as can be."""
    said = [(record.event_time, record.body.kind) for record in records if isinstance(record.body, AccessEvent)]
    grants = [at for at, kind in said if kind in GRANTS]
    forced: list[Instant] = []
    is_open, active = False, None
    for at, kind in said:
        is_opening = kind is AccessKind.OPENED and not is_open
        is_unexplained = is_opening and not any(at - WINDOW <= grant <= at for grant in grants)
        if active is None and (is_unexplained or kind is AccessKind.FORCED):
            active = at
            forced.append(at)
        if kind in (AccessKind.OPENED, AccessKind.FORCED):
            is_open = True
        elif kind is AccessKind.CLOSED:
            is_open, active = False, None
    return Alarms(sorted(set(forced)), active)


@given(REPORTS, st.data())
def test_a_doors_alarms_do_not_depend_on_the_order_of_arrival(
    drawn: list[tuple[int, AccessKind]], data: st.DataObject
) -> None:
    happened = reports(drawn)
    arrived = data.draw(st.permutations(happened))
    assert door_alarms(arrived) == door_reference(happened)


@given(REPORTS)
@example([(minute, kind) for minute in range(60) for kind in KINDS[:3]])
def test_contacts_before_grants_and_grants_before_contacts_come_to_the_same(
    drawn: list[tuple[int, AccessKind]],
) -> None:
    happened = reports(drawn)
    grants: list[Record] = []
    contacts: list[Record] = []
    for record in happened:
        is_grant = isinstance(record.body, AccessEvent) and record.body.kind in GRANTS
        (grants if is_grant else contacts).append(record)
    assert door_alarms(grants + contacts) == door_alarms(contacts + grants) == door_reference(happened)


MISSES: Final = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=8, unique_by=lambda pair: pair[0])
VISITS: Final = st.lists(st.integers(0, 40), max_size=8)


def stop_news(change: StopChange, hour: int) -> StopNews:
    at = START + hour * HOUR
    is_visit = change is StopChange.VISITED
    missed_at = 0 if is_visit else at
    said_at = START + 1000 * HOUR if change is StopChange.CORRECTED else at
    return StopNews(
        change=change,
        site="tower",
        tour="night",
        checkpoint="gate",
        at=said_at,
        cause=1,
        missed_at=missed_at,
        correction=same("walked") if change is StopChange.CORRECTED else None,
    )


def stop_reference(missed: Sequence[tuple[int, bool]], visits: Sequence[int]) -> Alarms:
    """One alarm for the first miss after each visit; hours that were walked after all are none."""
    first: dict[int, Instant] = {}
    for hour, is_corrected in sorted(missed):
        if not is_corrected:
            first.setdefault(sum(visit <= hour for visit in visits), START + hour * HOUR)
    return Alarms(list(first.values()), first.get(len(visits)))


@given(MISSES, VISITS, st.data())
def test_a_stops_alarms_do_not_depend_on_when_its_visits_arrive(
    missed: list[tuple[int, bool]], visits: list[int], data: st.DataObject
) -> None:
    """Misses are said by the clock, in its order; visits, and corrections of what was said, come when they come."""
    arrived = [stop_news(StopChange.MISSED, hour) for hour, _ in sorted(missed)]
    for hour in data.draw(st.permutations(visits)):
        place = data.draw(st.integers(0, len(arrived)))
        arrived.insert(place, stop_news(StopChange.VISITED, hour))
    for hour in (hour for hour, is_corrected in missed if is_corrected):
        said = arrived.index(stop_news(StopChange.MISSED, hour))
        arrived.insert(data.draw(st.integers(said + 1, len(arrived))), stop_news(StopChange.CORRECTED, hour))
    watch = MissedCheckpoint().watches(SITE, MISSED)[0]
    state, alarms = StopState(), list[Finding]()
    for news in arrived:
        state, found = watch.observe(state, news)
        alarms += found
    uncorrected = with_waiting(alarms_of(alarms), state.told)
    assert uncorrected == stop_reference(missed, visits)
