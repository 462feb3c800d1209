"""What `vigil backtest` has to say in the end: the object that `--json` prints."""

from collections.abc import Sequence

from msgspec import Struct, field

from runtime.backtest import Verdict


class Written(Struct, frozen=True, kw_only=True):
    """One occurrence on one side; times are RFC 3339."""

    raised_at: str
    cleared_at: str | None
    order: bool


class Compared(Struct, frozen=True, kw_only=True):
    """One line of the result; `seconds` is how much later the rules on trial raise it."""

    rule: str
    subject: str
    verdict: Verdict
    seconds: float | None
    was: Written | None
    would: Written | None


class Lost(Struct, frozen=True, kw_only=True):
    """Reading records that are kept nowhere: between which times (RFC 3339) and seqs, and how many."""

    start: str = field(name="from")
    end: str = field(name="to")
    first_seq: int
    last_seq: int
    records: int


class Telemetry(Struct, frozen=True, kw_only=True):
    """What the journal had let go: reading records that telemetry gave, and those without a reading there.

    Of `guessed` ones the time of receipt and the device were not kept.
    """

    records: int
    guessed: int
    left_nothing: int


class Summary(Struct, frozen=True, kw_only=True):
    """What was judged and what came of it; `verdicts` and `orders` are counted per rule.

    `left_out` are rules of Vigil's own that could not be compared.
    """

    records: int
    telemetry: Telemetry
    gaps: list[Lost]
    left_out: Sequence[str]
    complete: bool
    equal: bool
    verdicts: dict[str, dict[str, int]]
    orders: dict[str, dict[str, int]]
    occurrences: list[Compared]
    seconds: float
