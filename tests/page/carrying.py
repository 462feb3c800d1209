"""An officer's phone for tests of its page: a browser at phone size whose store outlives it, on the house's clock."""

import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from playwright.sync_api import BrowserType, ConsoleMessage, Locator, Page, ViewportSize, expect

from domain.instant import to_datetime
from domain.observations import CheckpointScan, PersonSignal
from domain.record import Record
from tests.page.browsing import ARGUMENTS, House, chromium
from vigil.data_folder import DataFolder
from vigil.phone_tokens import PhoneTokens

PHONE_SIZE: Final[ViewportSize] = {"width": 390, "height": 844}

NFC: Final = """
globalThis.NDEFReader = class {
  scan() { globalThis.tagReader = this; return Promise.resolve(); }
};
globalThis.holdTag = (text) => tagReader.onreading({
  serialNumber: "04:a1",
  message: { records: [{ recordType: "text", encoding: "utf-8", data: new TextEncoder().encode(text) }] },
});
"""
"""A reader of NFC tags, as Chrome on Android has one."""


def make_token(house: House, device: str = "phone-1") -> str:
    """What `vigil device token` gives."""
    folder = DataFolder(Path(house.running.service.settings.data))
    return PhoneTokens(folder.phone_tokens).make("riverside", device, house.clock())


def picture(side: int = 64) -> bytes:
    """A grey PNG."""
    rows = b"".join(b"\0" + bytes([row % 256]) * side for row in range(side))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    whole = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


class Phone:
    """One phone: the page can be closed with its browser and opened again, with what it stored."""

    def __init__(
        self,
        browsers: BrowserType,
        folder: Path,
        house: House,
        *,
        workers: Literal["allow", "block"] = "allow",
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.house = house
        self.complaints: list[str] = []
        self._browsers = browsers
        self._folder = folder
        self._workers = workers
        self._arguments = [*ARGUMENTS, *arguments]
        self.page: Page
        self.open()

    def open(self, *, offline: bool = False) -> None:
        """Start the browser."""
        self.context = self._browsers.launch_persistent_context(
            self._folder,
            executable_path=chromium(),
            args=self._arguments,
            viewport=PHONE_SIZE,
            has_touch=True,
            locale="en-GB",
            color_scheme="dark",
            permissions=["camera"],
            service_workers=self._workers,
        )
        self.context.add_init_script(NFC)
        self.context.clock.set_fixed_time(to_datetime(self.house.clock()))
        self.context.set_offline(offline)
        self.page = self.context.pages[0]
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # The browser itself reports what cannot be fetched without a connection, or is blocked by the test.
        expected = "Failed to load resource" in message.text or "blocked by Playwright" in message.text
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(message.text)

    def sign_in(self) -> None:
        """Open the link with a new token, and say who carries the phone."""
        self.page.goto(f"{self.house.url}/phone/#token={make_token(self.house)}")
        self.page.get_by_role("heading", name="Who carries this phone?").wait_for()
        self.page.get_by_role("button").first.click()
        expect(self.page.get_by_role("heading", name="Today's tours")).to_be_visible()

    def visit(self) -> None:
        self.page.goto(f"{self.house.url}/phone/")

    def pass_time(self, seconds: float) -> None:
        self.house.pass_time(seconds)
        self.context.clock.set_fixed_time(to_datetime(self.house.clock()))

    def by_hand(self, checkpoint: str) -> None:
        self.page.get_by_role("button", name="Scan").click()
        self.page.get_by_label("By hand").select_option(label=checkpoint)
        self.page.get_by_role("button", name="I am here").click()

    def hold_to_tag(self, text: str) -> None:
        self.page.get_by_role("button", name="Scan").click()
        self.page.wait_for_function("globalThis.tagReader !== undefined")
        self.page.evaluate("holdTag", text)

    @property
    def status(self) -> Locator:
        return self.page.locator(".status")

    def close(self) -> None:
        self.context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            assert self.complaints == []


def journalled(house: House) -> list[Record]:
    """What phones' pages have observed, as the journal has it."""
    records = house.running.service.journal.read(0, 10_000)
    return [
        record
        for record in records
        if isinstance(record.body, CheckpointScan | PersonSignal)
        and str(record.identity.boot if record.identity else "").startswith("w-")
    ]


def numbers(house: House) -> list[int]:
    return [record.identity.seq for record in journalled(house) if record.identity is not None]
