"""Packets in and out, however the socket cuts them; what is not PUBLISH is still paho's."""

import socket
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from collector.stream_client import READ_BYTES, Publication, StreamClient

CONNACK = {MQTTv311: b"\x20\x02\x01\x00", MQTTv5: b"\x20\x03\x01\x00\x00"}
PINGRESP = b"\xd0\x00"


class Line:
    """A client whose broker is the other end of a pair of sockets."""

    def __init__(self, protocol: MQTTProtocolVersion) -> None:
        self.ours, theirs = socket.socketpair()
        self.client = StreamClient("vigil-events", protocol)
        self.taken: list[Publication] = []
        self.connected = 0
        self.client.on_publication = self.taken.append
        self.client.on_connect = self._on_connect
        # As the product does it: whoever queues a packet does not write it.
        self.client.on_socket_register_write = lambda *_: None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.client, "_create_socket", lambda: theirs)
            self.client.connect("127.0.0.1")
        self.client.loop_write()
        self.ours.recv(4096)

    def say(self, data: bytes) -> MQTTErrorCode:
        """Send to the client and let it read what came."""
        self.ours.sendall(data)
        return self.client.loop_read()

    def close(self) -> None:
        self.client.on_publication = self.client.on_connect = None
        self.ours.close()
        left = self.client.socket()
        if left is not None:
            left.close()

    def _on_connect(self, *_: object) -> None:
        self.connected += 1


@pytest.fixture(params=[MQTTv311, MQTTv5], ids=["3.1.1", "5"])
def protocol(request: pytest.FixtureRequest) -> MQTTProtocolVersion:
    chosen: MQTTProtocolVersion = request.param
    return chosen


@pytest.fixture
def line(protocol: MQTTProtocolVersion) -> Iterator[Line]:
    line = Line(protocol)
    yield line
    line.close()


def packet(publication: Publication, protocol: MQTTProtocolVersion, properties: bytes = b"") -> bytes:
    """What a broker sends, written from the standard."""
    body = len(publication.topic).to_bytes(2) + publication.topic
    if publication.qos:
        body += publication.mid.to_bytes(2)
    if protocol == MQTTv5:
        body += number(len(properties)) + properties
    body += publication.payload
    flags = publication.dup << 3 | publication.qos << 1 | publication.retain
    return bytes((0x30 | flags,)) + number(len(body)) + body


def number(value: int) -> bytes:
    encoded = b""
    while True:
        value, low = divmod(value, 128)
        encoded += bytes((low | 0x80 * (value > 0),))
        if not value:
            return encoded


def message(mid: int = 7, payload: bytes = b"{}", *, qos: int = 1) -> Publication:
    return Publication(b"vigil/v1/hq/phone-7/scan", payload, mid if qos else 0, qos, dup=False, retain=False)


publications = st.builds(
    lambda topic, payload, mid, qos, dup, retain: Publication(topic, payload, mid if qos else 0, qos, dup, retain),
    st.binary(max_size=40),
    st.binary(max_size=400),
    st.integers(1, 65_535),
    st.integers(0, 1),
    st.booleans(),
    st.booleans(),
)


@given(
    st.lists(publications, max_size=8), st.lists(st.integers(1, 60), min_size=1), st.sampled_from([MQTTv311, MQTTv5])
)
def test_what_comes_is_the_same_however_it_is_cut(
    sent: Sequence[Publication], sizes: Sequence[int], protocol: MQTTProtocolVersion
) -> None:
    line = Line(protocol)
    try:
        stream = CONNACK[protocol] + b"".join(packet(each, protocol) + PINGRESP for each in sent)
        place = 0
        while stream:
            size = sizes[place % len(sizes)]
            assert line.say(stream[:size]) is MQTTErrorCode.MQTT_ERR_SUCCESS
            stream, place = stream[size:], place + 1
        assert line.taken == list(sent)
        assert line.connected == 1
    finally:
        line.close()


@pytest.mark.parametrize("size", [127, 128, 16_384, 3 * READ_BYTES])
def test_packets_of_any_length_come_whole(line: Line, protocol: MQTTProtocolVersion, size: int) -> None:
    line.say(CONNACK[protocol])
    sent = message(payload=bytes(size))
    line.ours.setblocking(False)
    left = packet(sent, protocol)
    while not line.taken:
        if left:
            left = left[line.ours.send(left) :]
        assert line.client.loop_read() is MQTTErrorCode.MQTT_ERR_SUCCESS
    assert line.taken == [sent]


@pytest.mark.parametrize("size", [1, 127, 128, 20_000])
def test_properties_of_mqtt_5_are_passed_over(size: int) -> None:
    line = Line(MQTTv5)
    try:
        line.say(CONNACK[MQTTv5] + packet(message(), MQTTv5, properties=b"\x26" * size))
        assert line.taken == [message()]
    finally:
        line.close()


def test_acknowledgements_leave_in_one_piece(line: Line) -> None:
    line.client.acknowledge([1, 258, 65_535])
    assert line.client.want_write()
    assert line.client.loop_write() is MQTTErrorCode.MQTT_ERR_SUCCESS
    assert line.ours.recv(4096) == b"\x40\x02\x00\x01\x40\x02\x01\x02\x40\x02\xff\xff"


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x30\xff\xff\xff\xff\x01",
        b"\x32\x03\x00\x09t",
        b"\x32\x04\x00\x01t\x00",
        b"\x34\x06\x00\x01t\x00\x01x",
    ],
    ids=["endless length", "topic beyond the end", "no packet id", "QoS 2"],
)
def test_what_is_no_mqtt_ends_the_connection(line: Line, protocol: MQTTProtocolVersion, wrong: bytes) -> None:
    line.say(CONNACK[protocol])
    assert line.say(wrong) is MQTTErrorCode.MQTT_ERR_PROTOCOL
    assert line.taken == []
    assert line.client.socket() is None


def test_properties_beyond_the_end_end_the_connection() -> None:
    line = Line(MQTTv5)
    try:
        line.say(CONNACK[MQTTv5])
        assert line.say(b"\x32\x06\x00\x01t\x00\x01\x05") is MQTTErrorCode.MQTT_ERR_PROTOCOL
    finally:
        line.close()


def test_a_closed_connection_is_lost(line: Line) -> None:
    line.ours.close()
    assert line.client.loop_read() is MQTTErrorCode.MQTT_ERR_CONN_LOST


def test_nothing_to_read_is_no_error(line: Line) -> None:
    assert line.client.loop_read() is MQTTErrorCode.MQTT_ERR_SUCCESS


def test_what_a_listener_raises_comes_out(line: Line, protocol: MQTTProtocolVersion) -> None:
    def fail(_: Publication) -> None:
        raise RuntimeError("a listener's fault")

    line.say(CONNACK[protocol])
    line.client.on_publication = fail
    with pytest.raises(RuntimeError, match="a listener's fault"):
        line.say(packet(message(), protocol))


def test_without_a_listener_messages_are_left(line: Line, protocol: MQTTProtocolVersion) -> None:
    line.client.on_publication = None
    assert line.say(CONNACK[protocol] + packet(message(), protocol)) is MQTTErrorCode.MQTT_ERR_SUCCESS


def test_messages_alone_keep_the_link_alive(line: Line, protocol: MQTTProtocolVersion) -> None:
    """paho asks with PINGREQ after a silence only: what comes must count as something heard."""
    line.say(CONNACK[protocol])
    line.client._last_bytes_received = 0.0
    line.say(packet(message(), protocol))
    line.client.loop_misc()
    assert not line.client.want_write()
