"""Why rules are undecided on their points, in words, as things are at one look."""

from typing import Final, NamedTuple

from domain.text import Text
from domain.undecided import UndecidedCause
from rules.point_table import NEVER, PointTable
from rules.rule import Doubt, ReadingKind
from rules.segments import Mask
from rules.supervision import Failure, attempt
from rules.undecided.estate import Estate
from rules.undecided.words import PointNews, lacking, unexplained

CAUSES: Final = tuple(UndecidedCause)
NUMBER: Final = {cause: number for number, cause in enumerate(CAUSES)}
LACKING: Final = (UndecidedCause.NEVER_HEARD, UndecidedCause.SILENT, UndecidedCause.UNUSABLE)
COMPUTED: Final = -1
"""Stands for all causes that lie in the rule rather than in a point without a value."""


class Reason(NamedTuple):
    """Why a row is undecided, and the points without a usable value."""

    cause: UndecidedCause
    because: Text
    points: tuple[str, ...]


class Reasons:
    """Looks for reasons; many rows lack the same points, whose words are made once."""

    def __init__(self, estate: Estate, points: PointTable, usable: Mask) -> None:
        """Take what is known of points: `usable` are those that have a value."""
        self._estate = estate
        self._points = points
        self._usable = usable
        self._words: dict[tuple[str, ...], Text] = {}

    def of(self, kind: ReadingKind, place: int, seen: int) -> Reason:
        """Why a row is undecided that shows the cause `seen`.

        A kind that fails on the question leaves its row undecided all the same: it is told, with the error.
        """
        found = attempt(kind.doubt, place, self._has_value)
        if isinstance(found, Failure):
            cause = UndecidedCause.UNEXPLAINED if seen == COMPUTED else CAUSES[seen]
            return Reason(cause, unexplained(found.error), ())
        cause = found.cause if seen == COMPUTED else CAUSES[seen]
        return Reason(cause, self._because(found), found.lacking)

    def _because(self, doubt: Doubt) -> Text:
        if not doubt.lacking:
            return doubt.said
        words = self._words.get(doubt.lacking)
        if words is None:
            words = self._words[doubt.lacking] = lacking([self.news(self._points.row(each)) for each in doubt.lacking])
        return words

    def news(self, row: int) -> PointNews:
        """What is known of a point without a usable value, by its row in the engine's point table."""
        place = self._estate.places[row]
        heard, good = int(self._points.judged_to[row]), int(self._points.good_at[row])
        return PointNews(
            name=place.point.name,
            cause=UndecidedCause.SILENT if self._points.is_good[row] else UndecidedCause.UNUSABLE,
            timezone=place.site.timezone,
            heard_at=None if heard == NEVER else heard,
            good_at=None if good == NEVER else good,
        )

    def _has_value(self, point: str) -> bool:
        return bool(self._usable[self._points.row(point)])
