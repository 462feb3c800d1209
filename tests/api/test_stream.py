"""The live stream on a real server: resume, bounds, end."""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from api.ports import StreamLimits
from domain.alarm import OWN_SITE
from domain.effects import (
    AlarmChange,
    AlarmChanged,
    ConfigurationApplied,
    DoorChanged,
    DoorState,
    EffectBody,
    IncidentChanged,
)
from stores.ports import Commit, StoredEffect, StoreUnavailable
from tests.api.building import an_incident, effects
from tests.api.document import require_valid
from tests.api.serving import BEARER, SECONDS, TOKEN, Backstage, backstage
from tests.api.streaming import Served, changes, served, until
from tests.brokers import PATIENCE_SECONDS
from tests.samples import NOW, an_alarm

CHANGE = {"$ref": "#/components/schemas/Change"}


def doors(count: int, site: str = "tower") -> list[EffectBody]:
    return [
        DoorChanged(site=site, door=f"d{n}", state=DoorState.CLOSED, since=NOW, last_event="closed")
        for n in range(count)
    ]


def raised(count: int) -> list[EffectBody]:
    """Large ones."""
    alarms = [an_alarm(f"flood-{n}") for n in range(count)]
    return [AlarmChanged(change=AlarmChange.RAISED, alarm=alarm, occurrence=alarm.latest) for alarm in alarms]


def tell(behind: Backstage, bodies: list[EffectBody]) -> int:
    """Commit effects; gives the position they reach."""
    return behind.engine.commit(bodies, behind.store.writer.last_seq() + 1)


@pytest.fixture(scope="module")
def shared_server(shared: Backstage) -> Iterator[Served]:
    with served(shared) as server:
        yield server


def test_a_change_arrives_with_its_position_as_id(shared: Backstage, shared_server: Served) -> None:
    with shared_server.follow() as events:
        first = next(events)
        assert (first.name, first.id, first.data["following"]) == ("heartbeat", None, True)
        assert first.data["behind_seconds"] == 0.0
        assert first.data["position"] == shared.store.reader.last_position()
        position = tell(shared, raised(1))
        [event] = changes(events, 1)
    assert (event.name, event.id, event.data["position"]) == ("alarm_changed", position, position)
    assert event.data["body"]["alarm"]["id"] == "flood-0"
    assert event.data["at"] == "2027-01-15T08:00:00Z"
    require_valid(event.data, CHANGE)


@pytest.mark.parametrize("by_header", [True, False])
def test_a_client_goes_on_where_it_was(shared: Backstage, shared_server: Served, by_header: bool) -> None:
    start = shared.store.reader.last_position()
    missed = tell(shared, doors(3))
    query = f"?after={start}" if not by_header else f"?after={missed}"
    headers = {**BEARER, "Last-Event-ID": str(start)} if by_header else BEARER
    with shared_server.follow(query, headers) as events:
        assert [event.id for event in changes(events, 3)] == [start + 1, start + 2, start + 3]
        tell(shared, doors(2))
        assert [event.id for event in changes(events, 2)] == [start + 4, start + 5]


def test_everything_ever_told_can_be_followed_from_the_beginning(shared: Backstage, shared_server: Served) -> None:
    tell(shared, doors(1100))
    last = shared.store.reader.last_position()
    with shared_server.follow("?after=0") as events:
        told = changes(events, last)
    assert [event.id for event in told] == list(range(1, last + 1))
    for event in told[:10]:
        require_valid(event.data, CHANGE)


def test_a_site_hears_of_itself_and_of_what_concerns_all(shared: Backstage, shared_server: Served) -> None:
    with shared_server.follow("?site=annex") as events:
        next(events)
        bodies: list[EffectBody] = [*doors(2), *doors(1, "annex"), ConfigurationApplied(digest="d")]
        tell(shared, bodies)
        assert [event.name for event in changes(events, 2)] == ["door_changed", "configuration_applied"]


