"""What packs find on simulated machines: when faults begin, what else they raise, and sensors that fail."""

from collections.abc import Mapping
from datetime import UTC, datetime

from simulators.physics.sensor import SensorFault

SEASONS = {
    "winter": datetime(2026, 1, 12, tzinfo=UTC),
    "spring": datetime(2026, 5, 18, tzinfo=UTC),
    "summer": datetime(2026, 7, 20, tzinfo=UTC),
    "autumn": datetime(2026, 11, 23, tzinfo=UTC),
}
"""Mondays at midnight of a cold, two mild and a hot week."""

NOON = 12 * 60
BEGINS = {
    "ahu.valve": dict.fromkeys(SEASONS, NOON),
    "ahu.heating_valve": dict.fromkeys(SEASONS, NOON),
    "ahu.damper": dict.fromkeys(SEASONS, NOON),
    "ahu.hunting": dict.fromkeys(SEASONS, NOON),
    "ahu.fan": dict.fromkeys(SEASONS, NOON),
    "ahu.damper_open": {"winter": NOON, "summer": NOON, "autumn": NOON},
    "ahu.heating": {"winter": 7 * 60},
    "ahu.cooling": {"spring": NOON, "summer": NOON},
    "ahu.override": {"spring": NOON, "summer": NOON, "autumn": NOON},
    "environment.warm": {"winter": NOON, "summer": NOON},
    "environment.damp": {"winter": NOON, "summer": NOON},
    "environment.cold": {"winter": 7 * 60},
    "environment.dry": {"winter": 7 * 60},
}
"""The minutes of a Monday at which a fault begins, by season that can show it; all others begin at noon in spring."""

RANGES = {
    "supply_temperature": (0.0, 50.0),
    "mixed_temperature": (0.0, 50.0),
    "return_co2": (0.0, 5000.0),
    "filter_pressure": (0.0, 500.0),
    "temperature": (-40.0, 60.0),
    "goods_temperature": (-40.0, 60.0),
    "co2": (0.0, 5000.0),
    "co": (0.0, 300.0),
    "humidity": (0.0, 100.0),
    "pm25": (0.0, 1000.0),
    "motor_temperature": (0.0, 150.0),
    "vibration": (0.0, 25.0),
    "bearing_temperature": (0.0, 150.0),
    "level": (0.0, 100.0),
    "fire_level": (0.0, 100.0),
    "chlorine": (0.0, 5.0),
    "turbidity": (0.0, 10.0),
    "current": (0.0, 60.0),
    "battery_voltage": (0.0, 36.0),
    "levelling_error": (-50.0, 50.0),
}
"""From where to where the sensors reach that fail here."""

STUCK = {"ahu": "supply_temperature", "cold_room": "temperature", "environment": "co2"}
STUCK_FOR_A_DAY = {"lift": "motor_temperature", "pump": "bearing_temperature", "tank": "level"}
LOST_OF_A_PUMP = (
    *("flow", "discharge_pressure", "suction_pressure", "line_pressure"),
    *("current", "power", "vibration", "bearing_temperature"),
)
LOST_OF_A_TANK = ("level", "fire_level", "inflow", "temperature", "chlorine", "turbidity")
SPOILED = [
    *((name, point, SensorFault.FLATLINE, f"{name}.sensor", 5) for name, point in STUCK.items()),
    *((name, point, SensorFault.FLATLINE, f"{name}.sensor", 30) for name, point in STUCK_FOR_A_DAY.items()),
    ("ahu", "supply_temperature", SensorFault.DRIFT, "ahu.valve", 5),
    ("ahu", "mixed_temperature", SensorFault.DRIFT, "ahu.sensor", 5),
    ("ahu", "filter_pressure", SensorFault.DRIFT, "ahu.filter", 5),
    ("ahu", "return_co2", SensorFault.DRIFT, "ahu.damper", 5),
    ("cold_room", "temperature", SensorFault.DRIFT, "cold_room.warm", 5),
    ("cold_room", "goods_temperature", SensorFault.DRIFT, "cold_room.warm", 5),
    ("chill_room", "temperature", SensorFault.FLATLINE, "cold_room.sensor", 5),
    ("chill_room", "temperature", SensorFault.DRIFT, "cold_room.warm", 5),
    ("chill_room", "temperature", SensorFault.DROPOUT, "cold_room.sensor", 1),
    ("environment", "co2", SensorFault.DRIFT, "environment.stale", 5),
    ("environment", "co", SensorFault.DRIFT, "environment.co", 5),
    ("environment", "temperature", SensorFault.DRIFT, "environment.warm", 5),
    ("environment", "humidity", SensorFault.DRIFT, "environment.damp", 5),
    ("environment", "pm25", SensorFault.DRIFT, "environment.dust", 5),
    ("lift", "motor_temperature", SensorFault.DRIFT, "lift.motor", 5),
    ("pump", "vibration", SensorFault.DRIFT, "pump.bearing", 5),
    ("pump", "bearing_temperature", SensorFault.DRIFT, "pump.bearing", 5),
    ("pump", "current", SensorFault.DRIFT, "pump.motor", 5),
    ("tank", "level", SensorFault.DRIFT, "tank.overflow", 5),
    ("tank", "temperature", SensorFault.DRIFT, "tank.warm", 5),
    ("tank", "chlorine", SensorFault.DRIFT, "tank.chlorine_high", 5),
    ("tank", "turbidity", SensorFault.DRIFT, "tank.turbidity", 5),
    ("pump", "vibration", SensorFault.NOISE, "pump.bearing", 5),
    ("tank", "level", SensorFault.NOISE, "tank.overflow", 5),
    ("environment", "co", SensorFault.NOISE, "environment.co", 5),
    ("ahu", "supply_temperature", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "mixed_temperature", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "heated_temperature", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "return_temperature", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "outdoor_temperature", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "return_co2", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "filter_pressure", SensorFault.DROPOUT, "ahu.sensor", 1),
    ("ahu", "supply_pressure", SensorFault.DROPOUT, "ahu.sensor", 1),
    *(("pump", point, SensorFault.DROPOUT, "pump.sensor", 1) for point in LOST_OF_A_PUMP),
    *(("tank", point, SensorFault.DROPOUT, "tank.sensor", 1) for point in LOST_OF_A_TANK),
    ("lift", "motor_temperature", SensorFault.DROPOUT, "lift.sensor", 1),
    ("lift", "motor_current", SensorFault.DROPOUT, "lift.sensor", 1),
    ("lift", "brake_temperature", SensorFault.DROPOUT, "lift.sensor", 1),
    ("lift", "drive_temperature", SensorFault.DROPOUT, "lift.sensor", 1),
    ("lift", "machine_room_temperature", SensorFault.DROPOUT, "lift.sensor", 1),
    ("lift", "levelling_error", SensorFault.DRIFT, "lift.levelling", 5),
    ("cold_room", "temperature", SensorFault.DROPOUT, "cold_room.sensor", 1),
    ("cold_room", "goods_temperature", SensorFault.DROPOUT, "cold_room.sensor", 1),
    ("cold_room", "evaporator_temperature", SensorFault.DROPOUT, "cold_room.sensor", 1),
    ("generator", "fuel_level", SensorFault.DROPOUT, "generator.sensor", 1),
    ("generator", "battery_voltage", SensorFault.DROPOUT, "generator.sensor", 1),
    ("generator", "coolant_temperature", SensorFault.DROPOUT, "generator.sensor", 1),
    ("generator", "battery_voltage", SensorFault.DRIFT, "generator.charger", 5),
    ("environment", "co2", SensorFault.DROPOUT, "environment.sensor", 1),
    ("environment", "co", SensorFault.DROPOUT, "environment.sensor", 1),
    ("environment", "temperature", SensorFault.DROPOUT, "environment.sensor", 1),
    ("environment", "humidity", SensorFault.DROPOUT, "environment.sensor", 1),
    ("environment", "pm25", SensorFault.DROPOUT, "environment.sensor", 1),
]
"""What the packs find of sensors that fail, within so many hours; docs/packs.md says what they do not."""

