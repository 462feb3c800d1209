"""Who was told of an alarm, and what became of the messages; and what operators set aside or give to each other."""

import re

from playwright.sync_api import expect

from tests.page.browsing import House, Visit

FORCED = "Main entrance forced open"
STARVED = "Supply pump 1: pump delivers no flow"


def test_an_alarm_says_who_was_told_and_what_came_of_it(house: House, visit: Visit) -> None:
    house.running.api.wait_for("outbox", 1, state="refused")
    page = visit.at("alarms")
    visit.choose(FORCED)
    told = page.get_by_role("region", name="Who was told")
    expect(told).to_contain_text("News · room")
    expect(told).to_contain_text("Refused")
    told.get_by_role("link", name="Refused").click()
    expect(visit.heading("room")).to_be_visible()
    attempts = page.get_by_role("region", name="Attempts")
    expect(attempts).to_contain_text("127.0.0.1")
    # The other came within the group's interval: it waits, and says until when.
    visit.at("alarms")
    visit.choose(STARVED)
    expect(told).to_contain_text("Grouped · room until")


def test_a_refused_message_is_sent_again(house: House, visit: Visit) -> None:
    message = house.running.api.wait_for("outbox", 1, state="refused")[0]
    page = visit.at("outbox")
    visit.choose("room")
    tried = page.get_by_role("region", name="Attempts").get_by_role("listitem")
    expect(tried).to_have_count(message["attempts"])
    page.get_by_role("button", name="Send again").click()
    # It is refused again, and each attempt is kept.
    expect(tried).to_have_count(message["attempts"] + 1)
    expect(page.get_by_role("button", name="Send again")).to_be_enabled()


def test_an_alarm_is_given_to_somebody_and_taken_out_of_service_with_a_reason(house: House, visit: Visit) -> None:
    house.force_door()
    page = visit.at("alarms")
    visit.choose(FORCED)
    page.get_by_role("button", name="Assign").click()
    page.get_by_role("dialog").get_by_label("Assignee").select_option(label="Wang Jun")
    page.get_by_role("dialog").get_by_role("button", name="Assign").click()
    expect(page.get_by_role("option", name=re.compile("forced open.*Wang Jun"))).to_be_visible()
    page.get_by_role("button", name="Out of service").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Door is being replaced")
    page.get_by_role("dialog").get_by_role("button", name="Out of service").click()
    expect(page.get_by_role("button", name="Return to service")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Set aside 1")).click()
    expect(page.get_by_role("option", name=re.compile("Out of service.*Door is being replaced"))).to_be_visible()
    page.get_by_role("button", name="Return to service").click()
    expect(page.get_by_role("button", name="Out of service")).to_be_visible()
