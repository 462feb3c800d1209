"""Why rules are undecided, in words; and a kind that fails when it is asked."""

from unittest.mock import patch

import numpy as np
from msgspec.structs import replace

from domain.configuration import Configuration
from domain.effects import UndecidedChanged
from domain.text import Text
from domain.undecided import UndecidedCause
from rules.kinds.limit import LimitKind
from rules.point_table import PointTable
from rules.rule import Doubt
from rules.undecided.estate import Estate
from rules.undecided.reasons import COMPUTED, NUMBER, Reason, Reasons
from tests.rules.playbook import Playbook
from tests.rules.undecided.test_failures import ALONE, FAILS
from tests.rules.undecided.test_looks import LOW, PER_TURN, PLANT, goes_on, plant, told


def test_the_cause_is_what_the_row_shows_and_the_words_are_of_its_points_or_the_kinds_own() -> None:
    configuration, points = Configuration(sites=(PLANT,)), PointTable()
    points.configure([point.id for point in PLANT.points])
    reasons = Reasons(Estate(configuration, ()), points, np.zeros(len(PLANT.points), dtype=np.bool_))
    kind = LimitKind()
    so = Text("so", "如此")
    with patch.object(kind, "doubt", side_effect=lambda place, has_value: ANSWERS[place]):
        assert reasons.of(kind, 0, NUMBER[UndecidedCause.SILENT]) == Reason(
            UndecidedCause.SILENT, Text("no reading of Flow has come yet", "flow尚无任何读数"), ("flow",)
        )
        assert reasons.of(kind, 1, COMPUTED) == Reason(UndecidedCause.NOT_FINITE, so, ())


ANSWERS = (Doubt(lacking=("flow",)), Doubt(cause=UndecidedCause.NOT_FINITE, said=Text("so", "如此")))


def test_a_kind_that_fails_on_the_reason_leaves_its_rows_undecided_without_one() -> None:
    with patch.object(LimitKind, "doubt", side_effect=FAILS):
        book = goes_on(Playbook(plant(replace(LOW, category="life_safety"), site=ALONE), "09:00"), 60)
    because = "Vigil failed when it looked for the reason: ArithmeticError: planted at 0x"
    assert told(book) == [
        f"09:14:00 undecided low flow (never_heard: {because})",
        f"09:14:00 raised low: undecided at 1 of 1 point, because: {because}",
    ]


def test_a_reason_that_lay_in_the_rule_is_unexplained_then_and_told_once() -> None:
    kind = "rules.conditions.kind.ConditionKind.doubt"
    with patch(kind, side_effect=FAILS):
        book = goes_on(Playbook(plant(PER_TURN, site=ALONE), "09:00"), 60, flow=5.0, speed=0.0)
    (changed,) = [effect.body for effect in book.effects if isinstance(effect.body, UndecidedChanged)]
    assert (changed.undecided.cause, changed.undecided.points) == (UndecidedCause.UNEXPLAINED, ())
