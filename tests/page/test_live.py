"""What is shown is the present, or says loudly that it is not."""

import re
import shutil
from functools import partial
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, Route, expect

from domain.priority import Priority
from domain.record import ResourceKind, ResourceReported
from domain.text import same
from runtime.resource_reports import ResourceReports, alarm_stands
from tests.brokers import PATIENCE_SECONDS, wait_until
from tests.faults.tcp_proxy import TcpProxy
from tests.page.browsing import RIVERSIDE, House, Visit

RECONNECT_MS = 30_000
FORCED = "Main entrance forced open"
NOT_LIVE = "Not live. As of"


def streams(house: House) -> float:
    bearer = {"Authorization": f"Bearer {house.running.token}"}
    answer = httpx.get(f"{house.url}/metrics", headers=bearer, timeout=PATIENCE_SECONDS)
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
    said = """async () => {
      const main = document.querySelector("script[type=module]").src;
      const { quantity } = await import(main.replace("main.js", "format/number.js"));
      const states = { 0: { en: "closed" }, 1: { en: "open" } };
      return [quantity(1, "1", states), quantity(0.5, "1", states), quantity(1, "1", {}), quantity(null, "1", states)];
    }"""
    assert page.evaluate(said) == ["open", "0.500", "1", "–"]
    wide = """async () => {
      const main = document.querySelector("script[type=module]").src;
      const { axisWidth } = await import(main.replace("main.js", "parts/chart.js"));
      return [axisWidth([]), axisWidth(["开", "有人被困"]), axisWidth(["people inside"]), axisWidth(["x".repeat(99)])];
    }"""
    assert page.evaluate(wide) == [58, 66, 109, 150]


def test_a_chart_draws_every_limit_of_a_ladder_in_the_style_of_its_priority(visit: Visit) -> None:
    drawn = """async () => {
      const main = document.querySelector("script[type=module]").src;
      const { drawLimits, limitsOf, limitWords } = await import(main.replace("main.js", "parts/chart_limits.js"));
      const steps = { low_low: 5, low: 10, high: 30, high_high: 40 };
      const ladder = { name: { en: "Steps", zh: "分级" }, priority: "medium", outer_priority: "critical", ...steps };
      const one = { name: { en: "A rule of a long name", zh: "长名规则" }, priority: "low", outer_priority: null };
      const limit = { ...one, low_low: null, low: 6, high: null, high_high: null };
      const series = { limits: [ladder, limit], unit: "degC", states: {} };
      const said = [];
      const context = document.createElement("canvas").getContext("2d");
      let style = null;
      context.setLineDash = (dash) => { style = dash.map((each) => each / devicePixelRatio); };
      context.lineTo = (x, y) => said.push([y, context.strokeStyle, style.join(" ")]);
      const words = [];
      context.fillText = (text) => words.push(text);
      context.measureText = (text) => ({ width: 8 * text.length });
      const bbox = { left: 0, width: 400, top: 0, height: 400 };
      const colours = { "--limit-critical": "#ff0000", "--limit-medium": "#ffff00", "--limit-low": "#0000ff" };
      const paint = (name) => colours[name] ?? "#000";
      drawLimits({ bbox, ctx: context, valToPos: (value) => 10 * value }, limitsOf(series), paint);
      const door = { ...one, high_high: null, high: 0.5, low: null, low_low: null };
      const named = { limits: [door], unit: "1", states: { 0: { en: "shut" }, 1: { en: "open" } } };
      return [said, words, limitsOf(named).map(limitWords)];
    }"""
    lines, words, of_states = visit.page.evaluate(drawn)
    assert of_states == ["A rule of a long name"]
    assert lines == [
        [400, "#ff0000", ""],
        [300, "#ffff00", "6 4"],
        [100, "#ffff00", "6 4"],
        [50, "#ff0000", ""],
        [60, "#0000ff", "2 4"],
    ]
    assert words == [
        *("high-high limit 40.00 °C", "1", "Steps · high limit 30.00 °C", "3", "Steps · low limit 10.00 °C", "3"),
        *("Steps · low-low limit 5.00 °C", "1", "low limit 6.00 °C", "4"),
    ]


