"""The phone page's camera before a printed label: the code that Vigil prints is the code that the page reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from domain.observations import CheckpointScan
from tests.page.browsing import House, chromium
from tests.page.carrying import Phone, journalled
from vigil.labels import tag_text
from vigil.qr_code import qr_squares

WIDTH, HEIGHT, SQUARE = 640, 480, 8
LIGHT, DARK, GREY = b"\xeb", b"\x10", b"\x80"


def film(path: Path, text: str) -> Path:
    """A still film of a code, in the raw form that the browser plays as its camera."""
    squares = qr_squares(text)
    edge = (HEIGHT - len(squares) * SQUARE) // 2
    picture = bytearray(LIGHT * (WIDTH * HEIGHT))
    for row, line in enumerate(squares):
        for column, is_dark in enumerate(line):
            for y in range(SQUARE if is_dark else 0):
                start = (edge + row * SQUARE + y) * WIDTH + edge + column * SQUARE
                picture[start : start + SQUARE] = DARK * SQUARE
    frame = b"FRAME\n" + bytes(picture) + GREY * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode() + frame * 2)
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    chromium()
    with House(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.mark.long
def test_a_printed_label_is_read_by_the_camera(browser: Browser, house: House, tmp_path: Path) -> None:
    label = film(tmp_path / "label.y4m", tag_text("riverside", "cp-roof"))
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={label}",
    )
    with Phone(browser.browser_type, tmp_path / "phone", house, arguments=camera) as phone:
        phone.sign_in()
        phone.page.get_by_role("button", name="Scan").click()
        expect(phone.page.get_by_role("alert")).to_contain_text("Roof hatch: scanned at")
        expect(phone.status).to_contain_text("All received")
    (body,) = (record.body for record in journalled(house))
    assert isinstance(body, CheckpointScan)
    assert (body.checkpoint, body.method) == ("cp-roof", "qr")
