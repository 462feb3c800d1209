"""How slow this machine is just now, by a piece of work that never changes: bars in processor time are weighed with it.

A machine that is slower than the one a bar was written for, or that others keep busy, takes more processor time for
the same work; a decoder that became slower does not make the known work slower.
"""

import json
import time
from collections.abc import Callable
from typing import Final

_WORK: Final = json.dumps([{"at": number, "value": number / 7} for number in range(4_000)])
_KNOWN_SECONDS: Final = 0.0015
"""By ratio: measured was 4.7 ms where a scan is decoded in 25 microseconds, and on the machine of the bars that takes 7
to 8 (docs/performance.md), so 1.4 to 1.5 ms."""


def known_seconds() -> float:
    """Do the work once; gives its processor time."""
    began = time.process_time()
    json.loads(_WORK)
    return time.process_time() - began


def weighed(work: Callable[[], object], *, times: int = 5) -> float:
    """The least processor time of some runs of `work`, as on the machine of the bars, in seconds."""
    spent, known = [], []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
        known.append(known_seconds())
    return min(spent) / slowness(min(known))


def slowness(seconds: float) -> float:
    """How many times slower than the machine of the bars one is that needs so long; never below 1."""
    return max(1.0, seconds / _KNOWN_SECONDS)
