"""The officer's phone page in a real browser at phone size: a tour walked with and without a connection."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from domain.instant import SECOND, from_iso
from domain.observations import CheckpointScan, PersonSignal
from tests.page.browsing import RIVERSIDE, House, Visit, chromium
from tests.page.carrying import Phone, journalled, numbers, picture
from tests.page.test_manners import findings

QUESTION = (
    ", questions: [{id: pressure, text: {en: Pressure, zh: 压力}, type: number, unit: bar, low: 2.5, fault: hydrant}]}"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The example building, with a question at the pump room."""
    chromium()
    config = tmp_path_factory.mktemp("config")
    text = (RIVERSIDE / "riverside.yaml").read_text(encoding="utf-8")
    asked = re.sub(r"(- \{id: cp-pump,.*)\}$", lambda found: found[1] + QUESTION, text, flags=re.MULTILINE)
    assert asked != text
    (config / "riverside.yaml").write_text(asked, encoding="utf-8")
    with House(tmp_path_factory.mktemp("house"), config=str(config)) as house:
        house.running.api.wait_for("tour-runs", 2)
        yield house


@pytest.fixture
def phone(browser: Browser, house: House, tmp_path: Path) -> Iterator[Phone]:
    with Phone(browser.browser_type, tmp_path / "phone", house) as phone:
        phone.sign_in()
        yield phone


def inspect_the_pump_room(phone: Phone) -> None:
    page = phone.page
    phone.hold_to_tag("vigil:riverside/cp-pump")
    page.get_by_label("Pressure (bar)").fill("1.5")
    expect(page.get_by_text("Below 2.5")).to_be_visible()
    page.get_by_label("Photograph").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.get_by_text("Photograph taken")).to_be_visible()
    page.get_by_role("button", name="Done").click()


def test_a_tour_walked_without_a_connection_in_the_middle_loses_nothing(
    browser: Browser, house: House, phone: Phone
) -> None:
    with Visit(browser, house) as room:
        line = room.at("tours").get_by_role("listbox").get_by_role("option", name=re.compile("Inside round")).first
        expect(line).to_contain_text("0 of 3")
        page = phone.page
        run = page.get_by_role("link", name=re.compile("12:10 Inside round"))
        expect(run).to_contain_text("Lobby desk")
        # The round of ten past twelve.
        phone.pass_time(630)
        phone.by_hand("Lobby desk")
        expect(page.get_by_role("alert")).to_contain_text("Lobby desk: scanned at 12:10")
        expect(phone.status).to_contain_text("All received")
        expect(line).to_contain_text("1 of 3")
        expect(run).to_contain_text("Pump room door")
        page.evaluate("navigator.serviceWorker.ready")

        phone.context.set_offline(True)
        phone.pass_time(90)
        inspect_the_pump_room(phone)
        expect(phone.status).to_contain_text("1 waiting to be sent")
        expect(phone.status).to_contain_text("No connection")
        expect(run).to_contain_text("2 of 3")

        phone.close()
        phone.open(offline=True)
        phone.pass_time(60)
        phone.visit()
        page, run = phone.page, phone.page.get_by_role("link", name=re.compile("12:10 Inside round"))
        expect(run).to_contain_text("2 of 3")
        expect(phone.status).to_contain_text("1 waiting to be sent")
        phone.by_hand("Roof hatch")
        expect(phone.status).to_contain_text("2 waiting to be sent")
        assert numbers(house) == [1]

        phone.pass_time(20)
        phone.context.set_offline(False)
        expect(phone.status).to_contain_text("All received")
        expect(line).to_contain_text("3 of 3")
        assert numbers(house) == [1, 2, 3]
        lobby, pump, roof = (record.body for record in journalled(house))
        assert isinstance(pump, CheckpointScan)
        assert (pump.checkpoint, pump.method, pump.answers["pressure"]) == ("cp-pump", "nfc", 1.5)
        assert pump.photo is not None
        assert house.running.api.items("tour-runs", tour="round-inside")[-1]["state"] == "completed"
        assert [getattr(body, "method", None) for body in (lobby, roof)] == ["manual", "manual"]