ANNEX = """\
site:
  id: south-annex
  name: {en: Annex, zh: 附楼}
  timezone: UTC
  zones: [{id: yard, kind: area, name: {en: Yard, zh: 院子}}]
  equipment:
    - {id: tank, zone: yard, equipment_class: tank, name: {en: Tank, zh: 水箱}}
    - {id: spare, zone: yard, equipment_class: tank, name: {en: Spare tank, zh: 备用水箱}}
  points:
    - {id: tank-level, equipment: tank, unit: m, interval_seconds: 10, name: {en: Level, zh: 液位}}
    - {id: spare-level, equipment: spare, unit: m, interval_seconds: 10, name: {en: Level, zh: 液位}}
rules:
  - id: tank-low
    kind: limit
    name: {en: Tank low, zh: 水箱低}
    priority: high
    subjects: [tank-level, spare-level]
    parameters: {low: 1, deadband: 0.1}
    procedure: {en: Fill it., zh: 加水。}
"""


def two_sites(folder: Path) -> str:
    """The example, and an annex of which nothing is ever heard."""
    config = folder / "site"
    config.mkdir()
    shutil.copy(RIVERSIDE / "riverside.yaml", config)
    (config / "second.yaml").write_text(ANNEX)
    return str(config)


def test_alarms_of_vigil_itself_stand_where_they_belong(browser: Browser, tmp_path: Path) -> None:
    """Nothing is heard of the pumps and the tank for 25 minutes, so that their rules guard nothing."""
    with House(tmp_path, config=two_sites(tmp_path)) as house, Visit(browser, house) as visit:
        page = visit.at("alarms")
        expect(page.get_by_text("No standing alarm")).to_be_visible()
        for _ in range(5):
            ticked = house.running.service.journal.last_seq
            house.pass_time(300)
            wait_until(lambda: house.running.service.journal.last_seq > ticked, "a tick")  # noqa: B023 - used at once
        row = page.get_by_role("option", name=re.compile("Rule cannot be decided: Pump delivers no flow"))
        tank = page.get_by_role("option", name=re.compile("Rule cannot be decided: Tank low"))
        page.get_by_label("Filter (/)").fill("cannot be decided")
        expect(row).to_be_visible(timeout=RECONNECT_MS)
        expect(row).to_contain_text("Vigil")
        wait_until(lambda: len(house.running.api.items("alarms", rule="vigil-undecided-rule")) > 1, "the tank's alarm")
        expect(tank).to_have_count(0)
        row.click()
        expect(page.locator(".panel.why")).to_contain_text("no reading of")
        page.route("**/api/v1/sites/south-annex/live", lambda route: route.fulfill(status=503, body="{}"))
        site = page.get_by_role("combobox", name="Site")
        site.select_option("Annex")
        expect(page.get_by_role("status")).to_contain_text("Could not be read: the picture of the site")
        expect(site).to_have_value("riverside")
        page.unroute_all()
        expect(site).to_have_value("south-annex")
        expect(tank).to_be_visible()
        expect(row).to_have_count(0)
        page.reload()
        page.get_by_label("Filter (/)").fill("cannot be decided")
        expect(tank).to_be_visible()
        expect(row).to_have_count(0)


def test_alarms_of_vigil_itself_that_are_over_are_listed(house: House, visit: Visit) -> None:
    """The disk fills and is emptied again."""
    service, api = house.running.service, house.running.api
    report = ResourceReports(service.journal, service.clock, partial(alarm_stands, service.state.reader))
    full = ResourceReported(kind=ResourceKind.STORAGE, name="disk", priority=Priority.CRITICAL, seen=same("all full"))
    assert report(full)
    [alarm] = api.wait_for("alarms", 1, rule="vigil-storage")
    assert report(replace(full, priority=None))
    house.running.settle()
    api.post(f"alarms/{alarm['id']}/acknowledge", {})
    page = visit.at("alarms")
    page.get_by_role("button", name=re.compile("^Over")).click()
    expect(page.get_by_role("option", name=re.compile("Vigil · Over · Acknowledged"))).to_be_visible()


