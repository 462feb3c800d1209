"""Faults are kept, counted and bounded; readiness asks the parts."""

import pytest

from api.views import Fault
from tests.samples import NOW
from vigil.health import KEPT_FAULTS, Health


@pytest.fixture
def health() -> Health:
    return Health(lambda: NOW)


def test_a_fault_says_when_where_and_what(health: Health) -> None:
    health.fault("journal", OSError("disk full"))
    assert health.faults() == (Fault(NOW, "journal", "disk full"),)
    assert health.counts() == {"journal": 1}


def test_faults_are_bounded_and_their_count_is_not(health: Health) -> None:
    for number in range(KEPT_FAULTS + 5):
        health.fault("sender", number)
    assert len(health.faults()) == KEPT_FAULTS
    assert health.faults()[-1].what == str(KEPT_FAULTS + 4)
    assert health.counts()["sender"] == KEPT_FAULTS + 5


def test_readiness_asks_each_part_now(health: Health) -> None:
    wrong = "starting"
    health.watch("engine", lambda: wrong)
    assert health.readiness() == {"engine": "starting"}
    wrong = ""
    assert health.readiness() == {"engine": ""}
