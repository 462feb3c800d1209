from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarm_figures import Counted, Figure, OccurrenceFacts, ShelvedFacts, alarm_figures, basis
from domain.commands import Disposition
from domain.incident import Flood
from domain.instant import DAY, HOUR, MINUTE, SECOND
from domain.priority import Priority

NOW = 10 * DAY


def fact(number: int, raised_at: int, **fields: Any) -> OccurrenceFacts:  # noqa: ANN401 - any field
    given = {"alarm": "a1", "priority": Priority.MEDIUM, "announced_at": raised_at, "incident": f"i{number}", **fields}
    return OccurrenceFacts(id=f"o{number}", site="tower", rule="r", raised_at=raised_at, **given)


TIMES = st.integers(min_value=NOW - 2 * DAY, max_value=NOW + 2 * DAY)
FACTS = st.builds(
    fact,
    st.integers(min_value=0, max_value=10**6),
    TIMES,
    alarm=st.sampled_from([f"a{number}" for number in range(13)]),
    priority=st.sampled_from(Priority),
    announced_at=st.none() | TIMES,
    acknowledged_at=st.none() | TIMES,
    cleared_at=st.none() | TIMES,
    count=st.integers(min_value=1, max_value=3),
    disposition=st.none() | st.sampled_from(Disposition),
    incident=st.none() | st.sampled_from(["i1", "i2"]),
)
FLOODS = st.lists(
    st.builds(Flood, began_at=TIMES, ended_at=st.none() | TIMES, alarms=st.just(11), peak=st.just(11)), max_size=3
)
SHELVED = st.lists(st.builds(ShelvedFacts, alarm=st.sampled_from(["a1", "a2"]), since=TIMES), max_size=3)


def test_rates_are_per_operator_and_ten_minutes() -> None:
    facts = [fact(number, NOW + number * MINUTE) for number in range(12)]
    figures = alarm_figures(facts, [], [], (NOW, NOW + HOUR), 2)
    assert (figures.raised.count, figures.announced.count, figures.incidents.count) == (12, 12, 12)
    assert figures.per_operator == 1.0
    assert figures.most_per_operator == 5
    assert figures.announced.ids[:2] == ("o0", "o1")


def test_what_something_else_stood_for_asked_nobody() -> None:
    figures = alarm_figures([fact(1, NOW), fact(2, NOW, announced_at=None)], [], [], (NOW, NOW + HOUR), 1)
    assert (figures.announced.ids, figures.suppressed.ids) == (("o1",), ("o2",))


@pytest.mark.parametrize("disposition", [Disposition.DRILL, Disposition.TEST])
def test_drills_and_tests_are_left_out(disposition: Disposition) -> None:
    facts = [fact(1, NOW, disposition=disposition), fact(2, NOW, disposition=Disposition.FALSE)]
    figures = alarm_figures(facts, [], [], (NOW, NOW + HOUR), 1)
    assert (figures.raised.count, figures.false_or_nuisance.ids) == (1, ("o2",))


def test_what_was_raised_elsewhen_is_not_counted_but_may_be_stale() -> None:
    facts = [fact(1, NOW - 2 * DAY), fact(2, NOW - 2 * DAY, cleared_at=NOW - DAY), fact(3, NOW + HOUR)]
    figures = alarm_figures(facts, [], [], (NOW, NOW + HOUR), 1)
    assert (figures.raised.count, figures.stale.ids) == (0, ("o1",))
    exact = alarm_figures([fact(1, NOW - DAY)], [], [], (NOW - DAY, NOW), 1)
    assert exact.stale.count == 0


def test_answers_are_timed_from_when_somebody_was_asked() -> None:
    facts = [
        fact(1, NOW, announced_at=NOW + MINUTE, acknowledged_at=NOW + 2 * MINUTE),
        fact(2, NOW, acknowledged_at=NOW + 10 * SECOND),
        fact(3, NOW, acknowledged_at=NOW + 20 * SECOND),
        fact(4, NOW),
    ]
    figures = alarm_figures(facts, [], [], (NOW, NOW + HOUR), 1)
    assert (figures.mean_acknowledge_seconds, figures.median_acknowledge_seconds) == (30.0, 20.0)
    assert figures.unacknowledged.ids == ("o4",)
    assert alarm_figures([], [], [], (NOW, NOW + HOUR), 1).mean_acknowledge_seconds is None


