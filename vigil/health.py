"""What is wrong now: readiness per part, and faults that were reported, newest last."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from api.views import Fault
from domain.instant import Instant

KEPT_FAULTS: Final = 100

_LOG = structlog.get_logger("vigil")


class Health:
    """Collects faults from every thread and asks the parts whether they are ready."""

    def __init__(self, clock: Callable[[], Instant]) -> None:
        """Begin with nothing wrong."""
        self._clock = clock
        self._lock = threading.Lock()
        self._faults: deque[Fault] = deque(maxlen=KEPT_FAULTS)
        self._counts: Counter[str] = Counter()
        self._checks: dict[str, Callable[[], str]] = {}

    def watch(self, part: str, check: Callable[[], str]) -> None:
        """Ask `check` for this part: it gives what is wrong, or nothing."""
        self._checks[part] = check

    def fault(self, where: str, what: object) -> None:
        """Note and log a fault. Safe from any thread."""
        text = str(what)
        _LOG.error("fault", where=where, what=text)
        with self._lock:
            self._faults.append(Fault(self._clock(), where, text))
            self._counts[where] += 1

    def readiness(self) -> Mapping[str, str]:
        """Each part with what keeps it from being ready, or an empty text."""
        return {part: check() for part, check in self._checks.items()}

    def faults(self) -> tuple[Fault, ...]:
        """The newest faults, oldest first."""
        with self._lock:
            return tuple(self._faults)

    def counts(self) -> Mapping[str, int]:
        """How many faults each place has told since the start."""
        with self._lock:
            return dict(self._counts)
