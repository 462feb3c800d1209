"""A browser and a building with a short history, once per test file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.page.browsing import House, Visit, a_browser, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One forced door that is over, one pump that is not, one message that was not believed."""
    chromium()
    with House(tmp_path_factory.mktemp("house")) as house:
        house.phone.raw("scan", b'{"device": "<img src=x onerror=alert(1)>')
        house.door("granted", person="person-1")
        house.door("opened")
        house.door("closed")
        house.force_door()
        house.starve_pump()
        yield house


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Visit]:
    with Visit(browser, house) as visit:
        yield visit