def test_the_worst_actors_with_their_share() -> None:
    facts = [fact(number, NOW, alarm=f"a{number % 12}") for number in range(24)]
    facts += [fact(100 + number, NOW, alarm="bad") for number in range(76)]
    figures = alarm_figures(facts, [], [], (NOW, NOW + HOUR), 1)
    assert len(figures.top) == 10
    assert (figures.top[0].alarm, figures.top[0].occurrences, figures.top[0].share) == ("bad", 76, 0.76)
    assert figures.top_share == pytest.approx(0.94)


def test_floods_and_their_share_of_the_time() -> None:
    floods = [
        Flood(began_at=NOW - HOUR, ended_at=NOW + 6 * MINUTE, alarms=30, peak=20),
        Flood(began_at=NOW + 54 * MINUTE, alarms=12, peak=12),
    ]
    times = (0, 6 * MINUTE - 1, 6 * MINUTE, 54 * MINUTE - 1, 54 * MINUTE)
    facts = [fact(number, NOW + at) for number, at in enumerate(times)]
    figures = alarm_figures(facts, floods, [], (NOW, NOW + HOUR), 1)
    assert figures.flood_share == pytest.approx(0.2)
    assert (figures.in_floods.ids, len(figures.floods)) == (("o0", "o1", "o4"), 2)


def test_chattering_shelved_too_long_and_priorities() -> None:
    facts = [fact(1, NOW, count=40), fact(2, NOW, priority=Priority.CRITICAL)]
    shelved = [ShelvedFacts(alarm="a1", since=NOW - 4 * HOUR), ShelvedFacts(alarm="a2", since=NOW)]
    figures = alarm_figures(facts, [], shelved, (NOW, NOW + HOUR), 1)
    assert (figures.chattering.ids, figures.shelved_too_long.ids) == (("o1",), ("a1",))
    assert [(each.priority, each.share) for each in figures.by_priority] == [
        (Priority.CRITICAL, 0.5),
        (Priority.HIGH, 0.0),
        (Priority.MEDIUM, 0.5),
        (Priority.LOW, 0.0),
    ]


def test_a_list_is_bounded_and_its_count_is_not() -> None:
    figures = alarm_figures([fact(number, NOW) for number in range(300)], [], [], (NOW, NOW + HOUR), 1)
    assert (figures.announced.count, len(figures.announced.ids), figures.announced.more) == (300, 100, True)
    assert not figures.suppressed.more


def test_the_worst_ten_minutes_are_those_with_the_most() -> None:
    early = [fact(number, NOW + number * MINUTE) for number in range(3)]
    late = [fact(10 + number, NOW + HOUR - 9 * MINUTE + number * MINUTE) for number in range(5)]
    figures = alarm_figures([*late, *early], [], [], (NOW, NOW + HOUR), 2)
    assert figures.worst_window.ids == ("o10", "o11", "o12", "o13", "o14")
    assert figures.most_per_operator == 3
    # Ten minutes after another is no more within ten minutes of it.
    apart = alarm_figures([fact(1, NOW), fact(2, NOW + 10 * MINUTE)], [], [], (NOW, NOW + HOUR), 1)
    assert apart.worst_window.count == 1


@given(st.data())
def test_every_count_is_the_number_of_ids_behind_it(data: st.DataObject) -> None:
    facts = data.draw(st.lists(FACTS, max_size=40, unique_by=lambda each: each.id))
    floods, shelved = data.draw(FLOODS), data.draw(SHELVED)
    period = (NOW, NOW + DAY)
    figures, whole = alarm_figures(facts, floods, shelved, period, 1), basis(facts, floods, shelved, period)
    counted = [getattr(figures, name) for name in figures.__struct_fields__]
    counted = [each for each in counted if isinstance(each, Counted)] + [
        each.occurrences for each in figures.by_priority
    ]
    assert {each.figure for each in counted} == set(Figure)
    for each in counted:
        assert (each.count, each.ids) == (len(whole[each.figure]), tuple(whole[each.figure][:100]))
    announced = set(whole[Figure.ANNOUNCED])
    assert len(announced) + len(whole[Figure.SUPPRESSED]) == len(whole[Figure.RAISED])
    assert len(announced) == len(whole[Figure.ACKNOWLEDGED]) + len(whole[Figure.UNACKNOWLEDGED])
    assert sum(actor.occurrences for actor in figures.top) == figures.top_ten.count
    assert figures.per_operator == pytest.approx(figures.announced.count * 10 * MINUTE / DAY)
