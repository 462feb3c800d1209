"""What a figure was counted from, as the API pages it, and the example that the OpenAPI document shows."""

from typing import Final

from msgspec import Struct

from api.examples import OCCURRENCE
from domain.alarm_figures import Counts, Figure


class FigureBasis(Struct, frozen=True, kw_only=True):
    """A page of the ids that a figure was counted from; `count` is all of them, `counts` says what they name.

    `next` is the cursor of the page after it, None on the last.
    """

    figure: Figure
    counts: Counts
    count: int
    ids: tuple[str, ...]
    next: str | None = None


FIGURE_BASIS: Final = FigureBasis(figure=Figure.ANNOUNCED, counts=Counts.OCCURRENCES, count=1, ids=(OCCURRENCE.id,))
