"""The state stores on which the contracts of their ports are run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from stores.state.opening import StateStore, open_state_store


def _sqlite(folder: Path) -> StateStore:
    return open_state_store(folder / "state.sqlite")


OPENERS: Final[Mapping[str, Callable[[Path], StateStore]]] = {"sqlite": _sqlite}
"""Each gives the store whose data lies in a folder: twice the same folder, twice the same store."""
