"""An operator's work on alarms: see, understand, take on, remark, close; and what is refused, with the reason."""

import re

from playwright.sync_api import Route, expect

from tests.page.browsing import House, Visit

FORCED = "Main entrance forced open"
STARVED = "Supply pump 1: pump delivers no flow"


def test_the_overview_says_what_needs_attention_first(visit: Visit) -> None:
    page = visit.page
    attention = page.get_by_role("region", name="Needs attention")
    expect(attention.get_by_role("link").first).to_contain_text(STARVED)
    zones = page.get_by_role("region", name="Zones")
    expect(zones.get_by_role("button", name=re.compile("Basement"))).to_contain_text("1 alarms, 1 unacknowledged")
    plan = page.get_by_role("group", name=re.compile("Plan of Basement"))
    expect(plan.get_by_role("link", name=re.compile("Supply pump 1 .*High: Supply pump 1"))).to_be_visible()
    plan.get_by_role("link", name=re.compile("Supply pump 1")).click()
    expect(visit.heading(STARVED)).to_be_visible()


def test_an_alarm_answers_why_without_documentation(visit: Visit) -> None:
    page = visit.at("alarms")
    visit.choose(STARVED)
    why = page.get_by_role("region", name="Why", exact=True).last
    for words in ("at least 20 m³/h", "below 20 m³/h for", "Clears", "Since"):
        expect(why).to_contain_text(words)
    expect(page.get_by_text("Check suction valve and strainer")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Chart of [0-9]+ values in .*low limit 20.00 m³"))).to_be_visible()
    expect(page.get_by_role("region", name="Records behind it").get_by_role("listitem").first).to_contain_text(
        re.compile(r"readings.* m³/h")
    )
    expect(page.get_by_role("button", name="Close x")).to_be_disabled()


def test_a_compared_number_that_is_a_state_is_said_as_what_it_means(visit: Visit) -> None:
    page = visit.at("alarms")
    said = """async () => {
      const main = document.querySelector("script[type=module]").src;
      const { html, render } = await import(main.replace("main.js", "view.js"));
      const { Compared } = await import(main.replace("main.js", "screens/alarm_why.js"));
      const states = { value: { en: "open", zh: "打开" } };
      const why = { values: { value: 1, "flow (m3/h)": 2, hand: "unknown" }, states };
      const place = document.createElement("div");
      render(html`<${Compared} why=${why} />`, place);
      return [...place.querySelectorAll("dd")].map((each) => each.textContent);
    }"""
    assert page.evaluate(said) == ["open (1)", "2", "unknown"]


def test_an_alarm_is_taken_on_remarked_and_closed(visit: Visit) -> None:
    page = visit.at("alarms")
    visit.choose(FORCED)
    page.get_by_role("button", name="Acknowledge").click()
    # It is over and acknowledged: it no longer stands, and what it needs now is its disposition.
    expect(page.get_by_role("button", name="Acknowledged")).to_be_disabled()
    page.get_by_role("button", name="Comment").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Door contact was <b>loose</b>")
    page.get_by_role("dialog").get_by_role("button", name="Comment").click()
    expect(page.get_by_text("Door contact was <b>loose</b>")).to_be_visible()
    page.get_by_role("button", name="Close x").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("False").check()
    dialog.get_by_label("Why it was false").fill("contact")
    dialog.get_by_role("button", name="Close", exact=True).click()
    history = page.get_by_role("region", name="What happened")
    for change in ("Closed", "Commented", "Acknowledged", "Raised"):
        expect(history).to_contain_text(change)
    page.get_by_role("button", name=re.compile("^Over")).click()
    expect(page.get_by_role("option", name=re.compile(f"{FORCED}.*Closed"))).to_be_visible()


ACTIONS = """async (category) => {
  const main = document.querySelector("script[type=module]").src;
  const { AlarmActions } = await import(main.replace("main.js", "screens/alarm_actions.js"));
  const { html, render } = await import(main.replace("main.js", "view.js"));
  const { alarms } = await import(main.replace("main.js", "store/live.js"));
  const [alarm] = alarms.value.values();
  const box = document.createElement("div");
  render(html`<${AlarmActions} alarm=${{ ...alarm, category }} commented=${() => {}} />`, box);
  return [...box.querySelectorAll("button")].filter((each) => /Shelve|Out of service/.test(each.textContent))
    .map((each) => [each.disabled, each.title]);
}"""


def test_what_lives_hang_on_can_not_be_put_aside(visit: Visit) -> None:
    page = visit.at("alarms")
    visit.choose(STARVED)
    assert page.evaluate(ACTIONS, "ordinary") == [[False, ""], [False, ""]]
    refused = [True, "Alarms of life safety and duress can not be put aside."]
    assert page.evaluate(ACTIONS, "life_safety") == [refused, refused]


def test_what_is_refused_says_why(house: House, visit: Visit) -> None:
    page = visit.at("alarms")
    visit.choose(STARVED)
    expect(page.get_by_role("button", name="Acknowledge")).to_be_enabled()
    alarm = house.running.api.items("alarms", rule="pump-no-flow")[0]["id"]
    # Somebody else is first, and this page has not heard of it yet.

    def somebody_else_first(route: Route) -> None:
        house.running.api.post(f"alarms/{alarm}/acknowledge", {})
        route.continue_()

    page.route("**/acknowledge", somebody_else_first)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("alert")).to_contain_text("version_conflict")
    expect(page.get_by_role("alert")).to_contain_text("Not done:")


def test_an_order_is_moved_by_the_steps_of_its_table(visit: Visit) -> None:
    page = visit.at("orders")
    visit.choose("pump delivers no flow")
    detail = page.get_by_role("region", name="Work order", exact=True)
    expect(detail.get_by_role("button")).to_have_text(["Dispatch", "Cancel"])
    detail.get_by_role("button", name="Dispatch").click()
    page.get_by_role("dialog").get_by_label("Assignee").select_option(label="Wang Jun")
    page.get_by_role("dialog").get_by_role("button", name="Dispatch").click()
    expect(detail).to_contain_text("Dispatched")
    expect(detail.get_by_role("button", name="Accept")).to_be_visible()
    expect(page.get_by_role("listbox").get_by_role("option", name=re.compile("Wang Jun"))).to_be_visible()


def test_what_devices_send_is_text(visit: Visit) -> None:
    page = visit.at("quarantine")
    visit.choose("not json")
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("img").count() == 0


def test_a_device_that_nobody_mapped_is_shown_with_a_mapping_to_start_from(visit: Visit) -> None:
    page = visit.at("quarantine")
    page.get_by_role("button", name="Unmapped devices 1").click()
    visit.choose("yard")
    expect(visit.heading("yard <b>gate</b>")).to_be_visible()
    expect(page.get_by_role("region", name="What it sends")).to_contain_text("contact")
    expect(page.get_by_role("region", name="Proposed mapping")).to_contain_text("FILL-IN")