def test_a_site_hears_of_vigils_own_alarms_that_concern_it(shared: Backstage, shared_server: Served) -> None:
    own = [replace(an_alarm(f"own-{concerns}", OWN_SITE), concerns=concerns) for concerns in ("tower", None, "annex")]
    told = [AlarmChanged(change=AlarmChange.RAISED, alarm=each, occurrence=each.latest) for each in own]
    incidents = [IncidentChanged(incident=replace(an_incident(each), concerns=each.concerns)) for each in own]
    with shared_server.follow("?site=annex") as events:
        next(events)
        tell(shared, [*told, *incidents])
        heard = [event.data["body"] for event in changes(events, 4)]
    assert [body.get("alarm", body.get("incident"))["concerns"] for body in heard] == [None, "annex", None, "annex"]


def test_drills_are_not_shown_as_real(shared: Backstage, shared_server: Served) -> None:
    writer, _, _ = shared.store.of_lane("drill-1")
    staged = [msgspec.structs.replace(effect, id=f"{effect.id}-drill", lane="drill-1") for effect in effects(doors(1))]
    with shared_server.follow() as events:
        next(events)
        commit = Commit(epoch=writer.claim(), seq_before=0, seq_after=1, committed_at=NOW, effects=staged)
        writer.commit(commit)
        position = tell(shared, doors(1))
        assert [event.id for event in changes(events, 1)] == [position]


@pytest.mark.parametrize("place", ["?after=999999999", "header:garbage", "header:-5", "header:999999999"])
def test_a_place_that_is_not_ours_means_read_again(shared: Backstage, shared_server: Served, place: str) -> None:
    header = place.removeprefix("header:") if place.startswith("header:") else None
    headers = BEARER if header is None else {**BEARER, "Last-Event-ID": header}
    with shared_server.follow("" if header else place, headers) as events:
        [event] = changes(events, 1)
        assert (event.name, event.data) == ("resync", {"reason": "gap"})
        assert event.id == shared.store.reader.last_position()
        assert list(events) == []


def test_a_client_too_far_behind_reads_again(behind: Backstage) -> None:
    tell(behind, doors(20))
    with served(behind, StreamLimits(gap_positions=19)) as server:
        last = behind.store.reader.last_position()
        with server.follow(f"?after={last - 19}") as events:
            assert [event.name for event in changes(events, 19)] == ["door_changed"] * 19
        with server.follow(f"?after={last - 20}") as events:
            assert changes(events, 1)[0].name == "resync"


def test_a_stream_ends_itself_and_goes_on_at_the_next_connection(behind: Backstage) -> None:
    with served(behind, StreamLimits(longest_seconds=0.6, heartbeat_seconds=0.05)) as server:
        with server.follow() as events:
            told = list(events)
        assert (told[-1].name, told[-1].data) == ("reconnect", {"reason": "time"})
        beats = [event for event in told if event.name == "heartbeat"]
        assert len(beats) > 1
        # Later heartbeats move a quiet client's place along.
        assert beats[-1].id == behind.store.reader.last_position()


class CountingModels:
    """Read models that count reads of the stream."""

    def __init__(self, behind: Backstage) -> None:
        self._reader = behind.store.reader
        self.reads = 0
        self.away = False

    def last_position(self) -> int:
        return self._reader.last_position()

    def wait_for_effects(self, position: int, timeout: float) -> bool:
        if self.away:
            raise StoreUnavailable("away")
        return self._reader.wait_for_effects(position, min(timeout, 0.05))

    def effects_after(self, position: int, limit: int) -> Sequence[StoredEffect]:
        self.reads += 1
        return self._reader.effects_after(position, limit)


class RacingModels(CountingModels):
    """Read models in which something is committed just when a client catches up."""

    def __init__(self, behind: Backstage, start: int) -> None:
        super().__init__(behind)
        self._behind = behind
        self._start: int | None = start

    def effects_after(self, position: int, limit: int) -> Sequence[StoredEffect]:
        if position == self._start:
            self._start = None
            tell(self._behind, doors(1))
        return super().effects_after(position, limit)


def test_what_is_committed_while_a_client_catches_up_comes_once(behind: Backstage) -> None:
    start = behind.store.reader.last_position()
    tell(behind, doors(3))
    with served(behind, models=RacingModels(behind, start)) as server, server.follow(f"?after={start}") as events:
        assert [event.id for event in changes(events, 4)] == [start + 1, start + 2, start + 3, start + 4]
        last = tell(behind, doors(1))
        assert changes(events, 1)[0].id == last == start + 5


