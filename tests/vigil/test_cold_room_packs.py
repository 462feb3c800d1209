"""The packs of freezers and of chill rooms are one: what is said differs by the food, what is watched does not."""

from vigil.configuration.packs import read_pack

NUMBERS = {"high", "high_high", "low", "low_low", "limit", "when", "only_while"}


def test_a_chill_room_is_watched_by_the_rules_of_a_freezer_with_other_numbers() -> None:
    freezer, chill = read_pack("cold_room"), read_pack("chill_room")
    assert (chill.like, freezer.points, freezer.equipment_classes) == (
        "cold_room",
        chill.points,
        chill.equipment_classes,
    )
    assert [rule.id for rule in freezer.rules] == [rule.id for rule in chill.rules]
    for one, other in zip(freezer.rules, chill.rules, strict=True):
        differ = {name for name in one.parameters if one.parameters[name] != other.parameters[name]}
        assert differ <= NUMBERS | ({"on_delay_seconds"} if one.id == "cold" else set()), one.id
        assert one.parameters.keys() == other.parameters.keys(), one.id


def test_food_decides_the_numbers() -> None:
    limits = {
        name: {rule.id: rule.parameters for rule in read_pack(name).rules if rule.kind == "ladder"}
        for name in ("cold_room", "chill_room")
    }
    assert (limits["cold_room"]["warm"]["high"], limits["chill_room"]["warm"]["high"]) == (-15, 8)
    assert limits["cold_room"]["cold"]["low"] == -25, "well below the -18 degC that it is held at"
    assert limits["chill_room"]["cold"]["low"] == 0, "what is chilled must not freeze"
