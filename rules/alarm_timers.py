"""What the clock does to alarms: acknowledgements and shelves end, chatter has been quiet. Stored times, each once."""

from msgspec.structs import replace

from domain.alarm import AcknowledgementTrigger, DecisionKind
from domain.axes.shelving import ShelvingTrigger
from domain.effects import AlarmChange
from domain.instant import Instant
from domain.text import Text
from rules.alarm_book import ACKNOWLEDGEMENT, CHATTER, AlarmBook, AlarmState, Change, decided
from rules.alarm_commands import unshelved
from rules.alarm_steps import acknowledgement, unacknowledged
from rules.alarming import Alarms


def fire(book: AlarmBook, alarms: Alarms, until: Instant) -> Change | None:
    """Fire the first timer that ends at or before `until`, stamped with its own time; None where there is none."""
    due = book.pop_timer(until)
    held = None if due is None else book.get(due[2])
    if due is None or held is None:
        return None
    at, name, _ = due
    if name == ACKNOWLEDGEMENT:
        return _expire(book, held, at)
    if name == CHATTER:
        return alarms.quieten(held, at)
    alarm = unshelved(held.alarm, ShelvingTrigger.EXPIRE)
    return book.put(AlarmChange.UNSHELVED, alarm, alarm.latest, at, held)


def _expire(book: AlarmBook, held: AlarmState, at: Instant) -> Change:
    alarm, who = held.alarm, held.alarm.acknowledged_by
    unacked = acknowledgement(alarm, AcknowledgementTrigger.EXPIRE)
    reason = Text(f"{who} acknowledged it and it still stands: it asks again", f"{who} 已确认但仍未解除：重新要求确认")
    occurrence = decided(alarm.latest, at, DecisionKind.ACKNOWLEDGEMENT, reason)
    alarm = replace(unacknowledged(alarm), acknowledgement=unacked)
    return book.put(AlarmChange.ACKNOWLEDGEMENT_EXPIRED, alarm, occurrence, at, held)


def pause(book: AlarmBook, alarm_id: str, at: Instant) -> Change | None:
    """Somebody is at work on the alarm's order: its acknowledgement does not end meanwhile."""
    held = book.get(alarm_id)
    if held is None or held.alarm.acknowledged_until is None:
        return None
    left = max(0, held.alarm.acknowledged_until - at)
    alarm = replace(held.alarm, acknowledged_until=None, acknowledgement_left=left)
    return book.put(AlarmChange.ACKNOWLEDGEMENT_PAUSED, alarm, alarm.latest, at, held)


def resume(book: AlarmBook, alarm_id: str, at: Instant) -> Change | None:
    """Nobody is at work on the order any more: what was left of the time runs on."""
    held = book.get(alarm_id)
    if held is None or held.alarm.acknowledgement_left is None:
        return None
    until = at + held.alarm.acknowledgement_left
    alarm = replace(held.alarm, acknowledged_until=until, acknowledgement_left=None)
    return book.put(AlarmChange.ACKNOWLEDGEMENT_RESUMED, alarm, alarm.latest, at, held)