RAISES: Mapping[str, str] = {}
"""The code that finds a fault, where it is not the fault's own."""

_WITHOUT_AIR = frozenset({"ahu.valve", "ahu.damper", "ahu.cooling", "ahu.heating_valve"})
"""Nothing is at its set point any more."""

RAISES_TOO: Mapping[str, frozenset[str]] = {
    "ahu.cooling": frozenset({"ahu.valve"}),
    "ahu.fan": _WITHOUT_AIR,
    "ahu.fan winter": _WITHOUT_AIR,
    "ahu.fan summer": _WITHOUT_AIR - {"ahu.heating_valve"},
    "ahu.heating": frozenset({"ahu.valve"}),
    "ahu.heating_valve winter": frozenset({"ahu.damper"}),
    "ahu.valve winter": frozenset({"ahu.heating"}),
    "ahu.valve autumn": frozenset({"ahu.heating"}),
    "environment.cold": frozenset({"environment.damp"}),
    "environment.warm winter": frozenset({"environment.dry"}),
    "generator.start": frozenset({"generator.mains"}),
    "generator.overspeed": frozenset({"generator.governor"}),
    "generator.unasked": frozenset({"generator.light_load"}),
    "pump.burst": frozenset({"pump.pressure"}),
    "pump.dry": frozenset({"pump.no_flow", "pump.pressure"}),
    "tank.inlet": frozenset({"tank.low"}),
    "cold_room.door": frozenset({"cold_room.warm", "cold_room.ice", "cold_room.gasket"}),
    "cold_room.ice": frozenset({"cold_room.warm", "cold_room.gasket"}),
    "chill_room/cold_room.ice": frozenset({"cold_room.gasket"}),
    "cold_room/cold_room.gasket": frozenset({"cold_room.warm"}),
    "cold_room/cold_room.compressor": frozenset({"cold_room.warm"}),
    "cold_room.fan": frozenset({"cold_room.warm", "cold_room.ice", "cold_room.gasket"}),
    "cold_room.defrost": frozenset({"cold_room.warm"}),
    "cold_room.refrigerant": frozenset({"cold_room.warm", "cold_room.gasket"}),
    "cold_room.cold": frozenset({"cold_room.gasket"}),
    "lift.trapped": frozenset({"lift.stopped"}),
    "lift.overspeed": frozenset({"lift.stopped"}),
    "lift.unintended": frozenset({"lift.door"}),
    "lift.traction": frozenset({"lift.brake", "lift.motor", "lift.drive"}),
    "lift.brake": frozenset({"lift.motor"}),
}
"""The codes that a fault raises besides its own, within five hours; with season or pack where that matters."""

LEADS_TO_WORSE = frozenset(
    {
        "cold_room.compressor",
        "cold_room.defrost",
        "cold_room.door",
        "cold_room.fan",
        "cold_room.gasket",
        "cold_room.refrigerant",
        "tank.inlet",
    }
)
"""Faults of which what follows is more urgent than they are: goods get warm, a tank that is not filled runs empty."""
