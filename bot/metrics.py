"""What one sees of Sluice from outside: counters of this process, and gauges of the store that all replicas share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.store import gauges
from bot.store.gauges import Gauges
from bot.store.redis import Store, StoreError

_ACK_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Slack gives up on an acknowledgement after three seconds."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One per process, with a registry of its own. What it counts is told by the methods."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._acks = Histogram(
            "sluice_ack_seconds", "From a delivery over HTTP to its acknowledgement.", registry=registry,
            buckets=_ACK_SECONDS,
        )  # fmt: skip
        self._looks = Counter(
            "sluice_looks", "Looks at due items, by kind and by how they ended.", ["kind", "end"], registry=registry
        )
        self._aiven = Counter(
            "sluice_aiven_calls", "Calls to Aiven, by method and status (none: no answer).", ["method", "status"],
            registry=registry,
        )  # fmt: skip
        self._slack = Counter(
            "sluice_slack_calls", "Calls to Slack, by method and result (ok, away, or Slack's error).",
            ["method", "result"], registry=registry,
        )  # fmt: skip

    def acknowledged(self, seconds: float) -> None:
        """A delivery was answered."""
        self._acks.observe(seconds)

    def looked(self, kind: str, end: str) -> None:
        """A look at an item ended.

        That is `done`, `conflict`, `lease-lost`, `store-away`, `aiven-away`, `stopped` or `failed`.
        """
        self._looks.labels(kind, end).inc()

    def called_aiven(self, method: str, status: int | None) -> None:
        """Aiven was called."""
        self._aiven.labels(method, str(status) if status else "none").inc()

    def called_slack(self, method: str, result: str) -> None:
        """Slack was called."""
        self._slack.labels(method, result).inc()

    async def text(self, store: Store | None) -> bytes:
        """All of it as Prometheus reads it; a store that does not answer leaves only `sluice_store_up 0`."""
        try:
            found = await gauges.read(store) if store else None
        except StoreError:
            found = None
        shared = CollectorRegistry()
        shared.register(_Shared(found))
        return generate_latest(self._registry) + generate_latest(shared)


class _Shared:
    """The gauges in Prometheus's form; each replica tells the same."""

    def __init__(self, found: Gauges | None) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield _gauge("sluice_store_up", "Whether the store answers.", float(self._found is not None))
        if self._found is None:
            return
        found = self._found
        yield _by_kind("sluice_due_items", "Items that will be looked at, by kind.", found.waiting)
        yield _by_kind("sluice_overdue_items", "Items whose time has come, by kind.", found.overdue)
        yield _by_kind("sluice_oldest_overdue_seconds", "How long the first of them has waited.", found.oldest)
        yield _gauge("sluice_outbox_lag_seconds", "How long the oldest card or message has waited.", found.outbox_lag)
        yield _gauge("sluice_open_requests", "Requests that have not ended.", found.open)
        yield _gauge("sluice_open_reviews", "Break-glass changes that nobody has reviewed.", found.reviews)
        ended = CounterMetricFamily(
            "sluice_ended_requests", "Requests that ended, by state and whether by break-glass.",
            labels=["state", "glass"],
        )  # fmt: skip
        for name, count in found.ended.items():
            state, _, glass = name.partition(":")
            ended.add_metric([state, "yes" if glass else "no"], count)
        yield ended
        yield CounterMetricFamily("sluice_sent_writes", "Writes that requests sent which have ended.", found.writes)
        yield CounterMetricFamily("sluice_waits", "How often requests waited for Aiven or Slack.", found.waits)
        yield CounterMetricFamily("sluice_audit_entries", "Entries of the audit log.", found.entries)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)


def _by_kind(name: str, says: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=["kind"])
    for kind, value in values.items():
        family.add_metric([kind], value)
    return family
