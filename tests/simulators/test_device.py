"""Simulated devices number their messages and say when."""

import msgspec

from domain.identity import MessageIdentity
from simulators.device import SimulatedDevice
from tests.samples import NOW


def test_each_message_has_the_next_number_and_its_topic() -> None:
    phone = SimulatedDevice("tower", "phone-1", "b1")
    first, second = phone.scan(NOW, "officer-1", "cp-1"), phone.status(NOW, online=True)
    assert (first.identity, second.identity) == (
        MessageIdentity("phone-1", "b1", 1),
        MessageIdentity("phone-1", "b1", 2),
    )
    assert (first.topic, second.topic) == ("vigil/v1/tower/phone-1/scan", "vigil/v1/tower/phone-1/status")


def test_a_clock_that_is_wrong_is_told_wrong() -> None:
    phone = SimulatedDevice("tower", "phone-1", "b1", clock_error=90_000_000)
    told = msgspec.json.decode(phone.scan(NOW, "officer-1", "cp-1").payload)
    assert told["at"] == "2027-01-15T08:01:30Z"


def test_a_garbled_message_has_no_identity() -> None:
    assert SimulatedDevice("tower", "phone-1", "b1").garbled(NOW, "scan").identity is None
