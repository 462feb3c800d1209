"""In and out of service."""

import itertools

from domain.axes.service import SERVICE_TABLE, Service, ServiceTrigger

S, T = Service, ServiceTrigger


def test_there_and_back() -> None:
    missing = set(itertools.product(Service, ServiceTrigger)) - set(SERVICE_TABLE)
    assert missing == {(S.OUT_OF_SERVICE, T.TAKE_OUT), (S.IN_SERVICE, T.BRING_BACK)}
