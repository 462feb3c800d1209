"""Keeps memory that columns leave behind for the next ones: for commands that judge large batches and nothing else."""

from typing import Final

import numpy as np

LARGEST_KEPT: Final = 31 * 2**20
"""Just below the 32 MiB from which glibc gives everything back at once."""


def keep_freed_memory() -> None:
    """Let the C library keep what is freed, instead of having each part's columns cleared by the system anew.

    glibc does so up to the size of the largest block that was ever given back; a third of the time goes without it.
    """
    np.empty(LARGEST_KEPT, dtype=np.uint8)
