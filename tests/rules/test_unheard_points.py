"""One alarm for a gateway that falls silent, with those of its points under it, on the whole engine."""

import msgspec
import pytest

from domain.configuration import Parameter, RuleSpec
from domain.effects import AlarmChanged, DeviceChanged, IncidentChanged, WorkOrderChanged
from domain.observations import DeviceStatus
from domain.priority import Priority
from domain.site import Site
from domain.text import Text
from tests.rules.estate import SITE, configured
from tests.rules.playbook import Playbook, instant

SILENT = "vigil-device-silent device:gateway #1 (Gateway is silent)"
PATIENT: Site = msgspec.structs.replace(
    SITE, devices=tuple(msgspec.structs.replace(each, report_seconds=3600.0) for each in SITE.devices)
)
WAITING: Site = msgspec.structs.replace(
    SITE,
    devices=tuple(
        msgspec.structs.replace(each, report_seconds=3600.0 if each.id == "gateway" else None) for each in SITE.devices
    ),
)
"""Only the gateway is waited for, so that the site is never silent as a whole."""


def lost(point: str, priority: Priority = Priority.LOW, **parameters: Parameter) -> RuleSpec:
    return RuleSpec(
        id=f"{point}-lost",
        kind="stale",
        site="tower",
        name=Text("not measured", "无测值"),
        priority=priority,
        subjects=(point,),
        parameters={"silent_seconds": 300.0, **parameters},
    )


def a_book(*rules: RuleSpec, site: Site = PATIENT) -> Playbook:
    return Playbook(configured(*rules or (lost("flow"), lost("heat", silent_seconds=400.0)), site=site), "09:59")


def said(book: Playbook) -> list[str]:
    """What became of alarms, and whether something stands for them."""
    found = [each.body for each in book.unread if isinstance(each.body, AlarmChanged)]
    book.unread.clear()
    return [f"{each.change} {each.alarm.rule} {each.alarm.display_state} {each.alarm.priority.value}" for each in found]


def read(book: Playbook, *points: str) -> Playbook:
    for point in points or ("flow", "heat"):
        book.reading(1.0, point=point)
    return book


def test_what_devices_kept_from_before_the_first_configuration_is_no_silence() -> None:
    """A gateway that is older than Vigil sends its last hours when it is connected."""
    book = a_book(lost("flow")).at("10:00")
    for made in ("07:00", "08:00", "09:30"):
        book.reading(1.0, made).tick()
    assert said(book) == []
    book.tick("10:04:30")
    assert said(book) == ["raised flow-lost UNACK low"]
    assert book.latest(AlarmChanged).occurrence.raised_at == instant("10:04")


def test_a_gateway_that_sends_slowly_what_it_kept_is_one_silence_with_an_off_delay() -> None:
    def times(off_delay: float) -> int:
        book = a_book(lost("flow", off_delay_seconds=off_delay)).at("10:00").reading(1.0).tick("12:00")
        for minute in range(1, 20):
            book.at(f"12:00:{minute:02}").reading(1.0, f"10:{minute:02}").tick()
        return sum(line.startswith("raised flow-lost") for line in said(book))

    assert times(0.0) > 1
    assert times(400.0) == 1


@pytest.mark.parametrize("site", [PATIENT, SITE])
def test_a_gateway_that_falls_silent_is_one_alarm_with_its_points_under_it(site: Site) -> None:
    """Whether somebody waits for the gateway itself or not."""
    book = read(a_book(site=site).at("10:00"))
    book.unread.clear()
    book.tick("10:04").says()
    book.tick("10:05").says(
        "10:05:00 device gateway offline",
        f"10:05:00 alarm raised {SILENT} UNACK",
        "10:05:00 alarm raised flow-lost point:flow #1 (Pump: not measured) DSUPR",
        about=(AlarmChanged, DeviceChanged),
    )
    assert said(book.tick("10:07")) == ["raised heat-lost DSUPR low"]
    incidents = {each.body.incident.id for each in book.effects if isinstance(each.body, IncidentChanged)}
    assert len(incidents) == 1
    assert not any(isinstance(each.body, WorkOrderChanged) for each in book.effects)
    assert said(read(book.restarts().at("10:10"))) == [
        "cleared vigil-device-silent RTNUN medium",
        "cleared flow-lost NORM low",
        "cleared heat-lost NORM low",
    ]
    assert said(book.tick("10:30"))[0] == "raised vigil-device-silent UNACK medium"


def test_what_was_never_heard_is_one_alarm_too_and_its_time_changes_nothing_more() -> None:
    book = a_book()
    assert said(book.tick("10:10")) == [
        "raised vigil-device-silent UNACK medium",
        "raised flow-lost DSUPR low",
        "raised heat-lost DSUPR low",
    ]
    (raised,) = [
        each.body.occurrence.why
        for each in book.effects
        if isinstance(each.body, AlarmChanged) and each.body.alarm.rule == "vigil-device-silent"
    ]
    assert raised.seen.en == "nothing was heard of it since it is waited for; its points give no values"
    assert "report_s" not in raised.values


def test_a_point_that_is_lost_while_its_gateway_speaks_stands_by_itself() -> None:
    book = read(a_book().at("10:00"))
    for minute in range(1, 6):
        read(book.at(f"10:0{minute}"), "heat")
    book.unread.clear()
    assert said(book.tick("10:05:30")) == ["raised flow-lost UNACK low"]


