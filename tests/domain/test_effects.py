"""Effects carry their cause and name their type."""

import msgspec

from domain.effects import Effect
from tests.samples import alarm_effect, order_effect


def test_an_effect_names_the_type_of_its_body() -> None:
    assert (alarm_effect().type, order_effect().type) == ("alarm_changed", "work_order_changed")


def test_an_effect_survives_its_encoding() -> None:
    for effect in (alarm_effect(), order_effect()):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(effect), type=Effect) == effect
