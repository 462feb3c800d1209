"""Journal and telemetry as one history: each record once, in order, and what neither has is told."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.identity import MessageIdentity
from domain.instant import HOUR, MINUTE, SECOND, Instant
from domain.reading_envelopes import NO_ENVELOPES
from domain.readings import Readings, readings_from
from domain.record import Believed, Body, ConfigurationChanged, Record, Tick
from runtime.history import UNKNOWN_SOURCE, JoinedHistory
from runtime.history_tally import HistoryGap
from runtime.judging import SLICE
from stores.ports import ReadingColumns
from tests.rules.estate import configured
from tests.runtime.kept_journal import KeptJournal
from tests.samples import NOW
from tests.stores.historian_columns import columns_of


class HeldTelemetry:
    """Implements `stores.ports.ReadingHistory`: all readings of the records in some ranges of seqs, a part for each."""

    def __init__(self, records: Sequence[Record], *held: tuple[int, int], has_envelopes: bool = True) -> None:
        self._readings = [record for record in records if isinstance(record.body, Readings)]
        self._held = held or ((1, records[-1].seq),)
        self._has_envelopes = has_envelopes
        self.asked: list[tuple[int, int]] = []

    def readings(self, after: int, until: int) -> Iterator[ReadingColumns]:
        self.asked.append((after, until))
        for first, last in self._held:
            begin, end = max(first, after + 1), min(last, until)
            if begin <= end:
                part = columns_of(self._readings, begin, end)
                yield part if self._has_envelopes else replace(part, envelopes=NO_ENVELOPES)


def a_reading(seq: int, at: Instant, points: Sequence[str] = ("flow",), **envelope: object) -> Record:
    body = readings_from(points, [at] * len(points), [float(seq)] * len(points), [0] * len(points))
    record = Record(seq=seq, body=body, event_time=at, received_at=at + SECOND, source="gateway", site="tower")
    return replace(record, **envelope)


def a_notice(seq: int, at: Instant, body: Body | None = None) -> Record:
    return Record(seq=seq, body=body or Tick(), event_time=at, received_at=at, source="vigil")


def read_all(history: JoinedHistory, *limits: int) -> list[Record]:
    """Read from the beginning, in slices of these sizes in turn."""
    found: list[Record] = []
    turns = limits or (7,)
    turn = 0
    while records := history.read(found[-1].seq if found else 0, turns[turn % len(turns)]):
        found += records
        turn += 1
    return found


def an_hour(count: int = 12) -> list[Record]:
    """A reading a minute, and a tick after every third."""
    return [
        a_reading(seq, NOW + seq * MINUTE) if seq % 4 else a_notice(seq, NOW + seq * MINUTE)
        for seq in range(1, count + 1)
    ]


drawn_steps = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(-HOUR, HOUR),
        st.sampled_from(["tower", "annex", None]),
        st.sampled_from(["gateway", "sensor"]),
        st.lists(st.sampled_from(["flow", "heat", "old"]), min_size=1, max_size=3),
        st.one_of(st.none(), st.builds(MessageIdentity, st.just("gateway"), st.sampled_from("ab"), st.integers(1, 9))),
    ),
    min_size=1,
    max_size=30,
)
DrawnSteps = list[tuple[bool, int, str | None, str, list[str], MessageIdentity | None]]


def drawn_history(steps: DrawnSteps) -> list[Record]:
    """Readings of several sites among ticks; some late, some of points that nobody configured."""
    records = []
    for seq, (is_reading, age, site, source, points, identity) in enumerate(steps, start=1):
        at = NOW + seq * MINUTE
        if is_reading:
            envelope = {"site": site, "source": source, "identity": identity, "received_at": at}
            records.append(a_reading(seq, at - age, points, **envelope))
        else:
            records.append(a_notice(seq, at))
    return records


@given(drawn_steps, st.integers(0, 31), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.data())
def test_the_history_is_what_the_journal_was(
    steps: DrawnSteps, seam: int, limits: list[int], data: st.DataObject
) -> None:
    records = drawn_history(steps)
    edges = sorted({0, *data.draw(st.sets(st.integers(1, len(records)), max_size=4)), len(records)})
    held = [(first + 1, last) for first, last in pairwise(edges)]
    history = JoinedHistory(KeptJournal(records, readings=min(seam, len(records))), HeldTelemetry(records, *held))
    assert read_all(history, *limits) == records
    assert history.tally.gaps == []
    assert history.tally.stored == sum(isinstance(each.body, Readings) for each in records[: min(seam, len(records))])
    assert (history.tally.guessed, history.tally.left_nothing) == (0, 0)


def expected_gaps(records: Sequence[Record], kept: Sequence[Record]) -> list[HistoryGap]:
    """The reference: seq by seq, a gap lasts until a reading is there again."""
    there = {record.seq: record for record in kept}
    gaps: list[HistoryGap] = []
    newest = kept[0].received_at if kept else 0
    is_open = False
    for record in records:
        if record.seq in there:
            newest = record.received_at
            if is_open:
                gaps[-1].end = newest
            is_open = is_open and not isinstance(record.body, Readings)
        elif is_open:
            gaps[-1].last, gaps[-1].records = record.seq, gaps[-1].records + 1
        else:
            gaps.append(HistoryGap(first=record.seq, last=record.seq, start=newest, end=newest, records=1))
            is_open = True
    return gaps


@given(drawn_steps, st.integers(0, 31), st.data())
def test_what_is_nowhere_is_told_and_nothing_else(steps: DrawnSteps, seam: int, data: st.DataObject) -> None:
    records = drawn_history(steps)
    seam = min(seam, len(records))
    gone = data.draw(st.sets(st.sampled_from([each.seq for each in records]))) if seam else set()
    # One range for each record, so that any of them can be missing.
    held = [(each.seq, each.seq) for each in records if each.seq not in gone]
    history = JoinedHistory(KeptJournal(records, readings=seam), HeldTelemetry(records, *(held or [(99, 99)])))
    kept = [each for each in records if not isinstance(each.body, Readings) or each.seq > seam or each.seq not in gone]
    assert read_all(history) == kept
    assert history.tally.gaps == expected_gaps(records, kept)
    assert history.tally.left_nothing == 0


def test_what_the_journal_has_it_says_itself() -> None:
    records = [a_reading(seq, NOW + seq) for seq in (1, 2, 3)]
    others = [replace(each, source="telemetry") for each in records]
    journal = KeptJournal(records, readings=2)
    journal.keeps = lambda record: record.seq != 1  # type: ignore[method-assign]
    history = JoinedHistory(journal, HeldTelemetry(others))
    assert read_all(history) == [others[0], *records[1:]]
    assert history.tally.stored == 1


def test_messages_that_left_no_reading_are_counted_where_telemetry_answers_for_them() -> None:
    records = [a_reading(seq, NOW + seq) for seq in range(1, 8)]
    telemetry = HeldTelemetry([*records[:2], *records[4:]], (1, 7))
    history = JoinedHistory(KeptJournal(records, readings=6), telemetry)
    assert [each.seq for each in read_all(history)] == [1, 2, 5, 6, 7]
    assert (history.tally.left_nothing, history.tally.gaps) == (2, [])


def test_a_range_without_any_reading_may_have_lost_them() -> None:
    records = [a_reading(1, NOW), a_notice(2, NOW + SECOND), a_reading(3, NOW + MINUTE), a_notice(4, NOW + HOUR)]
    telemetry = HeldTelemetry(records[:1], (1, 1), (2, 4))
    history = JoinedHistory(KeptJournal(records, readings=3), telemetry)
    assert [each.seq for each in read_all(history)] == [1, 2, 4]
    assert history.tally.gaps == [HistoryGap(first=3, last=3, start=NOW + SECOND, end=NOW + HOUR, records=1)]


def test_retention_may_go_on_while_the_history_is_read() -> None:
    records = an_hour()
    journal = KeptJournal(records, readings=3)
    history = JoinedHistory(journal, HeldTelemetry(records))
    found = list(history.read(0, 5))
    journal.retire(readings=10)
    while more := history.read(found[-1].seq, 5):
        found += more
    assert found == records
    assert history.tally.gaps == []


def test_what_is_read_again_is_counted_once() -> None:
    records = an_hour()
    telemetry = HeldTelemetry(records, (1, 5), (7, 7), (9, 12))
    history = JoinedHistory(KeptJournal(records, readings=10), telemetry)
    first = read_all(history)
    counted = (history.tally.stored, list(history.tally.gaps), history.tally.left_nothing)
    assert read_all(history) == first
    assert history.read(4, 2) == first[4:6]
    assert (history.tally.stored, history.tally.gaps, history.tally.left_nothing) == counted
    assert [(gap.first, gap.records) for gap in counted[1]] == [(6, 1)]


def test_a_long_history_asks_telemetry_once() -> None:
    records = [(a_notice if seq % 2 else a_reading)(seq, NOW + seq * SECOND) for seq in range(1, 4 * SLICE)]
    telemetry = HeldTelemetry(records)
    history = JoinedHistory(KeptJournal(records, readings=3 * SLICE), telemetry)
    assert read_all(history, SLICE) == records
    assert telemetry.asked == [(0, 3 * SLICE)]


def test_before_the_first_event_that_is_kept_nothing_is_read() -> None:
    records = an_hour()
    history = JoinedHistory(KeptJournal(records, readings=9, others=5), HeldTelemetry(records))
    assert read_all(history) == records[5:]
    assert history.tally.gaps == []


@pytest.mark.parametrize(
    ("points", "source", "site"), [(("flow",), "gateway", "tower"), (("old",), UNKNOWN_SOURCE, None)]
)
def test_an_envelope_that_nobody_kept_is_made_up(points: tuple[str, ...], source: str, site: str | None) -> None:
    configuration = configured()
    change = ConfigurationChanged(configuration=configuration, digest=configuration.digest())
    at = NOW + MINUTE
    records = [
        a_notice(1, NOW, change),
        a_reading(2, NOW - HOUR, points),
        a_reading(3, NOW + SECOND, points),
        a_reading(4, NOW + HOUR, points),
        a_notice(5, at),
    ]
    history = JoinedHistory(KeptJournal(records, readings=4), HeldTelemetry(records, has_envelopes=False))
    made = read_all(history)[1:4]
    assert [each.body for each in made] == [each.body for each in records[1:4]]
    assert [each.event_time for each in made] == [NOW - HOUR, NOW + SECOND, NOW + HOUR]
    assert [each.received_at for each in made] == [NOW, NOW + SECOND, at], "not before or after what was heard"
    assert {(each.source, each.site, each.believed, each.identity) for each in made} == {
        (source, site, Believed.RECEIVED, None)
    }
    assert (history.tally.stored, history.tally.guessed) == (3, 3)


def test_a_point_without_a_device_is_of_its_site() -> None:
    configuration = configured()
    (site,) = configuration.sites
    bare = replace(configuration, sites=(replace(site, devices=()),))
    records = [
        a_notice(1, NOW, ConfigurationChanged(configuration=bare, digest=bare.digest())),
        a_reading(2, NOW),
        a_notice(3, NOW),
    ]
    history = JoinedHistory(KeptJournal(records, readings=2), HeldTelemetry(records, has_envelopes=False))
    (made,) = [each for each in read_all(history) if isinstance(each.body, Readings)]
    assert (made.site, made.source) == ("tower", UNKNOWN_SOURCE)


def test_the_rest_is_the_journals_own() -> None:
    records = an_hour()
    journal = KeptJournal(records, readings=2)
    history = JoinedHistory(journal, HeldTelemetry(records))
    assert history.last_seq == 12
    assert (history.record(1), history.record(4)) == (None, records[3])
    assert history.retired() == journal.retired()
    assert (history.kept_after(1), history.kept_after(2)) == (False, True)
    assert (history.wait(11, 0.0), history.wait(12, 0.0)) == (True, False)
