"""What a service makes of the news of its link to the broker."""

from collector.session import SessionEvent
from domain.instant import SECOND, Instant
from tests.samples import NOW
from vigil.health import Health
from vigil.link_watch import LinkWatch


class Told:
    def __init__(self, *, is_connected: bool = True) -> None:
        self.gaps: list[tuple[Instant, Instant, str]] = []
        self.now = NOW
        self.is_connected = is_connected
        self.health = Health(lambda: self.now)
        self.watch = LinkWatch(
            lambda: self.now,
            self.health,
            keepalive=10.0,
            report_gap=lambda *gap: self.gaps.append(gap),
            is_connected=lambda: self.is_connected,
        )


def test_a_lost_link_was_not_watched_since_two_keepalives_before() -> None:
    told = Told()
    told.watch.hear(SessionEvent.DISCONNECTED, "")
    assert told.gaps == [(NOW - 20 * SECOND, NOW, "the link to the MQTT broker was lost")]
    told.now += 5 * SECOND
    # The other session of the collector loses the same link: that is no second gap.
    told.watch.hear(SessionEvent.DISCONNECTED, "")
    assert len(told.gaps) == 1


def test_the_gap_ends_when_all_sessions_are_back() -> None:
    told = Told(is_connected=False)
    told.watch.hear(SessionEvent.DISCONNECTED, "")
    told.now += 60 * SECOND
    told.watch.hear(SessionEvent.CONNECTED, "")
    assert len(told.gaps) == 1
    told.is_connected = True
    told.watch.hear(SessionEvent.CONNECTED, "")
    assert told.gaps[1:] == [(NOW - 20 * SECOND, NOW + 60 * SECOND, "the link to the MQTT broker was away")]
    told.watch.hear(SessionEvent.CONNECTED, "")
    assert len(told.gaps) == 2


def test_a_session_that_is_lost_for_good_is_a_fault() -> None:
    told = Told()
    told.watch.hear(SessionEvent.SESSION_LOST, "the broker forgot it")
    assert told.gaps == []
    assert any("the broker forgot it" in str(fault) for fault in told.health.faults())


def test_a_client_id_that_two_use_is_a_fault() -> None:
    told = Told()
    told.watch.hear(SessionEvent.TAKEN_OVER, "another client connects with the same client id")
    assert told.gaps == []
    assert [fault.where for fault in told.health.faults()] == ["collector session_taken_over"]
