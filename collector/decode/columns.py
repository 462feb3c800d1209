"""Readings from the wire to columns, without an object per value beyond what the JSON parser makes.

A gateway sends the same list of points again and again, so what is known of a list (its text, which of its points
the device does not carry) is kept under the very bytes it came as: one look-up per message.
"""

import re
from typing import Final, NamedTuple, NoReturn

import msgspec
import numpy as np
import numpy.typing as npt

from collector.decode.bodies import MAX_POINTS, ReadingsBody
from collector.decode.json_strict import explain
from collector.refusal import Reason, Refused
from collector.timing import Timing, believe, claimed_instant
from domain.directory import Directory
from domain.instant import EARLIEST, LATEST, MILLISECOND, Duration, Instant
from domain.readings import SEPARATOR, Qualities, Quality, Readings, Times, Values
from domain.record import Believed

_IDS: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,64}\n)*+[A-Za-z0-9_-]{1,64}")
_REMEMBERED_BYTES: Final = 16 * 1024 * 1024
_SHOWN_POINTS: Final = 20
_KEYS: Final = 5
"""`device`, `boot`, `seq`, `points`, `values`: the keys that every readings body has."""


class PointList(NamedTuple):
    """What is known of one list of points: `text` holds those that the device carries, joined by newlines.

    `sent` is how many came. `carried` marks them in order of sending, shape (sent,), None where all are. `number` tells
    which of them are the same point, shape (sent,), None where each stands once; `names` has a number's name.
    """

    text: str
    sent: int
    unlisted: tuple[str, ...]
    carried: npt.NDArray[np.bool_] | None
    number: npt.NDArray[np.int32] | None = None
    names: tuple[str, ...] = ()


class PointLists:
    """Remembers the lists seen under one directory. Belongs to one thread at a time; forgets all when it grows full."""

    def __init__(self, remembered_bytes: int = _REMEMBERED_BYTES) -> None:
        """Bound the memory: nobody can fill it by sending ever new lists."""
        self._limit = remembered_bytes
        self._directory: Directory | None = None
        self._known: dict[tuple[str, str, bytes], PointList] = {}
        self._size = 0

    def find(self, directory: Directory, site: str, device: str, raw: bytes) -> PointList:
        """Give what is known of the list that came as the JSON text `raw`.

        Raises:
            Refused: it is no list of 1 to 10,000 ids.
        """
        if directory is not self._directory:
            self._forget(directory)
        key = (site, device, raw)
        found = self._known.get(key)
        if found is None:
            found = _examine(raw, directory.carried_points(site, device))
            self._size += 2 * len(raw)
            if self._size > self._limit:
                self._forget(directory)
            self._known[key] = found
        return found

    def _forget(self, directory: Directory) -> None:
        self._directory, self._known, self._size = directory, {}, 0


def require_equal_lengths(body: ReadingsBody, points: PointList) -> None:
    """Refuse columns that do not belong together.

    Raises:
        Refused: `length_mismatch`.
    """
    lengths = {"points": points.sent, "values": len(body.values)}
    if body.quality is not None:
        lengths["quality"] = len(body.quality)
    if isinstance(body.at, list):
        lengths["at"] = len(body.at)
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise Refused(Reason.LENGTH_MISMATCH, f"the columns differ in length: {said}")


def colons_of(body: ReadingsBody) -> int:
    """How many colons the body has if no key stands twice (`json_strict.refuse_duplicate_keys`); ids hold none."""
    optional = (body.site, body.at, body.quality, body.receipt)
    given = sum(value is not None for value in optional)
    return _KEYS + given + (body.at.count(":") if isinstance(body.at, str) else 0)


def readings_of(
    body: ReadingsBody, points: PointList, received_at: Instant, tolerance: Duration
) -> tuple[Readings, Timing]:
    """Pack the carried points of a body, and say when the newest of its readings was taken.

    A column of times is judged reading by reading; one that is not believed gets `received_at`, and then the record
    says that receive time was believed.
    """
    values: Values = np.array(body.values, dtype="<f8")  # None becomes NaN
    quality = _qualities(body, values)
    if isinstance(body.at, list):
        times, timing = _judge_times(np.array(body.at, dtype="<i8") * MILLISECOND, points, received_at, tolerance)
    else:
        timing = believe(claimed_instant(body.at), received_at, tolerance)
        times = np.full(points.sent, timing.event_time, dtype="<i8")
    if points.carried is not None:
        times, values, quality = times[points.carried], values[points.carried], quality[points.carried]
    packed = Readings(points=points.text, at=times.tobytes(), values=values.tobytes(), quality=quality.tobytes())
    return packed, timing


