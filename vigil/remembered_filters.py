"""Remembers which foreign filters the sessions at the broker may have, because a broker never says.

A persistent session keeps a filter until it is given back. What an earlier mapping had subscribed would go on coming,
and come twice where another session has it now.
"""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from collector.settings import SessionSettings
from vigil.broker_config import write_private


def with_forgotten(path: Path, session: SessionSettings) -> SessionSettings:
    """Give the settings with the filters that each session must give back where it has them, and remember the present.

    A file that is damaged is begun anew: then a filter of an earlier mapping may stay, whose messages are quarantined.
    """
    present = {*session.foreign_events, *session.foreign_readings}
    try:
        known = set(msgspec.json.decode(path.read_bytes(), type=list[str]))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        known = set()
    if not present <= known:
        write_private(path, msgspec.json.encode(sorted(present | known)))
    return replace(session, forgotten=tuple(sorted(present | known)))
