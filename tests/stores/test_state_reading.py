"""What the state store offers to those who only look, and to those who tidy up."""

from pathlib import Path

import pytest

from domain.effects import ENGINE_FAULT, STORE_FAULT, QuarantineAdded
from domain.instant import SECOND
from stores.migrating import HEADS, SchemaUnknown
from stores.ports import StoreUnavailable
from stores.state.opening import open_state_reader, open_state_store
from tests.samples import NOW
from tests.stores.commits import Owner, a_message


def entry(reason: str) -> QuarantineAdded:
    return QuarantineAdded(site="tower", device="phone", topic="", reason=reason, detail=f"{reason} 1", size=0)


def test_parked_records_are_given_by_seq_and_lane(tmp_path: Path) -> None:
    with open_state_store(tmp_path / "state.sqlite") as store:
        owner = Owner(store.writer)
        for reason in (ENGINE_FAULT, "not_json", STORE_FAULT):
            owner.commit(entry(reason))
        drill = Owner(store.of_lane("drill-1")[0], "drill-1")
        drill.commit(entry(ENGINE_FAULT))
        assert store.writer.parked(0) == {1: entry(ENGINE_FAULT), 3: entry(STORE_FAULT)}
        assert list(store.writer.parked(1)) == [3]
        assert list(store.of_lane("drill-1")[0].parked(0)) == [1]


def test_a_reader_sees_what_is_committed_beside_it_and_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with pytest.raises(StoreUnavailable, match=r"state.sqlite is not there"), open_state_reader(path):
        pass
    assert not path.exists()
    with open_state_store(path) as store:
        owner = Owner(store.writer)
        with open_state_reader(path) as reader:
            assert reader.last_position() == 0
            owner.commit(entry(ENGINE_FAULT))
            assert [stored.effect.cause for stored in reader.effects_after(0, 10)] == [1]


def test_a_reader_refuses_the_schema_of_another_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.sqlite"
    open_state_store(path).close()
    before = path.read_bytes()
    told = f"has schema {HEADS['state']}, this release reads schema 9998"
    monkeypatch.setitem(HEADS, "state", "9998")
    with pytest.raises(SchemaUnknown, match=told), open_state_reader(path):
        pass
    assert path.read_bytes() == before


def test_settled_messages_are_forgotten_lane_by_lane_and_waiting_ones_kept(tmp_path: Path) -> None:
    with open_state_store(tmp_path / "state.sqlite") as store:
        Owner(store.writer).commit(outbox=[a_message("sent"), a_message("refused"), a_message("waiting")])
        Owner(store.of_lane("drill-1")[0], "drill-1").commit(outbox=[a_message("of-a-drill")])
        store.outbox.mark_sent("sent", NOW)
        store.outbox.mark_refused("refused", NOW, "no")
        store.of_lane("drill-1")[1].mark_sent("of-a-drill", NOW)
        assert store.outbox.forget(NOW) == 0
        assert store.outbox.forget(NOW + SECOND) == 2
        assert store.outbox.counts() == {"waiting": 1, "sent": 0, "refused": 0}
        assert store.of_lane("drill-1")[1].counts()["sent"] == 1
