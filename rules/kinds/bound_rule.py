"""A rule bound to one subject: what every watch of an event rule says of itself, so that kinds only judge."""

from collections.abc import Sequence
from typing import Generic

from msgspec import Struct

from domain.alarm import Subject
from domain.configuration import RuleSpec
from domain.instant import Instant
from domain.site import Door, Site
from rules.rule import Finding, StateT


def doors_of(spec: RuleSpec, site: Site) -> list[Door]:
    """The doors a rule is about: those it names, all of the site where it names none."""
    return [door for door in site.doors if not spec.subjects or door.id in spec.subjects]


class BoundRule(Struct, Generic[StateT], frozen=True, kw_only=True):
    """The part of `rules.rule.Watch` that is the same for all kinds; `timezone` is the site's, for sentences.

    It waits for no clock: a kind that does overrides `deadline` and `fire`. `state_type` makes the state of a subject
    nothing is known of.
    """

    spec: RuleSpec
    subject: Subject
    timezone: str
    state_type: type[StateT]

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.spec.id

    @property
    def site(self) -> str:
        """The site whose facts it hears."""
        return self.spec.site

    def begin(self) -> StateT:
        """Nothing is known of the subject."""
        return self.state_type()

    def deadline(self, state: StateT) -> Instant | None:  # noqa: ARG002 - for kinds that wait for the clock
        """None: facts are judged when they are seen."""
        return None

    def fire(self, state: StateT, cause: int) -> tuple[StateT, Sequence[Finding]]:  # noqa: ARG002
        """Nothing: there are no deadlines."""
        return state, ()
