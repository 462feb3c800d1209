"""No message is lost under load and interruptions, judged by ids; and the oracle finds a loss that was planted."""

import json
import threading
from collections.abc import Iterator, Sequence

import pytest

from collector.intake import Delivery
from collector.link import Link
from domain.record import Record
from tests.brokers import RunningBroker, wait_until
from tests.collector.building import readings, scan
from tests.collector.journals import SteeredJournal
from tests.collector.running import READINGS, SCAN, RunningCollector, collecting, device, prepare, send_scans


@pytest.fixture
def journal() -> Iterator[SteeredJournal]:
    journal = SteeredJournal()
    yield journal
    journal.close()


def test_every_acknowledged_message_is_stored_through_failures(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    scans, measured = range(1, 601), range(1001, 1301)
    with collecting(any_broker, journal) as running, device(any_broker) as client:
        sent = [client.publish(SCAN, json.dumps(scan(seq=seq))) for seq in scans]
        sent += [client.publish(READINGS, json.dumps(readings(seq=seq))) for seq in measured]
        for count in (100, 300, 500):
            wait_until(lambda: len(journal.seqs()) >= count, f"{count} records")  # noqa: B023
            _interrupt(running, journal, cut=count == 300)
        wait_until(lambda: all(info.is_published() for info in sent), "the broker to take everything")
        wait_until(lambda: journal.seqs() == {*scans, *measured}, "every id")
        wait_until(lambda: not any(running.collector.stats().waiting.values()), "every PUBACK")


def _interrupt(running: RunningCollector, journal: SteeredJournal, *, cut: bool) -> None:
    if cut:
        link = running.collector._sessions[0]._link
        if link is not None:
            link.drop("a test cuts it")
        return
    journal.fail()
    wait_until(lambda: running.collector.stats().dropped_links > 0, "a link to be given up")
    journal.go_on()


def _acknowledge_first(self: Delivery, records: Sequence[Record]) -> None:
    self._acknowledge()
    self._left = -1
    for record in records:
        self._intake.journal.submit(record, self._intake.urgency, self.stored)


def _give_up_silently(self: Delivery, error: Exception) -> None:
    pass


@pytest.mark.parametrize(
    ("method", "planted"), [("submit", _acknowledge_first), ("give_up", _give_up_silently)], ids=["early", "silent"]
)
def test_control_a_planted_fault_is_found(
    mosquitto_broker: RunningBroker,
    journal: SteeredJournal,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    planted: object,
) -> None:
    monkeypatch.setattr(Delivery, method, planted)
    prepare(mosquitto_broker)
    with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
        journal.fail()
        send_scans(client, range(1, 11))
        wait_until(lambda: running.collector.stats().not_stored >= 10, "ten refusals")
        journal.go_on()
        # Nothing comes back: with the fault, what the journal refused is lost (or waits until somebody reconnects).
        send_scans(client, range(11, 12))
        wait_until(lambda: 11 in journal.seqs(), "the next message")
        assert journal.seqs() == {11}


def test_acknowledging_from_many_threads_leaves_the_stream_whole(
    mosquitto_broker: RunningBroker, journal: SteeredJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PUBACKs from four threads at once: a torn packet would end the connection."""
    acknowledge = Link.acknowledge
    threads: list[threading.Thread] = []

    def elsewhere(link: Link, mid: int) -> bool:
        thread = threading.Thread(target=acknowledge, args=(link, mid))
        thread.start()
        threads.append(thread)
        return True

    monkeypatch.setattr(Link, "acknowledge", elsewhere)
    with collecting(mosquitto_broker, journal) as running, device(mosquitto_broker) as client:
        send_scans(client, range(1, 1001))
        wait_until(lambda: journal.seqs() == set(range(1, 1001)), "a thousand scans")
        for thread in threads:
            thread.join()
        assert running.collector.stats().dropped_links == 0
        assert journal.submitted == 1000
