"""A place in a mode on the page: begun with a reason, what it suppresses in sight and counted, and ended."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.browsing import House, Visit
from tests.page.test_manners import findings

STARVED = "Supply pump 1: pump delivers no flow"


@pytest.mark.long
@pytest.mark.timeout(180)
def test_maintenance_sets_aside_what_stands_there_until_it_is_ended(house: House, visit: Visit) -> None:
    page = visit.at("modes")
    expect(page.get_by_text("No place is in a mode")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Begin")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Which").select_option(label="Supply pump 1")
    dialog.get_by_label("Reason").fill("Impeller <b>replaced</b>")
    assert findings(page) == []
    dialog.get_by_role("button", name="Begin").click()
    entry = page.get_by_role("region", name="Modes").get_by_role("listitem").first
    expect(entry).to_contain_text("Impeller <b>replaced</b>")
    entry.get_by_text("1 alarms suppressed").click()
    assert findings(page) == []
    entry.get_by_role("link", name=STARVED).click()
    expect(page.get_by_role("region", name="How it stands")).to_contain_text("Maintenance")
    expect(page.get_by_role("region", name="What Vigil decided")).to_contain_text(
        "suppressed by design: maintenance of equipment 'pump-1' (Impeller <b>replaced</b>, by operator)"
    )
    page.get_by_role("button", name=re.compile("^Set aside")).click()
    expect(page.get_by_role("option", name=re.compile(f"{STARVED}.*Impeller"))).to_be_visible()
    visit.at("modes")
    entry.get_by_role("button", name="Another end").click()
    dialog.get_by_label("For at most").select_option("1")
    dialog.get_by_label("Reason").fill("Nearly done")
    dialog.get_by_role("button", name="Another end").click()
    expect(entry).to_contain_text("Nearly done")
    entry.get_by_role("button", name="End", exact=True).click()
    dialog.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("No place is in a mode")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Over")).click()
    expect(entry).to_contain_text("Nearly done")
    visit.at("alarms")
    expect(page.get_by_role("option", name=re.compile(f"{STARVED}.*Unacknowledged"))).to_be_visible()


def test_what_is_refused_says_why(visit: Visit) -> None:
    page = visit.at("modes")
    page.get_by_role("button", name=re.compile("^Begin")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(" ")
    dialog.get_by_role("button", name="Begin").click()
    expect(dialog.get_by_role("alert")).to_contain_text("reason_needed")


def test_a_mode_begun_elsewhere_comes_and_goes_by_itself(house: House, visit: Visit) -> None:
    page = visit.at("modes")
    expect(page.get_by_text("No place is in a mode")).to_be_visible()
    mode = {"site": "riverside", "place": "door", "thing": "d-main", "kind": "testing", "seconds": 60}
    house.running.api.post("modes", {**mode, "reason": "lock test"})
    entry = page.get_by_role("region", name="Modes").get_by_role("listitem")
    expect(entry).to_contain_text("Testing Main entrance")
    expect(entry).to_contain_text("No alarm is suppressed by it now.")
    house.pass_time(61)
    expect(page.get_by_text("No place is in a mode")).to_be_visible()
