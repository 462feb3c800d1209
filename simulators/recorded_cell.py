"""What stands in a cell of a recorded CSV: a number, nothing, or something that is none.

`vigil play` sends and `vigil judge` judges by the same reading of a cell.
"""

import math
from typing import Final

from simulators.recorded_text import NO_TEXT

NO_VALUE: Final = frozenset({"nan", "na", "n/a", "#n/a", "null", "none", "-"})
"""What recorders write where they have nothing; any other text that is no number is a problem."""

LARGEST: Final = float(2**53 - 1)
"""Beyond this readers of JSON begin to round (docs/native-format.md)."""

_SHOWN: Final = 64


def number_in(text: str, decimal: str) -> float:
    """Read a cell without blanks around it; it may be infinite, or beyond `LARGEST`.

    Raises:
        ValueError: it is no number, or one with marks between its thousands, which could be read two ways.
    """
    if decimal == ",":
        if "." in text:
            raise ValueError(text)
        text = text.replace(",", ".", 1)
    if "_" in text:
        raise ValueError(text)
    return float(text)


def what_is_wrong(text: str, decimal: str) -> str:
    """Say what a cell holds that is no number to work with, and the remedy where one can be told."""
    try:
        number = number_in(text, decimal)
    except ValueError:
        shown = f"'{text[:_SHOWN]}'"
        if NO_TEXT in text:
            return f"{shown} holds bytes that are no text: write the file's `encoding` in the map, such as gb18030"
        if decimal == "." and _is_number(text, ","):
            return f"{shown} is no number: write `decimal: ','` in the map if the comma parts off decimals"
        if decimal == "," and _is_number(text, "."):
            return f"{shown} is no number: the map says that a comma parts off decimals"
        return f"{shown} is no number"
    if math.isfinite(number):
        return f"'{text[:_SHOWN]}' is beyond {LARGEST:.0f}"
    return f"'{text[:_SHOWN]}' is not finite"


def _is_number(text: str, decimal: str) -> bool:
    try:
        number_in(text, decimal)
    except ValueError:
        return False
    return True
