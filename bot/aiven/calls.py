"""What is asked of Aiven: one call each for what Sluice needs, on a transport that somebody else brings.

Paths, bodies and replies follow Aiven's OpenAPI document (2025-04) and aiven-client 4.18.0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, JsonValue, ValidationError

from bot.aiven.errors import InvalidError, UnavailableError
from bot.aiven.models import MIRRORMAKER, SEVERITIES, Event, Integration, LogLine, Me, Service, topic
from bot.core.flow import FlowRef, Wire
from bot.core.preflight.surroundings import Topic

LOG_LINES_MAX: Final = 500
"""How many lines Aiven gives at once."""

_Model = TypeVar("_Model", bound=BaseModel)


class Calls(ABC):
    """The calls. Every one raises AivenError, and nothing else, when it does not come to its answer."""

    @abstractmethod
    async def _read(self, path: str, what: str, body: Wire | None = None) -> dict[str, Any]:
        """GET, or with a body a POST that changes nothing; tried again when that makes sense."""

    @abstractmethod
    async def _write(self, method: str, path: str, body: Wire | None, what: str) -> None:
        """Sends a write once. Raises UnknownOutcomeError when it may have taken effect."""

    async def me(self) -> Me:
        """Who the token belongs to."""
        reply = await self._read("/me", "see whose token this is")
        return _model(Me, reply.get("user"))

    async def list_services(self, project: str) -> list[Service]:
        """The services of a project, of every type."""
        reply = await self._read(_path("project", project, "service"), f"list the services of {project}")
        return [_model(Service, each) for each in _list(reply, "services")]

    async def get_service(self, project: str, service: str) -> Service:
        """One service."""
        reply = await self._read(_path("project", project, "service", service), f"read the service {service}")
        return _model(Service, reply.get("service"))

    async def list_integrations(self, project: str, service: str, *, disabled: bool = False) -> list[Integration]:
        """The clusters of a MirrorMaker service; with `disabled` also those that have an alias and are not enabled.

        Aiven lists candidates too, with neither; they are left out.
        """
        path = _path("project", project, "service", service, "integration")
        reply = await self._read(path, f"list the integrations of {service}")
        found = [
            _model(Integration, each) for each in _list(reply, "service_integrations") if _is_cluster(each, service)
        ]
        return [each for each in found if each.enabled or (disabled and each.alias)]

    async def list_topics(self, project: str, kafka_service: str) -> list[Topic]:
        """The topics of a Kafka service, by name; those that are being deleted are left out."""
        path = _path("project", project, "service", kafka_service, "topic")
        reply = await self._read(path, f"list the topics of {kafka_service}")
        topics = [found for each in _list(reply, "topics") if (found := topic(each))]
        return sorted(topics, key=lambda found: found.name)

    async def list_logs(self, project: str, service: str, limit: int = 20, severity: str = "warning") -> list[LogLine]:
        """The newest lines of a service's log that are at least so severe, the newest first, without secrets."""
        path = _path("project", project, "service", service, "logs")
        body: Wire = {"limit": max(1, min(limit, LOG_LINES_MAX)), "sort_order": "desc", "severity": severity}
        reply = await self._read(path, f"read the log of {service}", body)
        lines = [_model(LogLine, each) for each in _list(reply, "logs") if isinstance(each, dict)]
        return [line for line in lines if line.msg and _is_severe(line, severity)]

    async def list_events(self, project: str, limit: int = 50) -> list[Event]:
        """What happened last in a project, the newest first."""
        path = f"{_path('project', project, 'events')}?{urlencode({'limit': max(1, limit)})}"
        reply = await self._read(path, f"read the events of {project}")
        return [_model(Event, each) for each in _list(reply, "events") if isinstance(each, dict)][:limit]

    async def list_flows(self, project: str, service: str) -> list[Wire]:
        """The flows of a service, by source and target (Aiven gives them in no order)."""
        reply = await self._read(_flows_path(project, service), f"list the flows of {service}")
        flows = [_flow(each) for each in _list(reply, "replication_flows")]
        return sorted(flows, key=lambda flow: (str(flow.get("source_cluster")), str(flow.get("target_cluster"))))

    async def get_flow(self, ref: FlowRef) -> Wire:
        """One flow."""
        reply = await self._read(_flow_path(ref), f"read the flow {ref.pair}")
        return _flow(reply.get("replication_flow"))

    async def create_flow(self, ref: FlowRef, body: Wire) -> None:
        """POST; the reply holds no flow."""
        await self._write("POST", _flows_path(ref.project, ref.service), body, f"create the flow {ref.pair}")

    async def patch_flow(self, ref: FlowRef, body: Wire) -> None:
        """PUT, which Aiven merges: what is left out stays as it is."""
        await self._write("PUT", _flow_path(ref), body, f"change the flow {ref.pair}")

    async def delete_flow(self, ref: FlowRef) -> None:
        """DELETE; topics that were copied stay."""
        await self._write("DELETE", _flow_path(ref), None, f"delete the flow {ref.pair}")


def _path(*parts: str) -> str:
    """A path of percent-encoded parts. Raises InvalidError for a part that would lead to another place."""
    for part in parts:
        if part in {"", ".", ".."}:
            raise InvalidError(f"“{part}” is no name, so I sent nothing to Aiven.")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _flows_path(project: str, service: str) -> str:
    return _path("project", project, "service", service, "mirrormaker", "replication-flows")


def _flow_path(ref: FlowRef) -> str:
    return _flows_path(ref.project, ref.service) + _path(ref.source, ref.target)


def _list(reply: Mapping[str, Any], key: str) -> list[Any]:
    found = reply.get(key)
    if not isinstance(found, list):
        why = f"Aiven's answer has no list of {key}."
        raise UnavailableError(why)
    return found


def _flow(value: Any) -> Wire:  # noqa: ANN401 - any JSON
    """A flow without nulls, which mean absent. Raises UnavailableError for what is none."""
    if not isinstance(value, dict) or not isinstance(value.get("source_cluster"), str):
        why = "Aiven's answer holds no replication flow."
        raise UnavailableError(why)
    flow: dict[str, JsonValue] = {key: each for key, each in value.items() if each is not None}
    return flow


def _is_cluster(item: Any, service: str) -> bool:  # noqa: ANN401 - any JSON
    """Whether an item of a list of integrations is about a cluster and this MirrorMaker service."""
    return (
        isinstance(item, dict) and item.get("integration_type") == MIRRORMAKER and item.get("dest_service") == service
    )


def _is_severe(line: LogLine, severity: str) -> bool:
    """Whether a line is as severe as asked; one that does not say how severe it is counts."""
    if line.severity not in SEVERITIES or severity not in SEVERITIES:
        return True
    return SEVERITIES.index(line.severity) <= SEVERITIES.index(severity)


def _model(kind: type[_Model], value: Any) -> _Model:  # noqa: ANN401 - any JSON
    try:
        return kind.model_validate(value)
    except ValidationError:
        why = f"Aiven's answer is not the {kind.__name__.lower()} that was expected."
        raise UnavailableError(why) from None
