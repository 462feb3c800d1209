"""Which addresses are out on the internet, and that the connection goes to the one that was judged."""

import socket
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest

from notify.guarded_network import AddressRefused, GuardedNetwork, is_public, resolved

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_in_whatever_guise(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


def answers(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> list[tuple[str, int]]:
    """Let names resolve to these addresses, one list per look-up; gives the connections that were asked for."""
    asked: list[tuple[str, int]] = []
    left = list(rounds)

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:  # noqa: ANN401
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    def connect(_self: object, host: str, port: int, **_: object) -> object:
        asked.append((host, port))
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr("notify.guarded_network.socket.getaddrinfo", resolve)
    monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", connect)
    return asked


def test_the_connection_goes_to_the_address_that_was_judged_not_to_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers 127.0.0.1 the second time (DNS rebinding) is not asked a second time."""
    asked = answers(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(httpcore.ConnectError):
        GuardedNetwork((), 5.0).connect_tcp("hooks.example", 443)
    assert asked == [("8.8.8.8", 443)]


def test_a_network_that_connects_by_name_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the address is judged, and the name is connected to."""

    class ByName(GuardedNetwork):
        def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> httpcore.NetworkStream:
            assert all(is_public(address) for address in resolved(host, port))
            return httpcore.SyncBackend().connect_tcp(host, port)

    asked = answers(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(httpcore.ConnectError):
        ByName((), 5.0).connect_tcp("hooks.example", 443)
    assert asked != [("8.8.8.8", 443)]


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, ["8.8.8.8", "169.254.169.254"])
    with pytest.raises(AddressRefused, match=r"hooks\.example is at 169\.254\.169\.254"):
        GuardedNetwork((), 5.0).connect_tcp("hooks.example", 443)
    assert asked == []


def test_an_allowed_host_may_be_private_and_only_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, ["10.0.0.5"], ["10.0.0.5"])
    network = GuardedNetwork(("Hooks.LAN",), 5.0)
    with pytest.raises(httpcore.ConnectError):
        network.connect_tcp("hooks.lan", 80)
    with pytest.raises(AddressRefused):
        network.connect_tcp("other.lan", 80)
    assert asked == [("10.0.0.5", 80)]


def test_the_deadline_counts_from_the_beginning() -> None:
    now = [100.0]
    network = GuardedNetwork((), 5.0, lambda: now[0])
    now[0] = 104.0
    assert network.left() == 1.0
    now[0] = 105.0
    with pytest.raises(httpcore.ReadTimeout):
        network.left()
