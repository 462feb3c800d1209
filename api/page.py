"""The page at `/`: its files, read once at the start and served from memory.

A file's address names the digest of all of them, so a browser may keep it for ever and never mixes two releases. The
files hold no secret and are open without a credential: the page itself asks for one.
"""

import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from msgspec import Struct

from api.problems import NOT_FOUND, Problem

FOLDER: Final = Path(__file__).resolve().parent / "web"
_ENTRY: Final = "index.html"
_RELEASE: Final = b"{release}"
_MODULES: Final = b"{modules}"
_LATER: Final = ("vendor/uplot.js",)
"""Modules that a screen fetches when it needs them; all others are fetched at once, not one after another as found."""
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
        entry = contents.pop(_ENTRY).replace(_MODULES, _preloads(contents))
        self.entry = entry.replace(_RELEASE, self.release.encode())
        self._files: Mapping[str, PageFile] = {
            f"/page/{self.release}/{name}": PageFile(content, _media_type(name)) for name, content in contents.items()
        }

    @property
    def open_paths(self) -> frozenset[str]:
        """What a browser may fetch without a credential."""
        return frozenset({"/", *self._files})

    def file(self, path: str) -> PageFile:
        """The file at a path.

        Raises:
            Problem: there is none; a page of another release asks for what is gone.
        """
        found = self._files.get(path)
        if found is None:
            raise Problem(NOT_FOUND, "The page has no such file; reload it")
        return found


def _preloads(names: Iterable[str]) -> bytes:
    """Tell the browser of every module before it has read the first."""
    wanted = (name for name in names if name.endswith(".js") and name not in _LATER)
    return "\n".join(f'<link rel="modulepreload" href="/page/{{release}}/{name}">' for name in wanted).encode()


def _media_type(name: str) -> str:
    suffix = Path(name).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


@router.get("/")
async def get_page(request: Request) -> Response:
    """The page. It is asked for anew each time, and names the release of all its files."""
    files: PageFiles = request.app.state.page
    return Response(files.entry, media_type=_TYPES[".html"])


@router.get("/page/{path:path}")
async def get_page_file(request: Request, path: str) -> Response:
    """One file of the page."""
    files: PageFiles = request.app.state.page
    found = files.file(f"/page/{path}")
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": _FOR_EVER})
