"""Limits learned from a recording of normal running, as numbers for a `limit` rule. Every number says where it is from.

    scale     = 1.4826 * MAD                 the standard deviation, were the values normal; outliers do not move it
    margin    = 3 * scale                    beyond all but 0.3 % of a normal distribution, on top of the quantiles
    low, high = 0.1 % quantile - margin, 99.9 % quantile + margin      rounded outwards to the margin's second digit
    noise     = 1.4826 * MAD of the differences of neighbours / sqrt(2)       what the value trembles by, without drift
    deadband  = 3 * noise, at most margin    a value that trembles on the limit does not chatter, and one that is back
                                             among the normal values always clears
    on-delay  = the longest of 15 s, three sampling intervals, and twice the longest time the recording itself spent
                beyond the limit             so the recording would not have raised an alarm, with as much to spare
    off-delay = on-delay

1.4826 is 1 / (quantile function of the normal distribution at 3/4); 15 s is a start for flow and pressure that process
plants use (EEMUA 191, known to us second-hand). Where more than half of the values are equal the MAD is 0; then the
scale is the mean absolute deviation * 1.2533 (sqrt(pi/2), the same consistency). The recording must show all normal
modes of the equipment: what it does not show is beyond the limits.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct

from domain.errors import VigilError
from domain.instant import SECOND, Instant, from_seconds, to_iso, to_seconds
from domain.readings import Times, Values

FEWEST: Final = 1_000
"""Fewer values say nothing about a 0.1 % quantile."""

_TO_DEVIATION: Final = 1.4826
_MEAN_TO_DEVIATION: Final = 1.2533
_SCALES: Final = 3.0
_LOW_SHARE: Final = 0.001
_SHORTEST_DELAY_SECONDS: Final = 15.0
_INTERVALS: Final = 3
_SPARE: Final = 2


class NotLearnable(VigilError):
    """A recording that no limits can be learned from; says why and what to do."""


class LearnedLimits(Struct, frozen=True, kw_only=True):
    """Parameters of a `limit` rule for one point, in its own unit and in seconds; `basis` says where they come from."""

    point: str
    low: float
    high: float
    deadband: float
    on_delay_seconds: float
    off_delay_seconds: float
    basis: str

    def parameters(self, *, low: bool = True, high: bool = True) -> dict[str, float]:
        """The rule's `parameters`, with one limit or both."""
        sides = ({"low": self.low} if low else {}) | ({"high": self.high} if high else {})
        return sides | {
            "deadband": self.deadband,
            "on_delay_seconds": self.on_delay_seconds,
            "off_delay_seconds": self.off_delay_seconds,
        }


def learn_limits(point: str, at: Times, values: Values) -> LearnedLimits:
    """Learn from the good values of one point, by time, shape (n,).

    Raises:
        NotLearnable: too few values, or they never change.
    """
    if len(values) < FEWEST:
        raise NotLearnable(f"point '{point}' has {len(values)} values: record at least {FEWEST} of normal running")
    scale = _scale(values)
    if scale == 0:
        raise NotLearnable(
            f"point '{point}' is always {values[0]}: set its limits by hand, or record it while it moves"
        )
    margin = _SCALES * scale
    lowest, highest = (float(quantile) for quantile in np.quantile(values, [_LOW_SHARE, 1 - _LOW_SHARE]))
    digits = _second_digit(margin)
    low, high = _round_down(lowest - margin, digits), -_round_down(-(highest + margin), digits)
    deadband = min(_SCALES * _scale(np.diff(values)) / math.sqrt(2), margin)
    beyond = max(longest_beyond(at, values < low), longest_beyond(at, values > high))
    interval = float(np.median(np.diff(at)))
    delay = max(_SHORTEST_DELAY_SECONDS, _INTERVALS * interval / SECOND, _SPARE * to_seconds(beyond))
    return LearnedLimits(
        point=point,
        low=low,
        high=high,
        deadband=_round_down(deadband, _second_digit(deadband)) if deadband else 0.0,
        on_delay_seconds=math.ceil(delay),
        off_delay_seconds=math.ceil(delay),
        basis=(
            f"{len(values)} values from {to_iso(int(at[0]))} to {to_iso(int(at[-1]))}: 0.1 % quantiles {lowest:.6g} "
            f"and {highest:.6g}, scale {scale:.4g}; longest beyond the limits {to_seconds(beyond):.6g} s"
        ),
    )


def longest_beyond(at: Times, beyond: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """The longest time, in microseconds, that a value held beyond a limit; each holds until the next one."""
    ends = np.diff(np.concatenate([[False], beyond, [False]]).astype(np.int8))
    began, ended = np.flatnonzero(ends == 1), np.flatnonzero(ends == -1)
    spans = at[np.minimum(ended, len(at) - 1)] - at[began]
    return int(spans.max(initial=0))


def first_raise(at: Times, values: Values, limits: LearnedLimits) -> Instant | None:
    """When a rule with these limits would first have raised on a recording, or None: to try limits before use."""
    delay = from_seconds(limits.on_delay_seconds)
    for beyond in (values < limits.low, values > limits.high):
        ends = np.diff(np.concatenate([[False], beyond, [False]]).astype(np.int8))
        began, ended = np.flatnonzero(ends == 1), np.flatnonzero(ends == -1)
        long = at[np.minimum(ended, len(at) - 1)] - at[began] >= delay
        if long.any():
            return int(at[began[long][0]]) + delay
    return None


def _scale(values: Values) -> float:
    """A robust standard deviation; 0 only where all values are equal."""
    away = np.abs(values - np.median(values))
    return float(_TO_DEVIATION * np.median(away)) or float(_MEAN_TO_DEVIATION * np.mean(away))


def _second_digit(value: float) -> int:
    """How many decimals the second significant digit of a positive value has (negative: left of the point)."""
    return 1 - math.floor(math.log10(value))


def _round_down(value: float, digits: int) -> float:
    step = 10.0**-digits
    return round(math.floor(value / step) * step, max(digits, 0))
