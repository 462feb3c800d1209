"""Alarm figures that lead to what they were counted from, and the operators' log."""

import re

from playwright.sync_api import expect

from tests.page.browsing import House, Visit
from tests.page.test_manners import findings


def test_a_figure_leads_to_what_it_was_counted_from(house: House, visit: Visit) -> None:
    announced = house.running.api.get("alarm-figures", site="riverside")["announced"]["count"]
    page = visit.at("figures")
    row = page.get_by_role("row", name=re.compile("Alarms that asked for somebody"))
    expect(row.get_by_role("cell").first).to_have_text(str(announced))
    row.get_by_role("link").click()
    counted = page.get_by_role("region", name="What was counted")
    expect(counted.get_by_role("listitem")).to_have_count(announced)
    assert findings(page) == []
    counted.get_by_role("link", name="Main entrance forced open").first.click()
    expect(visit.heading("Main entrance forced open")).to_be_visible()


def test_every_figure_that_counts_something_lists_as_many(house: House, visit: Visit) -> None:
    said = house.running.api.get("alarm-figures", site="riverside")
    page = visit.at("figures")
    table, basis = (
        page.get_by_role("region", name="Figures of the period"),
        page.get_by_role("region", name="What was counted"),
    )
    for words, count in {
        "Occurrences raised": said["raised"]["count"],
        "Incidents": said["incidents"]["count"],
        "The same in the worst 10 min": said["worst_window"]["count"],
        "Share of the ten most frequent": said["top_ten"]["count"],
        "Never acknowledged": said["unacknowledged"]["count"],
        "High": next(each for each in said["by_priority"] if each["priority"] == "high")["occurrences"]["count"],
    }.items():
        assert count > 0, words
        table.get_by_role("link", name=words, exact=True).click()
        expect(basis.get_by_text(f"{count} counted.")).to_be_visible()
        expect(basis.get_by_role("listitem")).to_have_count(count)
    # What counts nothing leads nowhere.
    expect(table.get_by_role("row", name=re.compile("Floods"))).to_be_visible()
    expect(table.get_by_role("link", name="Floods")).to_have_count(0)


def test_a_top_alarm_leads_to_its_occurrences(visit: Visit) -> None:
    page = visit.at("figures")
    top = page.get_by_role("region", name="The ten most frequent")
    top.get_by_role("link", name=re.compile("Main entrance forced open")).click()
    expect(page.get_by_role("region", name="What was counted").get_by_role("listitem")).to_have_count(1)


def test_what_the_room_writes_down_is_kept_with_who_called(visit: Visit) -> None:
    page = visit.at("log")
    expect(page.get_by_text("Nothing is written yet")).to_be_visible()
    page.keyboard.press("w")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Call").check()
    dialog.get_by_label("Who telephoned").fill("tenant 1203")
    dialog.get_by_label("What happened").fill("Lift 2 <b>stuck</b> at 12F")
    dialog.get_by_label("Minutes ago").fill("7")
    assert findings(page) == []
    dialog.get_by_role("button", name="Write").click()
    entry = page.get_by_role("region", name="Entries").get_by_role("listitem")
    expect(entry).to_contain_text("tenant 1203")
    expect(entry).to_contain_text("Lift 2 <b>stuck</b> at 12F")
    expect(entry).to_contain_text("written")
    assert findings(page) == []
    page.get_by_role("button", name="Handover").click()
    expect(page.get_by_text("Nothing is written yet")).to_be_visible()


def test_an_entry_is_written_from_the_alarm_it_speaks_of(visit: Visit) -> None:
    page = visit.at("alarms")
    visit.choose("Main entrance forced open")
    page.get_by_role("button", name="Log entry").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Main entrance forced open")
    dialog.get_by_label("What happened").fill("Courier propped the door")
    dialog.get_by_role("button", name="Write").click()
    expect(dialog).to_have_count(0)
    visit.at("log")
    entry = page.get_by_role("region", name="Entries").get_by_role("listitem").filter(has_text="Courier propped")
    entry.get_by_role("link", name="Main entrance forced open").click()
    expect(visit.heading("Main entrance forced open")).to_be_visible()
