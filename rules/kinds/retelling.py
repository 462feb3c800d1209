"""What was told of a condition against what is true of it: late data changes the past, and only differences are said.

A stretch is a time in which the condition was the case. A kind works out, around the fact that arrived, which stretches
there are; `settle` gives the steps from what was said to that: corrections of what was not so, the end of what is over,
and what was not said yet. An alarm can stand for one stretch at a time, so one that was over before the standing one
began, and is found out only now, waits until that one ends. Once everything has ended, what stands uncorrected is the
same for every order of arrival (Late law, design.md section 2).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from domain.alarm import ConditionTrigger
from domain.instant import Instant


class Stretch(Struct, frozen=True, array_like=True):
    """The condition was the case from `start` until `end`; None: it still is."""

    start: Instant
    end: Instant | None = None


class Told(Struct, frozen=True):
    """What was said: the starts of stretches `raised` and not corrected, ascending, and the one `standing` now.

    `waiting` are stretches that cannot be said while another stands, ascending.
    """

    raised: tuple[Instant, ...] = ()
    waiting: tuple[Stretch, ...] = ()
    standing: Instant | None = None

    def is_raised(self, start: Instant) -> bool:
        """Tell whether a stretch was said to begin then, and still is."""
        place = bisect_left(self.raised, start)
        return place < len(self.raised) and self.raised[place] == start


class Saying(NamedTuple):
    """One step: raise the stretch, clear it at `end`, or (`end` is None) correct it."""

    trigger: ConditionTrigger
    start: Instant
    end: Instant | None = None

    @property
    def is_correction(self) -> bool:
        """Whether it takes back what was not so."""
        return self.trigger is ConditionTrigger.CLEAR and self.end is None

    def holds_from(self, known_at: Instant) -> Instant:
        """When what is said is true from; a correction is when it became known."""
        if self.trigger is ConditionTrigger.RAISE:
            return self.start
        return known_at if self.end is None else self.end


def settle(told: Told, first: Instant, last: Instant, true: Sequence[Stretch]) -> tuple[Told, list[Saying]]:
    """Say the differences, where `true` are all stretches that begin from `first` to `last`, both included.

    One that was told as over and goes on after all (what ended it, and the next, bear its own time) is raised again.
    """
    ends = {stretch.start: stretch.end for stretch in true}
    said_here = told.raised[bisect_left(told.raised, first) : bisect_right(told.raised, last)]
    wrong = [start for start in said_here if start not in ends]
    sayings = [Saying(ConditionTrigger.CLEAR, start) for start in wrong]
    standing = None if told.standing in wrong else told.standing
    if standing is not None and (end := ends.get(standing)) is not None:
        sayings.append(Saying(ConditionTrigger.CLEAR, standing, end))
        standing = None
    unsaid = [
        stretch
        for stretch in true
        if stretch.start != told.standing and (stretch.start not in said_here or stretch.end is None)
    ]
    elsewhere = [stretch for stretch in told.waiting if not first <= stretch.start <= last]
    raised, waiting = list(told.raised), []
    for start in wrong:
        raised.remove(start)
    for stretch in sorted([*elsewhere, *unsaid], key=_start):
        if standing is not None:
            waiting.append(stretch)
            continue
        if stretch.start not in said_here:
            insort(raised, stretch.start)
        sayings.append(Saying(ConditionTrigger.RAISE, stretch.start))
        if stretch.end is None:
            standing = stretch.start
        else:
            sayings.append(Saying(ConditionTrigger.CLEAR, stretch.start, stretch.end))
    return Told(tuple(raised), tuple(waiting), standing), sayings


def since(told: Told, start: Instant) -> Told:
    """Forget what was raised before `start`, but not what stands."""
    if not told.raised or told.raised[0] >= start:
        return told
    kept = tuple(each for each in told.raised if each >= start or each == told.standing)
    return Told(kept, told.waiting, told.standing)


def _start(stretch: Stretch) -> Instant:
    return stretch.start
