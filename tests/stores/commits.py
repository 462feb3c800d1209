"""Commits for tests: an owner of a partition that counts seq by itself, and bodies beside those of `tests.samples`."""

from collections.abc import Sequence

from msgspec.structs import replace

from domain.effects import (
    CommandOutcome,
    DeviceChanged,
    DoorChanged,
    DoorState,
    Effect,
    EffectBody,
    QuarantineAdded,
    TourRunChanged,
)
from domain.identity import REAL_LANE
from domain.tour_run import RunStop, StopVerdict, TourRun, TourRunState
from stores.ports import Commit, EngineStore, OutboxMessage
from tests.samples import NOW, an_effect, an_order


class Owner:
    """Whoever has claimed the partition; commits effects as the consequences of the next record."""

    def __init__(self, store: EngineStore, lane: str = REAL_LANE) -> None:
        self.store = store
        self.lane = lane
        self.epoch = store.claim()
        self.seq = store.last_seq()

    def commit(self, *bodies: EffectBody, outbox: Sequence[OutboxMessage] = ()) -> int:
        return self.commit_effects([self.effect(body, n) for n, body in enumerate(bodies)], outbox)

    def effect(self, body: EffectBody, n: int = 0) -> Effect:
        """What `commit` makes of a body that is the n-th of the next record."""
        return an_effect(body, cause=self.seq + 1, n=n, at=NOW + self.seq, lane=self.lane)

    def commit_effects(self, effects: Sequence[Effect], outbox: Sequence[OutboxMessage] = ()) -> int:
        position = self.store.commit(self.next(effects, outbox))
        self.seq += 1
        return position

    def resend(self, *messages: str) -> None:
        """Let refused messages wait again."""
        self.store.commit(replace(self.next(), resent=messages))
        self.seq += 1

    def next(self, effects: Sequence[Effect] = (), outbox: Sequence[OutboxMessage] = ()) -> Commit:
        return Commit(
            epoch=self.epoch,
            seq_before=self.seq,
            seq_after=self.seq + 1,
            committed_at=NOW + self.seq + 1,
            effects=effects,
            outbox=outbox,
        )


def a_run(run_id: str = "run-1", site: str = "tower", tour: str = "night", starts_at: int = NOW) -> TourRunChanged:
    stop = RunStop(checkpoint="stair-1", due_at=starts_at + 1, missed_at=starts_at + 2, verdict=StopVerdict.PENDING)
    return TourRunChanged(
        run=TourRun(
            id=run_id,
            site=site,
            tour=tour,
            name=an_order().title,
            state=TourRunState.DUE,
            starts_at=starts_at,
            ends_at=starts_at + 10,
            stops=(stop,),
        )
    )


def a_door(door: str = "d1", site: str = "tower", state: DoorState = DoorState.OPEN) -> DoorChanged:
    return DoorChanged(site=site, door=door, state=state, since=NOW, last_event="opened", person="person-1")


def a_device(device: str = "gateway-1", site: str = "tower", *, online: bool = True) -> DeviceChanged:
    return DeviceChanged(site=site, device=device, online=online, last_seen=NOW, boot="b1", battery=0.25, tamper=False)


def quarantined(reason: str = "unknown_device") -> QuarantineAdded:
    return QuarantineAdded(site=None, device=None, topic="vigil/v1/x/y/scan", reason=reason, detail="", size=12)


def an_outcome(command: str = "command-1", *, accepted: bool = True) -> CommandOutcome:
    return CommandOutcome(
        command=command,
        accepted=accepted,
        code="accepted",
        detail="",
        subject="alarm-1",
        version=2 if accepted else None,
    )


def a_message(
    message_id: str, address: str = "alarm/raised", *, channel: str = "console", retain: bool = False
) -> OutboxMessage:
    return OutboxMessage(id=message_id, channel=channel, address=address, payload=message_id.encode(), retain=retain)
