"""The page's files: open to all, kept by browsers under the name of their release, and nothing beside them."""

import json
from pathlib import Path

import pytest

from api.page import FOLDER, PageFiles
from tests.api.serving import LocalClient


def files_of(folder: Path, **contents: str) -> PageFiles:
    page = '<script src="/page/{release}/main.js"></script>'
    for name in ("phone", "reference"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "index.html").write_text(page)
    (folder / "phone" / "worker.js").write_text("keep({files})")
    for name, content in {"index_html": page, "main_js": "", **contents}.items():
        (folder / name.replace("_", ".")).write_text(content)
    return PageFiles(folder)


def test_the_page_is_open_and_names_its_release(stranger: LocalClient) -> None:
    release = stranger.app.state.page.release
    answer = stranger.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"/page/{release}/main.js" in answer.text
    assert "{" not in answer.text
    # The page itself is asked for anew, so that the next release is found.
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("main.js", "text/javascript; charset=utf-8"),
        ("style/tokens.css", "text/css; charset=utf-8"),
        ("vendor/preact.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_its_files_may_be_kept_for_ever(stranger: LocalClient, name: str, media_type: str) -> None:
    answer = stranger.get(f"/page/{stranger.app.state.page.release}/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("path", ["x/main.js", "{release}/", "{release}/nothing.js", "{release}/../page.py", ""])
def test_what_is_no_file_of_the_page_is_not_open(stranger: LocalClient, path: str) -> None:
    answer = stranger.get("/page/" + path.replace("{release}", stranger.app.state.page.release))
    assert answer.status_code == 401


def test_what_is_gone_is_said_to_be(reader: LocalClient) -> None:
    answer = reader.get("/page/0123456789abcdef/main.js")
    assert (answer.status_code, answer.json()["detail"]) == (404, "The page has no such file; reload it")


def test_no_script_or_style_stands_inside_the_page(stranger: LocalClient) -> None:
    answer = stranger.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert "style=" not in answer.text
    assert answer.text.count("<script") == answer.text.count('<script type="module" src="/page/')


LATER = {"vendor/uplot.js", "vendor/jsqr.js", "vendor/swagger-ui.js"}
"""What a screen fetches when it needs it: to draw a chart, to read a QR code, to show the API."""


def told_by(client: LocalClient, path: str) -> set[str]:
    prefix = f'<link rel="modulepreload" href="/page/{release_of(client)}/'
    return {
        line.removeprefix(prefix).removesuffix('">') for line in client.get(path).text.splitlines() if prefix in line
    }


def test_every_module_is_told_to_the_browser_by_the_page_that_needs_it(stranger: LocalClient) -> None:
    modules = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js")} - {"phone/worker.js"}
    room, phone, reference = (told_by(stranger, path) for path in ("/", "/phone/", "/reference/"))
    assert modules - room - phone - reference == LATER
    assert not {name for name in room if name.startswith("phone/")}
    assert not {name for name in phone if name.startswith("screens/")}


def test_the_phones_worker_keeps_all_that_the_phones_page_needs(stranger: LocalClient) -> None:
    worker = stranger.get("/phone/worker.js")
    assert (worker.status_code, worker.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert f"vigil-phone-{release_of(stranger)}" in worker.text
    kept = json.loads(next(line for line in worker.text.splitlines() if "FILES = " in line).split(" = ")[1].rstrip(";"))
    assert kept[0] == "/phone/"
    needed = told_by(stranger, "/phone/") | {"vendor/jsqr.js", "phone/phone.css", "icon.svg"}
    assert {f"/page/{release_of(stranger)}/{name}" for name in needed} <= set(kept)
    assert [path for path in kept if stranger.get(path).status_code != 200] == []


def release_of(client: LocalClient) -> str:
    release: str = client.app.state.page.release
    return release


def test_a_change_of_any_file_is_another_release(tmp_path: Path) -> None:
    first = files_of(tmp_path, main_js="1").release
    assert files_of(tmp_path, main_js="1").release == first
    assert files_of(tmp_path, main_js="2").release != first
    assert files_of(tmp_path, main_js="1", more_css="").release != first
