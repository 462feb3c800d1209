"""Lets `vigil judge` judge a recording of 1,000 points at one minute: `python scripts/bench_judge.py [DAYS]`.

A week by default. One limit rule on each point, two delays long. A year is 3.2 GB in the folder for temporary files.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from vigil.commands.judge import JudgeOptions, run

POINTS = 1_000
MINUTES_A_DAY = 1_440
DRAWN = 2_000
"""So many different rows are drawn; a day takes its rows from them by chance."""


def main() -> int:
    """Write and judge; gives the exit status of `vigil judge`."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site").mkdir()
        (folder / "site" / "site.yaml").write_bytes(msgspec.yaml.encode(_site()))
        points = {f"p{number}": f"c{number}" for number in range(POINTS)}
        mapping = {"site": "year", "time": {"column": "time"}, "readings": {"device": "gw", "points": points}}
        (folder / "map.yaml").write_bytes(msgspec.yaml.encode(mapping))
        _write_rows(folder / "rows.csv", days * MINUTES_A_DAY)
        options = JudgeOptions(
            files=(folder / "rows.csv",),
            mapping=folder / "map.yaml",
            config=folder / "site",
            rules=(),
            as_json=True,
        )
        return run(options)


def _site() -> dict[str, object]:
    point = {"equipment": "machine", "unit": "degC", "interval_seconds": 60, "name": "Point"}
    rule = {
        "id": "beyond",
        "kind": "limit",
        "name": "Beyond",
        "priority": "high",
        "subjects": [f"p{number}" for number in range(POINTS)],
        "parameters": {"high": 72, "low": 28, "deadband": 1, "on_delay_seconds": 120},
    }
    site = {
        "id": "year",
        "name": "Year",
        "timezone": "UTC",
        "zones": [{"id": "plant", "name": "Plant"}],
        "equipment": [{"id": "machine", "zone": "plant", "equipment_class": "pump", "name": "Machine"}],
        "points": [point | {"id": f"p{number}"} for number in range(POINTS)],
    }
    return {"site": site, "rules": [rule]}


def _write_rows(path: Path, count: int) -> None:
    chance = np.random.default_rng(7)
    level = 50 + 10 * np.sin(np.arange(POINTS))
    drawn = [",".join(f"{value:.2f}" for value in level + chance.normal(0, 3, POINTS)) for _ in range(DRAWN)]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with path.open("w", buffering=1 << 22) as file:
        file.write("time," + ",".join(f"c{number}" for number in range(POINTS)) + "\n")
        for number in chance.integers(0, DRAWN, count).tolist():
            file.write(f"{at.isoformat()},{drawn[number]}\n")
            at += timedelta(minutes=1)


if __name__ == "__main__":
    sys.exit(main())
