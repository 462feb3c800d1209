"""Memory that was freed is not fetched from the system again."""

import resource

import numpy as np

from vigil.freed_memory import keep_freed_memory


def touched() -> int:
    """Fill 16 MiB and let them go: how many pages the system had to give for that."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    filled = [np.ones(2**18) for _ in range(8)]
    assert len(filled) == 8
    del filled
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_what_is_freed_is_used_again() -> None:
    keep_freed_memory()
    touched()
    assert touched() < 400  # of 4096 pages
