"""Sparkplug B: `spBv1.0/<group>/<type>/<node>[/<device>]`, protocol buffers with births, aliases and deaths.

A birth names the metrics; data may then call them by number only. So the decoder remembers births; where it
never saw one it asks the node to be born again, once a minute. `seq` is one counter for a node and its devices that
wraps at 256, in some plants within a minute: it shows that messages are missing, and never that one was seen before.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import Struct, field

from collector.formats.fields import LONGEST_FIELD, milliseconds_of
from collector.formats.report import Arrival, Carries, Format, Link, Report, Saying, Subscription, Value
from collector.formats.sparkplug_body import Body, body_of, rebirth, text_of, unit_of, value_of
from collector.refusal import Reason, Refused
from domain.instant import MILLISECOND, MINUTE, Instant

_BYTES: Final = 512 * 1024
_COUNTS: Final = 256
_MOST_NODES: Final = 500
_MOST_METRICS: Final = 20_000
_LEVELS: Final = (3, 4)
_COMMANDS: Final = frozenset({"NCMD", "DCMD"})
_NO_VALUES: Final = ("bdSeq", "Node Control/", "Device Control/")


class _Metric(NamedTuple):
    name: str
    datatype: int


class _Node(Struct):
    """What is known of a node since its birth, by device (the node itself is ""): metrics by alias, units by name."""

    metrics: dict[str, dict[int, _Metric]] = field(default_factory=dict)
    units: dict[str, dict[str, str]] = field(default_factory=dict)
    born: int | None = None
    seq: int | None = None
    asked_at: Instant = -MINUTE


class SparkplugDecoder:
    """Decodes the messages of any number of nodes, of which it remembers so many."""

    def __init__(self) -> None:
        """No birth seen."""
        self._nodes: dict[str, _Node] = {}

    def __call__(self, arrival: Arrival) -> Sequence[Report]:
        """Give what one message says; devices are named `<group>/<node>` or `<group>/<node>/<device>`."""
        path = arrival.path
        if path[0] == "STATE":
            return []
        if len(path) not in _LEVELS:
            raise Refused(Reason.BAD_TOPIC, "not <group>/<type>/<node>, perhaps with a device")
        group, kind, name, *devices = path
        if kind in _COMMANDS:
            return []
        place, device = f"{group}/{name}", "".join(devices)
        called = f"{place}/{device}" if device else place
        if kind in {"NDEATH", "DDEATH"}:
            return list(self._death(arrival, place, device))
        if kind not in {"NBIRTH", "DBIRTH", "NDATA", "DDATA"}:
            raise Refused(Reason.BAD_TOPIC, f"'{kind[:32]}' is no type of message that Sparkplug B has")
        body = body_of(arrival.payload, _BYTES)
        if kind == "NBIRTH":
            self._begin(place, body)
        elif kind == "DBIRTH":
            self._node(place).metrics[device] = {}
            self._node(place).units[device] = {}
        lost = self._lost(self._node(place), body, is_birth=kind == "NBIRTH")
        return [self._report(arrival, called, place, device, body, lost, is_birth=kind.endswith("BIRTH"))]

    def _node(self, place: str) -> _Node:
        node = self._nodes.get(place)
        if node is None:
            if len(self._nodes) >= _MOST_NODES:
                del self._nodes[next(iter(self._nodes))]
            node = self._nodes[place] = _Node()
        return node

    def _begin(self, place: str, body: Body) -> None:
        self._nodes.pop(place, None)
        self._node(place).born = _birth_of(body)

    def _lost(self, node: _Node, body: Body, *, is_birth: bool) -> int:
        """How many messages are missing before this one."""
        if not body.HasField("seq"):
            return 0
        seq = int(body.seq) % _COUNTS
        expected, node.seq = seq if node.seq is None or is_birth else (node.seq + 1) % _COUNTS, seq
        return (seq - expected) % _COUNTS

    def _death(self, arrival: Arrival, place: str, device: str) -> Iterator[Report]:
        """A node takes its devices with it. The will of a connection before the present one says nothing."""
        node = self._nodes.get(place)
        dead = Link(online=False, reason="death")
        if device:
            yield Report(device=f"{place}/{device}", said=[dead])
            return
        body = body_of(arrival.payload, _BYTES)
        died = _birth_of(body)
        if node is not None and None not in (node.born, died) and node.born != died:
            return
        yield Report(device=place, said=[dead])
        for name in [] if node is None else [name for name in node.metrics if name]:
            yield Report(device=f"{place}/{name}", said=[dead])
        self._nodes.pop(place, None)

    def _report(
        self,
        arrival: Arrival,
        called: str,
        place: str,
        device: str,
        body: Body,
        lost: int,
        *,
        is_birth: bool,
    ) -> Report:
        node = self._node(place)
        known, units = node.metrics.setdefault(device, {}), node.units.setdefault(device, {})
        said: list[Saying] = [Link(online=True, reason="birth")] if is_birth else []
        nameless = 0
        for metric in body.metrics:
            name = text_of(metric, "name")
            about = _Metric(name, metric.datatype) if name else known.get(metric.alias)
            if about is None:
                nameless += 1
                continue
            if is_birth and metric.HasField("alias") and len(known) < _MOST_METRICS:
                known[metric.alias] = about
            if not about.name.startswith(_NO_VALUES):
                value = value_of(metric, metric.datatype or about.datatype)
                unit = _unit(metric, about.name, units)
                said.append(Value(about.name[:LONGEST_FIELD], value, unit, milliseconds_of(metric.timestamp)))
        report = Report(device=called, said=said, at=milliseconds_of(body.timestamp), lost=lost)
        return self._asking(arrival, report, node, nameless) if nameless else report

    def _asking(self, arrival: Arrival, report: Report, node: _Node, nameless: int) -> Report:
        """Ask for the birth that names the metrics; more messages of the kind meanwhile are only passed over."""
        if arrival.received_at - node.asked_at < MINUTE:
            return report
        node.asked_at = arrival.received_at
        group, name = arrival.path[0], arrival.path[2]
        topic = f"{arrival.base}/{group}/NCMD/{name}"
        detail = f"{nameless} metrics are called by numbers that no birth has named; the node was asked for its birth"
        return Report(
            device=report.device,
            said=report.said,
            at=report.at,
            lost=report.lost,
            aside=(Reason.BEFORE_BIRTH, detail),
            reply=(topic, rebirth(arrival.received_at // MILLISECOND)),
        )


def _unit(metric: Body, name: str, units: dict[str, str]) -> str:
    """The unit of a metric: what it says now, or said at last, in its birth as a rule."""
    told = unit_of(metric) if metric.HasField("properties") else ""
    if told and (name in units or len(units) < _MOST_METRICS):
        units[name] = told
    return told or units.get(name, "")


def _birth_of(body: Body) -> int | None:
    """Give the number that ties a death to its birth."""
    found = next((value_of(each, 0) for each in body.metrics if each.name == "bdSeq"), None)
    return found if isinstance(found, int) else None


def _subscriptions(base: str, _names: Sequence[str]) -> Sequence[Subscription]:
    return [Subscription(f"{base}/+/+/+", Carries.MIXED), Subscription(f"{base}/+/+/+/+", Carries.MIXED)]


FORMAT: Final = Format(
    name="sparkplug",
    version=1,
    summary="Sparkplug B nodes and devices",
    decoder=SparkplugDecoder,
    subscriptions=_subscriptions,
    base="spBv1.0",
    most_bytes=_BYTES,
)
