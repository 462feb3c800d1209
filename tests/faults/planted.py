"""Runs Vigil's command line with bugs planted in it, or with faults that only the inside can show.

    python -m tests.faults.planted NAME[:NUMBER][,NAME...] serve ...

A fault test that stays green under its planted bug proves nothing. The product has no switch for any of this: the
names below replace its functions from outside.
"""

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace
from paho.mqtt import client as mqtt
from paho.mqtt.reasoncodes import ReasonCode

from api.server import ApiServer
from collector import message
from collector.decode.bodies import EventBody
from collector.decode.native import decode_event
from collector.intake import Delivery, Intake
from collector.link import Link
from collector.session import Session
from collector.timing import Timing
from domain.alarm import Alarm
from domain.commands import BeginMode, ShelveAlarm
from domain.directory import MessageKind
from domain.effects import DoorChanged
from domain.identity import MessageIdentity
from domain.instant import Instant
from domain.mode import Mode
from domain.observations import AccessEvent
from domain.record import Believed, Record, Urgency
from journal import group_writer
from journal.chain import SegmentKind
from journal.group_writer import GroupWriter
from journal.ports import JournalUnavailable, Stored
from journal.sqlite_writer import SegmentWriter
from rules.alarm_book import AlarmState, Change
from rules.alarm_commands import AlarmCommands
from rules.alarm_expiry import AlarmExpiry
from rules.doors import Doors
from rules.duplicates import SeenMessages, Sighting
from rules.kinds.door_forced import ForcedState, ForcedWatch
from rules.modes import Modes
from rules.notification_group import Entry, Group
from runtime import deliver, loop
from runtime.judging import Judging
from runtime.watch import Watch
from stores.ports import ClaimedMessage, Commit
from stores.state.writer import StateWriter
from vigil.broker import BrokerEvent, BundledBroker
from vigil.cli import main
from vigil.link_watch import LinkWatch

LATE_SECONDS: Final = 0.1
FOR_EVER_SECONDS: Final = 3600.0


def put(owner: object, name: str, replacement: object) -> None:
    """Replace what a class or module calls `name`."""
    assert hasattr(owner, name), f"{owner} has no {name} any more: plant anew"
    setattr(owner, name, replacement)


def ack_before_commit(_: int) -> None:
    """The broker is told that a message is stored a moment before it is."""
    submit = Delivery.submit

    def acknowledge_and_submit(self: Delivery, records: Sequence[Record]) -> None:
        self._acknowledge()
        later = threading.Timer(LATE_SECONDS, submit, (self, records))
        later.daemon = True
        later.start()

    put(Delivery, "submit", acknowledge_and_submit)


def ack_what_failed(_: int) -> None:
    """The broker is told that a message is stored though the journal has refused it."""
    stored = Delivery.stored

    def take_it_easy(self: Delivery, seq: int | None, error: Exception | None) -> None:
        if isinstance(error, JournalUnavailable):
            self._acknowledge()
        else:
            stored(self, seq, error)

    put(Delivery, "stored", take_it_easy)


def dedup_off(_: int) -> None:
    """A message that comes again is taken for a new one."""

    take = SeenMessages.take

    def always_new(self: SeenMessages, identity: MessageIdentity, record: Record) -> Sighting:
        sighting = take(self, identity, record)
        return Sighting.NEXT if sighting is Sighting.AGAIN else sighting

    put(SeenMessages, "take", always_new)


def boots_are_one(_: int) -> None:
    """The numbers of a device are taken for one sequence, whichever of its boots counted."""
    take = SeenMessages.take

    def take_any_boot(self: SeenMessages, identity: MessageIdentity, record: Record) -> Sighting:
        return take(self, replace(identity, boot="one"), record)

    put(SeenMessages, "take", take_any_boot)


def arrival_is_event(_: int) -> None:
    """Things are taken to have happened when they arrived."""
    put(message, "believe", lambda _claimed, received_at, _tolerance: Timing(received_at, Believed.RECEIVED, None))


