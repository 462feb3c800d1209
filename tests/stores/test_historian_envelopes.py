"""Envelopes joined and cut say the same of each record, however many origins there are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.identity import MessageIdentity
from domain.reading_envelopes import Envelopes, envelopes_of
from domain.readings import readings_from
from domain.record import Record
from stores import historian_envelopes
from stores.historian_envelopes import envelopes_in, join_envelopes

BODY = readings_from(["a"], [5], [1.5], [0])

drawn = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.sampled_from("pqrstuv")), st.integers(0, 99)), max_size=30
)


def records_of(rows: list[tuple[str, str | None, int]]) -> list[Record]:
    return [
        Record(
            seq=seq,
            body=BODY,
            event_time=at,
            received_at=at + 1,
            source=source,
            identity=None if boot is None else MessageIdentity(source, boot, at),
        )
        for seq, (source, boot, at) in enumerate(rows, start=1)
    ]


def told(envelopes: Envelopes) -> list[Record]:
    return [envelopes.record(place, BODY) for place in range(len(envelopes))]


@pytest.mark.parametrize("many", [0, 2, 1 << 13])
@given(rows=drawn, cuts=st.sets(st.integers(0, 30), max_size=5))
def test_what_is_joined_says_the_same(many: int, rows: list[tuple[str, str | None, int]], cuts: set[int]) -> None:
    records = records_of(rows)
    edges = sorted({0, *(cut for cut in cuts if cut < len(records)), len(records)})
    parts = [envelopes_of(records[first:last]) for first, last in pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(historian_envelopes, "_MANY_ORIGINS", many)
        joined = join_envelopes(parts)
        backwards = join_envelopes(parts[::-1])
    assert told(joined) == told(backwards) == records


def test_an_origin_of_several_parts_is_listed_once() -> None:
    records = records_of([("a", "p", 1), ("b", "p", 2), ("a", "p", 3), ("a", "q", 4)])
    joined = join_envelopes([envelopes_of(records[:2]), envelopes_of(records[2:])])
    assert len(joined.origins) == 3


def test_what_is_cut_out_names_only_its_own_origins() -> None:
    records = [
        replace(record, seq=10 * record.seq) for record in records_of([("a", "p", 1), ("b", None, 2), ("c", "q", 3)])
    ]
    cut = envelopes_in(envelopes_of(records), [(1, 10), (21, 30)])
    assert told(cut) == [records[0], records[2]]
    assert {origin.source for origin in cut.origins} == {"a", "c"}
    whole = envelopes_of(records)
    assert envelopes_in(whole, [(0, 99)]) is whole
