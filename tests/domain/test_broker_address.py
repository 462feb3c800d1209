"""Broker URLs: what is read from them, what is refused, and that no password shows anywhere."""

from dataclasses import replace

import pytest

from domain.broker_address import BrokerAddress, InvalidBrokerAddress


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883)),
        ("MQTT://broker/", BrokerAddress("broker", 1883)),
        ("mqtts://broker", BrokerAddress("broker", 8883, tls=True)),
        ("mqtt://10.0.0.7:1884", BrokerAddress("10.0.0.7", 1884)),
        ("mqtt://[::1]:1884", BrokerAddress("::1", 1884)),
        ("mqtt://[::1]", BrokerAddress("::1", 1883)),
        ("mqtt://ann@broker", BrokerAddress("broker", 1883, "ann")),
        ("mqtt://ann:s3cret@broker:1", BrokerAddress("broker", 1, "ann", "s3cret")),
        ("mqtt://ann:p@ss:/w#rd@broker", BrokerAddress("broker", 1883, "ann", "p@ss:/w#rd")),
        ("mqtt://a%20b:%E5%AF%86%25@broker", BrokerAddress("broker", 1883, "a b", "密%")),
        ("mqtt://ann:@broker", BrokerAddress("broker", 1883, "ann", "")),
    ],
)
def test_reads_a_url(url: str, expected: BrokerAddress) -> None:
    assert BrokerAddress.parse(url) == expected


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ann:s3cret@broker", "does not begin with mqtt://"),
        ("http://ann:s3cret@broker", "does not begin with mqtt://"),
        ("mqtt://ann:s3cret@", "names no host"),
        ("mqtt://ann:s3cret@bro ker", "names no host"),
        ("mqtt://ann:s3cret@broker/topic", "has a path"),
        ("mqtt://ann:s3cret@broker:0", "port"),
        ("mqtt://ann:s3cret@broker:65536", "port"),
        ("mqtt://ann:s3cret@broker:1883x", "port"),
        ("mqtt://ann:s3cret@broker:", "port"),
        ("mqtt://ann:s3cret@broker:９", "port"),
        ("mqtt://ann:s3cret", "port"),
        ("mqtt://ann:s3cret/x", "port"),
        ("mqtt://:s3cret@broker", "no user name"),
        ("mqtt://@broker", "no user name"),
        ("mqtt://ann:s3cret%@broker", "write it as %25"),
        ("mqtt://ann:s3cret%FF@broker", "not UTF-8"),
        ("mqtt://ann:s3cret@[::1", "IPv6"),
        ("mqtt://ann:s3cret@[::1]1883", "IPv6"),
        ("mqtt://ann:s3cret@[]:1883", "names no host"),
        ("", "does not begin"),
    ],
)
def test_refuses_and_never_shows_the_password(url: str, complaint: str) -> None:
    with pytest.raises(InvalidBrokerAddress) as refusal:
        BrokerAddress.parse(url)
    assert complaint in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("host", "port", "username", "complaint"),
    [("", 1883, "ann", "host"), ("broker", 0, "ann", "port 0"), ("broker", 1883, None, "no user name")],
)
def test_an_address_made_by_hand_is_checked_too(host: str, port: int, username: str | None, complaint: str) -> None:
    with pytest.raises(InvalidBrokerAddress, match=complaint):
        BrokerAddress(host, port, username, "s3cret")


def test_shows_itself_without_the_password() -> None:
    address = BrokerAddress("::1", 8883, tls=True).with_login("ann", "s3cret")
    assert address.password == "s3cret"
    assert repr(address) == str(address) == f"{address}" == "BrokerAddress('mqtts://ann:***@[::1]:8883')"
    assert BrokerAddress("broker", 1883, "ann").masked_url == "mqtt://ann@broker:1883"
    assert BrokerAddress("broker", 1883).masked_url == "mqtt://broker:1883"


def test_what_makes_a_tls_context_travels_with_the_address_and_is_no_part_of_its_identity() -> None:
    def context() -> str:
        return "a context"

    plain = BrokerAddress.parse("mqtt://ann:secret@host")
    encrypted = plain.with_tls(context)
    assert (plain.tls, encrypted.tls, plain.tls_context) == (False, True, None)
    assert encrypted.with_login("bob", "other").tls_context is context
    assert encrypted == replace(plain, tls=True)
    assert "context" not in repr(encrypted)
