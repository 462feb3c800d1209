"""What has been kept long enough goes, hour by hour; a clock that jumped ahead deletes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.instant import DAY, HOUR, SECOND
from domain.observations import DeviceStatus
from domain.readings import readings_from
from domain.record import Body, Record
from journal.chain import SegmentKind
from journal.sqlite_journal import RETENTION, SqliteJournal
from stores.state.opening import StateStore, open_state_store
from tests.brokers import wait_until
from tests.runtime.bench_of_parts import HandClock
from tests.samples import NOW
from tests.stores.commits import Owner, a_message
from tests.vigil.lived_data import JOURNAL_KEY, urgency_of
from vigil.housekeeping import PAUSE_SECONDS, SETTLED_MESSAGES, Housekeeping


class House:
    """A journal and an outbox on a clock moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.folder = folder / "journal"
        self.journal = SqliteJournal(self.folder, JOURNAL_KEY, self.clock.now)
        self.state: StateStore = open_state_store(folder / "state.sqlite")
        self.faults: list[str] = []

    def keeping(self, speed: float = 1.0) -> Housekeeping:
        return Housekeeping(
            self.journal,
            self.state.outbox,
            self.clock.now,
            lambda _, what: self.faults.append(what),
            speed=speed,
            stopwatch=self.clock.stopwatch,
        )

    def put(self) -> None:
        """An event and a reading, each in today's segment."""
        at = self.clock.at
        bodies: tuple[Body, ...] = (
            DeviceStatus(site="tower", online=True),
            readings_from(["flow"], [at], [1.0], [0]),
        )
        for body in bodies:
            record = Record(seq=0, body=body, event_time=at, received_at=at, source="x", site="tower")
            self.journal.append(record, urgency_of(record))

    def segments(self) -> dict[str, int]:
        return {kind.value: len(list(self.folder.glob(f"{kind}-*.sqlite"))) for kind in SegmentKind}

    def close(self) -> None:
        self.journal.close()
        self.state.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_segments_go_when_their_retention_is_over_and_not_before(house: House) -> None:
    keeping = house.keeping()
    house.put()
    days = RETENTION[SegmentKind.READINGS] // DAY
    for _ in range(days):
        house.clock.move(DAY / SECOND)
        house.put()
    assert keeping.tidy() == 0
    house.clock.move(DAY / SECOND)
    house.put()
    assert keeping.tidy() == 1
    assert house.segments() == {"events": days + 2, "readings": days + 1}
    assert keeping.tidy() == 0
    assert house.faults == []


def test_messages_that_were_sent_or_refused_long_ago_go_and_waiting_ones_stay(house: House) -> None:
    owner = Owner(house.state.writer)
    owner.commit(outbox=[a_message("sent"), a_message("refused"), a_message("new"), a_message("waiting")])
    keeping = house.keeping()
    house.state.outbox.mark_sent("sent", house.clock.at)
    house.state.outbox.mark_refused("refused", house.clock.at, "no such address")
    house.clock.move((SETTLED_MESSAGES + SECOND) / SECOND)
    house.state.outbox.mark_sent("new", house.clock.at)
    assert keeping.tidy() == 2
    assert house.state.outbox.counts() == {"waiting": 1, "sent": 1, "refused": 0}


def test_after_a_long_rest_nothing_is_deleted_for_a_day(house: House) -> None:
    house.put()
    keeping = house.keeping()
    house.clock.move(60 * DAY / SECOND)
    house.put()
    assert keeping.tidy() == 0
    assert house.faults == ["the clock is ahead of where it should be: nothing is deleted for a day"]
    house.clock.move(PAUSE_SECONDS - 1)
    assert keeping.tidy() == 0
    house.clock.move(1)
    assert keeping.tidy() == 1
    assert len(house.faults) == 1


def test_a_jump_while_running_pauses_too_and_one_back_deletes_nothing(house: House) -> None:
    house.put()
    keeping = house.keeping()
    assert keeping.tidy() == 0
    house.clock.at += 100 * DAY
    house.put()
    assert keeping.tidy() == 0
    assert len(house.faults) == 1
    house.clock.at -= 100 * DAY
    house.clock.move(PAUSE_SECONDS)
    assert keeping.tidy() == 0
    assert len(house.faults) == 1
    assert house.segments() == {"events": 2, "readings": 2}


def test_a_clock_that_runs_faster_by_intention_has_not_jumped(house: House) -> None:
    house.put()
    keeping = house.keeping(speed=600.0)
    keeping.tidy()
    house.clock.at += 10 * HOUR
    house.clock.seconds += 60.0
    keeping.tidy()
    assert house.faults == []


def test_the_thread_passes_at_once_tells_what_fails_and_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(house.journal, "retire", refuse)
    keeping = house.keeping()
    keeping.start()
    wait_until(lambda: house.faults != [], "the first pass")
    keeping.stop()
    assert "Permission denied" in house.faults[0]
    assert not keeping._thread.is_alive()


def test_a_housekeeping_that_was_never_started_can_be_stopped(house: House) -> None:
    house.keeping().stop()
    assert house.clock.at == NOW
