import pytest

from domain.units import SIGNS, UNITS, Dimension, can_mean, is_unit, meant_units, sign_of


def test_every_unit_is_named_in_both_languages_and_every_dimension_has_one() -> None:
    assert all(unit.symbol == symbol and unit.name.en and unit.name.zh for symbol, unit in UNITS.items())
    assert {unit.dimension for unit in UNITS.values()} == set(Dimension)


def test_no_two_units_have_the_same_name() -> None:
    assert len({unit.name.en for unit in UNITS.values()}) == len(UNITS)
    assert len({unit.name.zh for unit in UNITS.values()}) == len(UNITS)


@pytest.mark.parametrize(
    "unit",
    [
        "degC",
        "%",
        "%RH",
        "Pa",
        "kPa",
        "bar",
        "m3/h",
        "L/s",
        "L/min",
        "A",
        "V",
        "kV",
        "W",
        "kW",
        "kWh",
        "Hz",
        "rpm",
        "mm/s",
        "m/s",
        "ppm",
        "lx",
        "min",
        "h",
        "s",
        "1",
        "m",
        "mm",
        "Ohm",
        "dB",
        "pH",
    ],
)
def test_units_of_sites_are_known(unit: str) -> None:
    assert is_unit(unit)


def test_no_unit_is_dimensionless() -> None:
    assert is_unit("")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Amps", ("A",)),
        ("amperes", ("A",)),
        ("℃", ("degC",)),
        ("C", ("degC", "C")),
        ("m³/h", ("m3/h",)),
        ("l/min", ("L/min",)),
        ("Ω", ("Ohm",)),
        ("KWH", ("kWh",)),
        ("mw", ("MW",)),
        ("千瓦时", ("kWh",)),
        ("degreee Celsius", ("degC",)),
        ("fnord", ()),
    ],
)
def test_what_was_meant(written: str, meant: tuple[str, ...]) -> None:
    assert meant_units(written) == meant
    assert written == "C" or not is_unit(written)


def test_only_units_have_signs_and_what_reads_as_it_is_spelled_keeps_that() -> None:
    assert set(SIGNS) <= set(UNITS)
    assert (sign_of("degC"), sign_of("kWh"), sign_of("1"), sign_of("")) == ("°C", "kWh", "", "")


def test_a_sign_is_understood_as_its_unit() -> None:
    assert [unit for unit, sign in SIGNS.items() if sign and unit not in meant_units(sign)] == []


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("degC", "degC"),
        ("C", "degC"),
        ("°C", "degC"),
        ("℃", "degC"),
        ("Celsius", "degC"),
        ("degree Celsius", "degC"),
        ("摄氏度", "degC"),
        ("F", "degF"),
        ("m³/h", "m3/h"),
        ("Watt", "W"),
        ("kilowatts", "kW"),
        ("Ω", "Ohm"),
        ("1", "/"),
        ("", "1"),
        ("lm", "1"),
        ("PSI", "psi"),
        ("KPA", "kPa"),
        ("m3/H", "m3/h"),
        ("gpm", "gpm"),
        ("C", "C"),
    ],
)
def test_what_a_device_writes_can_mean_the_unit(written: str, unit: str) -> None:
    assert can_mean(written, unit)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("degF", "degC"),
        ("F", "degC"),
        ("K", "degC"),
        ("mW", "MW"),
        ("MW", "kW"),
        ("mV", "MV"),
        ("kpa", "bar"),
        ("S", "s"),
        ("mpa", "MPa"),
        ("MM", "mm"),
        ("gpm", "m3/h"),
        ("furlong", "m"),
        ("fahrenheit-ish", "degF"),
        ("Cel sius", "degC"),
        ("degC", "1"),
        ("%", ""),
        ("mmHg", "hPa"),
        ("x" * 10_000, "degC"),
    ],
)
def test_what_a_device_writes_never_means_another_unit(written: str, unit: str) -> None:
    assert not can_mean(written, unit)
