"""Two devices under one identity (swapped, cloned, restored from a backup), or one that counts its messages wrongly.

Three signs, each of which an honest device that resends, reboots or uploads what it had buffered does not give:

- **content differs**: a number comes again with another content, while the first one's is remembered;
- **counted back**: a number comes again, made later by the device's own clock than anything it had said in that boot,
  so it is no repetition of what it said before;
- **boots alternate**: `CROSSINGS` times within `CROSSED_WITHIN` an older boot says something new that was made after
  the younger had begun. A device uploads what an earlier boot left behind, but that was made before; where its clock is
  not believed, it has `UPLOADS_FOR` after the reboot to do so.

A copy with a clock and a boot of its own that never speaks while the other does is not found this way.
"""

from typing import Final

from domain.effects import ConflictKind
from domain.instant import HOUR, MINUTE, Duration
from domain.record import Believed, Record
from rules.duplicates import SeenBoot, SeenDevice

QUIET: Final[Duration] = 10 * MINUTE
"""Without a further sign for this long the conflict is over (chatter defence, domain.md section 6)."""

CROSSINGS: Final = 3
CROSSED_WITHIN: Final[Duration] = HOUR
UPLOADS_FOR: Final[Duration] = 10 * MINUTE
CLOCK_MARGIN: Final[Duration] = MINUTE


def conflict_of_repetition(boot: SeenBoot, record: Record) -> ConflictKind | None:
    """What a message whose number was seen before gives away, if anything."""
    if record.identity is None:
        return None
    differs = boot.differs(record.identity.seq, record)
    if differs is not None:
        return ConflictKind.CONTENT_DIFFERS if differs else None
    made = record.device_time
    return ConflictKind.COUNTED_BACK if made is not None and 0 < boot.newest_made < made else None


def conflict_of_boots(device: SeenDevice, record: Record) -> ConflictKind | None:
    """What it gives away that another boot than before speaks, with a message that is new; notes the crossing."""
    if record.identity is None:
        return None
    device.latest = record.identity.boot
    newest = device.newest()
    if newest.boot == device.latest or not _is_made_after(newest, record):
        return None
    if record.received_at - device.crossed_at > CROSSED_WITHIN:
        device.crossings = 0
    device.crossings += 1
    device.crossed_at = record.received_at
    return ConflictKind.BOOTS_ALTERNATE if device.crossings >= CROSSINGS else None


def _is_made_after(younger: SeenBoot, record: Record) -> bool:
    made = record.device_time
    if made is not None and record.believed is Believed.DEVICE and younger.began_made is not None:
        return made > younger.began_made + CLOCK_MARGIN
    return record.received_at > younger.began_at + UPLOADS_FOR
