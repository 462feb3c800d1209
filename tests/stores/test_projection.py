"""Every type of effect has its place in the table of what is stored."""

from typing import get_args

from domain.effects import EffectBody
from stores.state.projection import EFFECTS


def test_every_type_of_effect_says_what_is_stored_of_it() -> None:
    assert set(EFFECTS) == set(get_args(EffectBody))
