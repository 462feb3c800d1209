"""`vigil bench rules`: every mix is judged, and raises what it plants."""

import pytest

from vigil.benching.rules_mix import MIXES, UnknownMix, measure_backfill, measure_mix, measure_small

RAISING = {"limits", "rates", "guards", "pairs", "all"}


@pytest.mark.parametrize("mix", MIXES)
def test_every_mix_is_judged(mix: str) -> None:
    figure = measure_mix(mix, 200, 2, share_beyond=0.5)
    assert figure.readings == 400
    assert figure.evaluations_per_second > 0
    assert (figure.findings > 0) == (mix in RAISING)


def test_a_small_message_is_judged() -> None:
    assert measure_small() > 0


@pytest.mark.parametrize("mix", MIXES)
def test_a_backfill_of_one_point_is_judged_and_raises_what_it_plants(mix: str) -> None:
    seconds, findings = measure_backfill(mix, 400, share_beyond=0.1)
    assert seconds > 0
    assert (findings > 0) == (mix in RAISING)


def test_an_unknown_mix_names_those_there_are() -> None:
    with pytest.raises(UnknownMix, match="limits, rates"):
        measure_mix("none", 1, 1)
