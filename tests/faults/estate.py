"""The site of fault tests: many doors and points, so that causes need not wait for one another."""

from typing import Final

from tests.vigil.running_service import Json

SITE: Final = "hq"
DOORS: Final = 60
GATEWAYS: Final = 20
POINTS_PER_GATEWAY: Final = 2
PHONES: Final = 20
LOW: Final = 20.0
"""The limit of every point, without delay or deadband."""

GRANT_SECONDS: Final = 5.0
ENTRY_SECONDS: Final = 3.0


def door_of(number: int) -> str:
    return f"d-{number}"


def controller_of(number: int) -> str:
    return f"ctl-{number}"


def gateway_of(number: int) -> str:
    return f"gw-{number}"


def points_of(gateway: int) -> list[str]:
    return [f"p-{gateway}-{place}" for place in range(POINTS_PER_GATEWAY)]


def phone_of(number: int) -> str:
    return f"phone-{number}"


def devices() -> list[Json]:
    """Every device of the site, as its configuration says it: 100 of them."""
    return [
        *(
            {"id": controller_of(number), "kind": "controller", "doors": [door_of(number)], "name": f"C{number}"}
            for number in range(DOORS)
        ),
        *(
            {"id": gateway_of(number), "kind": "gateway", "points": points_of(number), "name": f"G{number}"}
            for number in range(GATEWAYS)
        ),
        *({"id": phone_of(number), "kind": "phone", "name": f"P{number}"} for number in range(PHONES)),
    ]


def configuration(*, tours: list[Json] | None = None, rules: list[Json] | None = None) -> Json:
    """The site as YAML's tree; `tours` and `rules` come on top of what every fault test has."""
    points = [point for gateway in range(GATEWAYS) for point in points_of(gateway)]
    return {
        "site": {
            "id": SITE,
            "name": "Headquarters",
            "timezone": "UTC",
            "zones": [{"id": "ground", "name": "Ground floor"}],
            "checkpoints": [{"id": "cp-1", "zone": "ground", "name": "Lobby"}],
            "doors": [
                {
                    "id": door_of(number),
                    "zone": "ground",
                    "name": f"Door {number}",
                    "grant_seconds": GRANT_SECONDS,
                    "entry_seconds": ENTRY_SECONDS,
                }
                for number in range(DOORS)
            ],
            "equipment": [
                {"id": f"e-{point}", "zone": "ground", "equipment_class": "pump", "name": f"E {point}"}
                for point in points
            ],
            "points": [
                {"id": point, "equipment": f"e-{point}", "unit": "m3/h", "interval_seconds": 3600, "name": point}
                for point in points
            ],
            "devices": devices(),
            "tours": tours or [],
        },
        "rules": [
            {"id": "forced", "kind": "door_forced", "name": "Forced", "priority": "high", "fault": "door.forced"},
            {
                "id": "low",
                "kind": "limit",
                "name": "Low",
                "priority": "high",
                "subjects": points,
                "fault": "pump.no_flow",
                "parameters": {"low": LOW},
            },
            *(rules or []),
        ],
        # Each cause is to be seen as an occurrence of its own: no chatter is joined, and no source too loud.
        "alarms": {"chatter_count": 10_000, "source_burst": 10_000},
    }
