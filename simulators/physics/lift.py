"""A lift: trips by how full the building is, doors that open and close, and a machine room that its losses warm.

Trips and doors are events, one after the other, however far a step reaches. What moves warms: motor, brake, drive and
room are first-order, driven by the part of the time that the car moves and the square of the current.
"""

from random import Random
from typing import Final

from simulators.physics.machine import Build, Fault, Machine, approach
from simulators.physics.surroundings import Surroundings

TRAPPED: Final = Fault(code="lift.trapped", quantity="trapped", develops=0.0, shows_within=30.0)
MOTOR: Final = Fault(code="lift.motor", quantity="motor_temperature", develops=600.0, shows_within=1500.0)
HELP: Final = Fault(code="lift.help", quantity="alarm_button", develops=0.0, shows_within=30.0)
STOPPED: Final = Fault(code="lift.stopped", quantity="door_zone", develops=0.0, shows_within=60.0)
OVERSPEED: Final = Fault(code="lift.overspeed", quantity="overspeed", develops=0.0, shows_within=30.0)
UNINTENDED: Final = Fault(code="lift.unintended", quantity="unintended_movement", develops=0.0, shows_within=30.0)
DOOR: Final = Fault(code="lift.door", quantity="door_cycles", develops=0.0, shows_within=1800.0)
TRACTION: Final = Fault(code="lift.traction", quantity="moving", develops=0.0, shows_within=60.0)
LEVELLING: Final = Fault(code="lift.levelling", quantity="levelling_error", develops=900.0, shows_within=1500.0)
BRAKE: Final = Fault(code="lift.brake", quantity="brake_temperature", develops=600.0, shows_within=2400.0)
DRIVE: Final = Fault(code="lift.drive", quantity="drive_temperature", develops=300.0, shows_within=1800.0)
ROOM: Final = Fault(code="lift.machine_room", quantity="machine_room_temperature", develops=0.0, shows_within=5400.0)
VIBRATION: Final = Fault(code="lift.vibration", quantity="vibration", develops=900.0, shows_within=1500.0)
STARTS: Final = Fault(code="lift.starts", quantity="trips", develops=0.0, shows_within=3600.0)
SERVICE: Final = Fault(code="lift.service", quantity="in_service", develops=0.0, shows_within=1800.0)

_STANDS_STILL: Final = frozenset({TRAPPED, STOPPED, OVERSPEED, UNINTENDED, SERVICE})
_BETWEEN_FLOORS: Final = frozenset({TRAPPED, STOPPED, OVERSPEED})
_NEEDS_TRAFFIC: Final = frozenset({DOOR, LEVELLING, BRAKE, DRIVE, ROOM, VIBRATION, STARTS})
_TRAFFIC: Final = 0.3
"""Occupancy from which trips follow each other closely enough for a fault to show in time."""

_SECONDS_A_FLOOR: Final = 2.5
_DOOR_SECONDS: Final = 9.0
_REOPENS: Final = 0.06
"""How often somebody holds a closing door."""
_REOPENS_BROKEN: Final = 0.97
_CALLS_PER_HOUR: Final = (2.0, 90.0)
"""In an empty and in a full building."""
_GHOST_CALLS_PER_HOUR: Final = 1200.0

_RATED_AMPERE: Final = 22.0
_STANDBY_AMPERE: Final = 0.6
_COOLED_TO: Final = 28.0
_HEATED_TO: Final = 10.0


