"""A supervisor refuses one proposal and accepts another; the runs follow while the page is open."""

from typing import Any

import msgspec
from playwright.sync_api import expect

from domain.patrol_proposal import ProposalKind, ProposedPlan, ZoneGap
from domain.site import Tour, TourStop, WeeklyTime
from domain.text import Text
from tests.page.browsing import RIVERSIDE, House, Visit
from tests.page.test_manners import findings
from vigil.configuration.loading import load_configuration


def proposed(house: House, plan: ProposedPlan) -> None:
    body: dict[str, Any] = {"plan": msgspec.json.decode(msgspec.json.encode(plan))}
    house.running.api.post("sites/riverside/patrol-proposals", body)


def test_a_week_is_refused_and_an_order_accepted(house: House, visit: Visit) -> None:
    site = load_configuration(RIVERSIDE).configuration.sites[0]
    tour = site.tours[0]
    zone = site.zones[0].id
    visits = Tour(
        id="visit-new",
        name=Text("Visit: <b>new</b>", "巡查"),
        stops=(TourStop(checkpoint=tour.stops[0].checkpoint),),
        starts=(WeeklyTime(at="23:00", weekdays=(0, 2)),),
        maximum_seconds=900.0,
    )
    gap = ZoneGap(zone=zone, allowed_seconds=86_400.0, longest_seconds=72_000.0, visits=2)
    proposed(house, ProposedPlan(kind=ProposalKind.WEEK, tours=(visits,), why=Text("2 visits", "2 次"), gaps=(gap,)))
    page = visit.at("tours")
    page.get_by_role("button", name="Patrol proposal 1").click()
    week = page.get_by_role("region", name="Week: 2 visits")
    expect(week).to_contain_text("Starts: 23:00 Mon Wed")
    expect(week).to_contain_text("Visit: <b>new</b>")
    expect(week.get_by_role("row").last).to_contain_text("20 h")
    assert findings(page) == []
    week.get_by_role("button", name="Refuse").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("no staff at night")
    assert findings(page) == []
    dialog.get_by_role("button", name="Refuse").click()
    expect(week).to_contain_text("no staff at night")
    expect(week.get_by_role("button", name="Accept")).to_have_count(0)

    turned = msgspec.structs.replace(tour, stops=tour.stops[::-1])
    order = ProposedPlan(
        kind=ProposalKind.TOUR_ORDER, tours=(turned,), before=(tour,), why=Text("shorter", "更短"), saved_seconds=330.0
    )
    proposed(house, order)
    panel = page.get_by_role("region", name="Tour order: shorter")
    expect(panel).to_contain_text("5 min")
    panel.get_by_role("button", name="Accept").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept").click()
    expect(panel.get_by_role("button", name="Withdraw")).to_be_visible()
    run = house.running.api.items("tour-runs", site="riverside", tour=tour.id)[0]
    assert run["state"] == "scheduled"
    assert [stop["checkpoint"] for stop in run["stops"]] == [stop.checkpoint for stop in turned.stops]
