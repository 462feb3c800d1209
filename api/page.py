"""The pages at `/`, `/phone/` and `/reference/`: their files, read once at the start and served from memory.

A file's address names the digest of all of them, so a browser may keep it for ever and never mixes two releases. The
files hold no secret and are open without a credential: the page itself asks for one.
"""

import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from fastapi import APIRouter, Request, Response
from msgspec import Struct

from api.problems import NOT_FOUND, Problem

FOLDER: Final = Path(__file__).resolve().parent / "web"
_ENTRIES: Final = {"/": "index.html", "/phone/": "phone/index.html", "/reference/": "reference/index.html"}
_WORKER: Final = "phone/worker.js"
WORKER_PATH: Final = "/phone/worker.js"
_RELEASE: Final = b"{release}"
_MODULES: Final = b"{modules}"
_FILES: Final = b"{files}"
_LINKED: Final = re.compile(rb'"/page/\{release\}/([^"]+)"')
_IMPORTED: Final = re.compile(rb'\bfrom\s*"(\.[^"]+)"')
_IMPORTED_LATER: Final = re.compile(rb'\bimport\("(\.[^"]+)"\)')
_FOR_EVER: Final = "public, max-age=31536000, immutable"
# Python asks the machine for some of these, and machines differ.
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}

router = APIRouter(include_in_schema=False)


class PageFile(Struct, frozen=True):
    """One file: its bytes and what they are."""

    content: bytes
    media_type: str


class PageFiles:
    """All files of the page, by the path under which they are asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read them."""
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        contents = {name: found[name].read_bytes() for name in sorted(found)}
        digest = hashlib.sha256()
        for name, content in contents.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        self.release = digest.hexdigest()[:16]
        """Names exactly these files."""
        pages = {path: contents.pop(name) for path, name in _ENTRIES.items()}
        worker = contents.pop(_WORKER)
        self._entries = {path: self._filled(page, _modules_of(page, contents)) for path, page in pages.items()}
        self.worker = self._worker(worker, pages["/phone/"], contents)
        """Keeps the phone page's files in the browser."""
        self._files: Mapping[str, PageFile] = {
            self._address(name): PageFile(content, _media_type(name)) for name, content in contents.items()
        }

    def _address(self, name: str) -> str:
        return f"/page/{self.release}/{name}"

    def _filled(self, page: bytes, modules: list[str]) -> bytes:
        """Tell the browser of every module before it has read the first."""
        told = "\n".join(f'<link rel="modulepreload" href="{self._address(name)}">' for name in modules)
        return page.replace(_MODULES, told.encode()).replace(_RELEASE, self.release.encode())

    def _worker(self, worker: bytes, page: bytes, contents: Mapping[str, bytes]) -> bytes:
        linked = [name.decode() for name in _LINKED.findall(page)]
        modules = _modules_of(page, contents, later=True)
        kept = ["/phone/", *(self._address(name) for name in dict.fromkeys([*linked, *modules]))]
        return worker.replace(_FILES, json.dumps(kept).encode()).replace(_RELEASE, self.release.encode())

    def entry(self, path: str) -> bytes:
        """The page at one of the pages' own addresses."""
        return self._entries[path]

    @property
    def open_paths(self) -> frozenset[str]:
        """What a browser may fetch without a credential."""
        return frozenset({*self._entries, WORKER_PATH, *self._files})

    def file(self, path: str) -> PageFile:
        """The file at a path.

        Raises:
            Problem: there is none; a page of another release asks for what is gone.
        """
        found = self._files.get(path)
        if found is None:
            raise Problem(NOT_FOUND, "The page has no such file; reload it")
        return found


def _modules_of(page: bytes, contents: Mapping[str, bytes], *, later: bool = False) -> list[str]:
    """The modules that a page fetches at its start, by following their imports; with `later` those that a screen
    fetches when it needs them as well.
    """
    ahead = [name for name in map(bytes.decode, _LINKED.findall(page)) if name.endswith(".js")]
    found: dict[str, None] = {}
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        found[name] = None
        text = contents[name]
        imports = [*_IMPORTED.findall(text), *(_IMPORTED_LATER.findall(text) if later else ())]
        ahead += [_beside(name, target.decode()) for target in imports]
    return sorted(found)


def _beside(name: str, target: str) -> str:
    """The file that a module means by a relative path."""
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / target).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _media_type(name: str) -> str:
    suffix = Path(name).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


@router.get("/")
async def get_page(request: Request) -> Response:
    """The page. It is asked for anew each time, and names the release of all its files."""
    files: PageFiles = request.app.state.page
    return Response(files.entry("/"), media_type=_TYPES[".html"])


@router.get("/phone/")
async def get_phone_page(request: Request) -> Response:
    """The officer's phone page."""
    files: PageFiles = request.app.state.page
    return Response(files.entry("/phone/"), media_type=_TYPES[".html"])


@router.get("/reference/")
async def get_reference(request: Request) -> Response:
    """The API to read and to try."""
    files: PageFiles = request.app.state.page
    return Response(files.entry("/reference/"), media_type=_TYPES[".html"])


@router.get(WORKER_PATH)
async def get_phone_worker(request: Request) -> Response:
    """What keeps the phone page's files; beside the page, because a browser lets it serve only what lies below it."""
    files: PageFiles = request.app.state.page
    return Response(files.worker, media_type=_TYPES[".js"])


@router.get("/page/{path:path}")
async def get_page_file(request: Request, path: str) -> Response:
    """One file of the page."""
    files: PageFiles = request.app.state.page
    found = files.file(f"/page/{path}")
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": _FOR_EVER})
