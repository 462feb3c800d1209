"""F25, F27 and the gaps of F4: 200 devices, one fault each, a model of what must be said; planted bugs turn it red."""

from collections.abc import Callable
from random import Random

import pytest

from domain.configuration import Configuration
from domain.effects import AlarmChange, AlarmChanged, DeviceChanged, SequenceGap
from domain.identity import MessageIdentity
from domain.instant import SECOND, Instant, from_seconds
from domain.observations import DeviceStatus
from domain.record import Believed, ConfigurationChanged, Record, Tick
from domain.site import Device, DeviceKind, Site
from domain.text import same
from rules.duplicates import SeenBoot
from rules.engine import Engine
from rules.sequence_gaps import SequenceGaps
from rules.silent_devices import SilentDevices

DEVICES = 200
REPORT = 20.0
INTERVAL = 8
"""Seconds between two messages of a device."""

BOUND = from_seconds(1.1 * REPORT + 1)


class Fleet:
    """A site of many devices that speak in turn, each spread over the interval."""

    def __init__(self) -> None:
        names = [f"d{number}" for number in range(DEVICES)]
        devices = tuple(
            Device(id=name, name=same(name), kind=DeviceKind.SENSOR, report_seconds=REPORT) for name in names
        )
        site = Site(id="s", name=same("s"), timezone="UTC", devices=devices)
        self.names = names
        self.engine = Engine()
        self.effects: list[tuple[Instant, object]] = []
        self.counted = dict.fromkeys(names, 0)
        self.now: Instant = 1_800_000_000 * SECOND
        configuration = Configuration(sites=(site,))
        self._judge(ConfigurationChanged(configuration=configuration, digest="d"))

    def speaks(self, name: str, seq: int | None = None, boot: str = "b") -> None:
        if seq is None:
            seq = self.counted[name] = self.counted[name] + 1
        record = self._record(DeviceStatus(site="s", online=True))
        identity = MessageIdentity(name, boot, seq)
        self._handle(
            Record(
                seq=record.seq,
                body=record.body,
                event_time=self.now,
                received_at=self.now,
                source=name,
                site="s",
                believed=Believed.DEVICE,
                device_time=self.now,
                identity=identity,
            )
        )

    def lives(self, seconds: int, without: Callable[[str], bool] = lambda name: False, loses: float = 0.0) -> None:
        """All but some go on speaking; a part of what they say is lost on the way."""
        chance = Random(seconds)
        for _ in range(seconds):
            self.now += SECOND
            for place, name in enumerate(self.names):
                if self.now // SECOND % INTERVAL == place % INTERVAL and not without(name):
                    if chance.random() < loses:
                        self.counted[name] += 1
                    else:
                        self.speaks(name)
            self._judge(Tick())

    def raised(self, rule: str) -> list[AlarmChanged]:
        return [
            body
            for _, body in self.effects
            if isinstance(body, AlarmChanged) and body.change is AlarmChange.RAISED and body.alarm.rule == rule
        ]

    def _record(self, body: DeviceStatus | Tick | ConfigurationChanged) -> Record:
        seq = self.engine.last_seq + 1
        return Record(seq=seq, body=body, event_time=self.now, received_at=self.now, source="vigil")

    def _judge(self, body: Tick | ConfigurationChanged) -> None:
        self._handle(self._record(body))

    def _handle(self, record: Record) -> None:
        self.effects += [(self.now, effect.body) for effect in self.engine.handle([record]).effects]


def one_silent_of_many() -> None:
    fleet = Fleet()
    fleet.lives(30)
    stopped = fleet.now
    fleet.lives(40, without=lambda name: name == "d77")
    (alarm,) = fleet.raised("vigil-device-silent")
    assert alarm.alarm.subject.id == "d77"
    assert from_seconds(REPORT) - INTERVAL * SECOND <= alarm.occurrence.raised_at - stopped <= BOUND
    assert fleet.raised("vigil-site-silent") == []


def a_whole_site_silent() -> None:
    fleet = Fleet()
    fleet.lives(30)
    fleet.lives(60, without=lambda name: True)
    (alarm,) = fleet.raised("vigil-site-silent")
    assert alarm.occurrence.why.values["silent"] == DEVICES
    assert fleet.raised("vigil-device-silent") == []
    offline = [body.device for _, body in fleet.effects if isinstance(body, DeviceChanged) and not body.online]
    assert sorted(offline) == sorted(fleet.names)


def every_lost_message_is_in_a_gap() -> None:
    fleet = Fleet()
    fleet.lives(60, loses=0.1)
    fleet.lives(100)
    reported = sum(body.missing for _, body in fleet.effects if isinstance(body, SequenceGap))
    kept = sum(
        bounds[1] - bounds[0]
        for device in fleet.engine._judgement.state().devices.seen
        for boot in device.boots.values()
        for bounds in zip(boot.bounds[::2], boot.bounds[1::2], strict=True)
    )
    sent = sum(fleet.counted.values())
    assert sent - kept > 50
    assert reported == sent - kept


def a_swapped_device_is_noticed() -> None:
    fleet = Fleet()
    fleet.lives(400, without=lambda name: name != "d0")
    for seq in range(1, 4):
        fleet.now += SECOND
        fleet.speaks("d0", seq)
    assert len(fleet.raised("vigil-identity-conflict")) == 1


CHECKS = (one_silent_of_many, a_whole_site_silent, every_lost_message_is_in_a_gap, a_swapped_device_is_noticed)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_fault_is_told_as_it_must_be(check: Callable[[], None]) -> None:
    check()


def _never(*_: object, **__: object) -> list[object]:
    return []


def _none(*_: object, **__: object) -> None:
    return None


@pytest.mark.parametrize(
    ("check", "owner", "method", "planted"),
    [
        (one_silent_of_many, SilentDevices, "fire", _never),
        (a_whole_site_silent, SilentDevices, "_fall_silent", None),
        (every_lost_message_is_in_a_gap, SequenceGaps, "reveal", _none),
        (a_swapped_device_is_noticed, SeenBoot, "differs", lambda *_: False),
    ],
    ids=["deaf", "each_for_itself", "no_gaps", "no_fingerprints"],
)
def test_control_a_planted_bug_is_found(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[], None], owner: type, method: str, planted: object
) -> None:
    if planted is None:
        monkeypatch.setattr("rules.silent_devices.SITE_DEVICES", DEVICES + 1)
    else:
        monkeypatch.setattr(owner, method, planted)
    with pytest.raises((AssertionError, ValueError)):
        check()