def commit_without_outbox(_: int) -> None:
    """Alarms are stored, and nobody is told."""
    put(loop, "announce", lambda *_: [])


def outbox_after_commit(_: int) -> None:
    """The outbox is written in a transaction of its own, after the alarm's."""
    commit = StateWriter.commit

    def commit_twice(self: StateWriter, whole: Commit) -> int:
        position = commit(self, replace(whole, outbox=()))
        if not whole.outbox:
            return position
        between_effects_and_outbox()
        return max(position, commit(self, replace(whole, effects=(), seq_before=whole.seq_after)))

    put(StateWriter, "commit", commit_twice)


def clean_session(_: int) -> None:
    """The collector comes back as a stranger to the broker, which forgets what waited."""
    make_client = Link._make_client

    def make_forgetful_client(self: Link) -> mqtt.Client:
        client = make_client(self)
        if self._plan.protocol == mqtt.MQTTv5:
            connect = client.connect
            put(client, "connect", lambda *where, **how: connect(*where, **(how | {"clean_start": True})))
        else:
            put(client, "_clean_session", True)
        return client

    put(Link, "_make_client", make_forgetful_client)


def gap_law_off(_: int) -> None:
    """Nobody notices that the process stood still, nor that the link was lost by it: that is a gap as well, and whether
    it is noticed before the clock goes on is chance.
    """
    put(Watch, "round", lambda _self, _stopwatch, _now: None)
    put(Watch, "listens", lambda _self, _stopwatch, _now, *, listening: None)
    put(LinkWatch, "hear", lambda _self, _event, _detail: None)


def guard_off(_: int) -> None:
    """An engine commits whoever owns the partition."""
    put(StateWriter, "_advance", lambda _self, _connection, _commit: None)


def stop_waits_for_viewers(_: int) -> None:
    """The API ends only when the last viewer has left."""

    def wait(self: ApiServer, timeout: float = FOR_EVER_SECONDS) -> bool:
        self._thread.join(FOR_EVER_SECONDS)
        return True

    put(ApiServer, "stop", wait)


def slow_disk(milliseconds: int) -> None:
    """The disk takes so long for four records, and no more go at once."""
    store = SegmentWriter.store
    put(group_writer, "GROUP_RECORDS", 4)

    def store_slowly(self: SegmentWriter, kind: SegmentKind, parts: Sequence[bytes]) -> int:
        threading.Event().wait(milliseconds / 1000)
        return store(self, kind, parts)

    put(SegmentWriter, "store", store_slowly)


def one_lane(_: int) -> None:
    """Events wait behind the readings that came before them."""
    submit = GroupWriter.submit

    def submit_as_reading(self: GroupWriter, record: Record, urgency: Urgency, stored: Stored) -> None:
        submit(self, record, Urgency.READING if urgency is Urgency.EVENT else urgency, stored)

    put(GroupWriter, "submit", submit_as_reading)


def shed_all(_: int) -> None:
    """Under overload events are shed like readings."""
    must_shed = Intake._must_shed

    def must_shed_anything(self: Intake) -> bool:
        return must_shed(self) or self.journal.waiting()[Urgency.READING] > self._shed_above / 2

    put(Intake, "_must_shed", must_shed_anything)


def no_pings(_: int) -> None:
    """Nobody asks whether the other end of a silent link is still there."""
    put(mqtt.Client, "_check_keepalive", lambda _self: None)


def session_loss_untold(_: int) -> None:
    """A broker that has forgotten us is taken for one that has not."""
    became_ready = Session._became_ready

    def become_ready(self: Session, link: Link) -> None:
        link.session_present = True
        became_ready(self, link)

    tell = BundledBroker._tell

    def tell_most(self: BundledBroker, event: BrokerEvent, detail: str) -> None:
        if event is not BrokerEvent.STORE_LOST:
            tell(self, event, detail)

    put(Session, "_became_ready", become_ready)
    put(BundledBroker, "_tell", tell_most)