@pytest.mark.long
def test_a_receipt_that_is_lost_makes_nothing_twice(browser: Browser, house: House, tmp_path: Path) -> None:
    with Phone(browser.browser_type, tmp_path / "phone", house, workers="block") as phone:
        phone.sign_in()
        before = len(journalled(house))
        lost: list[int] = []

        def lose_the_first(route: Route) -> None:
            answer = route.fetch()
            if lost:
                route.fulfill(response=answer)
            else:
                lost.append(answer.status)
                route.abort()

        phone.page.route("**/api/v1/observations", lose_the_first)
        phone.page.get_by_role("button", name="Check call").click()
        expect(phone.page.get_by_role("alert")).to_contain_text("Check call made at")
        expect(phone.status).to_contain_text("All received")
        assert lost == [200]
        made = journalled(house)[before:]
        assert len({record.identity for record in made}) == 1


@pytest.mark.long
def test_help_is_called_aloud_and_silently_by_holding(house: House, phone: Phone) -> None:
    page = phone.page
    before = len(journalled(house))
    sos = page.get_by_role("button", name=re.compile("^SOS"))
    sos.click()
    expect(page.get_by_text("You have called for help")).to_have_count(0)
    sos.dispatch_event("pointerdown")
    expect(page.get_by_text("You have called for help")).to_be_visible()
    expect(page.get_by_text("The control room has it")).to_be_visible()
    page.get_by_role("button", name=re.compile("^All well")).dispatch_event("pointerdown")
    expect(page.get_by_text("You have called for help")).to_have_count(0)
    seen = page.locator("main").inner_text()
    with page.expect_response("**/api/v1/observations"):
        page.get_by_role("button", name=re.compile("^Clock")).dispatch_event("pointerdown")
    expect(phone.status).to_contain_text("All received")
    assert page.locator("main").inner_text() == seen
    made = [record.body for record in journalled(house)[before:]]
    signals = [(body.kind, body.silent) for body in made if isinstance(body, PersonSignal)]
    assert signals == [("sos", False), ("cancel", False), ("sos", True)]


def test_it_speaks_chinese_and_can_be_used_by_everybody(phone: Phone) -> None:
    page = phone.page
    for screen in ("tours", "scan", "waiting"):
        page.goto(f"{phone.house.url}/phone/#/{screen}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert findings(page) == [], screen
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, screen
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html[lang=zh-CN]")).to_be_attached()
    expect(page.get_by_role("button", name="平安报告")).to_be_visible()
    small = page.evaluate(
        "[...document.querySelectorAll('button, select')].filter((one) => one.offsetHeight < 44).length"
    )
    assert small == 0


@pytest.mark.long
def test_the_control_room_sees_a_run_grow_with_reasons(browser: Browser, house: House, tmp_path: Path) -> None:
    with Visit(browser, house) as room, Phone(browser.browser_type, tmp_path / "phone", house) as phone:
        phone.sign_in()
        page = room.at("tours")
        expect(page.get_by_role("region", name="Figures of patrols").get_by_text("Coverage by zone")).to_be_visible()
        house.running.settle()
        starts = max(run["starts_at"] for run in house.running.api.items("tour-runs", tour="round-inside"))
        phone.pass_time((from_iso(starts) - house.clock()) / SECOND + 30)
        phone.by_hand("Lobby desk")
        page.get_by_role("option", name=re.compile("Inside round")).first.click()
        detail = page.get_by_role("region", name="Tour run", exact=True)
        expect(detail).to_contain_text("1 of 3 stops · next: Pump room door")
        expect(detail.get_by_role("row", name=re.compile("Lobby desk"))).to_contain_text("Weak method · Manual")
        phone.context.set_offline(True)
        phone.pass_time(60)
        phone.by_hand("Roof hatch")
        expect(phone.status).to_contain_text("1 waiting to be sent")
        phone.pass_time(180)
        phone.context.set_offline(False)
        expect(phone.status).to_contain_text("All received")
        expect(detail.get_by_role("row", name=re.compile("Roof hatch"))).to_contain_text(
            re.compile("walked .*, uploaded")
        )
        expect(detail).to_contain_text("Suspicion")
        page.keyboard.press("Escape")
        officers = page.get_by_role("region", name="By officer", exact=True).first
        expect(officers.get_by_role("row", name=re.compile("Li Wei"))).to_be_visible()
