"""Writes the data folder of this release, to be kept as `tests/migration/RELEASE/`. Run once a release:

python -m tests.migration.write_data

What it wrote is never written anew: later releases must open it as it is.
"""

import shutil
import sqlite3
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import msgspec

from domain.instant import DAY
from tests.vigil.lived_data import LivedData

RELEASES = Path(__file__).parent
SMALL_PAGE = 512


def write(release: Path) -> None:
    """Let a Vigil live in the folder for two days and note what it then has."""
    data = release / "data"
    with LivedData(data) as lived:
        lived.live()
        lived.clock.move(DAY / 1_000_000)
        lived.live_on()
        expected = {
            "records": lived.journal.last_seq,
            "effects": len(lived.effects()),
            "alarms": lived.raised("forced"),
            "flow": lived.historian.series("flow", 0, 2**60, 1000).mean.tolist(),
        }
    (release / "expected.json").write_bytes(msgspec.json.format(msgspec.json.encode(expected), indent=1))
    shutil.rmtree(data / "broker")
    for path in data.rglob("*.lock"):
        path.unlink()
    for path in data.rglob("*.sqlite"):
        shrink(path)


def shrink(path: Path) -> None:
    """Write a database in small pages: most are empty, and each would take 4 KiB in the repository."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA page_size = {SMALL_PAGE}")
        connection.execute("VACUUM")
        connection.execute(f"PRAGMA journal_mode = {mode}")


def main() -> None:
    release = RELEASES / version("vigil")
    if release.exists():
        sys.exit(f"{release} is there already: what a release wrote is never written anew")
    write(release)


if __name__ == "__main__":
    main()
