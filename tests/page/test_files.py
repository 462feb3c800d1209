"""What the page is made of: libraries as published, modules that find each other, nothing from outside."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_tree import PAGE, ROOT, page_files

WEB = ROOT / PAGE
VENDOR = WEB / "vendor"
ENTRIES = ("", "phone", "reference")
IMPORT = re.compile(r'(?:from|import)\s*\(?\s*"([^"]+)"')
# Names of XML vocabularies are no addresses: nothing is fetched from them.
NAMESPACE = "http://www.w3.org/"


def test_each_library_is_the_one_the_manifest_names() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    kept = {path.name for path in VENDOR.iterdir()} - {"manifest.json"}
    assert kept == {entry["file"] for entry in manifest} | {entry["notice"] for entry in manifest}
    for entry in manifest:
        assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert (VENDOR / entry["notice"]).stat().st_size > 500, entry["notice"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"]), entry["file"]


def imports() -> Iterator[tuple[Path, str]]:
    # A script that is no module imports nothing, whatever stands in its texts.
    for path in sorted(set(WEB.rglob("*.js")) - {VENDOR / "swagger-ui.js"}):
        for target in IMPORT.findall(path.read_text(encoding="utf-8")):
            yield path, target


def test_every_import_names_a_file_of_the_page() -> None:
    found = list(imports())
    assert len(found) > 50
    assert [(path.name, target) for path, target in found if not (path.parent / target).is_file()] == []


def test_every_module_and_style_is_used() -> None:
    entries = "".join(path.read_text(encoding="utf-8") for path in (WEB / name / "index.html" for name in ENTRIES))
    linked = {WEB / name for name in re.findall(r'"/page/{release}/([^"]+)"', entries)}
    imported = {(path.parent / target).resolve() for path, target in imports()}
    assert all(path.is_file() for path in linked)
    unused = {WEB / path.relative_to(PAGE) for path in page_files(ROOT)} - linked - imported
    # A browser runs the worker by its own address.
    assert unused == {WEB / "phone" / "worker.js"}


def test_nothing_is_fetched_from_outside_or_made_of_text() -> None:
    found = []
    for path in [*page_files(ROOT), *(PAGE / name / "index.html" for name in ENTRIES)]:
        text = (ROOT / path).read_text(encoding="utf-8")
        found += [
            (path.name, address) for address in re.findall(r"https?://\S*", text) if not address.startswith(NAMESPACE)
        ]
        # Text from devices and people would become markup here.
        found += [
            (path.name, word) for word in re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
        ]
    assert found == []