class Lift(Machine):
    """Where the car is and what it does; degrees Celsius, amperes, levelling error in mm, vibration in m/s2, counts."""

    faults = (
        *(TRAPPED, MOTOR, HELP, STOPPED, OVERSPEED, UNINTENDED, DOOR, TRACTION, LEVELLING, BRAKE, DRIVE, ROOM),
        *(VIBRATION, STARTS, SERVICE),
    )

    def __init__(self, build: Build, chance: Random) -> None:
        """Begin on the ground floor."""
        super().__init__(build, chance)
        low, high = build.span("floor", (1.0, 10.0))
        self._floors = (round(low), round(high))
        self._floor = self._target = max(self._floors[0], 1)
        self._moving_for = 0.0
        self._door_for = 0.0
        self._trips = float(chance.randrange(100_000, 200_000))
        self._door_cycles = self._trips
        self._level = 0.0
        self._vibration = 0.14
        self._losses = 0.0
        self._room = 24.0
        self._motor = self._brake = self._drive = 36.0
        self._is_busy = False
        self._outdoor = 20.0

    def is_prone(self, fault: Fault) -> bool:
        """Whether there are trips enough to show it, and for a warm machine room whether it is not freezing outside."""
        is_mild = self._outdoor > 8  # noqa: PLR2004 - degC; below it a room without its fan stays cool enough
        return fault not in _NEEDS_TRAFFIC or (self._is_busy and (fault is not ROOM or is_mild))

    def _advance(self, seconds: float, around: Surroundings) -> None:
        self._is_busy = around.occupancy >= _TRAFFIC
        self._outdoor = around.outdoor
        moved = self._travel(seconds, around)
        self._warm(seconds, moved / seconds)

    def _travel(self, seconds: float, around: Surroundings) -> float:
        """Trips, doors and waiting, one after the other; gives how many seconds of these the car moved."""
        if self.fault is TRACTION:
            self._moving_for = max(self._moving_for, 1.0)
            return seconds
        if self.fault in _STANDS_STILL:
            return 0.0
        lowest, highest = _CALLS_PER_HOUR
        calls = _GHOST_CALLS_PER_HOUR if self.fault is STARTS else lowest + (highest - lowest) * around.occupancy
        left, moved = seconds, 0.0
        while left > 0:
            if self._moving_for > 0:
                step = min(left, self._moving_for)
                self._moving_for -= step
                moved += step
                if self._moving_for <= 0:
                    self._arrive()
            elif self._door_for > 0:
                step = min(left, self._door_for)
                self._door_for -= step
                if self._door_for <= 0:
                    self._close()
            else:
                step = self.chance.expovariate(calls / 3600)
                if step < left:
                    self._depart()
            left -= step
        return moved

    def _depart(self) -> None:
        beside = [floor for floor in (self._floor - 1, self._floor + 1) if self._floors[0] <= floor <= self._floors[1]]
        self._target = self.chance.choice(beside) if self.fault is STARTS else self.chance.randint(*self._floors)
        self._moving_for = _SECONDS_A_FLOOR * abs(self._target - self._floor) + 2.0
        self._trips += 1

    def _arrive(self) -> None:
        """The car stands before its floor, more or less, and opens."""
        self._floor = self._target
        self._level = self.chance.gauss(15.0 * self.progress(LEVELLING.code), 2.0)
        self._vibration = abs(self.chance.gauss(0.14 + 0.26 * self.progress(VIBRATION.code), 0.015))
        self._open()

    def _open(self) -> None:
        self._door_for = _DOOR_SECONDS
        self._door_cycles += 1

    def _close(self) -> None:
        if self.chance.random() < (_REOPENS_BROKEN if self.fault is DOOR else _REOPENS):
            self._open()

    @property
    def _ampere(self) -> float:
        """While it moves."""
        return _RATED_AMPERE * (1 + 0.8 * self.progress(BRAKE.code))

    def _warm(self, seconds: float, part: float) -> None:
        """Losses go with the square of the current; `part` of the time there are any."""
        self._losses = approach(self._losses, part * (self._ampere / _RATED_AMPERE) ** 2, seconds, 600.0)
        air = self._outdoor + 12.0 + 40.0 * self._losses
        if self.fault is not ROOM:
            air = min(_COOLED_TO, max(_HEATED_TO, air))
        self._room = approach(self._room, air, seconds, 1200.0)
        motor = self._room + 10.0 + 80.0 * self._losses + 70.0 * self.progress(MOTOR.code)
        self._motor = approach(self._motor, motor, seconds, 400.0)
        brake = self._room + 15.0 + 50.0 * self._losses + 60.0 * self.progress(BRAKE.code)
        self._brake = approach(self._brake, brake, seconds, 600.0)
        lack = self.progress(DRIVE.code)
        drive = self._room + 8.0 + 30.0 * lack + (45.0 + 70.0 * lack) * self._losses
        self._drive = approach(self._drive, drive, seconds, 300.0)

    def mend(self) -> None:
        """Repaired, and cooled down meanwhile."""
        super().mend()
        self._room = min(self._room, _COOLED_TO)
        self._level, self._vibration = 0.0, 0.14

    def values(self) -> dict[str, float]:
        """What its controller says; a trapped car stands with its door shut."""
        is_still = self.fault in _STANDS_STILL
        moving = self._moving_for > 0 and not is_still
        between = self.fault in _BETWEEN_FLOORS
        is_open = self.fault is UNINTENDED or (self._door_for > 0 and not moving and not is_still)
        ampere = self._ampere if moving else _STANDBY_AMPERE
        return {
            "floor": float(self._floor if not moving else round((self._floor + self._target) / 2)),
            "moving": float(moving),
            "door_open": float(is_open),
            "door_zone": float(not moving and not between),
            "trapped": float(self.fault is TRAPPED),
            "alarm_button": float(self.fault is HELP),
            "in_service": float(self.fault is not SERVICE),
            "overspeed": float(self.fault is OVERSPEED),
            "unintended_movement": float(self.fault is UNINTENDED),
            "levelling_error": self.noisy(self._level, 0.2),
            "vibration": max(0.0, self.noisy(self._vibration, 0.002)),
            "motor_temperature": self.noisy(self._motor, 0.3),
            "motor_current": max(0.0, self.noisy(ampere, 0.4 if moving else 0.05)),
            "brake_temperature": self.noisy(self._brake, 0.3),
            "drive_temperature": self.noisy(self._drive, 0.3),
            "machine_room_temperature": self.noisy(self._room, 0.2),
            "trips": self._trips,
            "door_cycles": self._door_cycles,
        }
