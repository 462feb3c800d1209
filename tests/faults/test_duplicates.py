"""F19 and F25: messages that come several times, out of order or after a device has restarted; one effect each."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from domain.effects import DuplicateIgnored, Effect
from domain.instant import MINUTE, SECOND, Instant
from simulators.device import Message, SimulatedDevice
from tests.faults import estate
from tests.faults.harness import Trial
from tests.faults.oracles import Evidence
from tests.faults.traffic import FALLEN, HIGH, now

MOST_TIMES = 5
REACH = 100
"""A message comes at most so many places from where it belongs."""

ROUNDS = 6
DEVICES = 30


def building_day(seed: int, boot: str, start: Instant, *, rounds: int = ROUNDS) -> list[Message]:
    """Doors that open and close with and without a grant, and points that fall and rise, in order of time."""
    random = Random(seed)
    messages: list[Message] = []
    for number in range(DEVICES):
        controller = SimulatedDevice(estate.SITE, estate.controller_of(number), boot)
        at = start + random.randrange(20 * SECOND)
        for _ in range(rounds):
            at += random.randrange(30 * SECOND, 60 * SECOND)
            if random.random() < 0.5:
                messages.append(controller.access(at - SECOND, estate.door_of(number), "granted"))
            messages.append(controller.access(at, estate.door_of(number), "opened"))
            messages.append(controller.access(at + 9 * SECOND, estate.door_of(number), "closed"))
    for gateway in range(estate.GATEWAYS):
        speaker = SimulatedDevice(estate.SITE, estate.gateway_of(gateway), boot)
        for step in range(15 * rounds):
            # Longer in each state than readings may come late: what is older than the newest is not judged.
            value = FALLEN if step // 30 % 2 else HIGH
            values = [value, *(HIGH for _ in range(estate.POINTS_PER_GATEWAY - 1))]
            messages.append(speaker.readings(start + 4 * step * SECOND, estate.points_of(gateway), values))
    return sorted(messages, key=lambda message: message.at)


def disturbed(messages: Sequence[Message], seed: int) -> list[Message]:
    """Each message one to five times, within `REACH` places of where it belongs."""
    random = Random(seed)
    copies = [
        (place + random.uniform(0, REACH), message)
        for place, message in enumerate(messages)
        for _ in range(random.randint(1, MOST_TIMES))
    ]
    return [message for _, message in sorted(copies, key=lambda pair: pair[0])]


def send_disturbed(folder: Path, seed: int, planted: Sequence[str] = ()) -> list[str]:
    """Send a day in disorder, and say what is wrong; each repetition must have been known for one."""
    with Trial(folder, planted=planted) as trial:
        trial.begin(traffic=False)
        sent = disturbed(building_day(seed, "b1", now() - 30 * MINUTE), seed)
        for message in sent:
            trial.publish(message)
        found = trial.verdict()
        known, repeats = len(ignored(trial.evidence())), len(sent) - len(trial.ledger.sent)
        return found if known >= repeats else [*found, f"{known} of {repeats} repetitions were known for that"]


def ignored(evidence: Evidence) -> list[Effect]:
    return [effect for effect in evidence.effects if isinstance(effect.body, DuplicateIgnored)]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1])
def test_repeated_and_reordered_messages_have_one_effect_each(tmp_path: Path, seed: int) -> None:
    assert send_disturbed(tmp_path, seed) == []


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(2, 6))
def test_more_seeds(tmp_path: Path, seed: int) -> None:
    assert send_disturbed(tmp_path, seed) == []


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("planted", "complaint"),
    [("dedup-off", "repetitions were known for that"), ("arrival-is-event", "forced openings have no alarm")],
)
def test_a_planted_bug_turns_it_red(tmp_path: Path, planted: str, complaint: str) -> None:
    complaints = send_disturbed(tmp_path, 1, planted=(planted,))
    assert any(complaint in each for each in complaints), complaints


def restart_devices(folder: Path, planted: Sequence[str] = ()) -> list[str]:
    """All devices restart after some minutes and count from 1 again; then some old messages come once more."""
    with Trial(folder, planted=planted) as trial:
        trial.begin(traffic=False)
        start = now() - 60 * MINUTE
        first = building_day(1, "b1", start, rounds=2)
        second = building_day(2, "b2", start + 10 * MINUTE, rounds=2)
        for message in [*first, *second, *first[-100:]]:
            trial.publish(message)
        found = trial.verdict()
        known = len(ignored(trial.evidence()))
        return found if known == 100 else [*found, f"{known} messages were taken for repetitions, 100 were"]


@pytest.mark.timeout(120)
def test_a_restarted_device_counts_anew_and_is_believed(tmp_path: Path) -> None:
    assert restart_devices(tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_the_boot_in_the_identity_it_turns_red(tmp_path: Path) -> None:
    complaints = restart_devices(tmp_path, planted=("boots-are-one",))
    assert any("messages were taken for repetitions" in each for each in complaints), complaints
