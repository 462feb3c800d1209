"""What is wrong with a site model: where, what, and what to do about it."""

from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and list indices from the site down, such as `("doors", 3, "zone")`."""


class Problem(NamedTuple):
    """One thing wrong with a site model."""

    path: Path
    message: str
    remedy: str
