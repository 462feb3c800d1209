"""Small files that are either wholly there after a crash, or not at all."""

import os
from pathlib import Path


def replace_durably(path: Path, content: bytes) -> None:
    """Write a file, readable by its owner alone, in place of the one that may stand there."""
    fresh = _write_beside(path, content)
    fresh.replace(path)
    sync_folder(path.parent)


def create_durably(path: Path, content: bytes) -> bool:
    """Write a file, readable by its owner alone, unless there is one already; False leaves that one as it is."""
    fresh = _write_beside(path, content)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: without it a file's content may survive a power loss and its name not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_beside(path: Path, content: bytes) -> Path:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - by descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return fresh
