"""The figures of a storm, read from the store that the storm's effects went through."""

from pathlib import Path

import pytest

from domain.alarm_figures import AlarmFigures, alarm_figures
from domain.effects import AlarmChanged
from domain.instant import HOUR, Instant
from stores.state.opening import open_state_store
from tests.rules.playbook import Playbook, instant
from tests.rules.powered import powered
from tests.rules.test_aftermath import in_a_minute, newest_incidents, tower
from tests.stores.commits import Owner


def figures_of(made: Playbook, folder: Path, start: Instant) -> AlarmFigures:
    """Commit everything that was told, and count what the store gives."""
    state = open_state_store(folder / "state.sqlite")
    try:
        Owner(state.writer).commit_effects(made.effects)
        period = (start, start + HOUR)
        facts = state.reader.occurrence_facts(None, *period)
        return alarm_figures(facts, state.reader.floods(*period), [], period, operators=2)
    finally:
        state.close()


@pytest.mark.parametrize(("mains_after", "share"), [(0.0, 0.01), (0.5, 0.5)])
def test_the_figures_of_a_storm_count_everything_once(tmp_path: Path, mains_after: float, share: float) -> None:
    site, rules = tower()
    made = powered(*rules, site=site)
    start = instant("10:00")
    in_a_minute(made, site, "10:00", mains_after=mains_after, is_back=False)
    told = [each.body for each in made.effects if isinstance(each.body, AlarmChanged)]
    raised = {body.occurrence.id for body in told if body.change == "raised"}
    announced = {body.occurrence.id for body in told if body.occurrence.announced_at is not None}
    figures = figures_of(made, tmp_path, start)
    assert figures.raised.count == len(raised)
    assert figures.announced.count == len(announced)
    assert figures.announced.count + figures.suppressed.count == figures.raised.count
    standing = [incident for incident in newest_incidents(made).values() if incident.standing]
    assert figures.incidents.count == len(standing) <= 5
    assert sum(each.occurrences.count for each in figures.by_priority) == figures.announced.count
    assert figures.most_per_operator == -(-figures.announced.count // 2)
    # Nothing asks for somebody once the main switch is known to be the cause.
    assert 1 <= figures.announced.count <= share * figures.raised.count
