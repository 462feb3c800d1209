"""Makes docs/images from the demo: `python scripts/screenshots.py`. Needs Chromium.

The demo runs faster than life until enough has happened to be worth showing, then each screen is taken in English on
dark and in Chinese on light.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
LOOKS = {"en": "dark", "zh": "light"}
ENOUGH_ALARMS = 4
LONGEST_SECONDS = 400.0
LIVELY_SECONDS = 60.0
LARGEST_BYTES = 300_000
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
ROOM: ViewportSize = {"width": 1280, "height": 800}


def lively(data: Path, said: Path, seconds: float = LIVELY_SECONDS) -> subprocess.Popen[bytes]:
    """Start the demo and wait until it has lived for a while and raised some alarms."""
    options = ["--speed", "30", "--seed", "3", "--port", "0", "--data", str(data)]
    command = [sys.executable, "-m", "vigil", "demo", *options]
    with said.open("wb") as output:
        demo = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    began = time.monotonic()
    while time.monotonic() - began < LONGEST_SECONDS and demo.poll() is None:
        alarms = said.read_text(errors="replace").count("alarm raised")
        if alarms >= ENOUGH_ALARMS and time.monotonic() - began > seconds:
            return demo
        time.sleep(0.5)
    demo.kill()
    heard = said.read_text(errors="replace")[-2000:]
    raise SystemExit(f"scripts/screenshots.py: the demo did not come to life:\n{heard}")


def choose_alarm_with_chart(page: Page) -> None:
    """The first alarm about a point: its why has a chart. On a busy machine the demo may take its time to raise one."""
    rows = page.get_by_role("listbox").get_by_role("option")
    began = time.monotonic()
    while time.monotonic() - began < LONGEST_SECONDS:
        for index in range(min(12, rows.count())):
            rows.nth(index).click()
            page.wait_for_timeout(400)
            if page.locator(".chart canvas").count() > 0:
                return
        page.wait_for_timeout(400)
    raise SystemExit("scripts/screenshots.py: no alarm in sight is about a point")


def choose_walked_run(page: Page) -> None:
    """A run of today that has not been kept, else any that has begun."""
    rows = page.get_by_role("listbox").get_by_role("option")
    walked = rows.filter(has=page.locator(".verdict-missed, .verdict-late, .verdict-on_time"))
    missed = rows.filter(has=page.locator(".verdict-missed"))
    (missed if missed.count() > 0 else walked).first.click()


def take(page: Page, name: str) -> None:
    page.wait_for_timeout(700)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)} {size // 1000} kB")
    if size > LARGEST_BYTES:
        raise SystemExit(f"scripts/screenshots.py: {path.name} has {size} bytes, more than {LARGEST_BYTES}")


def take_all(browser: Browser, url: str, session: StorageState, language: str) -> None:
    context = browser.new_context(viewport=ROOM, storage_state=session)
    for choice, value in (("language", language), ("theme", LOOKS[language])):
        context.add_init_script(f"localStorage.setItem('vigil-{choice}', '{value}')")
    page = context.new_page()
    page.goto(url)
    expect(page.locator(".plan .thing").first).to_be_visible()
    take(page, f"overview-{language}")
    page.goto(f"{url}/#/alarms")
    choose_alarm_with_chart(page)
    take(page, f"alarm-{language}")
    page.goto(f"{url}/#/tours")
    choose_walked_run(page)
    take(page, f"tours-{language}")
    context.close()


def main() -> None:
    browser_path = shutil.which("chromium")
    if browser_path is None:
        raise SystemExit("scripts/screenshots.py: no chromium on this machine; on Debian: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        said = Path(scratch) / "said"
        demo = lively(Path(scratch) / "data", said)
        try:
            link = re.search(r"(http://\S+)/login\?once=\S+", said.read_text(errors="replace"))
            if link is None:
                raise SystemExit("scripts/screenshots.py: the demo gave no login link")
            browser = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
            page = browser.new_page()
            page.goto(link[0])
            page.wait_for_url(f"{link[1]}/")
            session = page.context.storage_state()
            page.close()
            for language in LOOKS:
                take_all(browser, link[1], session, language)
            browser.close()
        finally:
            demo.terminate()
            demo.wait(60)


if __name__ == "__main__":
    main()
