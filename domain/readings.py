"""Equipment readings as columns: the only form in which they travel (design idea 6).

A record carries `Readings`, whose columns are little-endian bytes that numpy views without copying. Decoder, journal,
kernels and historian all use these arrays; nobody makes an object per value.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Times: TypeAlias = npt.NDArray[np.int64]
Values: TypeAlias = npt.NDArray[np.float64]
Qualities: TypeAlias = npt.NDArray[np.uint8]
Rows: TypeAlias = npt.NDArray[np.int32]

SEPARATOR = "\n"


class Quality(IntEnum):
    """Whether a value may be believed. Only GOOD is known; the others neither raise nor clear."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


class Readings(Struct, frozen=True, tag="readings", kw_only=True, gc=False):
    """`n` readings of one message: column i of each belongs together.

    `points` are n ids joined by newlines (one text, so that a gateway's ever same list is recognised by one look-up);
    `at` int64 microseconds, `values` float64, `quality` uint8, each of n elements. A value that is NaN has BAD quality.
    """

    points: str
    at: bytes
    values: bytes
    quality: bytes

    def times(self) -> Times:
        """Event times in microseconds, shape (n,), read-only."""
        return np.frombuffer(self.at, dtype="<i8")

    def numbers(self) -> Values:
        """Values in each point's own unit, shape (n,), read-only."""
        return np.frombuffer(self.values, dtype="<f8")

    def qualities(self) -> Qualities:
        """`Quality` codes, shape (n,), read-only."""
        return np.frombuffer(self.quality, dtype=np.uint8)

    def point_ids(self) -> list[str]:
        """Point ids, n of them, in column order."""
        return self.points.split(SEPARATOR) if self.points else []

    def __len__(self) -> int:
        """How many readings the message carries."""
        return len(self.quality)


def readings_from(
    points: Sequence[str],
    at: Sequence[int] | Times,
    values: Sequence[float] | Values,
    quality: Sequence[int] | Qualities,
) -> Readings:
    """Pack columns of equal length n.

    Raises:
        ValueError: the columns differ in length.
    """
    lengths = {len(points), len(at), len(values), len(quality)}
    if len(lengths) != 1:
        msg = (
            f"columns differ in length: {len(points)} points, {len(at)} times, {len(values)} values, "
            f"{len(quality)} qualities"
        )
        raise ValueError(msg)
    return Readings(
        points=SEPARATOR.join(points),
        at=np.asarray(at, dtype="<i8").tobytes(),
        values=np.asarray(values, dtype="<f8").tobytes(),
        quality=np.asarray(quality, dtype=np.uint8).tobytes(),
    )
