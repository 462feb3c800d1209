"""What is wrong with a part of a configuration, and the words for what is often wrong."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and list indices from a thing down, such as `("doors", 3, "zone")`."""


class Problem(NamedTuple):
    """One thing wrong: where, what, and what to do about it."""

    path: Path
    message: str
    remedy: str


def unknown(name: str, known: Iterable[str], path: Path, word: str) -> Problem:
    """Say that a name is that of no configured thing."""
    ids = list(known)
    some = ", ".join(ids[:8]) or "none is configured"
    meant = get_close_matches(name[:80], ids, n=1, cutoff=0.75)
    advice = f"Did you mean '{meant[0]}'? Otherwise add it" if meant else "Add it"
    return Problem(path, f"{word} '{name[:80]}' is not configured", f"{advice}, or name one of: {some}.")


def out_of_span(path: Path, value: float, wanted: str) -> Problem:
    """Say that a number is not within its bounds."""
    return Problem(path, f"{path[-1]} is {value:g}", f"Give {wanted}.")
