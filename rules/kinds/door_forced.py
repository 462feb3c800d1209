"""The rule kind `door_forced`: a door opened though nobody was let through, or its controller says it was forced.

A grant or an exit request lets through for the door's grant time plus entry time. The controller's own `forced` is
believed: it knows its lock. From one closing to the next there is one alarm at most. Reports may arrive in any order
within 24 h (Late law): each is put in its place among the others, what it touches is judged anew, and an alarm that
should not have been is corrected by name.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alarm import Subject, SubjectKind, Why
from domain.configuration import RuleSpec
from domain.instant import HOUR, Duration, Instant, from_seconds, to_iso, to_seconds
from domain.observations import AccessEvent, AccessKind
from domain.record import Record
from domain.schedule import clock_text
from domain.site import Door, Site
from domain.text import Text
from rules.kinds.bound_rule import BoundRule, doors_of
from rules.kinds.retelling import Saying, Stretch, Told, settle, since
from rules.rule import Finding
from rules.rule_parameters import read_parameters
from rules.wording import span

KIND: Final = "door_forced"
HORIZON: Final[Duration] = 24 * HOUR

KEPT: Final = 4096
"""Grants, and contact reports, remembered per door; the horizon is shorter at a door with more in 24 h.

A turnstile of a large office lets about 2,000 people through on a day: 2,000 grants and 4,000 contact reports.
"""

_LETS_THROUGH: Final = (AccessKind.GRANTED, AccessKind.EXIT_REQUEST)


class ContactKind(IntEnum):
    """What a contact report says of the door; the open ones are true."""

    CLOSED = 0
    OPENED = 1
    FORCED = 2


_CONTACTS: Final[Mapping[AccessKind, ContactKind]] = {
    AccessKind.OPENED: ContactKind.OPENED,
    AccessKind.CLOSED: ContactKind.CLOSED,
    AccessKind.FORCED: ContactKind.FORCED,
}
_SAID: Final[Mapping[ContactKind, Text]] = {
    ContactKind.OPENED: Text("opened", "开启"),
    ContactKind.CLOSED: Text("closed", "关闭"),
    ContactKind.FORCED: Text("forced", "被强行打开"),
}


class DoorForcedSettings(Struct, frozen=True):
    """No parameters: grant and entry time stand with the door."""


class Contact(Struct, frozen=True, array_like=True):
    """A contact report; `number` is the device's count (0 without), which orders what has the same time."""

    at: Instant
    number: int
    kind: ContactKind


class ForcedState(Struct, frozen=True):
    """`grants` and `contacts` ascend. Before `judged_since` nothing is judged any more: reports from then are passed
    over, and openings from then are what they were said to be.
    """

    grants: tuple[Instant, ...] = ()
    contacts: tuple[Contact, ...] = ()
    told: Told = Told()
    judged_since: Instant = 0


