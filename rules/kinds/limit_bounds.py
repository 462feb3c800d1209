"""The limits of the kind `limit`, by row: what a value is beyond, and what it is back from."""

from dataclasses import dataclass, field

from domain.readings import Values
from rules.conditions.columns import Delays
from rules.reading_state import FLOAT64
from rules.segments import Mask, Positions


@dataclass(slots=True)
class LimitBounds(Delays):
    """What each row is judged by, from the configuration: values in the point's unit, times in microseconds."""

    high: Values = field(metadata=FLOAT64)
    low: Values = field(metadata=FLOAT64)
    high_return: Values = field(metadata=FLOAT64)
    low_return: Values = field(metadata=FLOAT64)


ALL = slice(None)


def is_beyond(values: Values, bounds: LimitBounds, rows: Positions | slice = ALL) -> Mask:
    """Mark values beyond a limit of their row; exactly at it is not beyond. Each row has one value by default."""
    return (values > bounds.high[rows]) | (values < bounds.low[rows])


def is_back(values: Values, bounds: LimitBounds, rows: Positions | slice = ALL) -> Mask:
    """Mark values that are back from every limit of their row by the deadband. Each row has one value by default."""
    return (values <= bounds.high_return[rows]) & (values >= bounds.low_return[rows])
