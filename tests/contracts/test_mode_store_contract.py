"""What every `ReadModels` must say of modes, whatever holds the data."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.axes.inhibition import Inhibition
from domain.effects import AlarmChange, AlarmChanged, ModeChanged
from domain.mode import ModeState
from stores.ports import AlarmFilter, ModeFilter, Page
from stores.state.opening import StateStore
from tests.api.building import a_mode
from tests.contracts.state_stores import OPENERS
from tests.samples import NOW, an_alarm
from tests.stores.commits import Owner


@pytest.fixture(params=sorted(OPENERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    with OPENERS[request.param](tmp_path) as opened:
        yield opened


def test_modes_come_latest_begun_first_and_their_alarms_are_counted(store: StateStore) -> None:
    owner, read = Owner(store.writer), store.reader
    for number, site in enumerate(("tower", "tower", "annex")):
        owner.commit(ModeChanged(mode=a_mode(f"mode-{number}", site=site, begun_at=NOW + number)))
    owner.commit(ModeChanged(mode=a_mode("mode-0", state=ModeState.OVER, version=2)))
    assert [each.id for each in read.modes(ModeFilter(), Page(limit=2))[0]] == ["mode-2", "mode-1"]
    in_force = ModeFilter(site="tower", state=ModeState.IN_FORCE)
    assert [each.id for each in read.modes(in_force, Page())[0]] == ["mode-1"]
    found = read.mode("mode-0")
    assert found is not None
    assert (found.state, read.mode("mode-9")) == (ModeState.OVER, None)
    for name, mode in (("a", "mode-1"), ("b", "mode-1"), ("c", None)):
        alarm = replace(an_alarm(name), inhibited_mode=mode, inhibition=Inhibition.INHIBITED)
        owner.commit(AlarmChanged(change=AlarmChange.INHIBITED, alarm=alarm, occurrence=alarm.latest))
    assert read.suppressed_counts() == {"mode-1": 2}
    assert read.suppressed_counts("mode-1") == {"mode-1": 2}
    assert read.suppressed_counts("mode-2") == {}
    assert {each.id for each in read.alarms(AlarmFilter(mode="mode-1"), Page())[0]} == {"a", "b"}
