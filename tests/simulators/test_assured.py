"""F4 with receipts: a device that waits for Vigil's own word loses nothing, whatever the broker forgets."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from collector.intake import Delivery
from domain.broker_address import BrokerAddress
from domain.identity import MessageIdentity
from simulators.assured import ReceiptLedger, publish_until_receipted
from simulators.device import Message, SimulatedDevice
from simulators.publishing import Pace
from tests.brokers import PATIENCE_SECONDS, MosquittoForTests, RunningBroker, wait_until
from tests.collector.building import NOW
from tests.collector.journals import SteeredJournal
from tests.collector.running import collecting, device, prepare, send_scans

COUNT = 40
ASSURED = {MessageIdentity("phone-7", "assured", seq) for seq in range(1, COUNT + 1)}


@pytest.fixture
def journal() -> Iterator[SteeredJournal]:
    journal = SteeredJournal()
    yield journal
    journal.close()


def messages(*, wants_receipts: bool = True) -> list[Message]:
    phone = SimulatedDevice("hq", "phone-7", "assured", wants_receipts=wants_receipts)
    return [phone.scan(NOW, "o-12", "cp-lobby") for _ in range(COUNT)]


class Sending:
    """A device that publishes in a thread of its own until all its messages have receipts."""

    def __init__(self, address: BrokerAddress) -> None:
        self.ledger = ReceiptLedger()
        self._address = address
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._send(),), daemon=True)
        self._thread.start()

    def finished(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        # It is looked at, not waited for, so that no loop has to be told.
        self._stop.set()
        self._thread.join(PATIENCE_SECONDS)
        assert self.finished()

    async def _send(self) -> None:
        pace = Pace(clock=lambda: NOW, speed=1.0)
        await publish_until_receipted(messages(), self._address, pace, self.ledger, self._stop, resend_seconds=0.3)


@contextmanager
def sending(broker: RunningBroker) -> Iterator[Sending]:
    sender = Sending(broker.devices)
    try:
        yield sender
    finally:
        sender.stop()


def restart(broker: RunningBroker) -> None:
    """End it with SIGKILL, and have it back."""
    broker.kill()
    if isinstance(broker, MosquittoForTests):
        broker.start()


def test_messages_are_kept_until_vigil_says_that_they_are_stored(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    prepare(any_broker)
    with collecting(any_broker, journal), sending(any_broker) as phone:
        wait_until(phone.finished, "all receipts")
        assert set(phone.ledger.receipted) == set(journal.identities()) == ASSURED
        assert phone.ledger.waiting == []


def test_a_broker_killed_between_puback_and_delivery_costs_nothing_with_receipts(
    any_broker: RunningBroker, journal: SteeredJournal
) -> None:
    prepare(any_broker)
    with device(any_broker, "trusting") as client:
        send_scans(client, range(1, COUNT + 1))
    with sending(any_broker) as phone:
        wait_until(lambda: len(phone.ledger.sent) == COUNT, "everything to be handed to the broker")
        restart(any_broker)
        with collecting(any_broker, journal):
            wait_until(phone.finished, "all receipts", seconds=60)
            stored = journal.identities()
            assert set(stored) >= ASSURED
            assert max(phone.ledger.sent.values()) > 1
            if isinstance(any_broker, MosquittoForTests):
                # What the device held for delivered, because it had a PUBACK, is gone: the fault is real.
                assert {identity.boot for identity in stored} == {"assured"}


def test_while_vigil_is_away_the_device_waits(any_broker: RunningBroker, journal: SteeredJournal) -> None:
    prepare(any_broker)
    with sending(any_broker) as phone:
        wait_until(lambda: sum(phone.ledger.sent.values()) > COUNT, "a message to be sent again")
        assert phone.ledger.receipted == {}
        with collecting(any_broker, journal):
            wait_until(phone.finished, "all receipts", seconds=60)
            assert set(journal.identities()) == ASSURED


def test_control_a_vigil_that_gives_no_receipts_is_found(
    mosquitto_broker: RunningBroker, journal: SteeredJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Delivery, "_give_receipt", lambda self: None)
    prepare(mosquitto_broker)
    with collecting(mosquitto_broker, journal), sending(mosquitto_broker) as phone:
        wait_until(lambda: sum(phone.ledger.sent.values()) > 2 * COUNT, "everything to be sent again")
        assert len(phone.ledger.waiting) == COUNT
        assert set(journal.identities()) == ASSURED


def test_a_device_asks_for_a_receipt_in_each_message() -> None:
    assert all(b'"receipt":true' in message.payload for message in messages())
    assert not any(b"receipt" in message.payload for message in messages(wants_receipts=False))
