"""What Vigil refuses of a phone never holds up the rest and is shown with the reason; a run is handed over."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from domain.observations import CheckpointScan, PersonSignal
from tests.page.browsing import House, Visit
from tests.page.carrying import Phone, journalled, picture
from tests.page.test_phone import house, inspect_the_pump_room

__all__ = ["house"]
pytestmark = pytest.mark.long
PROBLEM = {"type": "urn:vigil:problem:invalid_request", "title": "no", "status": 422, "code": "invalid_request"}


@pytest.fixture
def phone(browser: Browser, house: House, tmp_path: Path) -> Iterator[Phone]:
    """Without a service worker, so that answers can be put in Vigil's mouth."""
    with Phone(browser.browser_type, tmp_path / "phone", house, workers="block") as phone:
        phone.sign_in()
        yield phone


def test_one_observation_that_is_refused_lets_the_others_through_and_is_shown(house: House, phone: Phone) -> None:
    page, before = phone.page, len(journalled(house))

    def refuse_check_calls(route: Route) -> None:
        items = json.loads(route.request.post_data or "{}")["observations"]
        if any(item["body"].get("signal") == "check_call" for item in items):
            route.fulfill(status=422, json={**PROBLEM, "detail": "this one cannot be read"})
        else:
            route.continue_()

    page.route("**/api/v1/observations", refuse_check_calls)
    phone.context.set_offline(True)
    phone.by_hand("Lobby desk")
    page.get_by_role("button", name="Check call").click()
    phone.by_hand("Roof hatch")
    expect(phone.status).to_contain_text("3 waiting to be sent")
    phone.context.set_offline(False)
    expect(phone.status).to_contain_text("All received")
    expect(phone.status).to_contain_text("1 set aside")
    made = [record.body for record in journalled(house)[before:]]
    assert [body.checkpoint for body in made if isinstance(body, CheckpointScan)] == ["cp-lobby", "cp-roof"]
    assert not [body for body in made if isinstance(body, PersonSignal)]
    phone.status.click()
    refused = page.get_by_role("listitem").filter(has_text="set aside")
    expect(refused).to_contain_text("this one cannot be read")
    page.unroute("**/api/v1/observations")
    page.reload()
    expect(phone.status).to_contain_text("1 set aside")


def test_a_photograph_that_is_refused_stays_behind_and_its_scan_does_not(house: House, phone: Phone) -> None:
    page, before = phone.page, len(journalled(house))
    too_large = {**PROBLEM, "status": 413, "code": "too_large", "detail": "the photograph is too large"}
    page.route("**/api/v1/photos", lambda route: route.fulfill(status=413, json=too_large))
    with page.expect_response("**/api/v1/observations"):
        inspect_the_pump_room(phone)
    expect(phone.status).to_contain_text("All received")
    (scan,) = [record.body for record in journalled(house)[before:]]
    assert isinstance(scan, CheckpointScan)
    assert (scan.answers["pressure"], scan.photo) == (1.5, None)
    phone.status.click()
    expect(page.get_by_role("listitem").first).to_contain_text("the photograph is too large")


def test_a_picture_of_20_mb_is_made_small_and_what_is_none_is_said(house: House, phone: Phone, tmp_path: Path) -> None:
    page, before = phone.page, len(journalled(house))
    phone.hold_to_tag("vigil:riverside/cp-pump")
    page.get_by_label("Pressure (bar)").fill("1.5")
    noise = tmp_path / "noise.png"
    noise.write_bytes(os.urandom(20 * 1024 * 1024))
    page.get_by_label("Photograph").set_input_files(noise)
    expect(page.get_by_text("This is no picture")).to_be_visible()
    large = tmp_path / "large.png"
    # Pictures end where they say; what a camera adds behind makes this one 20 MB.
    large.write_bytes(picture(2400) + bytes(20 * 1024 * 1024))
    page.get_by_label("Photograph").set_input_files(large)
    expect(page.get_by_text(re.compile(r"Photograph taken, \d{1,3} kB"))).to_be_visible()
    with page.expect_response("**/api/v1/observations"):
        page.get_by_role("button", name="Done").click()
    expect(phone.status).to_contain_text("All received")
    (scan,) = [record.body for record in journalled(house)[before:]]
    assert isinstance(scan, CheckpointScan)
    assert scan.photo is not None


def test_a_run_is_handed_over_on_the_page(browser: Browser, house: House) -> None:
    with Visit(browser, house) as room:
        page = room.at("tours")
        page.get_by_role("option", name=re.compile("Inside round")).first.click()
        detail = page.get_by_role("region", name="Tour run", exact=True)
        detail.get_by_role("button", name="Hand over").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("combobox").select_option(index=1)
        dialog.get_by_role("textbox").fill("shift ends")
        dialog.get_by_role("button", name="Hand over").click()
        expect(dialog).to_have_count(0)
        expect(detail).to_contain_text("· shift ends")
    runs = house.running.api.items("tour-runs", tour="round-inside")
    assert [each["officer"] for run in runs for each in run["handovers"]] == ["officer-2"]
