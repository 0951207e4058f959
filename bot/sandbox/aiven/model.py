"""The things in a simulated Aiven account: projects, services, integrations, endpoints, topics and flows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import JsonValue

from bot.core.flow import Wire

Role = Literal["admin", "operator", "developer", "read_only"]
State = Literal["RUNNING", "REBUILDING", "REBALANCING", "POWEROFF"]
NodeState = Literal["leaving", "running", "setting_up_vm", "syncing_data", "timing_out", "unknown"]

MIRRORMAKER: Final = "kafka_mirrormaker"
"""Type of the service that runs the flows, and of the integrations that attach a cluster to it."""

KAFKA: Final = "kafka"
SECRET: Final = "sandbox-password-never-show"  # noqa: S105 - planted, so that tests can look for it where it must not be
"""The password in every place where Aiven sends one: no client may ever show it."""


@dataclass(slots=True, kw_only=True)
class Flow:
    """A replication flow.

    `stored` is what was sent and not cleared, `progress` what a running flow reports, `coming` what it reports to the
    next reads in turn instead, `hidden_reads` how many more reads do not see it yet.
    """

    stored: Wire
    progress: float = 1.0
    coming: list[float] = field(default_factory=list)
    hidden_reads: int = 0


@dataclass(slots=True, kw_only=True)
class Topic:
    """A topic of a Kafka service; a retention of -1 (hours, bytes) means for ever."""

    name: str
    partitions: int = 3
    replication: int = 3
    retention_hours: int = 168
    retention_bytes: int = -1
    cleanup_policy: str = "delete"
    state: Literal["ACTIVE", "CONFIGURING", "DELETING"] = "ACTIVE"


@dataclass(slots=True, kw_only=True)
class Service:
    """A service with its nodes; `details` are laid over the service object in replies."""

    name: str
    type: str
    state: State
    nodes: dict[str, NodeState]
    details: Wire = field(default_factory=dict)
    flows: dict[tuple[str, str], Flow] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    acl: list[JsonValue] = field(default_factory=list)
    kafka_acl: list[JsonValue] = field(default_factory=list)
    alerts: list[JsonValue] = field(default_factory=list)
    logs: list[Wire] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """An integration endpoint: something outside Aiven, here a Kafka cluster."""

    id: str
    name: str
    user_config: Wire


@dataclass(slots=True, kw_only=True)
class Integration:
    """A cluster attached to a MirrorMaker service: from a Kafka service or from an external endpoint.

    The cluster is always the source of the integration, whether flows read from it or write to it. `status` is failed,
    inactive, running, starting or unknown; `cause` (destination, integration, source, unknown) and `errors` tell why.
    """

    id: str
    source_service: str | None
    source_endpoint: Endpoint | None
    dest_service: str
    user_config: Wire
    enabled: bool
    active: bool
    status: str
    cause: str | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def alias(self) -> JsonValue:
        """The name of the cluster in flows."""
        return self.user_config["cluster_alias"]


@dataclass(slots=True, kw_only=True)
class Project:
    """A project; `role` is the token's role in it, `None` if the token's user is no member."""

    name: str
    role: Role | None
    services: dict[str, Service] = field(default_factory=dict)
    integrations: list[Integration] = field(default_factory=list)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    events: list[Wire] = field(default_factory=list)

    def active_aliases(self, mirrormaker: str) -> set[JsonValue]:
        """The aliases that this MirrorMaker service can replicate from and to now."""
        return {i.alias for i in self.integrations if i.dest_service == mirrormaker and i.enabled and i.active}
