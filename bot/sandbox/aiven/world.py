"""The simulated Aiven account, and how tests and the tour set it up and change it behind the bot's back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from pydantic import JsonValue

from bot.core.flow import Create, Patch, Wire, apply
from bot.sandbox.aiven.model import (
    KAFKA,
    MIRRORMAKER,
    SECRET,
    Endpoint,
    Flow,
    Integration,
    NodeState,
    Project,
    Role,
    Service,
    State,
    Topic,
)

CREATED_AT: Final = "2026-01-05T09:00:00Z"
"""When everything in the account was made."""


class World:
    """Everything in the account. Asking for something that does not exist raises `KeyError`."""

    def __init__(self, *, user: str = "sluice@example.com", eventual_create: int = 0) -> None:
        """`user` owns the token. The first `eventual_create` reads after a create do not see it."""
        self.user = user
        self.eventual_create = eventual_create
        self.projects: dict[str, Project] = {}
        self._ids = 0

    def new_id(self) -> str:
        """A fresh id in the form that Aiven uses, the same ones in the same order in every run."""
        self._ids += 1
        return str(uuid5(NAMESPACE_URL, f"sluice-sandbox/{self._ids}"))

    def add_project(self, name: str, *, role: Role | None = "admin") -> Project:
        """A project in which the token has this role; `None` makes its user a stranger there."""
        self.projects[name] = Project(name=name, role=role)
        return self.projects[name]

    def add_service(  # noqa: PLR0913 - as for integrations
        self,
        project: str,
        name: str,
        service_type: str = MIRRORMAKER,
        state: State = "RUNNING",
        *,
        node_count: int = 3,
        node_states: Sequence[NodeState] = (),
        details: Mapping[str, JsonValue] | None = None,
    ) -> Service:
        """A service whose nodes run, or are in `node_states`; `details` are laid over the service object."""
        service = Service(
            name=name,
            type=service_type,
            state=state,
            nodes=_nodes(name, node_states or ["running"] * node_count),
            details=dict(details or {}),
            logs=_first_logs(name),
        )
        if service_type == KAFKA:
            service.acl, service.kafka_acl = _acl(), _kafka_acl()
        self.projects[project].services[name] = service
        made = f"Created service '{name}' of type {service_type}"
        self.add_event(project, "service_create", name, made, actor=self.user)
        return service

    def service(self, project: str, name: str) -> Service:
        """The service, to look at or to change."""
        return self.projects[project].services[name]

    def set_state(self, project: str, service: str, state: State, *, node_states: Sequence[NodeState] = ()) -> None:
        """Moves a service to a state, and its nodes to `node_states` where given."""
        found = self.service(project, service)
        found.state = state
        if node_states:
            found.nodes = _nodes(service, node_states)

    def add_topics(
        self,
        project: str,
        service: str,
        *names: str,
        partitions: int = 3,
        retention_hours: int = 168,
        retention_bytes: int = -1,
        cleanup_policy: str = "delete",
    ) -> None:
        """Topics of a Kafka service; a retention of -1 (hours, bytes) means for ever."""
        topics = self.service(project, service).topics
        for name in names:
            topics[name] = Topic(
                name=name,
                partitions=partitions,
                retention_hours=retention_hours,
                retention_bytes=retention_bytes,
                cleanup_policy=cleanup_policy,
            )

    def add_endpoint(self, project: str, name: str) -> Endpoint:
        """An external Kafka cluster, with a password in its configuration as on Aiven."""
        endpoint = Endpoint(
            id=self.new_id(),
            name=name,
            user_config={
                "bootstrap_servers": f"{name}.example.com:9093",
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": "mirrormaker",
                "sasl_plain_password": SECRET,
            },
        )
        self.projects[project].endpoints[name] = endpoint
        return endpoint

    def add_integration(  # noqa: PLR0913 - every part of an integration can be what a test is about
        self,
        project: str,
        *,
        dest_service: str,
        alias: str,
        source_service: str | None = None,
        source_endpoint: str | None = None,
        enabled: bool = True,
        active: bool = True,
        status: str = "running",
    ) -> Integration:
        """Attaches a Kafka service, or an endpoint by name, to a MirrorMaker service under `alias`."""
        home = self.projects[project]
        integration = Integration(
            id=self.new_id(),
            source_service=source_service,
            source_endpoint=home.endpoints[source_endpoint] if source_endpoint else None,
            dest_service=dest_service,
            user_config={"cluster_alias": alias, MIRRORMAKER: {}},
            enabled=enabled,
            active=active,
            status=status,
        )
        home.integrations.append(integration)
        return integration

    def set_integration(
        self,
        project: str,
        mirrormaker: str,
        alias: str,
        status: str,
        *,
        cause: str | None = None,
        errors: Sequence[str] = (),
    ) -> None:
        """What Aiven says of an integration from now on; only a `running` one is active."""
        for each in self.projects[project].integrations:
            if (each.dest_service, each.alias) == (mirrormaker, alias):
                each.status, each.cause, each.errors = status, cause, [*errors]
                each.active = status == "running"

    def add_log(self, project: str, service: str, msg: str, severity: str = "err", time: str = CREATED_AT) -> None:
        """The newest line of a service's log, from its first node."""
        found = self.service(project, service)
        found.logs.append(_log_line(service, time, severity, msg))

    def add_event(
        self,
        project: str,
        event_type: str,
        service: str,
        desc: str,
        *,
        actor: str = "somebody@example.com",
        time: str = CREATED_AT,
    ) -> None:
        """The newest event of a project. Which events Aiven writes for changes of flows is not published."""
        self.projects[project].events.append({
            "id": self.new_id(), "time": time, "actor": actor, "event_type": event_type, "service_name": service,
            "event_desc": desc,
        })  # fmt: skip

    def add_flow(self, project: str, service: str, flow: Mapping[str, JsonValue], *, progress: float = 1.0) -> None:
        """A flow with exactly these keys, fields that nobody knows yet included."""
        stored = apply({}, Create(body=deepcopy(dict(flow)))) or {}
        pair = (str(stored["source_cluster"]), str(stored["target_cluster"]))
        self.service(project, service).flows[pair] = Flow(stored=stored, progress=progress)

    def flow(self, project: str, service: str, source: str, target: str) -> Wire | None:
        """What is stored of a flow now; `None` if there is none."""
        found = self.service(project, service).flows.get((source, target))
        return deepcopy(found.stored) if found else None

    def change_flow(
        self,
        project: str,
        service: str,
        source: str,
        target: str,
        changes: Mapping[str, JsonValue],
    ) -> None:
        """Somebody else's PUT: `changes` are merged, `[]` and `""` clear."""
        flow = self.service(project, service).flows[source, target]
        flow.stored = apply(flow.stored, Patch(body=deepcopy(dict(changes)))) or {}

    def set_progress(
        self, project: str, service: str, source: str, target: str, progress: float, *coming: float
    ) -> None:
        """What the flow reports from now on while it runs, 0 to 1; with `coming` a value more at each read after."""
        flow = self.service(project, service).flows[source, target]
        flow.progress, flow.coming = progress, [progress, *coming]

    def remove_flow(self, project: str, service: str, source: str, target: str) -> None:
        """Somebody else's DELETE."""
        del self.service(project, service).flows[source, target]


def _nodes(service: str, states: Sequence[NodeState]) -> dict[str, NodeState]:
    return {f"{service}-{number}": state for number, state in enumerate(states, start=1)}


def _acl() -> list[JsonValue]:
    return [{"id": "default", "username": "avnadmin", "topic": "*", "permission": "admin"}]


def _kafka_acl() -> list[JsonValue]:
    return [
        {
            "id": "kafka-acl-1",
            "permission_type": "ALLOW",
            "principal": "User:mirrormaker",
            "operation": "Write",
            "resource_type": "Topic",
            "pattern_type": "PREFIXED",
            "resource_name": "orders.",
            "host": "*",
        },
    ]


def _first_logs(service: str) -> list[Wire]:
    lines = (
        ("info", "Kafka MirrorMaker starting"),
        ("warning", "Group coordinator moved"),
        ("info", "Tasks started"),
    )
    return [
        _log_line(service, f"2026-01-05T09:0{minute}:00.000000Z", severity, message)
        for minute, (severity, message) in enumerate(lines)
    ]


def _log_line(service: str, time: str, severity: str, message: str) -> Wire:
    return {
        "time": time,
        "hostname": f"{service}-1",
        "unit": f"{service}.service",
        "severity": severity,
        "msg": message,
    }
