"""What lists can be asked for (None means any), and which page of them."""

from msgspec import Struct

from domain.alarm import Condition
from domain.incident import IncidentState
from domain.instant import LATEST, Instant
from domain.mode import ModeState
from domain.operator_log import LogKind
from domain.patrol_proposal import ProposalState
from domain.work_order import WorkOrderState


class AlarmFilter(Struct, frozen=True, kw_only=True):
    """Which alarms; None means any. `standing` means active, unknown, latched or not yet acknowledged; `suppressed`
    shelved, out of service or suppressed by design; `mode` those that this mode suppresses now. `own`: with those of
    the site also those of Vigil's own that concern it.
    """

    site: str | None = None
    condition: Condition | None = None
    rule: str | None = None
    standing: bool | None = None
    suppressed: bool | None = None
    mode: str | None = None
    own: bool = False


class IncidentFilter(Struct, frozen=True, kw_only=True):
    """Which incidents; None means any. Those that became part of another are left out unless asked for by state."""

    site: str | None = None
    state: IncidentState | None = None


class ModeFilter(Struct, frozen=True, kw_only=True):
    """Which modes; None means any."""

    site: str | None = None
    state: ModeState | None = None


class LogFilter(Struct, frozen=True, kw_only=True):
    """Which entries of the operators' log: those with start <= at < end; None means any."""

    site: str | None = None
    kind: LogKind | None = None
    start: Instant = 0
    end: Instant = LATEST


class OrderFilter(Struct, frozen=True, kw_only=True):
    """Which work orders; `open` True means neither closed nor cancelled."""

    site: str | None = None
    state: WorkOrderState | None = None
    asset: str | None = None
    open: bool | None = None


class ProposalFilter(Struct, frozen=True, kw_only=True):
    """Which proposals for patrols; None means any."""

    site: str | None = None
    state: ProposalState | None = None


class UndecidedFilter(Struct, frozen=True, kw_only=True):
    """Which rules that cannot be decided; None means any."""

    site: str | None = None
    rule: str | None = None


class Page(Struct, frozen=True, kw_only=True):
    """Paging: at most `limit` items after the opaque `cursor` (from the page before)."""

    limit: int = 100
    cursor: str | None = None
