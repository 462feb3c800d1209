"""The raw publisher against a broker that a test speaks for: packets as the standard has them, PUBACKs matched."""

import select
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from domain.broker_address import BrokerAddress
from simulators.raw_mqtt import LARGEST_WINDOW, LinkBroken, RawPublisher, publish_head
from tests.brokers import RunningBroker, wait_until
from tests.mqtt_clients import MqttClient

ACCEPTED = b"\x20\x02\x00\x00"
TOPIC = "vigil/v1/hq/phone-7/scan"


class FakeBroker:
    """Takes one connection; what it says is said before it is asked, which TCP does not mind."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = BrokerAddress("127.0.0.1", self._listener.getsockname()[1], "load", "secret")
        self.connection = socket.socket()
        self._publishers: list[RawPublisher] = []

    def connect(self, *, window: int = 4, answer: bytes = ACCEPTED) -> RawPublisher:
        """Let a publisher in; it waits for the answer, which therefore must be there already."""
        dialled = socket.create_connection(("127.0.0.1", self.address.port))
        self.connection.close()
        self.connection, _ = self._listener.accept()
        self.connection.sendall(answer)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "create_connection", lambda *_: dialled)
            self._publishers.append(RawPublisher(self.address, "load-1", window))
        return self._publishers[-1]

    def acknowledge(self, *mids: int) -> None:
        self.connection.sendall(b"".join(b"\x40\x02" + mid.to_bytes(2) for mid in mids))

    def close(self) -> None:
        for publisher in self._publishers:
            publisher.close()
        self.connection.close()
        self._listener.close()


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    broker = FakeBroker()
    yield broker
    broker.close()


def publish(publisher: RawPublisher, *numbers: int) -> None:
    head = publish_head(TOPIC, 2)
    publisher.publish([(head, b"%02d" % number) for number in numbers], np.array(numbers, dtype=np.int64))


def acknowledged(publisher: RawPublisher) -> list[int]:
    """What the next PUBACKs are for."""
    waiting = select.poll()
    waiting.register(publisher.fileno(), select.POLLIN)
    assert waiting.poll(5000), "nothing came"
    numbers: list[int] = publisher.acknowledged().tolist()
    return numbers


def test_what_it_sends_is_mqtt(broker: FakeBroker) -> None:
    publisher = broker.connect()
    publish(publisher, 7)
    sent = broker.connection.recv(4096)
    connect = b"\x10\x20\x00\x04MQTT\x04\xc2\x00\x00\x00\x06load-1\x00\x04load\x00\x06secret"
    topic = b"\x00\x18" + TOPIC.encode()
    assert sent[: len(connect)] == connect
    assert sent[len(connect) :] == b"\x32\x1e" + topic + b"\x00\x01" + b"07"


def test_long_packets_have_long_lengths() -> None:
    assert publish_head("t", 122)[:2] == b"\x32\x7f"
    assert publish_head("t", 123)[:3] == b"\x32\x80\x01"


def test_acknowledgements_find_their_messages_in_any_order(broker: FakeBroker) -> None:
    publisher = broker.connect(window=4)
    publish(publisher, 10, 11, 12)
    assert (publisher.outstanding, publisher.room) == (3, 1)
    broker.acknowledge(3, 1)
    assert acknowledged(publisher) == [12, 10]
    assert (publisher.outstanding, publisher.room) == (1, 3)
    assert publisher.acknowledged().size == 0


def test_an_acknowledgement_may_come_in_pieces(broker: FakeBroker) -> None:
    publisher = broker.connect()
    publish(publisher, 10)
    broker.connection.sendall(b"\x40\x02\x00")
    assert acknowledged(publisher) == []
    broker.connection.sendall(b"\x01")
    assert acknowledged(publisher) == [10]


def test_packet_ids_begin_anew_after_the_last(broker: FakeBroker) -> None:
    publisher = broker.connect(window=2)
    publisher._next_id = 65_535
    publish(publisher, 1, 2)
    broker.acknowledge(65_535, 1)
    assert acknowledged(publisher) == [1, 2]


@pytest.mark.parametrize("mids", [(2,), (1, 1)], ids=["of no message", "twice at once"])
def test_an_acknowledgement_that_fits_no_message_is_an_error(broker: FakeBroker, mids: tuple[int, ...]) -> None:
    publisher = broker.connect()
    publish(publisher, 10)
    broker.acknowledge(*mids)
    with pytest.raises(LinkBroken, match="did not wait"):
        acknowledged(publisher)


def test_an_acknowledgement_that_comes_again_is_an_error(broker: FakeBroker) -> None:
    publisher = broker.connect()
    publish(publisher, 10)
    broker.acknowledge(1)
    acknowledged(publisher)
    broker.acknowledge(1)
    with pytest.raises(LinkBroken, match="did not wait"):
        acknowledged(publisher)


def test_anything_but_puback_is_an_error(broker: FakeBroker) -> None:
    publisher = broker.connect()
    broker.connection.sendall(b"\xd0\x00\xd0\x00")
    with pytest.raises(LinkBroken, match="something else"):
        acknowledged(publisher)


def test_a_closed_connection_is_an_error(broker: FakeBroker) -> None:
    publisher = broker.connect()
    broker.connection.close()
    with pytest.raises(LinkBroken, match=r"closed|broke"):
        acknowledged(publisher)


def test_a_refusal_names_the_broker_and_no_password(broker: FakeBroker) -> None:
    with pytest.raises(LinkBroken, match="refused") as refused:
        broker.connect(answer=b"\x20\x02\x00\x05")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("window", [0, LARGEST_WINDOW + 1])
def test_a_window_must_fit_the_packet_ids(window: int) -> None:
    with pytest.raises(ValueError, match="window"):
        RawPublisher(BrokerAddress("127.0.0.1", 1), "load-1", window)


def test_more_than_the_window_is_refused(broker: FakeBroker) -> None:
    publisher = broker.connect(window=1)
    with pytest.raises(ValueError, match="room for 1"):
        publish(publisher, 10, 11)


def test_what_the_socket_does_not_take_goes_later(broker: FakeBroker) -> None:
    publisher = broker.connect(window=100)
    body = bytes(100_000)
    messages = [(publish_head(TOPIC, len(body)), body)] * 100
    publisher.publish(messages, np.arange(100))
    assert publisher.room == 0
    assert publisher.events() & select.POLLOUT
    received = 0
    while publisher.events() & select.POLLOUT:
        received += len(broker.connection.recv(1 << 20))
        publisher.flush()
    assert received > 0


def test_a_real_broker_takes_and_acknowledges_all(any_broker: RunningBroker) -> None:
    with MqttClient(any_broker.collector, "listener", persistent=True) as listener:
        listener.subscribe("vigil/v1/+/+/scan")
        publisher = RawPublisher(any_broker.devices, "load-1", 200)
        done: list[int] = []

        def all_acknowledged() -> bool:
            done.extend(publisher.acknowledged().tolist())
            return len(done) == 200

        head = publish_head(TOPIC, 3)
        publisher.publish([(head, b"%03d" % number) for number in range(200)], np.arange(200))
        wait_until(all_acknowledged, "every PUBACK")
        assert sorted(done) == list(range(200))
        listener.wait_for(200)
        assert sorted(listener.payloads) == [f"{number:03d}" for number in range(200)]
        publisher.close()
