"""A flood is said across the page while it lasts; a second detector that says the same is said in the why."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from tests.page.browsing import RIVERSIDE, House, Visit, a_browser, chromium

FLOOD_BEGINS: Final = 3
PATIENCE: Final = "alarms: {flood_begins: 3, flood_ends: 3}\n"
FIRST, SECOND = "Supply pump 1: pump delivers no flow", "Supply pump 2: pump delivers no flow"


def quickly_flooded(folder: Path) -> Path:
    """The example where few alarms are a flood, and the two pumps confirm each other."""
    config = folder / "site"
    config.mkdir()
    shutil.copy(RIVERSIDE / "riverside.yaml", config)
    text = (config / "riverside.yaml").read_text()
    assert "    fault: pump.no_flow\n" in text
    confirming = text.replace("    fault: pump.no_flow\n", "    fault: pump.no_flow\n    confirms: no_flow\n")
    (config / "riverside.yaml").write_text(confirming)
    (config / "patience.yaml").write_text(PATIENCE)
    return config


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    chromium()
    with House(tmp_path, config=str(quickly_flooded(tmp_path))) as house:
        yield house


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Visit]:
    with Visit(browser, house) as visit:
        yield visit


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_flood_is_said_across_the_page_and_is_gone_when_it_is_over(house: House, visit: Visit) -> None:
    page = visit.at("overview")
    banner = page.get_by_role("status")
    for _ in range(FLOOD_BEGINS):
        house.force_door()
    attention = page.get_by_role("region", name="Needs attention")
    expect(attention.get_by_role("link", name=re.compile("Main entrance forced open"))).to_be_visible()
    expect(banner).not_to_contain_text("more alarms come than can be read")
    house.force_door()
    expect(banner).to_contain_text("more alarms come than can be read (4 so far)")
    # Who opens the page later sees it too.
    page.reload()
    expect(banner).to_contain_text("more alarms come than can be read")
    house.pass_time(11 * 60)
    expect(banner).not_to_contain_text("more alarms come than can be read")


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_second_detector_that_says_the_same_is_said_in_the_why_of_both(house: House, visit: Visit) -> None:
    house.starve_pump()
    page = visit.at("alarms")
    visit.choose(FIRST)
    decided = page.get_by_role("region", name="What Vigil decided")
    expect(page.get_by_text("Confirmed by a second detector")).to_have_count(0)
    house.starve_pump("pump-2", flowing=0)
    expect(decided).to_contain_text(f"confirmed: '{SECOND}")
    expect(page.get_by_role("region", name="Why").get_by_text("Confirmed by a second detector").first).to_be_visible()
    page.get_by_role("option", name=re.compile("Incident: 2 standing")).click()
    page.get_by_role("option", name=re.compile(SECOND)).click()
    expect(decided).to_contain_text(f"confirmed: '{FIRST}")
