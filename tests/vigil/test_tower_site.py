"""The office tower in `demo/`: as large as it says, complete on its plans, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.alarm import SubjectKind
from domain.plan import around
from domain.site import PersonRole, Site
from domain.text import Text
from rules.catalog import CATALOG
from vigil.configuration.loading import Loaded, load_configuration

DEMO = Path(__file__).resolve().parents[2] / "demo"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def tower() -> Loaded:
    return load_configuration(DEMO)


@pytest.fixture(scope="module")
def site(tower: Loaded) -> Site:
    (site,) = tower.configuration.sites
    return site


def test_it_is_as_large_as_an_office_tower(site: Site) -> None:
    roles = [person.role for person in site.people]
    assert len(site.checkpoints) == 40
    assert len(site.tours) == 6
    assert len(site.doors) == 25
    assert (len(site.equipment), len(site.points)) == (60, 400)
    assert (roles.count(PersonRole.OFFICER), roles.count(PersonRole.CARDHOLDER)) == (12, 200)
    assert roles.count(PersonRole.ENGINEER) >= 4


def test_everything_has_its_place_on_a_floor_that_can_be_drawn(site: Site) -> None:
    zones = {zone.id: zone for zone in site.zones}
    things: list[Any] = [*site.checkpoints, *site.doors, *site.equipment]
    for thing in things:
        assert thing.position is not None, thing.id
        assert zones[thing.zone].outline, thing.id
        assert any(zone.storey is not None and zone.outline for zone in around(thing.zone, zones)), thing.id
    storeys = [zone.storey for zone in site.zones if zone.storey is not None]
    assert storeys == sorted(set(storeys)) == [-2, -1, *range(1, 12)]


def test_no_two_things_of_a_room_stand_on_one_spot(site: Site) -> None:
    seen: dict[tuple[str, float, float], str] = {}
    things: list[Any] = [*site.checkpoints, *site.doors, *site.equipment]
    for thing in things:
        assert thing.position is not None
        spot = (thing.zone, thing.position.x, thing.position.y)
        assert spot not in seen, f"{thing.id} and {seen[spot]}"
        seen[spot] = thing.id


def test_every_checkpoint_is_on_a_tour_and_everything_is_carried_by_a_device(site: Site) -> None:
    assert {stop.checkpoint for tour in site.tours for stop in tour.stops} == {each.id for each in site.checkpoints}
    assert {door for device in site.devices for door in device.doors} == {door.id for door in site.doors}
    assert {point for device in site.devices for point in device.points} == {point.id for point in site.points}


def test_every_name_and_procedure_is_said_in_english_and_chinese(tower: Loaded, site: Site) -> None:
    for text in _texts(tower, site):
        assert text.en, text
        assert not CHINESE.search(text.en), text
        assert CHINESE.search(text.zh), text


def test_its_rules_cover_every_world(tower: Loaded) -> None:
    kinds = {rule.kind for rule in tower.configuration.rules}
    assert {CATALOG.entries[kind].subjects for kind in kinds} >= {
        SubjectKind.TOUR_STOP,
        SubjectKind.DOOR,
        SubjectKind.POINT,
    }
    assert all(
        rule.fault for rule in tower.configuration.rules if rule.kind not in {"missed_checkpoint", "tour_not_started"}
    )


def _texts(tower: Loaded, site: Site) -> Iterator[Text]:
    yield site.name
    named: list[Any] = [*site.zones, *site.checkpoints, *site.doors, *site.equipment, *site.devices, *site.tours]
    for thing in named:
        yield thing.name
    for point in site.points:
        yield point.name if not point.name.en.startswith(("CO", "PM")) else site.name
    for rule in tower.configuration.rules:
        yield rule.name
        yield rule.procedure


def test_the_chill_room_is_none_of_the_freezers(site: Site) -> None:
    """Its model goes by how far down the sensor reaches."""
    reaches = {point.equipment: point.low for point in site.points if point.quantity == "temperature"}
    assert reaches["freezer-1"] == reaches["freezer-2"] == -40
    assert reaches["chill-room"] == -10
