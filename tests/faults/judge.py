"""A second opinion on what should have happened: forced doors, low points and their orders, judged over the ledger.

Knows nothing of the product's rules: it folds the messages of each device in the order in which the device counted
them. What follows is what has to be there exactly once, whatever was killed in between.
"""

import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from domain.identity import MessageIdentity
from simulators.device import Message
from tests.faults import estate


class Expected(Struct):
    """`forced` are the openings nobody was let through for; `fallen` counts how often each point fell below its limit;
    `orders` are the assets with their fault that must have one order.
    """

    forced: dict[str, list[MessageIdentity]]
    fallen: dict[str, int]
    orders: set[tuple[str, str]]


def expected_of(messages: Iterable[Message]) -> Expected:
    """Judge a clean run of these messages."""
    expected = Expected(forced={}, fallen={}, orders=set())
    by_device: dict[str, list[tuple[MessageIdentity, dict[str, Any]]]] = {}
    for message in messages:
        assert message.identity is not None
        by_device.setdefault(message.identity.device, []).append((message.identity, json.loads(message.payload)))
    for said in by_device.values():
        said.sort(key=lambda pair: (pair[0].boot, pair[0].seq))
        _judge_doors(said, expected)
        _judge_points(said, expected)
    return expected


def _judge_doors(said: Iterable[tuple[MessageIdentity, dict[str, Any]]], expected: Expected) -> None:
    is_open: dict[str, bool] = {}
    granted: dict[str, bool] = {}
    for identity, body in said:
        if "door" not in body:
            continue
        door, event = body["door"], body["event"]
        if event == "granted":
            # Traffic grants one second before it opens, and opens no sooner than twelve seconds after the last time.
            granted[door] = True
        elif event == "closed":
            is_open[door] = False
        elif event == "opened" and not is_open.get(door, False):
            is_open[door] = True
            if not granted.pop(door, False):
                expected.forced.setdefault(door, []).append(identity)
                expected.orders.add((door, "door.forced"))


def _judge_points(said: Iterable[tuple[MessageIdentity, dict[str, Any]]], expected: Expected) -> None:
    was_low: dict[str, bool] = {}
    for _, body in said:
        for point, value in zip(body.get("points", ()), body.get("values", ()), strict=True):
            is_low = value < estate.LOW
            if is_low and not was_low.get(point, False):
                expected.fallen[point] = expected.fallen.get(point, 0) + 1
                expected.orders.add((f"e-{point}", "pump.no_flow"))
            was_low[point] = is_low
