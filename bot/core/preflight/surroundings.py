"""What a change is judged against: the service, its clusters, its flows and the topics, as they were read.

`None` and absence mean that something could not be read; a rule that needs it then says nothing, and `unread` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.core.flow import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster that is integrated with the MirrorMaker service; flows name it by its alias.

    `alias`: None when Aiven does not tell it. `service`: the Kafka service behind it; None for an external cluster,
    whose `endpoint` it then is. `state`: that of its Kafka service (`RUNNING`, `POWEROFF`, …), for the two clusters of
    the flow. `status` and `cause` are Aiven's words on the integration (`running`, `failed`, …). Empty if not told.
    """

    alias: str | None
    service: str | None = None
    endpoint: str | None = None
    state: str = ""
    enabled: bool = True
    active: bool = True
    status: str = ""
    cause: str = ""
    errors: tuple[str, ...] = ()

    @property
    def is_external(self) -> bool:
        """Whether it is outside Aiven: its topics and nodes cannot be seen."""
        return self.service is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of a Kafka service; retention is None where it is unlimited."""

    name: str
    retention_hours: int | None = None
    retention_bytes: int | None = None
    partitions: int = 1
    replication: int = 1
    cleanup_policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """A maintenance update that waits on a service. `deadline`, `start_at`: as Aiven writes them, else empty."""

    description: str
    deadline: str = ""
    start_at: str = ""

    @property
    def at(self) -> datetime | None:
        """When it starts, or must be done by; None if that is not told or cannot be read."""
        try:
            at = datetime.fromisoformat(self.start_at or self.deadline)
        except ValueError:
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The MirrorMaker service. `state`: RUNNING, REBUILDING, REBALANCING, POWEROFF. `nodes`: node name -> its state."""

    name: str
    state: str
    nodes: Mapping[str, str] = field(default_factory=dict)
    upkeep: tuple[Upkeep, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything around a change at one moment.

    `flows`: all flows of the service, the changed one included, as Aiven has them. `topics`: by cluster alias.
    `nodes`: how many brokers a cluster has, by alias. `open_requests`: other open requests for the same flow.
    `resumes_at`: when a pause is to end by itself (`--for`), None when that is not said.
    `unread`: what could not be read and why, a sentence each.
    """

    now: datetime
    mirror: Mirror | None = None
    clusters: tuple[Cluster, ...] | None = None
    flows: tuple[Wire, ...] | None = None
    topics: Mapping[str, tuple[Topic, ...]] = field(default_factory=dict)
    nodes: Mapping[str, int] = field(default_factory=dict)
    open_requests: tuple[int, ...] = ()
    resumes_at: datetime | None = None
    unread: tuple[str, ...] = ()

    def cluster(self, alias: str) -> Cluster | None:
        """The cluster with this alias."""
        return next((each for each in self.clusters or () if each.alias == alias), None)
