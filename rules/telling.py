"""How effects leave the engine: numbered per causing record, each with an id derived from its cause."""

from typing import TypeAlias

from domain.effects import Effect, EffectBody
from domain.identity import derive_id
from domain.instant import Instant

Dated: TypeAlias = tuple[Instant, EffectBody]
"""Something to tell, and the time it is true from."""


class Telling:
    """Collects the effects of one call of the engine, in order."""

    __slots__ = ("_cause", "_lane", "_n", "effects")

    def __init__(self, lane: str) -> None:
        """Begin with nothing told."""
        self._lane = lane
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
        cause, number = self._cause, self._n
        effect_id = derive_id("effect", self._lane, cause, number)
        self.effects.append(Effect(id=effect_id, cause=cause, n=number, at=at, lane=self._lane, body=body))
        self._n = number + 1
