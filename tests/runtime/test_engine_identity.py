"""The identity names what can change the engine's answers, and nothing that cannot."""

from runtime.engine_identity import engine_identity, identity_digest


def test_it_names_code_libraries_and_processor() -> None:
    identity = engine_identity()
    assert set(identity) == {"release", "code", "python", "numpy", "tzdata", "msgspec", "cpu", "byteorder"}
    assert all(identity.values())


def test_it_is_the_same_each_time_and_has_a_short_name() -> None:
    assert engine_identity() == engine_identity()
    assert len(identity_digest(engine_identity())) == 16
    assert identity_digest({**engine_identity(), "numpy": "0"}) != identity_digest(engine_identity())
