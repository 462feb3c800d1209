"""Effects as the API shows them: one shape in the live stream and in histories."""

from typing import Self

from msgspec import Struct

from domain.alarm import OWN_SITE, Alarm
from domain.effects import EffectBody
from domain.incident import Incident
from domain.instant import Instant
from stores.ports import StoredEffect


class Change(Struct, frozen=True, kw_only=True):
    """One decision of the engine. `position` is its place in the stream of all changes (the live stream's event id).

    `cause` is the seq of the journal record that led to it; `at` the time it is true from; `body` the thing as it was
    then, whole, so that the newest one alone says how things stand.
    """

    position: int
    id: str
    cause: int
    at: Instant
    committed_at: Instant
    body: EffectBody

    @classmethod
    def of(cls, stored: StoredEffect) -> Self:
        """Show a stored effect."""
        effect = stored.effect
        return cls(
            position=stored.position,
            id=effect.id,
            cause=effect.cause,
            at=effect.at,
            committed_at=stored.committed_at,
            body=effect.body,
        )


def site_of(body: EffectBody) -> str | None:
    """The site an effect is about; None where it concerns all of them."""
    for thing in (body, *(getattr(body, name, None) for name in ("alarm", "incident", "order", "run", "notice"))):
        site = getattr(thing, "site", None)
        if site == OWN_SITE and isinstance(thing, Alarm | Incident):
            return thing.concerns
        if isinstance(site, str):
            return site
    return None
