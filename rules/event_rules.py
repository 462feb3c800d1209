"""Keeps the watches of event rules: their states, their deadlines, and those that are parked.

A watch is pure, so its state changes only after a step has succeeded; one that raises an error is parked for its
subject and told as a `Fault`, and all others go on.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Generic, TypeAlias

import msgspec
from msgspec import Struct

from domain.configuration import RuleSpec
from domain.instant import Instant
from rules.deadlines import Deadlines
from rules.rule import FactT_contra, Finding, Watch
from rules.supervision import Failure, Fault, attempt

Found: TypeAlias = Finding | Fault
_Key: TypeAlias = tuple[str, str]

_STUCK: Final = "DeadlineError: fire() did not move the deadline on"


class WatchState(Struct, frozen=True, kw_only=True):
    """The stored form of one watch: its state in the encoding of its own type, or that it is parked."""

    rule: str
    subject: str
    state: bytes | None


class _Post(Generic[FactT_contra]):
    """One watch with its present state and the deadline that follows from it; the state is None once it is parked."""

    __slots__ = ("deadline", "key", "spec", "state", "watch")

    def __init__(self, spec: RuleSpec, watch: Watch[FactT_contra, Any]) -> None:
        self.spec = spec
        self.watch = watch
        self.key = (watch.rule, watch.subject.id)
        self.state: Struct | None = watch.begin()
        self.deadline: Instant | None = None


class EventRules(Generic[FactT_contra]):
    """All watches over one kind of facts. Facts are addressed to (site, subject id)."""

    def __init__(self) -> None:
        """No rules yet."""
        self._posts: dict[_Key, _Post[FactT_contra]] = {}
        self._routes: dict[_Key, list[_Post[FactT_contra]]] = {}
        self._deadlines: Deadlines[_Key] = Deadlines()

    def configure(self, watches: Iterable[tuple[RuleSpec, Watch[FactT_contra, Any]]]) -> None:
        """Take the watches that now hold; those that stay keep state and timers, a changed rule is parked no more."""
        before, self._posts, self._routes = self._posts, {}, {}
        self._deadlines.clear()
        for spec, watch in sorted(watches, key=lambda pair: (pair[1].rule, pair[1].subject.id)):
            post = _Post(spec, watch)
            former = before.get(post.key)
            if former is not None and (former.state is not None or former.spec == spec):
                post.state = former.state
            self._posts[post.key] = post
            self._routes.setdefault((watch.site, watch.subject.id), []).append(post)
            self._set_timer(post)

    def observe(self, site: str, subject: str, fact: FactT_contra, at: Instant, cause: int) -> list[Found]:
        """Let the subject's watches judge a fact, each after its deadlines <= `at` have fired."""
        found: list[Found] = []
        for post in self._routes.get((site, subject), ()):
            if post.deadline is not None and post.deadline <= at:
                found += self._fire_until(post, at, cause)
            state = post.state
            if state is None:
                continue
            step = attempt(post.watch.observe, state, fact)
            if isinstance(step, Failure):
                found.append(self._park(post, at, cause, step.error))
            else:
                if step[0] is not state:
                    post.state = step[0]
                    self._set_timer(post)
                found += step[1]
        return found

    def next_deadline(self) -> Instant | None:
        """When the next watch wants to be fired, or None."""
        return self._deadlines.next()

    def fire(self, until: Instant, cause: int) -> list[Found]:
        """Fire all deadlines <= `until`, in (time, rule, subject) order."""
        found: list[Found] = []
        while (due := self._deadlines.pop(until)) is not None:
            at, key = due
            found += self._fire_until(self._posts[key], at, cause)
        return found

    def is_watching(self, rule: str, subject: str) -> bool:
        """Tell whether a rule judges a subject, or would were it not parked."""
        return (rule, subject) in self._posts

    def parked(self) -> set[str]:
        """The rules that are parked for some subject."""
        return {rule for (rule, _), post in self._posts.items() if post.state is None}

    def park(self, rule: str, subject: str) -> None:
        """Let a watch judge nothing more until its rule changes."""
        post = self._posts.get((rule, subject))
        if post is not None:
            post.state = None
            self._set_timer(post)

    def state(self) -> list[WatchState]:
        """Everything remembered."""
        encode = msgspec.msgpack.encode
        return [
            WatchState(rule=rule, subject=subject, state=None if post.state is None else encode(post.state))
            for (rule, subject), post in self._posts.items()
        ]

    def restore(self, state: Sequence[WatchState]) -> None:
        """Take back what `state` gave, under the same configuration."""
        for stored in state:
            post = self._posts.get((stored.rule, stored.subject))
            if post is None:
                continue
            if stored.state is None:
                self.park(stored.rule, stored.subject)
            else:
                post.state = msgspec.msgpack.decode(stored.state, type=post.watch.state_type)
                self._set_timer(post)

    def _fire_until(self, post: _Post[FactT_contra], until: Instant, cause: int) -> list[Found]:
        found: list[Found] = []
        while (at := post.deadline) is not None and at <= until:
            step = attempt(post.watch.fire, post.state, cause)
            if isinstance(step, Failure):
                found.append(self._park(post, at, cause, step.error))
                break
            post.state = step[0]
            self._set_timer(post)
            if post.deadline is not None and post.deadline <= at:
                found.append(self._park(post, at, cause, _STUCK))
                break
            found += step[1]
        return found

    def _set_timer(self, post: _Post[FactT_contra]) -> None:
        post.deadline = None if post.state is None else post.watch.deadline(post.state)
        self._deadlines.set(post.key, post.deadline)

    def _park(self, post: _Post[FactT_contra], at: Instant, cause: int, error: str) -> Fault:
        watch = post.watch
        self.park(watch.rule, watch.subject.id)
        return Fault(rule=watch.rule, subject=watch.subject, at=at, cause=cause, index=0, error=error)
