"""A group decides from stored times alone: what is news, what is over, what is repeated, and when."""

from msgspec.structs import replace

from domain.instant import HOUR, MINUTE, SECOND, Instant
from domain.notification import NoticeItem, NotifyReason
from domain.text import Text
from rules.notification_group import URGENT_SPACING, Entry, Group, Patience, item_of
from tests.samples import NOW, an_alarm

PATIENCE = Patience(wait=30 * SECOND, interval=5 * MINUTE, repeat=4 * HOUR)
ITEM = item_of(an_alarm())
OVER = replace(ITEM, cleared_at=NOW + SECOND)


def never(_item: NoticeItem, _at: Instant) -> None:
    """Nobody is to be left in peace."""


def always(_item: NoticeItem, at: Instant) -> Instant:
    return at + HOUR


def group(*entries: Entry, told_at: Instant | None = None) -> Group:
    made = Group(site="tower", recipient="mail", told_at=told_at)
    for entry in entries:
        made.put(entry, NOW)
    return made


def entry(alarm: str = "alarm-1", **fields: object) -> Entry:
    plain = Entry(item=replace(ITEM, alarm=alarm), is_urgent=False)
    return replace(plain, **fields)


def test_first_news_waits_and_later_news_waits_for_the_interval() -> None:
    assert group().when(ITEM, NOW, PATIENCE, never, urgent=False) == NOW + PATIENCE.wait
    told = group(told_at=NOW - MINUTE)
    assert told.when(ITEM, NOW, PATIENCE, never, urgent=False) == NOW + 4 * MINUTE
    assert told.when(ITEM, NOW + HOUR, PATIENCE, never, urgent=False) == NOW + HOUR + PATIENCE.wait


def test_urgent_news_waits_for_nothing_but_its_spacing() -> None:
    assert group().when(ITEM, NOW, PATIENCE, never, urgent=True) == NOW
    assert group(told_at=NOW - SECOND).when(ITEM, NOW, PATIENCE, never, urgent=True) == NOW - SECOND + URGENT_SPACING
    assert group(told_at=NOW - HOUR).when(ITEM, NOW, PATIENCE, never, urgent=True) == NOW


def test_quiet_hours_without_an_end_are_not_waited_for_for_ever() -> None:
    assert group().when(ITEM, NOW, PATIENCE, always, urgent=True) == NOW + 8 * HOUR


def test_what_is_told_and_why() -> None:
    new, again = entry("a", due=NOW), entry("b", told_at=NOW - HOUR)
    over = entry("c", item=replace(OVER, alarm="c"), due=NOW, told_at=NOW - HOUR)
    taken = entry("d", told_at=NOW - HOUR, is_taken_on=True)
    assert group(new, again, over, taken).pick(NOW, never) == (NotifyReason.NEWS, [new, over])
    assert group(over, again).pick(NOW, never) == (NotifyReason.OVER, [over])
    assert group(again, taken).pick(NOW, never) == (NotifyReason.REPEAT, [again])
    assert group(taken).pick(NOW, never) is None
    urgent = entry("e", due=NOW, is_urgent=True)
    assert group(new, urgent).pick(NOW, never) == (NotifyReason.URGENT, [new, urgent])


def test_what_is_not_due_yet_goes_along_unless_it_is_quiet() -> None:
    early = entry("a", due=NOW + MINUTE)
    assert group(early).pick(NOW, never) == (NotifyReason.NEWS, [early])
    assert group(early).pick(NOW, always) is None
    assert group(entry("b", told_at=NOW - HOUR)).pick(NOW, always) is None


def test_what_was_told_stays_until_it_is_over() -> None:
    new = entry("a", due=NOW)
    over = entry("c", item=replace(OVER, alarm="c"), due=NOW)
    both = group(new, over)
    both.told([new, over], NOW)
    assert (both.told_at, list(both.entries)) == (NOW, ["a"])
    assert (both.entries["a"].told_at, both.entries["a"].due) == (NOW, None)
    both.plan(PATIENCE, never)
    assert both.due == NOW + PATIENCE.repeat
    both.told([both.entries["a"]], NOW + HOUR)
    assert both.entries["a"].told_at == NOW


def test_a_group_with_nothing_to_tell_has_no_deadline() -> None:
    empty = group(told_at=NOW)
    empty.plan(PATIENCE, never)
    assert empty.due is None


def test_the_moment_of_news_is_when_it_was_due_and_not_before_it_was_heard() -> None:
    assert group(entry(due=NOW + SECOND)).moment(NOW + SECOND, NOW + HOUR, PATIENCE) == NOW + SECOND
    late = group(entry(due=NOW - MINUTE))
    assert late.moment(NOW - MINUTE, NOW + HOUR, PATIENCE) == NOW


def test_of_repeats_that_nobody_could_tell_the_last_one_counts() -> None:
    told = group(entry(told_at=NOW), told_at=NOW)
    assert told.moment(NOW + 4 * HOUR, NOW + 13 * HOUR, PATIENCE) == NOW + 12 * HOUR


def test_a_notice_says_what_its_alarm_says_now() -> None:
    alarm = an_alarm()
    cleared = replace(alarm, latest=replace(alarm.latest, cleared_at=NOW, correction=Text("late scan", "补传")))
    item = item_of(cleared)
    assert (item.alarm, item.occurrence, item.name) == (alarm.id, alarm.latest.id, alarm.name)
    assert (item.seen, item.cleared_at, item.correction) == (alarm.latest.why.seen, NOW, Text("late scan", "补传"))