def conflict_detail(body: ReadingsBody, points: PointList) -> str | None:
    """Name the carried points that have two different values at one time in this message; None where there are none."""
    if points.number is None:
        return None
    at = np.array(body.at, dtype="<i8") if isinstance(body.at, list) else np.zeros(points.sent, dtype="<i8")
    values: Values = np.array(body.values, dtype="<f8")
    order = np.lexsort((at, points.number))
    number, at, values = points.number[order], at[order], values[order]
    are_equal = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    in_conflict = (number[1:] == number[:-1]) & (at[1:] == at[:-1]) & ~are_equal
    if points.carried is not None:
        in_conflict &= points.carried[order][1:]
    found = [points.names[each] for each in np.unique(number[1:][in_conflict]).tolist()]
    if not found:
        return None
    more = f" and {len(found) - _SHOWN_POINTS} more" if len(found) > _SHOWN_POINTS else ""
    what = f"{len(found)} points have two different values at one time: {', '.join(found[:_SHOWN_POINTS])}{more}"
    return f"{what}; each was judged, in the order of the message"


def _qualities(body: ReadingsBody, values: Values) -> Qualities:
    if body.quality is None:
        quality: Qualities = np.zeros(len(values), dtype=np.uint8)
    else:
        quality = np.array(body.quality, dtype=np.uint8)
    if None in body.values:
        quality[np.isnan(values)] = Quality.BAD
    return quality


def _judge_times(claimed: Times, points: PointList, received_at: Instant, tolerance: Duration) -> tuple[Times, Timing]:
    believable = (claimed >= EARLIEST) & (claimed <= min(LATEST, received_at + tolerance))
    times: Times = np.where(believable, claimed, np.int64(received_at))
    # What the record says about its time must not hang on points that are not in it.
    counted = slice(None) if points.carried is None else points.carried
    believed = Believed.DEVICE if bool(believable[counted].all()) else Believed.RECEIVED
    return times, Timing(int(times[counted].max()), believed, int(claimed[counted].max()))


def _examine(raw: bytes, carried: frozenset[str]) -> PointList:
    try:
        points = msgspec.json.decode(raw, type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        explain(error)
    if not 1 <= len(points) <= MAX_POINTS:
        raise Refused(Reason.OUT_OF_RANGE, f"{len(points)} points; send 1 to {MAX_POINTS}")
    text = SEPARATOR.join(points)
    # An id with a newline in it would pass for two.
    if _IDS.fullmatch(text) is None or text.count(SEPARATOR) != len(points) - 1:
        _name_the_wrong_id(points)
    unlisted = tuple(point for point in points if point not in carried)
    place: dict[str, int] = {}
    numbers = [place.setdefault(point, len(place)) for point in points]
    number = np.array(numbers, dtype=np.int32) if len(place) < len(points) else None
    names = tuple(place) if number is not None else ()
    if not unlisted:
        return PointList(text, len(points), (), None, number, names)
    kept = np.array([point in carried for point in points], dtype=np.bool_)
    text = SEPARATOR.join(point for point in points if point in carried)
    return PointList(text, len(points), unlisted, kept, number, names)


def _name_the_wrong_id(points: list[str]) -> NoReturn:
    wrong = next(number for number, point in enumerate(points) if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", point))
    raise Refused(Reason.INVALID_ID, f"point number {wrong} is not an id: use 1 to 64 of A-Z a-z 0-9 _ -")


def unlisted_detail(points: PointList) -> str:
    """Name the points that the device does not carry."""
    names = sorted(set(points.unlisted))
    more = f" and {len(names) - _SHOWN_POINTS} more" if len(names) > _SHOWN_POINTS else ""
    return f"{len(names)} points the device does not carry: {', '.join(names[:_SHOWN_POINTS])}{more}"
