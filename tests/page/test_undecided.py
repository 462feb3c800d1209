"""What no rule judged, on the page: where one cannot be decided, with its reason, and readings that came late."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from domain.instant import SECOND
from tests.brokers import wait_until
from tests.page.browsing import RIVERSIDE, House, Visit, chromium
from tests.page.test_manners import findings


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A building whose rules are told as undecided after half a minute."""
    chromium()
    folder: Path = tmp_path_factory.mktemp("undecided")
    config = folder / "site"
    config.mkdir()
    shutil.copy(RIVERSIDE / "riverside.yaml", config)
    (config / "patience.yaml").write_text("alarms: {undecided_seconds: 30}\n")
    with House(folder, config=str(config)) as house:
        yield house


def test_a_rule_that_cannot_be_decided_is_named_with_its_reason(house: House, visit: Visit) -> None:
    house.measure(62.0)
    house.measure(None)

    def is_told() -> bool:
        house.pass_time(1)
        told = house.running.api.items("undecided", rule="pump-no-flow")
        return any(each["subject"] == "pump-1-flow" for each in told)  # pump 2 never spoke: it may be told earlier

    wait_until(is_told, "the rule to be told as undecided")
    page = visit.at("equipment")
    page.get_by_role("option", name="Supply pump 1").click()
    detail = page.get_by_role("region", name="Equipment").last
    expect(detail).to_contain_text("has no good value since")
    expect(detail).to_contain_text("pump-no-flow")
    assert findings(page) == []
    for _ in range(2):
        house.measure(62.0)
    expect(detail).not_to_contain_text("pump-no-flow")


def test_late_readings_are_said_with_the_history_of_their_point(house: House, visit: Visit) -> None:
    page = visit.at("equipment/pump-2")
    flow = page.get_by_role("region", name="Flow")
    expect(flow).to_be_visible()
    house.measure(62.0, "pump-2")
    taken = house.running.service.collector.stats().acknowledged
    house.plant.send("readings", house.clock.at - 60 * SECOND, points=["pump-2-flow"], values=[50.0])
    wait_until(lambda: house.running.service.collector.stats().acknowledged > taken, "the late reading")
    house.running.settle()
    house.pass_time(1)
    page.reload()
    expect(flow).to_contain_text("Messages with late readings received in this time: 1")