def test_a_gateway_that_fell_silent_later_than_its_point_does_not_explain_it() -> None:
    book = read(a_book().at("10:00"))
    read(book.at("10:04"), "heat")
    book.unread.clear()
    assert said(book.tick("10:05")) == ["raised flow-lost UNACK low"]
    assert said(book.tick("10:11")) == ["raised vigil-device-silent UNACK medium", "raised heat-lost DSUPR low"]


def test_readings_that_cannot_be_used_are_no_silence_of_the_gateway() -> None:
    book = read(a_book().at("10:00"))
    book.reading(float("nan"))
    book.unread.clear()
    assert said(book.tick("10:05")) == ["raised flow-lost UNACK low"]


def test_a_gateway_whose_last_will_came_is_missed_by_its_points() -> None:
    book = read(a_book().at("10:00"))
    book.at("10:04:30").happens(DeviceStatus(site="tower", online=False, reason="will"), source="gateway")
    book.unread.clear()
    assert said(book.tick("10:05")) == ["raised vigil-device-silent UNACK medium", "raised flow-lost DSUPR low"]


def test_a_last_will_that_comes_late_is_no_word_of_the_gateway() -> None:
    """The broker says it once its own patience is over, which may be longer than that of a rule."""
    book = read(a_book().at("10:00"))
    book.tick("10:07").unread.clear()
    book.at("10:08").happens(DeviceStatus(site="tower", online=False, reason="will"), source="gateway")
    assert said(book) == said(book.tick("10:30")) == []


def test_a_gateway_that_stays_silent_after_its_site_is_back_is_one_alarm_still() -> None:
    devices = [each for each in SITE.devices if each.id != "gateway"]
    quick = [msgspec.structs.replace(each, report_seconds=60.0) for each in devices]
    book = read(a_book(site=msgspec.structs.replace(SITE, devices=(*quick, SITE.devices[3]))).at("10:00"))
    book.tick("10:04").unread.clear()
    assert said(book.tick("10:10")) == [
        "raised vigil-device-silent DSUPR medium",
        "raised flow-lost DSUPR low",
        "raised heat-lost DSUPR low",
    ]
    for minute in range(11, 20):
        for each in quick:
            book.at(f"10:{minute}").happens(DeviceStatus(site="tower", online=True), source=each.id)
    book.tick("10:20")
    changes = [each.body for each in book.effects if isinstance(each.body, AlarmChanged)]
    standing = {each.alarm.rule: each.alarm.display_state for each in changes}
    assert standing["vigil-device-silent"] == "UNACK"
    assert standing["flow-lost"] == standing["heat-lost"] == "DSUPR"


def test_it_is_as_urgent_as_the_rules_it_stands_for_and_critical_ones_are_told_first() -> None:
    book = read(a_book(lost("flow"), lost("heat", Priority.HIGH, silent_seconds=400.0), site=WAITING).at("10:00"))
    book.unread.clear()
    assert said(book.tick("10:10")) == [
        "raised vigil-device-silent UNACK medium",
        "raised flow-lost DSUPR low",
        "worsened vigil-device-silent UNACK high",
        "raised heat-lost DSUPR high",
    ]
    assert said(book.tick("11:30")) == []
    alone = read(a_book(lost("flow", Priority.CRITICAL)).at("10:00"))
    alone.unread.clear()
    assert said(alone.tick("10:10")) == ["raised flow-lost UNACK critical"]


def test_a_critical_rule_under_a_gateway_that_is_missed_already_makes_that_critical() -> None:
    """Else what is critical would stand under what is not."""
    rules = lost("flow"), lost("heat", Priority.CRITICAL, silent_seconds=400.0)
    book = read(a_book(*rules, site=WAITING).at("10:00"))
    book.unread.clear()
    assert said(book.tick("10:10")) == [
        "raised vigil-device-silent UNACK medium",
        "raised flow-lost DSUPR low",
        "worsened vigil-device-silent UNACK critical",
        "raised heat-lost DSUPR critical",
    ]


def test_a_device_with_one_point_leaves_its_alarm_to_the_rule() -> None:
    gateway = msgspec.structs.replace(SITE.devices[3], points=("flow",))
    book = a_book(lost("flow"), site=msgspec.structs.replace(SITE, devices=(gateway,)))
    assert said(book.tick("10:10")) == ["raised flow-lost UNACK low"]


def test_gateways_that_were_missed_one_by_one_go_under_the_alarm_of_their_site() -> None:
    devices = tuple(
        msgspec.structs.replace(each, points=("flow", "heat") if each.id == "gateway" else ())
        for each in PATIENT.devices
    )
    book = a_book(site=msgspec.structs.replace(PATIENT, devices=devices))
    book.tick("10:10")
    book.unread.clear()
    assert said(book.tick("11:05")) == [
        "raised vigil-site-silent UNACK high",
        "inhibited vigil-device-silent DSUPR medium",
    ]
    assert said(read(book.at("11:06"))) == [
        "cleared vigil-device-silent NORM medium",
        "cleared vigil-site-silent RTNUN high",
        "cleared flow-lost NORM low",
        "cleared heat-lost NORM low",
    ]
