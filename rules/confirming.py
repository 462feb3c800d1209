"""Confirmation: a second, independent detector that says the same within half an hour."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from domain.alarm import Alarm
from domain.configuration import RuleCategory, RuleSpec
from domain.instant import Duration, Instant

REMEMBERED: Final = 8
"""Detectors of one zone and word that are remembered: the newest of each."""


class Witness(Struct, frozen=True, kw_only=True):
    """What one detector said last: the word it confirms by, where, and in which occurrence."""

    site: str
    word: str
    zone: str | None
    subject: str
    alarm: str
    occurrence: str
    at: Instant


def word_of(spec: RuleSpec) -> str | None:
    """By which word a rule confirms others; rules of life safety without one confirm each other."""
    if spec.confirms is not None:
        return spec.confirms
    return spec.category.value if spec.category is RuleCategory.LIFE_SAFETY else None


class Confirming:
    """What detectors said lately."""

    def __init__(self) -> None:
        """Nobody said anything."""
        self._said: dict[tuple[str, str, str | None], list[Witness]] = {}

    def hear(self, spec: RuleSpec, alarm: Alarm, at: Instant, within: Duration) -> Witness | None:
        """A detector raised its alarm: who said the same before, if another did so in time."""
        word = word_of(spec)
        if word is None:
            return None
        key = (alarm.site, word, alarm.zone)
        subject = f"{alarm.subject.kind}:{alarm.subject.id}"
        others = [each for each in self._said.get(key, ()) if each.subject != subject and abs(at - each.at) <= within]
        said = Witness(
            site=alarm.site,
            word=word,
            zone=alarm.zone,
            subject=subject,
            alarm=alarm.id,
            occurrence=alarm.latest.id,
            at=at,
        )
        self._said[key] = [*others, said][-REMEMBERED:]
        return others[-1] if others else None

    def state(self) -> list[Witness]:
        """Everything remembered."""
        return [each for said in self._said.values() for each in said]

    def restore(self, state: Iterable[Witness]) -> None:
        """Take back what `state` gave."""
        self._said = {}
        for each in state:
            self._said.setdefault((each.site, each.word, each.zone), []).append(each)
