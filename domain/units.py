"""The units a measuring point may be in, each with its names and its dimension.

Spellings are those of the SenML units registry (RFC 8428 section 12.1, RFC 8798) where it has them, and otherwise those
of UCUM's plain-text form as building automation writes it: `degC`, `m3/h`, `kWh`. One unit has one spelling, so that
the same quantity is the same text everywhere; what else people write is understood only to say what was meant.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.text import Text


class Dimension(StrEnum):
    """What a unit measures; only units of one dimension can be compared."""

    RATIO = "ratio"
    COUNT = "count"
    TEMPERATURE = "temperature"
    TEMPERATURE_DIFFERENCE = "temperature_difference"
    HUMIDITY = "humidity"
    PRESSURE = "pressure"
    VOLUME = "volume"
    VOLUME_FLOW = "volume_flow"
    MASS = "mass"
    MASS_FLOW = "mass_flow"
    LENGTH = "length"
    AREA = "area"
    SPEED = "speed"
    ACCELERATION = "acceleration"
    ROTATION = "rotation"
    ANGLE = "angle"
    FREQUENCY = "frequency"
    TIME = "time"
    CURRENT = "current"
    CHARGE = "charge"
    VOLTAGE = "voltage"
    RESISTANCE = "resistance"
    CONDUCTIVITY = "conductivity"
    POWER = "power"
    REACTIVE_POWER = "reactive_power"
    APPARENT_POWER = "apparent_power"
    ENERGY = "energy"
    REACTIVE_ENERGY = "reactive_energy"
    CONCENTRATION = "concentration"
    MASS_CONCENTRATION = "mass_concentration"
    ACIDITY = "acidity"
    TURBIDITY = "turbidity"
    ILLUMINANCE = "illuminance"
    IRRADIANCE = "irradiance"
    SOUND_LEVEL = "sound_level"
    SIGNAL_LEVEL = "signal_level"
    FORCE = "force"


class Unit(Struct, frozen=True):
    """A unit: how it is written, what people call it, what it measures."""

    symbol: str
    name: Text
    dimension: Dimension


# symbol, English, Chinese, by dimension.
_REGISTER: Final[Mapping[Dimension, tuple[tuple[str, str, str], ...]]] = {
    Dimension.RATIO: (
        ("1", "dimensionless", "无量纲"),
        ("/", "ratio from 0 to 1", "比值（0 到 1）"),
        ("%", "percent", "百分比"),
    ),
    Dimension.COUNT: (("count", "count", "计数"), ("1/s", "per second", "次每秒"), ("1/min", "per minute", "次每分钟")),
    Dimension.TEMPERATURE: (
        ("degC", "degree Celsius", "摄氏度"),
        ("degF", "degree Fahrenheit", "华氏度"),
    ),
    Dimension.TEMPERATURE_DIFFERENCE: (("K", "kelvin", "开尔文"),),
    Dimension.HUMIDITY: (
        ("%RH", "percent relative humidity", "相对湿度百分比"),
        ("g/kg", "gram per kilogram", "克每千克"),
    ),
    Dimension.PRESSURE: (
        ("Pa", "pascal", "帕"),
        ("hPa", "hectopascal", "百帕"),
        ("kPa", "kilopascal", "千帕"),
        ("MPa", "megapascal", "兆帕"),
        ("mbar", "millibar", "毫巴"),
        ("bar", "bar", "巴"),
        ("psi", "pound per square inch", "磅每平方英寸"),
        ("mmH2O", "millimetre of water", "毫米水柱"),
    ),
    Dimension.VOLUME: (("L", "litre", "升"), ("mL", "millilitre", "毫升"), ("m3", "cubic metre", "立方米")),
    Dimension.VOLUME_FLOW: (
        ("m3/h", "cubic metre per hour", "立方米每小时"),
        ("m3/s", "cubic metre per second", "立方米每秒"),
        ("L/s", "litre per second", "升每秒"),
        ("L/min", "litre per minute", "升每分钟"),
        ("L/h", "litre per hour", "升每小时"),
    ),
    Dimension.MASS: (("g", "gram", "克"), ("kg", "kilogram", "千克"), ("t", "tonne", "吨")),
    Dimension.MASS_FLOW: (
        ("kg/s", "kilogram per second", "千克每秒"),
        ("kg/h", "kilogram per hour", "千克每小时"),
        ("t/h", "tonne per hour", "吨每小时"),
    ),
    Dimension.LENGTH: (
        ("um", "micrometre", "微米"),
        ("mm", "millimetre", "毫米"),
        ("cm", "centimetre", "厘米"),
        ("m", "metre", "米"),
        ("km", "kilometre", "千米"),
    ),
    Dimension.AREA: (("m2", "square metre", "平方米"),),
    Dimension.SPEED: (
        ("m/s", "metre per second", "米每秒"),
        ("mm/s", "millimetre per second", "毫米每秒"),
        ("km/h", "kilometre per hour", "千米每小时"),
        ("mm/h", "millimetre per hour", "毫米每小时"),
    ),
    Dimension.ACCELERATION: (
        ("m/s2", "metre per second squared", "米每二次方秒"),
        ("gn", "standard gravity", "标准重力加速度"),
    ),
    Dimension.ROTATION: (("rpm", "revolution per minute", "转每分钟"),),
    Dimension.ANGLE: (("deg", "degree", "度"), ("rad", "radian", "弧度")),
    Dimension.FREQUENCY: (
        ("Hz", "hertz", "赫兹"),
        ("kHz", "kilohertz", "千赫"),
        ("MHz", "megahertz", "兆赫"),
    ),
    Dimension.TIME: (
        ("ms", "millisecond", "毫秒"),
        ("s", "second", "秒"),
        ("min", "minute", "分钟"),
        ("h", "hour", "小时"),
        ("d", "day", "天"),
    ),
    Dimension.CURRENT: (("mA", "milliampere", "毫安"), ("A", "ampere", "安"), ("kA", "kiloampere", "千安")),
    Dimension.CHARGE: (("C", "coulomb", "库仑"), ("Ah", "ampere hour", "安时")),
    Dimension.VOLTAGE: (("mV", "millivolt", "毫伏"), ("V", "volt", "伏"), ("kV", "kilovolt", "千伏")),
    Dimension.RESISTANCE: (
        ("Ohm", "ohm", "欧姆"),
        ("kOhm", "kiloohm", "千欧"),
        ("MOhm", "megaohm", "兆欧"),
    ),
    Dimension.CONDUCTIVITY: (
        ("uS/cm", "microsiemens per centimetre", "微西门子每厘米"),
        ("mS/cm", "millisiemens per centimetre", "毫西门子每厘米"),
        ("S/m", "siemens per metre", "西门子每米"),
    ),
    Dimension.POWER: (
        ("W", "watt", "瓦"),
        ("kW", "kilowatt", "千瓦"),
        ("MW", "megawatt", "兆瓦"),
    ),
    Dimension.REACTIVE_POWER: (("var", "var", "乏"), ("kvar", "kilovar", "千乏")),
    Dimension.APPARENT_POWER: (("VA", "volt-ampere", "伏安"), ("kVA", "kilovolt-ampere", "千伏安")),
    Dimension.ENERGY: (
        ("J", "joule", "焦耳"),
        ("kJ", "kilojoule", "千焦"),
        ("MJ", "megajoule", "兆焦"),
        ("GJ", "gigajoule", "吉焦"),
        ("Wh", "watt-hour", "瓦时"),
        ("kWh", "kilowatt-hour", "千瓦时"),
        ("MWh", "megawatt-hour", "兆瓦时"),
    ),
    Dimension.REACTIVE_ENERGY: (("varh", "var-hour", "乏时"), ("kvarh", "kilovar-hour", "千乏时")),
    Dimension.CONCENTRATION: (
        ("ppm", "part per million", "百万分之一"),
        ("ppb", "part per billion", "十亿分之一"),
        ("%LEL", "percent of the lower explosive limit", "爆炸下限百分比"),
        ("%vol", "percent by volume", "体积百分比"),
    ),
    Dimension.MASS_CONCENTRATION: (
        ("ug/m3", "microgram per cubic metre", "微克每立方米"),
        ("mg/m3", "milligram per cubic metre", "毫克每立方米"),
        ("mg/L", "milligram per litre", "毫克每升"),
        ("kg/m3", "kilogram per cubic metre", "千克每立方米"),
    ),
    Dimension.ACIDITY: (("pH", "pH", "酸碱度"),),
    Dimension.TURBIDITY: (("NTU", "nephelometric turbidity unit", "散射浊度单位"),),
    Dimension.ILLUMINANCE: (("lx", "lux", "勒克斯"),),
    Dimension.IRRADIANCE: (("W/m2", "watt per square metre", "瓦每平方米"),),
    Dimension.SOUND_LEVEL: (("dB", "decibel", "分贝"), ("dBA", "A-weighted decibel", "A 计权分贝")),
    Dimension.SIGNAL_LEVEL: (("dBm", "decibel-milliwatt", "分贝毫瓦"),),
    Dimension.FORCE: (("N", "newton", "牛"), ("kN", "kilonewton", "千牛")),
}

UNITS: Final[Mapping[str, Unit]] = {
    symbol: Unit(symbol, Text(english, chinese), dimension)
    for dimension, units in _REGISTER.items()
    for symbol, english, chinese in units
}
"""Every unit Vigil knows, by its spelling."""

# Where a unit reads otherwise than it is spelled.
SIGNS: Final[Mapping[str, str]] = {
    "1": "",
    "%RH": "% RH",
    "%LEL": "% LEL",
    "%vol": "% vol",
    "degC": "°C",
    "degF": "°F",
    "deg": "°",
    "mmH2O": "mmH₂O",
    "m2": "m²",
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/s": "m³/s",
    "m/s2": "m/s²",
    "um": "µm",
    "Ohm": "Ω",
    "kOhm": "kΩ",
    "MOhm": "MΩ",
    "uS/cm": "µS/cm",
    "ug/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "kg/m3": "kg/m³",
    "W/m2": "W/m²",
    "dBA": "dB(A)",
}

# What people write for a unit, in lower case; the names of all units are understood as well, also in the plural.
_ALIASES: Final[Mapping[str, str]] = {
    "c": "degC",
    "°c": "degC",
    "℃": "degC",
    "cel": "degC",
    "celsius": "degC",
    "f": "degF",
    "°f": "degF",
    "℉": "degF",
    "rh": "%RH",
    "% rh": "%RH",
    "m³/h": "m3/h",
    "m3/hr": "m3/h",
    "cmh": "m3/h",
    "m³/s": "m3/s",
    "lps": "L/s",
    "lpm": "L/min",
    "m³": "m3",
    "m²": "m2",
    "m^2": "m2",
    "m^3": "m3",
    "m/s²": "m/s2",
    "kg/m³": "kg/m3",
    "w/m²": "W/m2",
    "µm": "um",
    "μm": "um",
    "µs/cm": "uS/cm",
    "μs/cm": "uS/cm",
    "µg/m³": "ug/m3",
    "μg/m³": "ug/m3",
    "mg/m³": "mg/m3",
    "amp": "A",
    "amps": "A",
    "Ω": "Ohm",
    "ω": "Ohm",
    "kω": "kOhm",
    "mω": "MOhm",
    "°": "deg",
    "r/min": "rpm",
    "hr": "h",
    "sec": "s",
    "lux": "lx",
    "db(a)": "dBA",
    "lel": "%LEL",
    "percent": "%",
    "none": "1",
    "-": "1",
}


_BARE: Final = frozenset({"", "1", "/"})
_AMBIGUOUS: Final = frozenset({"C"})
"""Symbols that devices use for something else: C is the coulomb, and what most of them write for degrees Celsius."""


def is_unit(text: str) -> bool:
    """Tell whether a point may be in this unit; no text at all is the same as `1`, dimensionless."""
    return not text or text in UNITS


def sign_of(unit: str) -> str:
    """The unit as it reads beside a number, `m³/h` for `m3/h`; nothing for what has no dimension."""
    return SIGNS.get(unit, unit)


def can_mean(text: str, unit: str) -> bool:
    """Tell whether a device that names its unit so measures in `unit`, one of Vigil's.

    Names are understood in any case, and symbols where that cannot be a slip of a thousand: PSI is psi, but neither is
    mW MW nor S s. Nothing is guessed: a unit that Vigil does not know means none of its own. Where nothing has a
    dimension, any unknown one goes.
    """
    written = text.strip()
    if unit in _BARE or written == unit:
        return unit not in _BARE or written not in UNITS or written in _BARE
    if written in UNITS and written not in _AMBIGUOUS:
        return False
    folded = written.casefold()
    known = UNITS.get(unit)
    names = () if known is None else (known.name.en.casefold(), f"{known.name.en.casefold()}s", known.name.zh)
    if folded in names or _ALIASES.get(folded) == unit or written == SIGNS.get(unit):
        return True
    may_be_a_thousand = written[:1] in {"m", "M"} and written[:1] != unit[0]
    return len(unit) > 1 and folded == unit.casefold() and not may_be_a_thousand


def meant_units(text: str) -> tuple[str, ...]:
    """The units somebody who wrote `text` may have meant, likeliest first: at most three, perhaps none."""
    folded = text.strip().casefold()
    certain = [*_spellings(folded), *_spellings(folded.removesuffix("s"))]
    if certain:
        return tuple(dict.fromkeys(certain))[:3]
    close = get_close_matches(folded, [name for name, _ in _words()], n=3, cutoff=0.75)
    return tuple(dict.fromkeys(symbol for each in close for symbol in _spellings(each)))[:3]


def _spellings(folded: str) -> list[str]:
    return [symbol for word, symbol in _words() if word == folded]


def _words() -> Iterator[tuple[str, str]]:
    """Everything that is understood, in lower case, with the unit it means."""
    yield from _ALIASES.items()
    for symbol, unit in UNITS.items():
        yield symbol.casefold(), symbol
        yield unit.name.en.casefold(), symbol
        yield unit.name.zh, symbol
