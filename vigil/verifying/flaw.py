"""What a verification finds."""

from typing import Final

from msgspec import Struct

RESTORE: Final = "stop Vigil and restore a backup made before the damage"
REBUILD: Final = "delete the file: Vigil makes it anew from the journal"


class Flaw(Struct, frozen=True, kw_only=True):
    """One thing that is not as it was written: which part has it, where in it, what it is, and what to do."""

    thing: str
    place: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.thing}, {self.place}: {self.what}. Remedy: {self.remedy}"


def readable(error: Exception) -> str:
    """The first line of an error, without its type where the text says enough."""
    return (str(error).splitlines() or [""])[0] or type(error).__name__