def subscribe_once(_: int) -> None:
    """A broker that has forgotten us is taken for one that still knows what we subscribed to."""
    connected = Link._connected

    def connected_as_before(
        self: Link, client: mqtt.Client, data: object, flags: mqtt.ConnectFlags, code: ReasonCode, rest: None
    ) -> None:
        if not self._plan.must_subscribe:
            flags = mqtt.ConnectFlags(session_present=True)
        connected(self, client, data, flags, code, rest)

    put(Link, "_connected", connected_as_before)


def parking_off(_: int) -> None:
    """A record that breaks the engine ends it."""

    def give_up(_self: Judging, record: Record, _store: object, _then: object) -> None:
        raise RuntimeError(f"record {record.seq} breaks the engine")

    put(Judging, "_judge_alone", give_up)


def poison_decoder(_: int) -> None:
    """The decoder fails on events that hold the words `poison-decoder`."""
    decode = decode_event

    def decode_or_fail(kind: MessageKind, payload: bytes, max_bytes: int) -> EventBody:
        if b"poison-decoder" in payload:
            raise ZeroDivisionError("poison")
        return decode(kind, payload, max_bytes)

    put(message, "decode_event", decode_or_fail)


def poison_rule(door: int) -> None:
    """The rule about forced doors fails on the door of that number."""
    observe = ForcedWatch.observe

    def observe_or_fail(self: ForcedWatch, state: ForcedState, fact: Record) -> object:
        if self.door.id == f"d-{door}":
            raise ZeroDivisionError("poison")
        return observe(self, state, fact)

    put(ForcedWatch, "observe", observe_or_fail)


def poison_engine(door: int) -> None:
    """The engine itself fails on the door of that number, where no supervision of rules catches it."""
    observe = Doors.observe

    def observe_or_fail(self: Doors, record: Record, event: AccessEvent) -> DoorChanged | None:
        if event.door == f"d-{door}":
            raise ZeroDivisionError("poison")
        return observe(self, record, event)

    put(Doors, "observe", observe_or_fail)


def poison_store(door: int) -> None:
    """The state store can never hold what is said of the door of that number."""
    commit = StateWriter.commit

    def commit_or_fail(self: StateWriter, whole: Commit) -> int:
        bodies = [effect.body for effect in whole.effects]
        if any(isinstance(body, DoorChanged) and body.door == f"d-{door}" for body in bodies):
            raise OverflowError("poison")
        return commit(self, whole)

    put(StateWriter, "commit", commit_or_fail)


def movable_clock(_: int) -> None:
    """The system's clock is ahead by as many seconds as the file `clock-offset` in the current folder says."""
    offset = Path("clock-offset").resolve()
    seconds, nanoseconds = time.time, time.time_ns
    put(time, "time", lambda: seconds() + int(offset.read_text()))
    put(time, "time_ns", lambda: nanoseconds() + int(offset.read_text()) * 1_000_000_000)


