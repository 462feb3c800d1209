"""A real browser for tests of the page, over a real Vigil with the example building."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

from domain.instant import MINUTE, SECOND, Instant, from_iso
from tests.brokers import wait_until
from tests.mqtt_clients import MqttClient
from tests.vigil.running_service import Device, RunningService, SetClock

RIVERSIDE: Final = Path(__file__).resolve().parents[2] / "simulators" / "site"
NOON: Final = from_iso("2026-11-23T04:00:00Z")
"""Noon at the site, just when a tour run of each tour begins."""

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WAIT_MS: Final = 20_000
"""A busy machine may take its time; what is right comes at once."""

expect.set_options(timeout=_WAIT_MS)


def chromium() -> str:
    """The machine's browser; without one the test says so, and under CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        missing = "no Chromium on this machine; on Debian: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium for as long as needed. Its driver runs an event loop, so it must be gone before tests that start one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class House:
    """The example building under a Vigil whose clock tests set, and its devices on one connection."""

    def __init__(self, folder: Path, token: str | None = None, at: Instant = NOON, **settings: object) -> None:
        self.clock = SetClock(at)
        chosen = {"config": str(RIVERSIDE), **settings}
        self.running = RunningService(folder, None, self.clock, token, **chosen)

    def __enter__(self) -> Self:
        self.running.__enter__()
        self._client = MqttClient(self.running.started.devices, "devices")
        self._client.__enter__()
        self.phone = Device(self._client, "phone-1", site="riverside")
        self.front = Device(self._client, "ctl-front", site="riverside")
        self.plant = Device(self._client, "gw-plant", site="riverside")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, trace)
        self.running.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self.running.started.api_url

    def pass_time(self, seconds: float) -> None:
        self.clock.at += round(seconds * SECOND)

    def door(self, event: str, door: str = "d-main", **more: object) -> None:
        self.front.send("access", self.clock.at, door=door, event=event, **more)

    def force_door(self) -> None:
        """A high alarm with a work order that is over at once, but not acknowledged."""
        before = len(self.running.api.items("alarms", rule="door-forced"))
        self.pass_time(60)
        self.door("opened")
        self.running.api.wait_for("alarms", max(1, before), rule="door-forced")
        self.door("closed")
        self.running.settle()

    def measure(self, flow: float | None, pump: str = "pump-1") -> None:
        """One reading, taken by Vigil before time goes on."""
        taken = self.running.service.collector.stats().acknowledged
        self.plant.send("readings", self.clock.at, points=[f"{pump}-flow"], values=[flow])
        wait_until(lambda: self.running.service.collector.stats().acknowledged > taken, "the reading to be journalled")
        self.running.settle()
        self.pass_time(10)

    def starve_pump(self, pump: str = "pump-1", flowing: int = 6) -> None:
        """Some readings of flow, then a minute without: a high alarm that holds."""
        before = len(self.running.api.items("alarms", rule="pump-no-flow"))
        for step in range(flowing):
            self.measure(62.0 + step % 5, pump)
        for _ in range(7):
            self.measure(1.9, pump)
        self.running.api.wait_for("alarms", before + 1, rule="pump-no-flow")
        self.running.settle()


class Visit:
    """One browser context at the page, signed in, with what its console said.

    `url` is where the page is reached, for a way to the house that is not the straight one.
    """

    def __init__(self, browser: Browser, house: House, url: str | None = None, **context: object) -> None:
        self.house = house
        self.url = url or house.url
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "color_scheme": "dark", **context}
        self.context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
        self.context.set_default_timeout(_WAIT_MS)
        self.complaints: list[str] = []
        self.page = self.open_tab(signed_in=False)
        self.page.goto(f"{self.url}/login?once={house.running.service.login_code()}")
        self.page.wait_for_url(f"{self.url}/")
        # A heading, or the choice among several sites.
        expect(self.page.locator(".site-name")).to_contain_text("Riverside House")

    def open_tab(self, *, signed_in: bool = True) -> Page:
        page = self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if signed_in:
            page.goto(self.url)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # The browser itself reports every connection that a stopped service refuses.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def heading(self, words: str) -> Locator:
        return self.page.get_by_role("heading", name=words)

    def at(self, screen: str) -> Page:
        """Go to a screen by its address."""
        self.page.goto(f"{self.url}/#/{screen}")
        return self.page

    def choose(self, words: str) -> None:
        self.page.get_by_role("listbox").get_by_role("option", name=re.compile(words)).click()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()
        if kind is None:
            assert self.complaints == []


__all__ = ["MINUTE", "House", "Visit", "a_browser", "chromium"]