def test_tabs_share_one_stream_and_the_next_takes_over(house: House, visit: Visit) -> None:
    others = [visit.open_tab() for _ in range(2)]
    for tab in others:
        expect(tab.get_by_role("heading", name="Riverside House")).to_be_visible()
    # A stream that a page has left is counted until the server finds its connection closed.
    wait_until(lambda: streams(house) == 1, "all tabs to share one stream")
    visit.page.close()
    house.force_door()
    for tab in others:
        attention = tab.get_by_role("region", name="Needs attention")
        expect(attention.get_by_text(FORCED)).to_be_visible(timeout=RECONNECT_MS)
    wait_until(lambda: streams(house) == 1, "the tabs left to share one stream")


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


def assert_comes_back(page: Page) -> None:
    """What happened while no stream answered is shown once one does, and the page is live again."""
    page.clock.fast_forward(60_000)
    attention = page.get_by_role("region", name="Needs attention")
    expect(attention.get_by_text(FORCED)).to_be_visible(timeout=RECONNECT_MS)
    expect(page.get_by_text(NOT_LIVE)).not_to_be_visible()


def test_a_stream_that_never_says_a_word_is_not_the_present(house: House, visit: Visit) -> None:
    page = visit.page
    page.clock.install()
    page.route("**/api/v1/stream*", lambda route: None)
    page.reload()
    expect(visit.heading("Riverside House")).to_be_visible()
    page.clock.fast_forward(6_000)
    expect(page.get_by_text(NOT_LIVE)).to_be_visible()
    house.force_door()
    page.unroute("**/api/v1/stream*")
    assert_comes_back(page)


def test_who_wakes_from_sleep_sees_the_present_again(browser: Browser, house: House) -> None:
    """The clock leaps as when a lid is opened; what the dead connection did not bring is fetched."""
    port = int(house.url.rsplit(":", 1)[1])
    with TcpProxy(port) as network, Visit(browser, house, f"http://127.0.0.1:{network.port}") as visit:
        page = visit.page
        page.clock.install()
        with page.expect_response("**/api/v1/stream*"):
            page.reload()
        expect(visit.heading("Riverside House")).to_be_visible()
        network.weather.black_hole = True

        def said_after_a_leap() -> bool:
            # A heartbeat that was under way already may still arrive after the leap: nothing follows it.
            page.clock.fast_forward(60_000)
            return page.get_by_text(NOT_LIVE).is_visible()

        wait_until(said_after_a_leap, "the page to say that it is not live")
        house.force_door()
        network.strand()
        network.weather.black_hole = False
        assert_comes_back(page)


@pytest.mark.long
def test_a_stopped_vigil_is_never_calm_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    with House(tmp_path) as house:
        visit = Visit(browser, house)
        port = int(house.url.rsplit(":", 1)[1])
        expect(visit.page.get_by_text("No standing alarm")).to_be_visible()
    with visit:
        expect(visit.page.get_by_text(NOT_LIVE)).to_be_visible(timeout=RECONNECT_MS)
        expect(visit.page.get_by_text("The connection to Vigil is lost")).to_be_visible(timeout=RECONNECT_MS)
        with House(tmp_path, house.running.token, house.clock.at, port=port) as again:
            again.force_door()
            # The session has outlived the restart: nobody has to sign in.
            attention = visit.page.get_by_role("region", name="Needs attention")
            expect(attention.get_by_text(FORCED)).to_be_visible(timeout=RECONNECT_MS)
            expect(visit.page.get_by_text(NOT_LIVE)).not_to_be_visible()
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
