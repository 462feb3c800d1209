from domain.effects import ConfigurationApplied
from domain.identity import derive_id
from rules.telling import Telling


def test_effects_are_numbered_per_cause_and_named_by_it() -> None:
    telling = Telling("real")
    for cause in (7, 7, 9):
        telling.about(cause)
        telling.tell(100 + cause, ConfigurationApplied(digest="d"))
    told = [(effect.cause, effect.n, effect.at, effect.id) for effect in telling.effects]
    assert told == [
        (7, 0, 107, derive_id("effect", "real", 7, 0)),
        (7, 1, 107, derive_id("effect", "real", 7, 1)),
        (9, 0, 109, derive_id("effect", "real", 9, 0)),
    ]


def test_lanes_never_share_an_id() -> None:
    ids = []
    for lane in ("real", "drill-7"):
        telling = Telling(lane)
        telling.about(1)
        telling.tell(0, ConfigurationApplied(digest="d"))
        ids += [effect.id for effect in telling.effects]
        assert telling.effects[0].lane == lane
    assert len(set(ids)) == 2
