"""F18: messages that break decoder, rule, engine or store; each is set aside, and its neighbours are judged."""

from pathlib import Path

import pytest

from domain.effects import ENGINE_FAULT, STORE_FAULT, QuarantineAdded, RuleFaulted
from simulators.device import SimulatedDevice
from tests.brokers import wait_until
from tests.faults import estate
from tests.faults.harness import Trial
from tests.faults.traffic import now

RULE_DOOR, ENGINE_DOOR, STORE_DOOR, GOOD_DOORS = 7, 8, 9, (1, 2, 3)
POISON = ("poison-decoder", "poison-rule:7", "poison-engine:8", "poison-store:9")


def send_poison(trial: Trial) -> None:
    """One message for each poison, with good ones before, between and behind."""
    for place, number in enumerate((1, RULE_DOOR, 2, ENGINE_DOOR, STORE_DOOR, 3)):
        controller = SimulatedDevice(estate.SITE, estate.controller_of(number), "b1")
        trial.publish(controller.access(now(), estate.door_of(number), "opened"))
        phone = SimulatedDevice(estate.SITE, estate.phone_of(place), "b1")
        trial.publish(phone.status(now(), online=True) if place % 2 else phone.message(now(), "status", BROKEN))


BROKEN = {"online": True, "reason": "poison-decoder"}


@pytest.mark.timeout(120)
def test_poison_is_set_aside_and_its_neighbours_are_judged(tmp_path: Path) -> None:
    with Trial(tmp_path, planted=POISON) as trial:
        trial.begin(traffic=False)
        send_poison(trial)
        trial.settle()
        assert trial.vigil.status_of("/readyz") == 200
        forced = trial.vigil.get("alarms", rule="forced")["items"]
        assert {alarm["subject"]["id"] for alarm in forced} == {estate.door_of(number) for number in GOOD_DOORS}
        reasons = sorted(item["reason"] for item in trial.vigil.get("quarantine")["items"])
        assert reasons == sorted([*3 * ["decoder_fault"], ENGINE_FAULT, STORE_FAULT])
        assert trial.vigil.stop() == 0
        evidence = trial.evidence()
    bodies = [effect.body for effect in evidence.effects]
    assert [body.subject for body in bodies if isinstance(body, RuleFaulted)] == [estate.door_of(RULE_DOOR)]
    parked = [body for body in bodies if isinstance(body, QuarantineAdded) and body.reason == ENGINE_FAULT]
    assert len(parked) == 1, "a record is set aside once, however often it was tried"


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_setting_aside_it_turns_red(tmp_path: Path) -> None:
    with Trial(tmp_path, planted=(*POISON, "parking-off")) as trial:
        trial.begin(traffic=False)
        send_poison(trial)
        wait_until(lambda: trial.vigil.status_of("/readyz") == 503, "the engine to end over the poison")
