"""The page for everybody: both languages and themes, by keyboard alone, with assistive technology, with many rows."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it carries no types
from playwright.sync_api import Browser, Page, expect

from tests.page.browsing import House, Visit

SCREENS = (
    "overview",
    "alarms",
    "tours",
    "doors",
    "equipment",
    "orders",
    "devices",
    "quarantine",
    "outbox",
    "log",
    "figures",
)


# The smallest and the tall one with each change; what lies between them with the long tests.
SIZES = [
    (1280, 800),
    (820, 1180),
    pytest.param(1920, 1080, marks=pytest.mark.long),
    pytest.param(1180, 820, marks=pytest.mark.long),
]


# What mail servers and receivers answered is shown as they said it, and marked as English.
WITHOUT_FOREIGN = "document.querySelectorAll('#screen [lang=en]').forEach((each) => { each.style.display = 'none'; })"


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, each with the elements it means."""
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


def with_something_chosen(visit: Visit) -> Iterator[str]:
    """Each screen, with the first of its list chosen where it has one."""
    for screen in SCREENS:
        page = visit.at(screen)
        expect(page.locator(f'nav a[href="#/{screen}"]')).to_have_attribute("aria-current", "page")
        rows = page.get_by_role("listbox").get_by_role("option")
        if screen not in {"overview", "doors", "devices", "log", "figures"}:
            rows.first.click()
            expect(page.locator(".detail-head")).to_be_visible()
        yield screen


@pytest.mark.parametrize("theme", ["dark", pytest.param("light", marks=pytest.mark.long)])
def test_no_screen_has_a_serious_finding(browser: Browser, house: House, theme: str) -> None:
    with Visit(browser, house, color_scheme=theme) as visit:
        expect(visit.page.locator(f"html[data-theme={theme}]")).to_be_attached()
        found = {screen: findings(visit.page) for screen in with_something_chosen(visit)}
        assert {screen: said for screen, said in found.items() if said} == {}


def test_dialogs_have_no_serious_finding(visit: Visit) -> None:
    page = visit.at("alarms")
    visit.choose("Main entrance forced open")
    expect(page.get_by_role("button", name=re.compile("^Acknowledge"))).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert findings(page) == []


def test_the_whole_page_speaks_chinese(browser: Browser, house: House) -> None:
    with Visit(browser, house) as visit:
        visit.page.keyboard.press("l")
        expect(visit.page.locator("html[lang=zh-CN]")).to_be_attached()
        for screen in with_something_chosen(visit):
            visit.page.wait_for_load_state("networkidle")
            visit.page.evaluate(WITHOUT_FOREIGN)
            words = visit.page.locator("#screen").inner_text()
            assert re.search(r"[\u4e00-\u9fff]", words), screen
            # What stands outside of codes, values and people's names is not English.
            left = re.findall(r"\b(?:the|of|and|since|open|alarm|alarms|is|unacknowledged|shown)\b", words.lower())
            assert left == [], (screen, left)
        # The choice is kept.
        visit.page.reload()
        expect(visit.heading("滨江大厦")).to_be_visible()


def test_themes_change_and_are_kept(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("html[data-theme=dark]")).to_be_attached()
    page.get_by_role("button", name="Light theme").click()
    expect(page.locator("html[data-theme=light]")).to_be_attached()
    page.reload()
    expect(page.locator("html[data-theme=light]")).to_be_attached()


def test_the_shift_can_be_worked_by_keyboard_alone(house: House, visit: Visit) -> None:
    house.force_door()
    page = visit.page
    page.keyboard.press("2")
    expect(page.get_by_role("listbox", name="Alarms")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter (/)")).to_be_focused()
    page.keyboard.type("forced")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text(
        "Main entrance forced open"
    )
    expect(page.get_by_role("button", name=re.compile("^Acknowledge"))).to_be_enabled()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Acknowledged")).to_be_disabled()
    page.keyboard.press("c")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Seen on camera")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Seen on camera")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Acknowledge the chosen alarm")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Choose an alarm")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_is_cut_off_on_the_screens_people_have(browser: Browser, house: House, width: int, height: int) -> None:
    with Visit(browser, house, viewport={"width": width, "height": height}) as visit:
        for screen in with_something_chosen(visit):
            # The page itself never scrolls sideways.
            room = visit.page.evaluate(
                "[document.documentElement.scrollWidth, document.getElementById('screen').scrollWidth]"
            )
            shown = visit.page.evaluate("[innerWidth, document.getElementById('screen').clientWidth]")
            assert room[0] <= shown[0], screen
            assert room[1] <= shown[1], screen


def test_what_stands_in_the_heading_is_in_sight_on_a_telephone_too(browser: Browser, house: House) -> None:
    with Visit(browser, house, viewport={"width": 390, "height": 800}) as visit:
        heading = visit.page.locator(".top")
        for name in ("中文", "Light theme", "Keys"):
            expect(heading.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        for seen in (visit.heading("Riverside House"), heading.locator("time"), heading.get_by_role("group")):
            expect(seen).to_be_in_viewport(ratio=1)
