"""The running parts' counters as Prometheus metrics, read when somebody asks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from collector.ingest import Collector
from journal.ports import Journal
from runtime.loop import EngineLoop
from stores.ports import Outbox
from vigil.health import Health

OUTCOMES: Final = (
    "received",
    "stored",
    "not_stored",
    "acknowledged",
    "stale",
    "redelivered",
    "still_waiting",
    "unacknowledged_qos",
    "shed",
    "clock_not_believed",
    "dropped_links",
    "receipts",
    "receipts_dropped",
)
"""What can become of a message, as `collector.tally.CollectorStats` counts it."""


class Figures:
    """A Prometheus collector over the parts of one service."""

    def __init__(
        self,
        journal: Journal,
        loop: EngineLoop,
        collector: Collector,
        outbox: Outbox,
        health: Health,
        refusals: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """Know the parts; nothing is read yet. `refusals` gives what the bundled broker refused, by sort."""
        self._sources: tuple[Callable[[], Iterable[Metric]], ...] = (
            lambda: _of_journal(journal, loop),
            lambda: _of_loop(loop),
            lambda: _of_collector(collector),
            lambda: _of_outbox(outbox),
            lambda: _of_health(health),
            lambda: _of_broker(refusals()),
        )

    def collect(self) -> Iterable[Metric]:
        """Read every counter once."""
        for source in self._sources:
            yield from source()


def register(figures: Figures) -> CollectorRegistry:
    """A registry of this service's own; the process-wide default one is left alone."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    return registry


def message_counts(collector: Collector) -> Mapping[str, int]:
    """What became of messages since the start, by outcome."""
    stats = collector.stats()
    return {outcome: getattr(stats, outcome) for outcome in OUTCOMES} | {"quarantined": sum(stats.quarantined.values())}


def _of_journal(journal: Journal, loop: EngineLoop) -> Iterable[Metric]:
    yield GaugeMetricFamily("vigil_journal_last_seq", "Newest stored record.", journal.last_seq)
    yield GaugeMetricFamily("vigil_engine_seq", "Record up to which everything is judged.", loop.seq)
    yield GaugeMetricFamily("vigil_engine_lag_records", "Records stored and not yet judged.", loop.lag)
    waiting = GaugeMetricFamily(
        "vigil_journal_waiting_records", "Records submitted and not yet stored.", labels=["urgency"]
    )
    for urgency, count in journal.waiting().items():
        waiting.add_metric([urgency], count)
    yield waiting


def _of_loop(loop: EngineLoop) -> Iterable[Metric]:
    figures = loop.figures
    yield CounterMetricFamily("vigil_engine_records", "Records judged.", figures.records)
    yield CounterMetricFamily("vigil_engine_readings", "Readings judged.", figures.readings)
    yield CounterMetricFamily("vigil_engine_effects", "Effects committed.", figures.effects)
    yield CounterMetricFamily("vigil_engine_slices", "Slices judged.", figures.slices)
    yield CounterMetricFamily("vigil_engine_ticks", "Ticks appended.", loop.ticks)
    yield CounterMetricFamily("vigil_engine_gaps", "Times in which nobody watched.", loop.gaps)
    yield CounterMetricFamily(
        "vigil_engine_busy_seconds", "Seconds spent judging and committing.", figures.busy_seconds
    )


def _of_collector(collector: Collector) -> Iterable[Metric]:
    stats = collector.stats()
    yield GaugeMetricFamily(
        "vigil_collector_connected", "1 while both MQTT sessions are connected.", collector.connected()
    )
    outcomes = CounterMetricFamily("vigil_collector_messages", "Messages by what became of them.", labels=["outcome"])
    for outcome in OUTCOMES:
        outcomes.add_metric([outcome], getattr(stats, outcome))
    yield outcomes
    quarantined = CounterMetricFamily("vigil_quarantined_messages", "Messages quarantined.", labels=["reason"])
    for reason, count in stats.quarantined.items():
        quarantined.add_metric([reason], count)
    yield quarantined
    passed_over = CounterMetricFamily(
        "vigil_passed_over", "What foreign messages said that made no record.", labels=["format", "reason"]
    )
    for why, count in stats.passed_over.items():
        passed_over.add_metric(why.split(".", 1), count)
    yield passed_over


def _of_outbox(outbox: Outbox) -> Iterable[Metric]:
    messages = GaugeMetricFamily("vigil_outbox_messages", "Outbox messages by state.", labels=["state"])
    for state, count in outbox.counts().items():
        messages.add_metric([state], count)
    yield messages


def _of_health(health: Health) -> Iterable[Metric]:
    faults = CounterMetricFamily("vigil_faults", "Faults told, by place.", labels=["where"])
    for where, count in health.counts().items():
        faults.add_metric([where], count)
    yield faults


def _of_broker(refusals: Mapping[str, int]) -> Iterable[Metric]:
    refused = CounterMetricFamily("vigil_broker_refusals", "What the bundled broker refused, by sort.", labels=["sort"])
    for sort, count in refusals.items():
        refused.add_metric([sort], count)
    yield refused
