"""The engine's whole state as bytes, under a version: snapshots are data that later versions must read or refuse."""

from typing import Final

import msgspec
from msgspec import Struct

from domain.configuration import Configuration
from domain.errors import VigilError
from domain.instant import Instant
from domain.patrol_proposal import PatrolProposal
from rules.consequences import ConsequencesState
from rules.device_watch import DeviceWatchState
from rules.doors import DoorPicture
from rules.event_rules import WatchState
from rules.notifying import NotificationState
from rules.operator_log import WrittenLog
from rules.patrol import PatrolState
from rules.point_table import PointQualities
from rules.reading_rules import ReadingRulesState
from rules.undecided.looks import UndecidedState

SNAPSHOT_VERSION: Final = 5


class SnapshotUnreadable(VigilError):
    """A snapshot of another version, or bytes that are none: take an older one, or rebuild from the journal."""


class JudgementState(Struct, frozen=True, kw_only=True):
    """What is known of the world, part by part; the configuration is that under which the parts stand."""

    configuration: Configuration | None
    digest: str
    configured_at: Instant
    devices: DeviceWatchState
    doors: list[DoorPicture]
    patrol: PatrolState
    door_rules: list[WatchState]
    stop_rules: list[WatchState]
    heard_rules: list[WatchState]
    points: dict[str, Instant]
    reading_rules: ReadingRulesState
    consequences: ConsequencesState
    log: list[WrittenLog]
    commands: dict[str, Instant]
    notifications: NotificationState = NotificationState()
    proposals: list[PatrolProposal] = []
    undecided: UndecidedState = UndecidedState()
    qualities: PointQualities | None = None


class EngineState(Struct, frozen=True, kw_only=True):
    """Everything an engine remembers after `last_seq`."""

    version: int
    lane: str
    last_seq: int
    is_holding: bool
    judgement: JudgementState


class _Head(Struct):
    version: int


def encode_state(state: EngineState) -> bytes:
    """Write a state."""
    return msgspec.msgpack.encode(state)


def decode_state(content: bytes) -> EngineState:
    """Read what `encode_state` wrote.

    Raises:
        SnapshotUnreadable: it is of another version, or damaged.
    """
    try:
        version = msgspec.msgpack.decode(content, type=_Head).version
        if version != SNAPSHOT_VERSION:
            msg = f"the snapshot has version {version}, this engine reads {SNAPSHOT_VERSION}: rebuild from the journal"
            raise SnapshotUnreadable(msg)
        return msgspec.msgpack.decode(content, type=EngineState)
    except msgspec.DecodeError as error:
        msg = f"the snapshot is damaged ({error}): take an older one, or rebuild from the journal"
        raise SnapshotUnreadable(msg) from error
