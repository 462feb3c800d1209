"""CPU time by stage: each thread of this process by its name, and the processes beside it."""

import os
import threading
import time
from collections.abc import Mapping
from typing import Final

import psutil

STAGES: Final = (
    ("-events", "network events"),
    ("-readings", "network readings"),
    ("journal-writer", "journal"),
    ("engine", "engine"),
    ("historian", "historian"),
    ("deliver-", "delivery"),
)
"""Parts of thread names, and the stage they stand for; whatever else runs in the process is `other`."""

MEASURING: Final = "measuring"
OTHER: Final = "other"
BROKERS: Final = ("mosquitto", "nats-server")


def stage_seconds() -> dict[str, float]:
    """CPU seconds of each stage so far. `measuring` is the calling thread, which watches and belongs to no stage."""
    spent = dict.fromkeys((name for _, name in STAGES), 0.0)
    spent[MEASURING] = 0.0
    own = threading.get_ident()
    for thread in threading.enumerate():
        if thread.ident is None:
            continue
        seconds = _thread_seconds(thread.ident)
        if thread.ident == own:
            spent[MEASURING] += seconds
            continue
        stage = next((stage for part, stage in STAGES if part in thread.name), None)
        if stage is not None:
            spent[stage] += seconds
    # Threads of libraries have no name here, and those that have ended are in the process's time alone.
    spent[OTHER] = max(0.0, time.process_time() - sum(spent.values()))
    return spent


def broker_seconds() -> float | None:
    """CPU seconds of the broker that runs as our child; None where it is somebody else's."""
    found = [child for child in psutil.Process(os.getpid()).children() if child.name() in BROKERS]
    if not found:
        return None
    times = [child.cpu_times() for child in found]
    return sum(each.user + each.system for each in times)


def between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was spent from one moment to the next; a thread that ended meanwhile has taken its time with it."""
    return {stage: max(0.0, after[stage] - before[stage]) for stage in after}


def _thread_seconds(ident: int) -> float:
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(ident))
    except OSError:
        # It ended between being listed and being asked.
        return 0.0
