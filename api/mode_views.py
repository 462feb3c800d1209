"""What the API puts together of modes, and the example that the OpenAPI document shows."""

from typing import Final

from msgspec import Struct

from api.examples import ALARM, AT
from domain.effects import CommandOutcome
from domain.instant import HOUR
from domain.mode import Mode, ModeKind, ModePlace


class ModeItem(Struct, frozen=True, kw_only=True):
    """A mode, and how many alarms it suppresses now: `/api/v1/alarms?mode=` lists them."""

    mode: Mode
    suppressed: int


class ModeAnswer(Struct, frozen=True, kw_only=True):
    """An accepted command, and the mode as it now is."""

    outcome: CommandOutcome
    mode: Mode


MODE: Final = Mode(
    id="mode-4f1c02",
    site=ALARM.site,
    place=ModePlace.EQUIPMENT,
    thing=ALARM.asset,
    kind=ModeKind.MAINTENANCE,
    reason="Yearly service",
    begun_by="operator",
    begun_at=AT,
    until=AT + 4 * HOUR,
)
MODE_ITEM: Final = ModeItem(mode=MODE, suppressed=2)
MODE_ANSWER: Final = ModeAnswer(
    outcome=CommandOutcome(
        command="command-6f0c", accepted=True, code="accepted", detail="", subject=MODE.thing, version=1
    ),
    mode=MODE,
)
