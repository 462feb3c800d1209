"""Lives of the example buildings, judged in simulated time: no alarm without a cause, no cause without an alarm."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from domain.alarm import SubjectKind
from domain.configuration import Configuration
from domain.effects import AlarmChange, AlarmChanged, Effect, QuarantineAdded, SequenceGap
from domain.instant import HOUR, from_iso
from rules.catalog import CATALOG
from simulators.building import Building
from simulators.mishap import MishapKind
from stores.ports import StoredEffect
from tests.vigil.simulated_time import judged, tally_of
from vigil.configuration.loading import load_configuration
from vigil.demo_checks import judge
from vigil.example_sites import EXAMPLES

WRITE = msgspec.msgpack.Encoder(order="deterministic").encode
READ = msgspec.msgpack.Decoder(Effect).decode
MORNING = from_iso("2026-11-23T07:25:00+08:00")


def lived(configuration: Configuration, seed: int, hours: int) -> tuple[list[StoredEffect], Building, dict[str, bool]]:
    building = Building(configuration.sites[0], MORNING, seed, configuration.rules)
    effects = judged(configuration, building, MORNING, hours * HOUR)
    end = MORNING + hours * HOUR
    return effects, building, judge(tally_of(effects), effects, [], building.mishaps, end, configuration)


def raised(effects: Sequence[StoredEffect]) -> list[AlarmChanged]:
    bodies = [stored.effect.body for stored in effects]
    return [body for body in bodies if isinstance(body, AlarmChanged) and body.change is AlarmChange.RAISED]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_morning_holds_what_the_demo_promises(name: str) -> None:
    configuration = load_configuration(Path(EXAMPLES[name])).configuration
    effects, _, checks = lived(configuration, 1, 2)
    assert [check for check, held in checks.items() if not held] == []
    bodies = [stored.effect.body for stored in effects]
    assert not [body for body in bodies if isinstance(body, SequenceGap)]
    assert {body.reason for body in bodies if isinstance(body, QuarantineAdded)} == {"not_json"}
    for stored in effects:
        written = WRITE(stored.effect)
        assert WRITE(READ(written)) == written, f"comes back from the store as another: {stored.effect}"


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_and_a_night_in_the_tower(seed: int) -> None:
    configuration = load_configuration(EXAMPLES["tower"]).configuration
    effects, building, checks = lived(configuration, seed, 24)
    assert [check for check, held in checks.items() if not held] == []
    told = raised(effects)
    # ISA-18.2: about 150 alarms a day are very likely acceptable for one operator; a calm tower stays well below.
    assert 20 <= len(told) <= 100, "a calm building with a few things happening"
    assert len({body.alarm.rule for body in told}) >= 10
    assert {mishap.kind for mishap in building.mishaps} == set(MishapKind)


@pytest.mark.long
@pytest.mark.timeout(200)
def test_a_building_in_which_nothing_breaks_has_no_alarms_but_those_of_people() -> None:
    """Machines that fail at nothing stay within every limit, by day, by night and over the start of a day."""
    configuration = load_configuration(EXAMPLES["tower"]).configuration
    of_machines = {rule.id for rule in configuration.rules if CATALOG.entries[rule.kind].subjects is SubjectKind.POINT}
    unwatched = [rule for rule in configuration.rules if rule.id not in of_machines]
    building = Building(configuration.sites[0], MORNING, 4, unwatched)
    effects = judged(configuration, building, MORNING, 25 * HOUR)
    assert [body.alarm.subject.id for body in raised(effects) if body.alarm.rule in of_machines] == []
