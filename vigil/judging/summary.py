"""What `vigil judge` has to say in the end: the object that `--json` prints."""

from msgspec import Struct

from vigil.judging.occurrences import Unjudged
from vigil.judging.recorded_columns import Flaw


class JudgeSummary(Struct, frozen=True, kw_only=True):
    """What was judged, what came of it, and what it took."""

    files: tuple[str, ...]
    rules: tuple[str, ...]
    readings: int
    late: int
    flaws: tuple[Flaw, ...]
    gaps: tuple[dict[str, str | int], ...]
    unjudged: tuple[Unjudged, ...]
    occurrences: tuple[dict[str, str | float | None], ...]
    timezone: str
    seconds: float
    cpu_seconds: float
    readings_per_second: int
    readings_per_cpu_second: int
    peak_megabytes: int