def test_many_clients_cost_one_read(behind: Backstage) -> None:
    models = CountingModels(behind)
    with served(behind, models=models) as server:
        streams = [server.follow() for _ in range(12)]
        opened = [stream.__enter__() for stream in streams]
        for events in opened:
            next(events)
        position = tell(behind, doors(1))
        assert [changes(events, 1)[0].id for events in opened] == [position] * 12
        assert models.reads == 1
        for stream in streams:
            stream.__exit__(None, None, None)


def test_a_heartbeat_says_when_the_store_cannot_be_followed(behind: Backstage) -> None:
    models = CountingModels(behind)
    with served(behind, StreamLimits(heartbeat_seconds=0.05), models=models) as server, server.follow() as events:
        assert next(events).data["following"] is True
        models.away = True
        while next(events).data["following"]:
            continue
        assert (behind.registry.get_sample_value("vigil_stream_tail_failures_total") or 0.0) >= 1.0
        models.away = False
        position = tell(behind, doors(1))
        assert changes(events, 1)[0].id == position


def test_a_client_that_does_not_read_is_cut_and_disturbs_nobody(behind: Backstage) -> None:
    limits = StreamLimits(queued_changes=200, send_seconds=0.3)
    with served(behind, limits) as server:
        deaf = server.deaf_follower()
        with server.follow() as events:
            next(events)
            until(lambda: sample(behind, "vigil_stream_clients") == 2.0, "both clients")
            took = []
            for _ in range(40):
                began = time.monotonic()
                position = tell(behind, raised(100))
                assert changes(events, 100)[-1].id == position
                took.append(time.monotonic() - began)
        until(lambda: sample(behind, "vigil_stream_clients") == 0.0, "the deaf client to be cut")
        ends = {reason: sample(behind, "vigil_stream_ends_total", reason=reason) for reason in ("slow", "stalled")}
        assert sum(ends.values()) == 1.0
        assert max(took) < 5.0
        deaf.close()


def sample(behind: Backstage, name: str, **labels: str) -> float:
    return behind.registry.get_sample_value(name, labels) or 0.0


def test_there_are_so_many_places(behind: Backstage) -> None:
    with served(behind, StreamLimits(clients=1)) as server, server.follow() as events:
        next(events)
        answer = httpx.get(f"{server.url}/api/v1/stream", headers=BEARER, timeout=SECONDS)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"]


def test_a_client_that_leaves_is_forgotten(shared: Backstage, shared_server: Served) -> None:
    with shared_server.follow() as events:
        next(events)
        assert sample(shared, "vigil_stream_clients") >= 1.0
    until(lambda: sample(shared, "vigil_stream_clients") == 0.0, "the client to be forgotten")


def test_a_session_opens_the_stream(shared_server: Served) -> None:
    with httpx.Client(timeout=SECONDS) as browser:
        assert browser.post(f"{shared_server.url}/api/v1/session", json={"token": TOKEN}).status_code == 204
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with shared_server.follow(headers={"Cookie": cookie}) as events:
        assert next(events).name == "heartbeat"


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?after=99999999999999999999", "?site=a.b", "?x=1"])
def test_a_wrong_address_of_the_stream_is_refused(shared_server: Served, query: str) -> None:
    answer = httpx.get(f"{shared_server.url}/api/v1/stream{query}", headers=BEARER, timeout=SECONDS)
    assert answer.status_code == 422


def test_stopping_ends_open_streams_at_once(tmp_path: Path) -> None:
    with backstage(tmp_path) as behind, served(behind) as server, server.follow() as events:
        next(events)
        ended = threading.Event()
        last: list[str] = []

        def read() -> None:
            last.extend(f"{event.name}:{event.data.get('reason')}" for event in events)
            ended.set()

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        began = time.monotonic()
        assert server.server.stop(5.0)
        assert time.monotonic() - began < 2.0
        assert ended.wait(PATIENCE_SECONDS)
        assert last == ["reconnect:stopping"]
