"""What a simulated building does wrong on purpose, noted so that alarms can be held against what really happened."""

from enum import StrEnum

from msgspec import Struct

from domain.instant import Instant


class MishapKind(StrEnum):
    """What can go wrong."""

    CHECKPOINT_SKIPPED = "checkpoint_skipped"
    DOOR_FORCED = "door_forced"
    DOOR_HELD = "door_held"
    DENIED_BURST = "denied_burst"
    MACHINE_FAULT = "machine_fault"


class Mishap(Struct, frozen=True, kw_only=True):
    """One thing that went wrong at simulated time `at` and was put right at `over_at`.

    `subject` is the stop (`tour/checkpoint`), the door or the machine. By `expected_by` it is beyond doubt in what the
    devices send; a rule's own delay comes on top. `fault` is the code of a machine's fault.
    """

    kind: MishapKind
    subject: str
    at: Instant
    expected_by: Instant
    over_at: Instant
    fault: str | None = None
