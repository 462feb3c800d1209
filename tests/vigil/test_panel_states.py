"""What has changed is published once, what is no more is emptied, and a broker that is away costs nothing."""

from collections.abc import Sequence
from pathlib import Path
from unittest.mock import Mock

import msgspec

from domain.alarm import Alarm
from domain.configuration import Configuration
from domain.effects import DoorChanged, DoorState
from domain.site import Door, Site
from domain.text import same
from notify.home_assistant import PRESENCE
from notify.sender import Attempt, Verdict
from stores.ports import AlarmFilter, Page
from tests.samples import NOW, an_alarm
from vigil.panel_states import PanelStates

CONFIG = "homeassistant/binary_sensor/vigil/hq-door-d-1/config"
STATE = "vigil/status/hq/door/d-1"


class Panel:
    """A sender that keeps what it is given."""

    channel = "mqtt"

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.is_away = False

    def send(self, message_id: str, address: str, payload: bytes, *, retain: bool) -> Attempt:
        assert retain
        if self.is_away:
            return Attempt(Verdict.RETRY, "away")
        self.sent.append((address, payload))
        return Attempt(Verdict.SENT)

    def close(self) -> None:
        pass


class World:
    def __init__(self, folder: Path) -> None:
        self.panel = Panel()
        self.doors: Sequence[DoorChanged] = [_door(DoorState.OPEN)]
        self.configured = True
        self.alarms: Sequence[Alarm] = ()
        models = Mock()
        models.alarms.side_effect = self.page
        models.devices.return_value = ()
        models.doors.side_effect = lambda _: self.doors
        self.states = PanelStates(folder / "panels.json", self.panel, models, self.configuration, Mock())

    def page(self, which: AlarmFilter, page: Page) -> tuple[Sequence[Alarm], str | None]:
        """One alarm a page."""
        assert which == AlarmFilter(site="hq")
        place = int(page.cursor or 0)
        return self.alarms[place : place + 1], str(place + 1) if place + 1 < len(self.alarms) else None

    def configuration(self) -> Configuration:
        doors = (Door(id="d-1", name=same("Back"), zone="z"),) if self.configured else ()
        return Configuration(sites=(Site(id="hq", name=same("hq"), timezone="UTC", doors=doors),))

    def topics(self) -> list[str]:
        sent, self.panel.sent = self.panel.sent, []
        return [topic for topic, _ in sent]


def _door(state: DoorState) -> DoorChanged:
    return DoorChanged(site="hq", door="d-1", state=state, since=NOW, last_event="opened")


def test_what_has_changed_is_published_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.states.publish()
    assert world.topics() == [CONFIG, STATE]
    assert world.states.publish()
    assert world.topics() == []
    world.doors = [_door(DoorState.CLOSED)]
    world.states.publish()
    assert world.topics() == [STATE]


def test_every_alarm_is_told_however_many_there_are(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.alarms = [msgspec.structs.replace(an_alarm(name, "hq"), rule="vigil-own") for name in ("a-1", "a-2", "a-3")]
    assert world.states.publish()
    told = world.topics()
    assert [f"homeassistant/binary_sensor/vigil/{alarm.id}/config" in told for alarm in world.alarms] == [True] * 3


def test_what_is_no_more_is_emptied_also_after_a_restart(tmp_path: Path) -> None:
    World(tmp_path).states.publish()
    later = World(tmp_path)
    later.configured = False
    later.states.publish()
    assert sorted(later.panel.sent) == sorted([(CONFIG, b""), (STATE, b"")])
    later.panel.sent.clear()
    later.states.publish()
    assert later.topics() == []


def test_a_broker_that_is_away_gets_it_later(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.panel.is_away = True
    assert not world.states.publish()
    world.panel.is_away = False
    assert world.states.publish()
    assert world.topics() == [CONFIG, STATE]


def test_it_says_that_vigil_is_there_and_that_it_goes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.states.start()
    world.states.stop()
    presence = [payload for topic, payload in world.panel.sent if topic == PRESENCE]
    assert presence[-1] == b"offline"
    assert set(presence) <= {b"online", b"offline"}
