"""In which of its two languages a command speaks on the terminal, and columns that stay straight in both."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len

from vigil.settings import read_settings

_BETWEEN = "  "


def spoken_language(given: str | None) -> str:
    """`en` or `zh`: what the command line gives (None: nothing), else the setting `language`.

    Raises:
        SettingsInvalid: the language is not spoken, or the settings cannot be used.
    """
    return read_settings({"language": given}).settings.language


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Each row as a line in which all cells but the last begin below each other.

    Widths are those of a terminal, where a Chinese character takes two columns.
    """
    widths = [max(map(cell_len, column)) for column in zip_longest(*rows, fillvalue="")]
    for *cells, last in rows:
        padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=False)]
        yield _BETWEEN.join([*padded, last])
