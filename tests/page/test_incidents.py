"""A storm stays readable: few incidents, each with its reason, every alarm of it reachable; and quick enough."""

import json
import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.browsing import House, Visit
from tests.page.test_manners import findings

MANY: Final = 2_000
INCIDENTS: Final = 5
QUICK_SECONDS: Final = 0.2
FIRST, SECOND = "Supply pump 1: pump delivers no flow", "Supply pump 2: pump delivers no flow"


def test_alarms_of_one_incident_stand_under_it_with_the_reason(house: House, visit: Visit) -> None:
    page = visit.at("alarms")
    expect(page.get_by_role("option", name=re.compile(FIRST))).to_be_visible()
    house.starve_pump("pump-2", flowing=0)
    head = page.get_by_role("option", name=re.compile("Incident: 2 standing · the same kind in the same zone"))
    expect(head).to_contain_text(FIRST)
    expect(page.get_by_role("option", name=re.compile(SECOND))).not_to_be_visible()
    head.click()
    detail = page.get_by_role("region", name="All occurrences (2), newest first")
    expect(detail.get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("button", name="Close all")).to_be_disabled()
    assert findings(page) == []
    # Its first alarm stands first; each says why it is here, and leads back.
    expect(page.get_by_role("listbox").get_by_role("option").nth(1)).to_contain_text(FIRST)
    page.get_by_role("option", name=re.compile(SECOND)).click()
    expect(page.get_by_role("region", name="What Vigil decided")).to_contain_text("Grouped")
    page.get_by_role("link", name=re.compile(FIRST)).click()
    expect(detail).to_be_visible()
    # Chosen again, it is folded.
    head.click()
    expect(page.get_by_role("option", name=re.compile(SECOND))).not_to_be_visible()


def a_storm(picture: dict[str, Any]) -> dict[str, Any]:
    """The worst there may be: 2,000 alarms that nothing stands for, in 5 incidents, in a flood."""
    alarm, incident = picture["alarms"][0], picture["incidents"][0]
    picture["incidents"] = [
        {**incident, "id": f"incident-{n}", "title": {"en": f"Incident number {n}", "zh": f"{n} 号事件"}}
        for n in range(INCIDENTS)
    ]
    picture["alarms"] = [
        {
            **alarm,
            "id": f"alarm-{n}",
            "name": {"en": f"Alarm number {n}", "zh": f"{n} 号报警"},
            "latest": {**alarm["latest"], "incident": f"incident-{n % INCIDENTS}"},
        }
        for n in range(MANY)
    ]
    return picture


@pytest.fixture
def stormy(visit: Visit) -> Page:
    def answer(route: Route) -> None:
        picture = a_storm(route.fetch().json())
        route.fulfill(content_type="application/json", body=json.dumps(picture))

    visit.page.route("**/live", answer)
    page = visit.at("alarms")
    page.reload()
    expect(page.get_by_role("option", name=re.compile("Incident number"))).to_have_count(INCIDENTS)
    return page


# The second frame after an event shows what was asked for.
PAINTED: Final = """([selector, value]) => new Promise((done) => {
  const element = document.querySelector(selector);
  const from = performance.now();
  if (value === null) element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
  requestAnimationFrame(() => requestAnimationFrame(() => done((performance.now() - from) / 1000)));
})"""


def seconds_to_paint(page: Page, selector: str, value: str | None = None) -> float:
    """How long a click on an element, or a text put into it, takes until the page has been drawn anew."""
    return float(page.evaluate(PAINTED, [selector, value]))


def test_a_storm_is_five_lines_with_every_alarm_behind_them(stormy: Page) -> None:
    heads = stormy.get_by_role("option", name=re.compile("Incident number"))
    heads.first.click()
    rows = stormy.get_by_role("option", name=re.compile("Alarm number"))
    expect(rows.first).to_be_visible()
    expect(rows.first).to_have_attribute("aria-setsize", str(INCIDENTS + MANY // INCIDENTS))
    assert stormy.get_by_role("option").count() < 60
    # Keys walk past folded incidents, and open one on request.
    heads.first.click()
    stormy.keyboard.press("j")
    stormy.keyboard.press("j")
    expect(stormy.get_by_role("listbox").get_by_role("option")).to_have_count(INCIDENTS)
    stormy.keyboard.press("ArrowRight")
    expect(rows.first).to_be_visible()
    stormy.get_by_label("Filter (/)").fill("number 1234")
    expect(rows).to_have_count(1)


def test_a_storm_needs_no_more_attention_than_its_incidents(stormy: Page) -> None:
    stormy.get_by_role("navigation").get_by_role("link", name="Overview").click()
    lines = stormy.get_by_role("region", name="Needs attention").get_by_role("listitem")
    expect(lines).to_have_count(INCIDENTS)
    expect(lines.first).to_contain_text("Incident number")
    lines.first.get_by_role("link").click()
    # Where it leads its alarms are reached.
    chosen = stormy.get_by_role("option", name=re.compile("Incident number"), selected=True)
    expect(chosen).to_have_count(1)
    stormy.keyboard.press("ArrowRight")
    expect(stormy.get_by_role("option", name=re.compile("Alarm number")).first).to_be_visible()


@pytest.mark.long
def test_a_storm_leaves_the_page_fluent(stormy: Page) -> None:
    took = {
        "open an incident": seconds_to_paint(stormy, "[role=option]"),
        "choose an alarm": seconds_to_paint(stormy, "[role=option]:nth-of-type(3)"),
        "filter": seconds_to_paint(stormy, "input[type=search]", "number 77"),
        "all again": seconds_to_paint(stormy, "input[type=search]", ""),
        "to the overview": seconds_to_paint(stormy, 'nav a[href="#/overview"]'),
        "back to the alarms": seconds_to_paint(stormy, 'nav a[href="#/alarms"]'),
    }
    assert {what: seconds for what, seconds in took.items() if seconds > QUICK_SECONDS} == {}
