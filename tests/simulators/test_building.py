"""The simulated building is believable, seeded, and knows what it did wrong."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.alarm import SubjectKind
from domain.configuration import Configuration
from domain.instant import HOUR, SECOND, Instant, from_iso, from_seconds
from domain.site import Site
from rules.catalog import CATALOG
from simulators.building import Building
from simulators.device import Message
from simulators.mishap import MishapKind
from simulators.physics.catalog import MODELS
from simulators.site_time import SiteTime
from vigil.configuration.loading import load_configuration

ROOT = Path(__file__).resolve().parents[2]


MORNING = from_iso("2026-11-23T07:25:00+08:00")
FOLDERS = {"lakeside": ROOT / "demo", "riverside": ROOT / "simulators" / "site"}


@pytest.fixture(scope="module", params=FOLDERS)
def configuration(request: pytest.FixtureRequest) -> Configuration:
    return load_configuration(FOLDERS[request.param]).configuration


@pytest.fixture(scope="module")
def site(configuration: Configuration) -> Site:
    return configuration.sites[0]


def hour_of(site: Site, seed: int, start: Instant = MORNING) -> tuple[list[Message], Building]:
    building = Building(site, start, seed)
    return list(building.messages(until=start + HOUR)), building


def body(message: Message) -> Mapping[str, Any]:
    decoded: Mapping[str, Any] = msgspec.json.decode(message.payload)
    return decoded


def test_the_same_seed_gives_the_same_hour_and_another_seed_another(site: Site) -> None:
    assert hour_of(site, 7)[0] == hour_of(site, 7)[0]
    assert hour_of(site, 7)[0] != hour_of(site, 8)[0]


@pytest.mark.parametrize("seed", range(5))
def test_an_hour_has_something_of_every_world_early_on(configuration: Configuration, seed: int) -> None:
    building = Building(configuration.sites[0], MORNING, seed, configuration.rules)
    list(building.messages(until=MORNING + HOUR))
    assert {mishap.kind for mishap in building.mishaps} == set(MishapKind)
    for kind in MishapKind:
        first = min(mishap.expected_by for mishap in building.mishaps if mishap.kind is kind)
        assert first <= MORNING + from_seconds(1200), f"the first {kind} comes too late to be seen in a minute at 20"


def test_it_is_a_calm_building(site: Site) -> None:
    _, building = hour_of(site, 3)
    assert 3 <= len(building.mishaps) <= 12


def test_machines_fail_only_as_rules_watch_for(configuration: Configuration) -> None:
    site, rules = configuration.sites[0], configuration.rules
    watched = {rule.fault for rule in rules}
    building = Building(site, MORNING, 1, rules)
    list(building.messages(until=MORNING + 3 * HOUR))
    assert {mishap.fault for mishap in building.mishaps if mishap.fault} <= watched
    of_others = [rule for rule in rules if CATALOG.entries[rule.kind].subjects is not SubjectKind.POINT]
    unwatched = Building(site, MORNING, 1, of_others)
    list(unwatched.messages(until=MORNING + HOUR))
    assert not [mishap for mishap in unwatched.mishaps if mishap.kind is MishapKind.MACHINE_FAULT]


def test_machines_fail_only_in_what_is_measured(site: Site) -> None:
    measured = {
        machine.id: {point.quantity for point in site.points if point.equipment == machine.id}
        for machine in site.equipment
    }
    shown = {fault.code: fault.quantity for model in MODELS.values() for fault in model.faults}
    building = Building(site, MORNING, 3)
    list(building.messages(until=MORNING + 4 * HOUR))
    failed = [mishap for mishap in building.mishaps if mishap.fault in shown]
    assert failed
    assert [mishap for mishap in failed if shown[mishap.fault or ""] not in measured[mishap.subject]] == []


def test_nobody_comes_to_work_at_night_or_on_a_day_off() -> None:
    site = load_configuration(FOLDERS["lakeside"]).configuration.sites[0]
    passes = {}
    for name, start in {"workday": "2026-11-23", "night": "2026-11-23T01", "sunday": "2026-11-22"}.items():
        at = from_iso(f"{start}T08:25:00+08:00" if len(start) == 10 else f"{start}:25:00+08:00")
        messages, _ = hour_of(site, 2, at)
        granted = [body(message) for message in messages if message.topic.endswith("/access")]
        passes[name] = sum(event["event"] == "granted" and event["person"].startswith("card") for event in granted)
        assert SiteTime(site).works_at(at) is (name != "sunday")
    assert passes["workday"] > 100
    assert passes["night"] == passes["sunday"] == 0


def test_time_never_runs_back_and_each_device_counts_without_a_gap(site: Site) -> None:
    messages, _ = hour_of(site, 4)
    assert [message.at for message in messages] == sorted(message.at for message in messages)
    numbers: dict[str, list[int]] = {}
    for message in messages:
        if message.identity is not None:
            numbers.setdefault(message.identity.device, []).append(message.identity.seq)
    for seen in numbers.values():
        assert sorted(set(seen)) == list(range(1, max(seen) + 1))


def test_every_mishap_shows_in_the_messages(site: Site) -> None:
    """A forced door has no grant or exit request in the eight seconds before; a held one closes after its limit."""
    messages, building = hour_of(site, 5)
    events = [(message.at, body(message)) for message in messages if message.topic.endswith("/access")]
    held = {door.id: from_seconds(30 if door.high_security else door.held_seconds) for door in site.doors}
    for mishap in building.mishaps:
        if mishap.kind is MishapKind.DOOR_FORCED:
            before = [
                event["event"]
                for at, event in events
                if event["door"] == mishap.subject and mishap.at - 8 * SECOND <= at < mishap.at
            ]
            assert "granted" not in before
        if mishap.kind is MishapKind.DOOR_HELD:
            closed = [at for at, event in events if event["door"] == mishap.subject and event["event"] == "closed"]
            assert min(at for at in closed if at > mishap.at) > mishap.at + held[mishap.subject]


def test_doors_open_and_close_in_turn(site: Site) -> None:
    messages, _ = hour_of(site, 6)
    for door in site.doors:
        moves = [body(message)["event"] for message in messages if message.topic.endswith("/access")]
        assert moves
        of_door = [
            event["event"]
            for event in (body(message) for message in messages if message.topic.endswith("/access"))
            if event["door"] == door.id and event["event"] in {"opened", "closed"}
        ]
        assert all(first != second for first, second in pairwise(of_door))


def test_some_messages_are_rubbish_and_some_scans_come_twice(site: Site) -> None:
    messages, _ = hour_of(site, 1)
    assert any(message.identity is None for message in messages)
    seen = Counter(message.identity for message in messages if message.identity is not None)
    assert any(count == 2 for count in seen.values())
