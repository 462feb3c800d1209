"""How each kind of record passes through the engine's world; what the parts do with it is in their own tests."""

import msgspec
import pytest

from domain.effects import DeviceChanged, EffectBody, LateObservation, QuarantineAdded, RuleFaulted
from domain.observations import (
    DeviceStatus,
    PanelEvent,
    PanelKind,
    PersonSignal,
    Quarantined,
    SignalKind,
    VideoEvent,
    VideoKind,
)
from domain.readings import Readings, readings_from
from domain.record import Body
from rules.catalog import CATALOG
from rules.judgement import Judgement
from rules.quarantine_news import MALFORMED
from rules.telling import Telling
from tests.rules.estate import HELD, configured
from tests.rules.playbook import Playbook, instant, line


def playbook() -> Playbook:
    return Playbook(configured(), "09:00")


def bodies(book: Playbook) -> list[EffectBody]:
    return [effect.body for effect in book.outcomes[-1].effects]


@pytest.mark.parametrize(
    "body",
    [
        DeviceStatus(site="tower", online=True),
        PersonSignal(site="tower", person="li", kind=SignalKind.SOS),
        VideoEvent(site="tower", camera="phone", kind=VideoKind.SMOKE),
        PanelEvent(site="tower", panel="phone", kind=PanelKind.ALARM),
    ],
    ids=lambda body: type(body).__name__,
)
def test_what_no_rule_looks_at_yet_counts_as_the_device_speaking(body: Body) -> None:
    book = playbook().at("10:00").happens(body, source="phone", boot="b1")
    assert [type(each) for each in bodies(book)] == [DeviceChanged]


def test_what_was_quarantined_is_told_and_no_device_is_believed_to_have_spoken() -> None:
    body = Quarantined(
        topic="t", payload=b"secret", size=9, reason="not_json", detail="no", site="tower", device="phone"
    )
    book = playbook().at("10:00").happens(body, source="phone")
    assert bodies(book) == [
        QuarantineAdded(site="tower", device="phone", topic="t", reason="not_json", detail="no", size=9)
    ]


def test_readings_of_unequal_columns_are_set_aside_and_stop_nothing() -> None:
    book = playbook().at("10:00").reading(5.0)
    damaged = msgspec.structs.replace(readings_from(["flow"], [1], [1.0], [0]), at=b"123")
    book.happens(damaged, source="gateway", boot="b1")
    (told,) = bodies(book)
    assert isinstance(told, QuarantineAdded)
    assert (told.reason, told.device, told.detail) == (
        MALFORMED,
        "gateway",
        "columns differ in length: 3 bytes of times, 8 of values, 1 qualities",
    )
    assert book.outcomes[-1].readings is None
    assert not [told for told in bodies(book.at("10:01").reading(5.0)) if isinstance(told, QuarantineAdded)]


def test_a_batch_tells_record_by_record() -> None:
    book = playbook().at("10:00").reading(5.0)
    late = book.record(readings_from(["flow"], [instant("09:00")], [1.0], [0]), source="gateway", boot="b2")
    raising = book.record(readings_from(["flow"], [instant("10:01")], [5.0], [0]), source="gateway", boot="b2")
    book.judge(late, msgspec.structs.replace(raising, seq=late.seq + 1))
    assert [(effect.cause, effect.n, line(effect)[9:35]) for effect in book.outcomes[-1].effects] == [
        (3, 0, "device gateway online"),
        (3, 1, "late flow x1"),
        (4, 0, "alarm raised no-flow point"),
        (4, 1, "order created pump/pump.no"),
        (4, 2, "incident open first x1 sta"),
    ]


def test_readings_without_a_site_are_stored() -> None:
    book = playbook().at("10:00")
    record = msgspec.structs.replace(book.record(readings_from(["flow"], [1], [1.0], [0])), site=None)
    book.judge(record)
    assert bodies(book) == []
    assert book.outcomes[-1].readings is not None


def test_late_readings_alone_make_no_batch() -> None:
    book = playbook().at("10:00").reading(5.0).at("10:02").reading(5.0, "09:00")
    assert [type(each) for each in bodies(book)] == [DeviceChanged, LateObservation]


def test_an_empty_message_says_nothing() -> None:
    book = playbook().at("10:00").happens(Readings(points="", at=b"", values=b"", quality=b""))
    assert (bodies(book), book.outcomes[-1].readings) == ([], None)


def test_firing_forgets_what_is_too_old() -> None:
    judgement = Judgement("real", CATALOG)
    judgement._commands._seen["c"] = 0
    record = playbook().tick().records[-1]
    judgement.fire(instant("10:00"), record, Telling("real"))
    assert judgement.state().commands == {}


def test_a_watch_that_fails_is_told_and_its_alarm_loses_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Playbook(configured(HELD), "09:00").at("10:00").door("front", "opened").tick("10:02:30")
    watch = type(book.engine._judgement._door_rules._posts["held", "front"].watch)

    def burst(self: object, state: object, fact: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(watch, "observe", burst)
    book.at("10:03").door("front", "closed").door("front", "opened")
    faults = [effect.body for effect in book.effects if isinstance(effect.body, RuleFaulted)]
    assert [(fault.rule, fault.subject, fault.error) for fault in faults] == [("held", "front", "ZeroDivisionError: ")]
    book.says(
        "10:02:00 alarm raised held door:front #1 (Front door held open) UNACK",
        "10:02:00 order created front/door.closer requested x1",
        "10:03:00 rule held faulted on front: ZeroDivisionError: ",
        "10:03:00 alarm sight_lost held door:front #1 (Front door held open) UNACK",
        "10:03:00 alarm raised vigil-parked-rule rule:held #1 (A rule is parked) UNACK",
    )
