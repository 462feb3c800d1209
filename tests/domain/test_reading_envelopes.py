from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.identity import MessageIdentity
from domain.reading_envelopes import ABSENT, NO_ENVELOPES, Origin, envelopes_of
from domain.readings import readings_from
from domain.record import Believed, Record

INSTANTS = st.integers(0, 2**62)
BODY = readings_from(["a"], [5], [1.5], [0])

envelopes = st.builds(
    Record,
    seq=st.just(0),
    body=st.just(BODY),
    event_time=INSTANTS,
    received_at=INSTANTS,
    source=st.sampled_from(["gateway", "gateway2"]),
    site=st.sampled_from([None, "tower"]),
    believed=st.sampled_from(Believed),
    device_time=st.one_of(st.none(), st.integers(-(2**62), 2**62)),
    identity=st.one_of(
        st.none(),
        st.builds(
            MessageIdentity, st.sampled_from(["gateway", "x"]), st.sampled_from(["b1", "b2"]), st.integers(1, 2**53)
        ),
    ),
)


def numbered(records: list[Record]) -> list[Record]:
    return [replace(record, seq=seq) for seq, record in enumerate(records, start=3)]


@given(st.lists(envelopes, max_size=20).map(numbered))
def test_records_can_be_made_again(records: list[Record]) -> None:
    taken = envelopes_of(records)
    assert len(taken) == len(records)
    assert [taken.record(place, BODY) for place in range(len(records))] == records


def test_devices_are_named_once() -> None:
    record = Record(seq=1, body=BODY, event_time=5, received_at=6, source="gateway", site="tower")
    counted = replace(record, identity=MessageIdentity("gateway", "b1", 7))
    taken = envelopes_of(numbered([record, counted, counted, record]))
    assert taken.origins == (
        Origin("tower", "gateway", Believed.RECEIVED, None, None),
        Origin("tower", "gateway", Believed.RECEIVED, "gateway", "b1"),
    )
    assert taken.origin.tolist() == [0, 1, 1, 0]
    assert taken.number.tolist() == [ABSENT, 7, 7, ABSENT]
    assert taken.device_time.tolist() == [ABSENT] * 4


def test_the_lane_is_for_the_caller_to_say() -> None:
    record = Record(seq=1, body=BODY, event_time=5, received_at=6, source="gateway", lane="drill")
    assert envelopes_of([record]).record(0, BODY, "drill") == record


def test_of_nothing_there_is_nothing() -> None:
    assert len(NO_ENVELOPES) == 0
    assert NO_ENVELOPES.origins == ()
