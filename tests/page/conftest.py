"""A browser and a building with a short history, once per test file."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from collector.foreign.unmapped import UnmappedDevices
from collector.formats.report import Report, Value
from tests.page.browsing import NOON, RIVERSIDE, House, Visit, a_browser, chromium
from vigil.unmapped_list import UnmappedList

TELLING: Final = """\
channels:
  room: {kind: webhook, url: "https://127.0.0.1/hook", secrets: [{file: keys/room}]}
notification:
  routes: [{id: room, to: [room], priorities: [high], rules: [door-forced, pump-no-flow]}]
"""


def leave_unmapped(data: Path) -> None:
    """What an earlier run heard of a device that nobody has mapped."""
    data.mkdir(mode=0o700)
    devices = UnmappedDevices()
    report = Report(device="yard <b>gate</b>", said=[Value("contact", True), Value("battery", 88.0)])
    devices.note("zigbee2mqtt", "zigbee2mqtt", "zigbee2mqtt/yard gate", report, NOON)
    UnmappedList(data / "unmapped.json", devices, lambda where, what: pytest.fail(f"{where}: {what}")).write()


def tell_nobody_who_can_hear(folder: Path) -> Path:
    """The example with a channel whose address is refused: each message of it becomes a refused one at once."""
    config = folder / "site"
    config.mkdir()
    shutil.copy(RIVERSIDE / "riverside.yaml", config)
    (config / "telling.yaml").write_text(TELLING)
    key = folder / "data" / "keys" / "room"
    key.parent.mkdir(mode=0o700)
    key.touch(0o600)
    key.write_text("whsec_" + "c2VjcmV0" * 4)
    return config


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One forced door that is over, one pump that is not, told to a channel that refuses; one message not believed."""
    chromium()
    folder = tmp_path_factory.mktemp("house")
    leave_unmapped(folder / "data")
    with House(folder, config=str(tell_nobody_who_can_hear(folder))) as house:
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
