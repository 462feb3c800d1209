"""What could not be read is said, and tried again until it is there."""

import json
import re

from playwright.sync_api import Page, Route, expect

from tests.page.browsing import Visit
from tests.page.test_manners import findings

AWAY = json.dumps({"title": "Not now", "status": 503, "code": "unavailable", "detail": "the store is away"})
SAID = "Could not be read: the store is away"


def away(page: Page, pattern: str) -> None:
    """Let these reads fail as they do while Vigil cannot read its store."""

    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=AWAY)

    page.route(re.compile(pattern), refuse)


def test_what_rules_cannot_decide_is_read_again_until_it_is_known(visit: Visit) -> None:
    page = visit.page
    away(page, r"/api/v1/undecided")
    visit.at("equipment")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(SAID)
    expect(alert).to_contain_text("Trying again.")
    assert findings(page) == []
    with page.expect_response(re.compile("/api/v1/undecided"), timeout=20_000):
        page.unroute(re.compile(r"/api/v1/undecided"))
    expect(alert).to_have_count(0)


def test_a_list_that_cannot_be_read_does_not_look_empty(visit: Visit) -> None:
    page = visit.page
    away(page, r"/api/v1/(log|outbox|quarantine|work-orders)\b")
    for screen, none in (
        ("log", "Nothing is written yet"),
        ("outbox", "Every message arrived"),
        ("quarantine", "Quarantine is empty"),
    ):
        visit.at(screen)
        expect(page.get_by_role("alert")).to_contain_text(SAID)
        expect(page.locator("#screen").get_by_text(none)).to_have_count(0)
    page.unroute_all()
    visit.at("log")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_steps_of_an_order_are_not_denied_before_they_are_known(visit: Visit) -> None:
    page = visit.page
    away(page, r"/api/v1/work-order-moves")
    visit.at("orders")
    page.get_by_role("listbox").get_by_role("option").first.click()
    expect(page.get_by_role("alert")).to_contain_text(SAID)
    expect(page.get_by_text("Nothing more can be done with it.")).to_have_count(0)
    page.unroute_all()
    expect(page.get_by_role("button", name="Dispatch")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_of_the_whole_picture_is_missing_is_said_on_every_screen(visit: Visit) -> None:
    page = visit.page
    away(page, r"/api/v1/(alarm-figures|sites/riverside/values)")
    page.reload()
    status = page.get_by_role("status")
    expect(status).to_contain_text("Could not be read: whether there is a flood of alarms, newest values")
    expect(status).to_contain_text("old or missing. Trying again.")
    assert findings(page) == []
    visit.at("doors")
    expect(status).to_contain_text("Could not be read")
    page.unroute_all()
    expect(status).not_to_contain_text("Could not be read")


def test_what_is_refused_for_good_is_said_and_not_asked_again(visit: Visit) -> None:
    page = visit.page
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/alarms/alarm-none/why" in request.url else None)
    visit.at("alarms/alarm-none")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("not_found")
    expect(alert).not_to_contain_text("Trying again")
    page.wait_for_timeout(2500)
    assert len(asked) == 1