class ForcedWatch(BoundRule[ForcedState], frozen=True, kw_only=True):
    """One rule on one door (`rules.rule.Watch`); `window` is how long a grant lets through."""

    door: Door
    window: Duration

    def observe(self, state: ForcedState, fact: Record) -> tuple[ForcedState, Sequence[Finding]]:
        """Take one access event."""
        event = fact.body
        if not isinstance(event, AccessEvent) or fact.event_time < state.judged_since:
            return state, ()
        if event.kind in _LETS_THROUGH:
            return self._granted(state, fact)
        kind = _CONTACTS.get(event.kind)
        return (state, ()) if kind is None else self._reported(state, fact, kind)

    def _granted(self, state: ForcedState, record: Record) -> tuple[ForcedState, Sequence[Finding]]:
        """Judge anew the openings that the grant explains."""
        at, grants = record.event_time, state.grants
        place = bisect_right(grants, at)
        state = self._remembered(replace(state, grants=(*grants[:place], at, *grants[place:])), at)
        first = bisect_left(state.contacts, at, key=_time)
        behind = bisect_right(state.contacts, at + self.window, key=_time)
        return (state, ()) if first == behind else self._judged(state, record, first, behind)

    def _reported(self, state: ForcedState, record: Record, kind: ContactKind) -> tuple[ForcedState, Sequence[Finding]]:
        """Judge anew the openings on both sides of the report."""
        number = 0 if record.identity is None else record.identity.seq
        contact, contacts = Contact(record.event_time, number, kind), state.contacts
        is_newest = not contacts or _order(contacts[-1]) <= _order(contact)
        place = len(contacts) if is_newest else bisect_right(contacts, _order(contact), key=_order)
        says_nothing = is_newest and self._says_nothing(state, contact)
        state = replace(state, contacts=(*contacts[:place], contact, *contacts[place:]))
        kept = self._remembered(state, contact.at)
        place -= len(state.contacts) - len(kept.contacts)
        is_forgotten = place < 0
        return (kept, ()) if says_nothing or is_forgotten else self._judged(kept, record, place, place + 1)

    def _says_nothing(self, state: ForcedState, newest: Contact) -> bool:
        """Tell whether no alarm begins or ends with the newest report; controllers repeat theirs after a reconnect."""
        is_standing = state.told.standing is not None
        if newest.kind is ContactKind.OPENED:
            is_open = bool(state.contacts) and bool(state.contacts[-1].kind)
            return is_open or is_standing or self._is_let_through(state, newest.at)
        return is_standing if newest.kind else not is_standing

    def _remembered(self, state: ForcedState, at: Instant) -> ForcedState:
        """Forget what is beyond the horizon after news of `at`, but never how the door stood then."""
        judged_since = max(state.judged_since, at - HORIZON)
        grants, contacts = state.grants[-KEPT:], state.contacts[-KEPT:]
        if len(grants) < len(state.grants):
            judged_since = max(judged_since, grants[0] + self.window)
        if len(contacts) < len(state.contacts):
            judged_since = max(judged_since, contacts[0].at + 1)
        if grants and grants[0] < judged_since - self.window:
            grants = grants[bisect_left(grants, judged_since - self.window) :]
        if contacts and contacts[0].at < judged_since:
            place = bisect_left(contacts, judged_since, key=_time)
            while place and contacts[place - 1].kind:
                place -= 1
            contacts = contacts[place:]
        told = since(state.told, contacts[0].at if contacts else judged_since)
        return ForcedState(grants, contacts, told, judged_since)

    def _judged(
        self, state: ForcedState, record: Record, first: int, behind: int
    ) -> tuple[ForcedState, Sequence[Finding]]:
        """Judge the contacts from `first` to before `behind`, with all the openings they are part of."""
        contacts = state.contacts
        while first and (contacts[first - 1].kind or contacts[first - 1].at == contacts[first].at):
            first -= 1
        while behind < len(contacts) and (contacts[behind].kind or contacts[behind].at == contacts[behind - 1].at):
            behind += 1
        begins, standing = contacts[first].at, state.told.standing
        if first == 0 and standing is not None:
            begins = min(begins, standing)
        told, sayings = settle(state.told, begins, contacts[behind - 1].at, self._stretches(state, first, behind))
        state = replace(state, told=told)
        return state, [self._finding(state, saying, record) for saying in sayings]

    def _stretches(self, state: ForcedState, first: int, behind: int) -> list[Stretch]:
        """The times the door stood forced open; before `first` it was closed, or it is not known how it was.

        Of several that begin in the same microsecond the last counts: it tells how the door stands.
        """
        contacts, standing = state.contacts, state.told.standing
        found: dict[Instant, Stretch] = {}
        # The opening the alarm stands for may be further back than anything remembered.
        start = standing if first == 0 and standing is not None and standing < contacts[0].at else None
        is_open = start is not None
        for contact in contacts[first:behind]:
            if not contact.kind and start is not None:
                found[start] = Stretch(start, contact.at)
                start = None
            elif contact.kind and start is None and self._is_forced(state, contact, is_open=is_open):
                start = contact.at
            is_open = bool(contact.kind)
        if start is not None:
            found[start] = Stretch(start, contacts[behind].at if behind < len(contacts) else None)
        return list(found.values())

    def _is_forced(self, state: ForcedState, contact: Contact, *, is_open: bool) -> bool:
        """Tell whether this report of an open door, which stood open before or not, is one of force."""
        if contact.at < state.judged_since:
            return state.told.is_raised(contact.at)
        if contact.kind is ContactKind.FORCED:
            return True
        return not is_open and not self._is_let_through(state, contact.at)

    def _is_let_through(self, state: ForcedState, at: Instant) -> bool:
        place = bisect_right(state.grants, at)
        return place > 0 and state.grants[place - 1] >= at - self.window

    def _finding(self, state: ForcedState, saying: Saying, record: Record) -> Finding:
        start = saying.start
        return Finding(
            rule=self.spec.id,
            subject=self.subject,
            trigger=saying.trigger,
            at=saying.holds_from(record.received_at),
            cause=record.seq,
            index=0,
            asset=self.door.id,
            zone=self.door.zone,
            name=Text(f"{self.door.name.en} forced open", f"{self.door.name.zh} 被强行打开"),
            why=self._why(state, start, record.seq) if saying.end is None else self._over(state, saying, record.seq),
            correction=self._correction(record) if saying.is_correction else None,
            corrects=start if saying.is_correction else None,
        )

    def _over(self, state: ForcedState, saying: Saying, cause: int) -> Why:
        """The door was closed."""
        closed = clock_text(self.timezone, saying.end or saying.start, seconds=True)
        why = self._why(state, saying.start, cause)
        return replace(why, seen=Text(f"closed at {closed}", f"{closed} 已关闭"))

    def _correction(self, record: Record) -> Text:
        """What the record, which arrived late, has shown."""
        made = clock_text(self.timezone, record.event_time, seconds=True)
        arrived = clock_text(self.timezone, record.received_at, seconds=True)
        kind = _CONTACTS.get(record.body.kind) if isinstance(record.body, AccessEvent) else None
        if kind is None:
            return Text(f"grant at {made} arrived late, at {arrived}", f"{made} 的授权记录迟到，{arrived} 才收到")
        said = _SAID[kind]
        return Text(f"{said.en} at {made}, reported late, at {arrived}", f"{made} 已{said.zh}，{arrived} 才收到")

    def _why(self, state: ForcedState, at: Instant, cause: int) -> Why:
        opened, window = clock_text(self.timezone, at, seconds=True), span(self.window)
        grants, place = state.grants, bisect_right(state.grants, at)
        contact = bisect_left(state.contacts, at, key=_time)
        is_reported = contact < len(state.contacts) and state.contacts[contact].kind is ContactKind.FORCED
        seen = Text(f"opened at {opened}, nobody was let through", f"{opened} 开启，无授权")
        if is_reported or self._is_let_through(state, at):
            seen = Text(f"the controller reports the door forced at {opened}", f"控制器报 {opened} 强行开门")
        values: dict[str, float | str] = {"window_s": to_seconds(self.window), "opened_at": to_iso(at)}
        considered: tuple[Text, ...] = ()
        if place:
            last = clock_text(self.timezone, grants[place - 1], seconds=True)
            considered = (Text(f"last let through at {last}", f"上次授权 {last}"),)
            values["last_grant_at"] = to_iso(grants[place - 1])
        return Why(
            seen=seen,
            expected=Text(
                f"a grant or exit request within {window.en} before", f"开启前 {window.zh}内应有授权或出门请求"
            ),
            since=at,
            clears=Text("the door closes", "门关闭后解除"),
            considered=considered,
            evidence=(cause,),
            values=values,
        )


class DoorForced:
    """The kind (`rules.rule.EventKind` over access records)."""

    def watches(self, site: Site, spec: RuleSpec) -> Sequence[ForcedWatch]:
        """Bind a rule to its doors, all doors of the site where it names none.

        Raises:
            ConfigurationError: it has parameters, which this kind does not know.
        """
        read_parameters(spec, DoorForcedSettings)
        return [
            ForcedWatch(
                spec=spec,
                subject=Subject(SubjectKind.DOOR, door.id),
                timezone=site.timezone,
                state_type=ForcedState,
                door=door,
                window=from_seconds(door.grant_seconds + door.entry_seconds),
            )
            for door in doors_of(spec, site)
        ]


def _time(contact: Contact) -> Instant:
    return contact.at


def _order(contact: Contact) -> tuple[Instant, int]:
    return contact.at, contact.number
