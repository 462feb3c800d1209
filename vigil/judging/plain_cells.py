"""Reads the plain decimal numbers of many CSV lines at once: `47.25` and `-3`, of at most sixteen digits.

Each is exactly what `float` makes of it: a whole number below 2**53 divided by a power of ten that a float holds
exactly. Everything else (exponents, blanks, words, more digits) is left to whoever reads cell by cell. Why this is not
left to a library stands in docs/decisions/0024-recorded-columns.md.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from domain.readings import Values
from rules.segments import Mask, Positions

_Words: TypeAlias = npt.NDArray[np.uint64]
_Bytes: TypeAlias = npt.NDArray[np.uint8]

_WORD: Final = 8
_MOST_DIGITS: Final = 2 * _WORD
_DOT, _MINUS, _NEWLINE = b".-\n"
_KEPT: Final = np.array([(1 << 64) - (1 << (64 - 8 * kept)) for kept in range(_WORD + 1)], dtype=np.uint64)
"""Which bits of a word belong to a number of 0 to 8 digits that ends with it."""
_ZEROS: Final = ~_KEPT & np.uint64(0x3030303030303030)
_POWERS: Final = 10.0 ** np.arange(_MOST_DIGITS + 1)
_EXACT: Final = float(1 << 53)


class PlainCells(Struct, frozen=True):
    """The cells of some columns of some lines: `values` where they `are_plain`, and how each of them is written."""

    values: Values
    are_plain: Mask
    moments: list[str]
    _text: bytes
    _begin: Positions
    _end: Positions

    def text(self, line: int, column: int) -> str:
        """What stands in a cell."""
        return self._text[self._begin[line, column] : self._end[line, column]].decode()


def read_plain(
    lines: Sequence[str], delimiter: str, width: int, time_place: int, places: Sequence[int]
) -> PlainCells | None:
    """Read the cells in `places` of lines of `width` cells each, and the texts of the column of times.

    None where the lines are not all that wide, or hold quotes.
    """
    text = ("\n".join([line.rstrip("\r\n") for line in lines]) + "\n").encode()
    if b'"' in text or not delimiter.isascii() or delimiter.isalnum() or delimiter in ".-\n":
        return None
    data = np.frombuffer(text, dtype=np.uint8)
    marks = np.flatnonzero((data == ord(delimiter)) | (data == _NEWLINE) | (data == _DOT))
    kinds = data[marks]
    ends = np.flatnonzero(kinds != _DOT)
    form = (len(lines), width)
    if ends.size != len(lines) * width or bool((kinds[ends[width - 1 :: width]] != _NEWLINE).any()):
        return None
    end = marks[ends]
    begin = np.append(0, end[:-1] + 1)
    dots = np.diff(ends, prepend=-1) - 1
    decimals = np.where(dots > 0, end - marks[ends - 1] - 1, 0)
    # Without their dots all digits of a number follow each other: `last` is where they end then.
    last = end - (ends - np.arange(ends.size)) + _MOST_DIGITS
    moments = _texts(text, begin.reshape(form)[:, time_place], end.reshape(form)[:, time_place])
    chosen = _columns(places)
    begin, end, last, dots, decimals = (each.reshape(form)[:, chosen] for each in (begin, end, last, dots, decimals))
    digits = b"0" * _MOST_DIGITS + text.translate(None, b".")
    length = end - begin - dots
    whole, are_plain = _whole_numbers(np.frombuffer(digits, dtype=np.uint8), last, length)
    values = whole / _POWERS[np.minimum(decimals, _MOST_DIGITS)]
    return PlainCells(values, are_plain & (dots <= 1), moments, text, begin, end)


def _texts(text: bytes, begin: Positions, end: Positions) -> list[str]:
    return [text[first:last].decode() for first, last in zip(begin.tolist(), end.tolist(), strict=True)]


def _columns(places: Sequence[int]) -> slice | list[int]:
    """The places, as a slice where they follow each other: that copies nothing."""
    run = range(places[0], places[0] + len(places))
    return slice(run.start, run.stop) if list(places) == list(run) else list(places)


def _whole_numbers(digits: _Bytes, last: Positions, length: Positions) -> tuple[Values, Mask]:
    """The whole numbers of so many characters that end before `last`, and whether they are exact and nothing else."""
    is_negative = digits[last - length] == _MINUS
    length = length - is_negative
    low, are_digits = _word(digits, last, np.clip(length, 0, _WORD))
    whole = low.astype(np.float64)
    if int(length.max(initial=0)) > _WORD:
        high, are_too = _word(digits, last - _WORD, np.clip(length - _WORD, 0, _WORD))
        whole += high.astype(np.float64) * _POWERS[_WORD]
        are_digits &= are_too
    np.negative(whole, out=whole, where=is_negative)
    return whole, are_digits & (length > 0) & (length <= _MOST_DIGITS) & (np.abs(whole) < _EXACT)


def _word(digits: _Bytes, last: Positions, kept: Positions) -> tuple[_Words, Mask]:
    """The number that the last `kept` (0 to 8) bytes before `last` write, and whether all of them are digits.

    Eight digits are added up in three steps within one 64-bit word: neighbours to pairs, pairs to fours, fours to all.
    """
    every = np.ndarray(shape=(digits.size - _WORD + 1,), dtype="<u8", buffer=digits.data, strides=(1,))
    word = (every[last - _WORD] & _KEPT[kept]) | _ZEROS[kept]
    beyond_nine = ((word + np.uint64(0x0606060606060606)) & np.uint64(0xF0F0F0F0F0F0F0F0)) >> np.uint64(4)
    are_digits: Mask = ((word & np.uint64(0xF0F0F0F0F0F0F0F0)) | beyond_nine) == np.uint64(0x3333333333333333)
    word = ((word & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(10 * (1 << 8) + 1)) >> np.uint64(8)
    word = ((word & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * (1 << 16) + 1)) >> np.uint64(16)
    word = ((word & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(10_000 * (1 << 32) + 1)) >> np.uint64(32)
    return word, are_digits
