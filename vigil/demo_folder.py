"""Where a demo keeps its data: a temporary folder that is gone afterwards, or an empty one that was named.

A demo that was killed leaves its folder and its broker behind; the next one ends the one and removes the other.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.errors import VigilError
from vigil.broker_config import BrokerError
from vigil.broker_process import FileLock
from vigil.data_folder import DataFolder
from vigil.nats_server import end_left_behind

PREFIX: Final = "vigil-demo-"
_LOCK: Final = "demo.lock"


class DemoFolderInUse(VigilError):
    """The named folder holds data already."""


@contextmanager
def demo_folder(named: str | None) -> Iterator[Path]:
    """Give a folder for one demo.

    Raises:
        DemoFolderInUse: the named one is not empty; a demo begins its own clock, which may lie before what is there.
    """
    if named is not None:
        folder = Path(named)
        if folder.exists() and any(folder.iterdir()):
            remedy = f"give an empty folder, or look at it with: vigil serve --data {named} --config demo"
            raise DemoFolderInUse(f"folder {named} holds data already: {remedy}")
        yield folder
        return
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = FileLock(folder / _LOCK).acquire(complaint=f"{folder} is in use")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _sweep(place: Path) -> None:
    """Remove what killed demos of ours left; one that still runs holds its lock."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = FileLock(folder / _LOCK).acquire(complaint="it still runs")
        except (BrokerError, OSError):
            continue
        end_left_behind(DataFolder(folder).broker)
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
