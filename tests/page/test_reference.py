"""The API to read and to try in a browser, with nothing from outside."""

from playwright.sync_api import Browser, Request, expect

from tests.page.browsing import House, Visit


def test_an_operation_is_read_and_tried(house: House, visit: Visit) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page = visit.page
    page.keyboard.press("?")
    with visit.context.expect_page() as opened:
        page.get_by_role("link", name="The API, to read and to try (in English)").click()
    reference = opened.value
    expect(reference.get_by_text("Vigil watches over properties.")).to_be_visible()
    # A page that opens cannot be listened to from its beginning, nor reloaded before it is there: once more.
    reference.on("console", visit._note)
    reference.on("request", note)
    reference.reload()
    expect(reference.get_by_text("Vigil watches over properties.")).to_be_visible()
    reference.locator("#operations-tag-sites").click()
    listing = reference.locator("#operations-sites-list_sites")
    listing.get_by_role("button").first.click()
    expect(listing).to_contain_text("Sites")
    listing.get_by_role("button", name="Try it out").click()
    listing.get_by_role("button", name="Execute").click()
    expect(listing.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    expect(listing.locator(".live-responses-table")).to_contain_text("Riverside House")
    assert asked
    assert [url for url in asked if not url.startswith((house.url, "blob:"))] == []


def test_who_is_not_signed_in_is_told_so(browser: Browser, house: House) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{house.url}/reference/")
    expect(page.get_by_text("Sign in at Vigil first, then come back here.")).to_be_visible()
    context.close()
