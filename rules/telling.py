"""How effects leave the engine: numbered per causing record, each with an id derived from its cause."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from domain.effects import AlarmChanged, Effect, EffectBody
from domain.identity import derive_id
from domain.instant import Instant

Dated: TypeAlias = tuple[Instant, EffectBody]
"""Something to tell, and the time it is true from."""


Hearing: TypeAlias = Callable[[Instant, AlarmChanged], Iterable[Dated]]
"""Is told each change of an alarm, and gives what follows from it."""


class Telling:
    """Collects the effects of one call of the engine, in order."""

    __slots__ = ("_cause", "_hearing", "_lane", "_n", "effects")

    def __init__(self, lane: str, hearing: Hearing = lambda *_: ()) -> None:
        """Begin with nothing told. What follows from a change of an alarm by `hearing` is told right behind it."""
        self._lane = lane
        self._hearing = hearing
        self._cause = 0
        self._n = 0
        self.effects: list[Effect] = []

    def about(self, cause: int) -> None:
        """From now on `cause` is the seq of the record that leads to what is told; causes never go back."""
        if cause != self._cause:
            self._cause = cause
            self._n = 0

    def tell(self, at: Instant, body: EffectBody) -> None:
        """Add one effect of the present cause, true from `at`."""
        self._add(at, body)
        if isinstance(body, AlarmChanged):
            for following in self._hearing(at, body):
                self._add(*following)

    def _add(self, at: Instant, body: EffectBody) -> None:
        cause, number = self._cause, self._n
        effect_id = derive_id("effect", self._lane, cause, number)
        self.effects.append(Effect(id=effect_id, cause=cause, n=number, at=at, lane=self._lane, body=body))
        self._n = number + 1
