"""What the clock adds to the moments of rows, and when they must be looked at next."""

import numpy as np

from rules.conditions.condition import Condition, shaped
from rules.conditions.evaluation import Evaluation, settings_of
from rules.conditions.hearing import Listening
from rules.conditions.instants import NEVER, Instants
from rules.conditions.timeline import Arrivals, Slots, Timeline, with_heads
from rules.expressions.tree import Logic, Node, Not, Silent, Within
from tests.reference.limit_world import START

HOURS = Within("daily 08:00-08:01", "UTC")
MINUTE = 60_000_000


def seen(enter: Node, until: int | None, *, value: float = 5.0, look_at: int = NEVER) -> tuple[list[int], list[int]]:
    """The moments, after START, of a row heard at START whose value holds for 100, and when it is looked at again."""
    shape, constants = shaped(Condition(inputs=("a",), enter=enter))
    settings, _ = settings_of(shape, [constants], [1], Listening())
    slots = Slots(np.array([[value]]), np.array([[START]]), np.array([[100]]))
    line: Timeline = with_heads(slots, np.array([START]), np.array([1]), Arrivals.none())
    instants = Instants(shape)
    line = instants.added(line, settings, np.array([look_at]), until)
    evaluation = Evaluation(line, settings, {}, until)
    again = instants.again(evaluation, settings.spans, settings.listening)
    return (line.at - START).tolist(), [at if at == NEVER else at - START for at in again.tolist()]


def test_a_value_goes_stale_once() -> None:
    assert seen(Silent(0, 400), START + 99) == ([0], [100])
    assert seen(Silent(0, 400), START + 100) == ([0, 100], [400])
    assert seen(Silent(0, 400), START + 400, value=np.nan) == ([0, 400], [NEVER])


def test_hours_matter_while_anything_is_known() -> None:
    assert seen(Not(HOURS), START + 2 * MINUTE) == ([0, 100], [NEVER])
    both = Logic("or", Not(HOURS), Silent(0, 400))
    moments, again = seen(both, START + 2 * MINUTE)
    assert moments == [0, 100, 400, MINUTE]
    assert again == [24 * 60 * MINUTE]


def test_new_settings_are_looked_at() -> None:
    assert seen(Silent(0, 400), START + 50, look_at=START + 30) == ([0, 30], [100])
    assert seen(Silent(0, 400), None, look_at=START + 30) == ([0], [100])
