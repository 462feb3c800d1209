from prometheus_client import CollectorRegistry, Gauge

from api.ports import StreamLimits
from api.stream_hub import StreamHub
from domain.effects import DoorChanged, DoorState
from stores.ports import StoredEffect
from tests.samples import NOW, an_effect


def hub(room: int = 3) -> StreamHub:
    gauge = Gauge("vigil_stream_clients", "", registry=CollectorRegistry())
    return StreamHub(StreamLimits(queued_changes=room), gauge)


def doors(first: int, count: int, site: str = "tower") -> list[StoredEffect]:
    body = DoorChanged(site=site, door="d1", state=DoorState.OPEN, since=NOW, last_event="opened")
    return [
        StoredEffect(position=position, committed_at=NOW, effect=an_effect(body, position))
        for position in range(first, first + count)
    ]


def test_changes_wait_in_order_for_those_whom_they_concern() -> None:
    streams = hub()
    tower, every, annex = (streams.join(site, 10) for site in ("tower", None, "annex"))
    streams.publish(doors(11, 2), 12)
    assert [change.position for change in tower.take()] == [11, 12]
    assert [change.position for change in every.take()] == [11, 12]
    assert annex.take() == []
    assert (tower.position, every.position, annex.position) == (12, 12, 12)


def test_as_many_changes_wait_as_there_is_room_for_and_then_none() -> None:
    streams = hub(room=3)
    slow, quick = streams.join(None, 0), streams.join(None, 0)
    streams.publish(doors(1, 3), 3)
    assert len(quick.take()) == 3
    streams.publish(doors(4, 1), 4)
    assert (slow.ended, slow.take()) == ("slow", [])
    assert (quick.ended, len(quick.take())) == ("", 1)
    streams.publish(doors(5, 1), 5)
    assert slow.take() == []


def test_a_change_is_encoded_once_for_all() -> None:
    streams = hub()
    one, other = streams.join(None, 0), streams.join(None, 0)
    streams.publish(doors(1, 1), 1)
    assert one.take()[0].wire is other.take()[0].wire


def test_after_stop_all_end_and_none_is_taken() -> None:
    streams = hub()
    client = streams.join(None, 0)
    streams.stop()
    assert client.ended == "stopping"
    assert streams.full
    streams.leave(client)
