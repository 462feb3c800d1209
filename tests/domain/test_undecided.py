"""What is said of a rule that cannot be decided goes through the effects' form unchanged."""

import msgspec

from domain.effects import EffectBody, UndecidedChanged
from domain.text import same
from domain.undecided import Undecided, UndecidedCause


def test_it_is_read_as_it_was_written() -> None:
    said = [
        UndecidedChanged(
            undecided=Undecided(
                site="tower", rule="r", subject="flow", cause=cause, because=same("so"), since=5, points=("flow",)
            )
        )
        for cause in UndecidedCause
    ]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(said), type=list[EffectBody]) == said
