"""W6: a captured scan sent again has no second effect: at once, after a reboot, days later, by another device."""

import json

import pytest
from msgspec.structs import replace

from collector.refusal import Reason
from domain.configuration import Configuration
from domain.effects import AlarmChanged, DuplicateIgnored, Effect, IdentityConflict, IncidentChanged, ScanJudged
from domain.instant import DAY, SECOND, Instant
from domain.observations import CheckpointScan, Quarantined
from domain.record import ConfigurationChanged, Record, Tick
from rules.engine import Engine
from tests.collector.building import NOW, SITE, decode, scan, topic_of

TAKEN_AT = NOW // 1000
CAPTURED = json.dumps(scan(seq=17, at=TAKEN_AT)).encode()


class Vigil:
    """Decoder and engine, with everything in between left out."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now: Instant = NOW
        configuration = Configuration(sites=(SITE,))
        changed = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
        self.judge(Record(seq=0, body=changed, event_time=NOW, received_at=NOW, source="vigil"))

    def hears(self, payload: bytes, topic: str = topic_of("scan")) -> list[Effect]:
        (record,) = decode(topic, payload, received_at=self.now)
        return self.judge(record)

    def judge(self, record: Record) -> list[Effect]:
        return list(self.engine.handle([replace(record, seq=self.engine.last_seq + 1)]).effects)

    def passes(self, span: int) -> list[Effect]:
        self.now += span
        return self.judge(Record(seq=0, body=Tick(), event_time=self.now, received_at=self.now, source="vigil"))

    def works_on(self, *, boot: str, count: int) -> None:
        """The device goes on as it should."""
        for seq in range(1, count + 1):
            self.now += SECOND
            self.hears(json.dumps(scan(boot=boot, seq=seq, at=self.now // 1000)).encode())


def told(effects: list[Effect]) -> list[type]:
    return [type(effect.body) for effect in effects]


@pytest.fixture
def vigil() -> Vigil:
    vigil = Vigil()
    assert ScanJudged in told(vigil.hears(CAPTURED))
    return vigil


def test_at_once(vigil: Vigil) -> None:
    assert told(vigil.hears(CAPTURED)) == [DuplicateIgnored]


def test_after_the_device_has_rebooted(vigil: Vigil) -> None:
    vigil.works_on(boot="b4", count=5)
    assert told(vigil.hears(CAPTURED)) == [DuplicateIgnored]


def test_days_later_and_after_a_restart_of_vigil(vigil: Vigil) -> None:
    vigil.works_on(boot="b3f1", count=200)
    vigil.passes(3 * DAY)
    vigil.engine = Engine.restore(vigil.engine.snapshot())
    assert told(vigil.hears(CAPTURED)) == [DuplicateIgnored]


@pytest.mark.parametrize("sender", ["reader-2", "gw-4"])
def test_by_another_device(vigil: Vigil, sender: str) -> None:
    (record,) = decode(topic_of("scan", sender), CAPTURED)
    assert isinstance(record.body, Quarantined)
    assert record.body.reason == Reason.IDENTITY_MISMATCH


def test_with_another_content_or_for_another_time_it_is_told_as_a_conflict(vigil: Vigil) -> None:
    forged = json.dumps(scan(seq=17, at=TAKEN_AT, checkpoint="cp-vault")).encode()
    assert told(vigil.hears(forged)) == [DuplicateIgnored, IdentityConflict, AlarmChanged, IncidentChanged]
    fresh = Vigil()
    fresh.works_on(boot="b3f1", count=100)
    fresh.now += SECOND
    dated_anew = json.dumps(scan(seq=17, at=fresh.now // 1000)).encode()
    assert told(fresh.hears(dated_anew)) == [DuplicateIgnored, IdentityConflict, AlarmChanged, IncidentChanged]


def test_control_without_its_number_the_replay_counts() -> None:
    vigil = Vigil()
    for _ in range(2):
        (record,) = decode(topic_of("scan"), CAPTURED, received_at=vigil.now)
        assert isinstance(record.body, CheckpointScan)
        assert ScanJudged in told(vigil.judge(replace(record, identity=None)))
