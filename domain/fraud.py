"""What makes a scan look faked: marks with the numbers behind them, never a verdict.

Starting values and where they come from: `docs/patrol.md`, with the rate at which each marks honest guards.
"""

from enum import StrEnum

from msgspec import Struct


class FraudKind(StrEnum):
    """What was noticed."""

    IMPOSSIBLE_SPEED = "impossible_speed"
    TAG_ON_TWO_DEVICES = "tag_on_two_devices"
    MANY_OFFICERS_ONE_DEVICE = "many_officers_one_device"
    CLOCK_SKEW = "clock_skew"
    OUTSIDE_RADIUS = "outside_radius"
    WEAK_METHOD = "weak_method"
    FAR_BELOW_USUAL = "far_below_usual"
    SAME_SECOND = "same_second"


class FraudMark(Struct, frozen=True, kw_only=True):
    """One sign on a scan or a run: the `value` seen, the `limit` it is held against, and what `other` it concerns.

    Seconds for speed, two devices, several officers, clock and usual legs; metres for the radius; for scans at the same
    second how many of how many.
    """

    kind: FraudKind
    value: float
    limit: float
    other: str = ""


class FraudSettings(Struct, frozen=True, kw_only=True):
    """When a sign is one. Each `..._weight` is how much a kind says, 0 to 1; they add up as independent doubts do."""

    fastest_share: float = 0.4
    """A way that takes less than this share of its walking time was not walked."""
    fastest_metres_per_second: float = 4.0
    """For ways without a walking time, between positions on plans or in the world: nobody patrols at a run."""
    two_devices_seconds: float = 20.0
    many_officers_seconds: float = 20.0
    skew_seconds: float = 300.0
    useless_accuracy_m: float = 200.0
    """A position vaguer than this says nothing about a radius."""
    usual_share: float = 0.4
    usual_deviations: float = 5.0
    usual_walks: int = 8
    """How often a leg must have been walked before its usual time is known."""
    same_second_scans: int = 8
    same_second_share: float = 0.5
    impossible_speed_weight: float = 0.8
    tag_on_two_devices_weight: float = 0.7
    many_officers_one_device_weight: float = 0.6
    clock_skew_weight: float = 0.3
    outside_radius_weight: float = 0.6
    weak_method_weight: float = 0.2
    far_below_usual_weight: float = 0.5
    same_second_weight: float = 0.7

    def weight(self, kind: FraudKind) -> float:
        """How much a sign of this kind says, 0 to 1."""
        found: float = getattr(self, f"{kind.value}_weight")
        return found


SUSPICIOUS_SCANS = 3.0
"""So many wholly suspicious scans make a wholly suspicious run."""


def scan_score(marks: tuple[FraudMark, ...], settings: FraudSettings) -> float:
    """How suspicious a scan is, 0 to 1."""
    trust = 1.0
    for mark in marks:
        trust *= 1.0 - settings.weight(mark.kind)
    return round(1.0 - trust, 3)


def run_score(scans: list[tuple[FraudMark, ...]], own: tuple[FraudMark, ...], settings: FraudSettings) -> float:
    """How suspicious a run is, 0 to 1, by the marks on its scans and its own."""
    total = scan_score(own, settings)
    for marks in scans:
        total += scan_score(marks, settings) / SUSPICIOUS_SCANS if marks else 0.0
    return round(min(1.0, total), 3)
