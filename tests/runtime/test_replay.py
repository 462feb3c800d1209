"""A replay says the same again, byte for byte; where it does not, it says where."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from domain.effects import Effect
from domain.instant import SECOND
from domain.observations import AccessKind
from domain.readings import readings_from
from runtime.replay import compare, replay
from stores.ports import StoredEffect
from tests.runtime.bench_of_parts import Workbench
from tests.samples import NOW


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Workbench]:
    """A workbench on which all three worlds have had something to say, through a restart."""
    bench = Workbench(tmp_path)
    bench.start()
    bench.door(AccessKind.OPENED)
    for number in range(6):
        at = NOW + number * 20 * SECOND
        bench.put(readings_from(["flow"], [at], [2.0], [0]), at=at, source="gateway", seq=number + 1)
    bench.settle()
    bench.clock.move(2.0)
    bench.restart()
    bench.door(AccessKind.CLOSED)
    bench.settle()
    yield bench
    bench.close()


class DoctoredLog:
    """An effect log whose answers were tampered with."""

    def __init__(self, effects: list[Effect]) -> None:
        self._stored = [
            StoredEffect(position=number + 1, committed_at=NOW, effect=effect) for number, effect in enumerate(effects)
        ]

    def effects_after(self, position: int, limit: int) -> list[StoredEffect]:
        return self._stored[position : position + limit]

    def last_position(self) -> int:
        return len(self._stored)

    def wait_for_effects(self, position: int, timeout: float) -> bool:
        return position < len(self._stored)


def test_live_and_replay_are_equal(lived: Workbench) -> None:
    report = compare(lived.journal, lived.state.reader, lived.loop.seq)
    assert report.differences == ()
    assert report.effects == report.stored_effects == len(lived.effects()) > 4
    assert len(report.identities) == 1


def test_a_changed_effect_is_found_with_its_cause(lived: Workbench) -> None:
    effects = list(lived.effects())
    effects[2] = msgspec.structs.replace(effects[2], at=effects[2].at + 1)
    (difference,) = compare(lived.journal, DoctoredLog(effects), lived.loop.seq).differences
    assert difference.cause == effects[2].cause
    assert difference.stored == effects[2]


def test_a_missing_effect_is_found(lived: Workbench) -> None:
    effects = list(lived.effects())[:-1]
    (difference,) = compare(lived.journal, DoctoredLog(effects), lived.loop.seq).differences
    assert difference.stored is None


def test_an_effect_too_many_is_found(lived: Workbench) -> None:
    effects = list(lived.effects())
    report = compare(lived.journal, DoctoredLog([*effects, effects[-1]]), lived.loop.seq)
    assert [difference.replayed for difference in report.differences] == [None]


def test_a_replay_up_to_a_seq_sees_what_was_said_until_then(lived: Workbench) -> None:
    seen: list[Effect] = []
    count, _ = replay(lived.journal, 3, seen.extend)
    assert count == 3
    assert {effect.cause for effect in seen} <= {1, 2, 3}
    report = compare(lived.journal, lived.state.reader, 3)
    assert report.differences == ()
    assert report.stored_effects == len(seen)
