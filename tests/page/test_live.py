"""What is shown is the present, or says loudly that it is not."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from tests.page.browsing import House, Visit

RECONNECT_MS = 30_000
FORCED = "Main entrance forced open"


def streams(house: House) -> float:
    answer = httpx.get(f"{house.url}/metrics", headers={"Authorization": f"Bearer {house.running.token}"})
    found = re.search(r"^vigil_stream_clients (\S+)$", answer.text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_what_happens_appears_by_itself(house: House, visit: Visit) -> None:
    page = visit.at("doors")
    row = page.get_by_role("row", name=re.compile("Loading bay door"))
    expect(row).to_contain_text("Unknown")
    house.door("closed", door="d-server")
    expect(page.get_by_role("row", name=re.compile("Server room"))).to_contain_text("Closed")
    page.get_by_role("link", name="Equipment").click()
    machine = page.get_by_role("option", name=re.compile("Supply pump 1"))
    expect(machine).to_contain_text("1.90 m³/h")
    house.measure(2.5)
    expect(machine).to_contain_text("2.50 m³/h", timeout=RECONNECT_MS)


def test_tabs_share_one_stream_and_the_next_takes_over(house: House, visit: Visit) -> None:
    others = [visit.open_tab() for _ in range(2)]
    for tab in others:
        expect(tab.get_by_role("heading", name="Riverside House")).to_be_visible()
    assert streams(house) == 1
    visit.page.close()
    house.force_door()
    for tab in others:
        attention = tab.get_by_role("region", name="Needs attention")
        expect(attention.get_by_text(FORCED)).to_be_visible(timeout=RECONNECT_MS)
    assert streams(house) == 1


@pytest.mark.parametrize(
    ("following", "behind", "words"),
    [("false", "0.0", "cannot read its own store"), ("true", "42.0", "42 s behind with judging")],
)
def test_a_vigil_that_lags_is_not_shown_as_the_present(visit: Visit, following: str, behind: str, words: str) -> None:
    beat = f'{{"position":1,"at":"2026-11-23T04:00:00Z","following":{following},"behind_seconds":{behind}}}'

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/event-stream", body=f"event: heartbeat\ndata: {beat}\n\n")

    visit.page.route("**/api/v1/stream*", answer)
    visit.page.reload()
    expect(visit.page.get_by_text(words)).to_be_visible()
    expect(visit.page.locator(".shell")).to_have_class(re.compile("stale"))


@pytest.mark.long
def test_a_stopped_vigil_is_never_calm_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    with House(tmp_path) as house:
        visit = Visit(browser, house)
        port = int(house.url.rsplit(":", 1)[1])
        expect(visit.page.get_by_text("No standing alarm")).to_be_visible()
    with visit:
        expect(visit.page.get_by_text("Not live. As of")).to_be_visible(timeout=RECONNECT_MS)
        expect(visit.page.get_by_text("The connection to Vigil is lost")).to_be_visible(timeout=RECONNECT_MS)
        with House(tmp_path, house.running.token, house.clock.at, port=port) as again:
            again.force_door()
            # The session has outlived the restart: nobody has to sign in.
            attention = visit.page.get_by_role("region", name="Needs attention")
            expect(attention.get_by_text(FORCED)).to_be_visible(timeout=RECONNECT_MS)
            expect(visit.page.get_by_text("Not live. As of")).not_to_be_visible()
        # The service that stops tells its streams to connect again; nobody answers then.
        visit.complaints.clear()


def test_who_is_signed_out_is_asked_for_the_token(house: House, visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Token").fill("not the token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not the token")
    page.get_by_label("Token").fill(house.running.token)
    page.get_by_role("button", name="Sign in").click()
    expect(visit.heading("Riverside House")).to_be_visible()
    expect(page.get_by_role("region", name="Needs attention").get_by_role("link").first).to_be_visible()