def expiry_from_now(_: int) -> None:
    """Acknowledgements end as long after the restart as they were to last, not at the time that was stored."""
    until = AlarmExpiry.until

    def until_from_now(self: AlarmExpiry, alarm: Alarm, _: Instant) -> Instant:
        return until(self, alarm, time.time_ns() // 1_000)

    put(AlarmExpiry, "until", until_from_now)


def shelf_from_now(_: int) -> None:
    """Shelves end as long after the restart as they were to last, not at the time that was stored."""
    shelve = AlarmCommands._shelve

    def shelve_from_now(self: AlarmCommands, held: AlarmState, command: ShelveAlarm, _: Instant) -> Change:
        return shelve(self, held, command, time.time_ns() // 1_000)

    put(AlarmCommands, "_shelve", shelve_from_now)


def repeat_from_now(_: int) -> None:
    """Notices are repeated as long after the restart as after they were told."""
    told = Group.told

    def told_now(self: Group, entries: list[Entry], _: Instant) -> None:
        told(self, entries, time.time_ns() // 1_000)

    put(Group, "told", told_now)


def mode_from_now(_: int) -> None:
    """Modes end as long after the restart as they were to last."""
    begin = Modes.begin

    def begin_now(self: Modes, command: BeginMode, _: Instant) -> Mode:
        return begin(self, command, time.time_ns() // 1_000)

    put(Modes, "begin", begin_now)


def die() -> None:
    """End at once, as SIGKILL does."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_before_commit(number: int) -> None:
    """Dies where the `number`-th batch of messages is about to be stored."""
    _around_store(number, before=die)


def die_after_commit(number: int) -> None:
    """Dies when the `number`-th batch of messages is stored and not acknowledged."""
    _around_store(number, after=die)


def die_after_effects(number: int) -> None:
    """Dies when the `number`-th commit with notifications is stored and nothing was sent."""
    commit, count = StateWriter.commit, itertools.count(1)

    def commit_and_die(self: StateWriter, whole: Commit) -> int:
        position = commit(self, whole)
        if whole.outbox and next(count) == number:
            die()
        return position

    put(StateWriter, "commit", commit_and_die)


def between_effects_and_outbox() -> None:
    """Where `outbox-after-commit` has torn one transaction in two; `die-between-effects-and-outbox` waits here."""


def die_between_effects_and_outbox(number: int) -> None:
    """Dies the `number`-th time between the two transactions of `outbox-after-commit`."""
    count = itertools.count(1)
    put(sys.modules[__name__], "between_effects_and_outbox", lambda: die() if next(count) == number else None)


def die_after_sending(number: int) -> None:
    """Dies when the `number`-th notification was sent and nobody has noted it."""
    attempt, count = deliver.Delivery._attempt, itertools.count(1)

    def attempt_and_die(self: deliver.Delivery, claimed: ClaimedMessage) -> object:
        done = attempt(self, claimed)
        if next(count) == number:
            die()
        return done

    put(deliver.Delivery, "_attempt", attempt_and_die)


def _around_store(
    number: int, *, before: Callable[[], None] | None = None, after: Callable[[], None] | None = None
) -> None:
    store, count = SegmentWriter.store, itertools.count(1)

    def store_and_die(self: SegmentWriter, kind: SegmentKind, parts: Sequence[bytes]) -> int:
        is_it = next(count) == number
        if is_it and before is not None:
            before()
        seq = store(self, kind, parts)
        if is_it and after is not None:
            after()
        return seq

    put(SegmentWriter, "store", store_and_die)


PLANTED: Final[dict[str, Callable[[int], Any]]] = {
    plant.__name__.replace("_", "-"): plant
    for plant in (
        ack_before_commit,
        ack_what_failed,
        dedup_off,
        boots_are_one,
        arrival_is_event,
        commit_without_outbox,
        outbox_after_commit,
        clean_session,
        gap_law_off,
        guard_off,
        stop_waits_for_viewers,
        slow_disk,
        one_lane,
        shed_all,
        no_pings,
        session_loss_untold,
        subscribe_once,
        parking_off,
        movable_clock,
        expiry_from_now,
        shelf_from_now,
        repeat_from_now,
        mode_from_now,
        poison_decoder,
        poison_rule,
        poison_engine,
        poison_store,
        die_before_commit,
        die_after_commit,
        die_after_effects,
        die_between_effects_and_outbox,
        die_after_sending,
    )
}


def run() -> None:
    """Plant what the first argument names, and be `vigil`."""
    for given in sys.argv.pop(1).split(","):
        name, _, number = given.partition(":")
        PLANTED[name](int(number or 0))
    main()


if __name__ == "__main__":
    run()
