"""The endpoints of integrations: the clusters attached to a MirrorMaker service, and their aliases."""

from __future__ import annotations

import re
from http import HTTPStatus

from aiohttp import web
from pydantic import JsonValue

from bot.core.fields import ALIAS_MAX_LENGTH, ALIAS_PATTERN
from bot.core.flow import Wire
from bot.sandbox.aiven.account import PROJECT_PATH, SERVICE_PATH
from bot.sandbox.aiven.lookup import project_of, service_in, service_of
from bot.sandbox.aiven.model import KAFKA, MIRRORMAKER, Endpoint, Integration, Project
from bot.sandbox.aiven.shapes import (
    EXTERNAL_KAFKA,
    candidates_of,
    endpoint_object,
    integration_object,
    integrations_of,
)
from bot.sandbox.aiven.wire import ApiError, read_object, reply
from bot.sandbox.aiven.world import World

INTEGRATION_PATH = PROJECT_PATH + "/integration/{integration:[^/]+}"


class Integrations:
    """Handlers over one world."""

    def __init__(self, world: World) -> None:
        """Reads and changes this world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """What to add to the application."""
        return [
            web.get(f"{SERVICE_PATH}/integration", self.of_service),
            web.post(f"{PROJECT_PATH}/integration", self.create),
            web.get(INTEGRATION_PATH, self.get),
            web.put(INTEGRATION_PATH, self.update),
            web.get(f"{PROJECT_PATH}/integration_endpoint", self.endpoints),
            web.get(f"{PROJECT_PATH}/integration_types", self.types),
        ]

    async def of_service(self, request: web.Request) -> web.Response:
        """The integrations of a service, and the candidates."""
        project, service = project_of(self._world, request), service_of(self._world, request)
        return reply({"service_integrations": [*integrations_of(project, service), *candidates_of(project, service)]})

    async def endpoints(self, request: web.Request) -> web.Response:
        """The external clusters of a project, passwords included."""
        endpoints = project_of(self._world, request).endpoints.values()
        return reply({"service_integration_endpoints": [endpoint_object(endpoint) for endpoint in endpoints]})

    async def types(self, request: web.Request) -> web.Response:
        """The integration types with the schemas of their configuration."""
        project_of(self._world, request)
        return reply({"integration_types": [_mirrormaker_type()]})

    async def get(self, request: web.Request) -> web.Response:
        """One integration."""
        project = project_of(self._world, request)
        return reply({"service_integration": integration_object(project, _find(project, request))})

    async def create(self, request: web.Request) -> web.Response:
        """Attaches a cluster; the reply shows it before it is active, the next read after."""
        project = project_of(self._world, request, to_write=True)
        integration = self._new(project, await read_object(request))
        shown = integration_object(project, integration)
        integration.active, integration.status = True, "running"
        project.integrations.append(integration)
        return reply({"service_integration": shown})

    def _new(self, project: Project, body: Wire) -> Integration:
        if body.get("integration_type") != MIRRORMAKER:
            raise _invalid("integration_type", f"this simulator knows {MIRRORMAKER} only")
        source, endpoint = _source(project, body)
        dest = service_in(project, str(body.get("dest_service")))
        if dest.type != MIRRORMAKER:
            raise _invalid("dest_service", f"must be a service of type {MIRRORMAKER}")
        # Aiven derives an alias from project and service where none is sent; the form is not published.
        cluster = endpoint.name if endpoint else source
        derived: Wire = {"cluster_alias": f"{project.name}.{cluster}", MIRRORMAKER: {}}
        user_config = derived | _checked_config(body)
        if user_config["cluster_alias"] in project.active_aliases(dest.name):
            raise ApiError(HTTPStatus.CONFLICT, "Service integration with this cluster alias already exists")
        return Integration(
            id=self._world.new_id(),
            source_service=source,
            source_endpoint=endpoint,
            dest_service=dest.name,
            user_config=user_config,
            enabled=True,
            active=False,
            status="starting",
        )

    async def update(self, request: web.Request) -> web.Response:
        """Merges `user_config`; that Aiven merges rather than replaces is assumed."""
        project = project_of(self._world, request, to_write=True)
        integration = _find(project, request)
        config = _checked_config(await read_object(request))
        if config.get("cluster_alias", integration.alias) != integration.alias:
            raise _invalid("cluster_alias", "cannot be changed")
        integration.user_config = _merged(integration.user_config, config)
        return reply({"service_integration": integration_object(project, integration)})


def _invalid(name: str, why: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, f"Invalid input for {name}: {why}")


def _find(project: Project, request: web.Request) -> Integration:
    wanted = request.match_info["integration"]
    found = next((i for i in project.integrations if i.id == wanted and i.enabled), None)
    if found is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Service integration not found", "service_integration_not_found")
    return found


def _source(project: Project, body: Wire) -> tuple[str | None, Endpoint | None]:
    """The cluster's side: a Kafka service or an external endpoint; the other may be null."""
    endpoint_id = body.get("source_endpoint_id")
    if endpoint_id is None:
        service = service_in(project, str(body.get("source_service")))
        if service.type != KAFKA:
            raise _invalid("source_service", f"must be a service of type {KAFKA}")
        return service.name, None
    endpoint = next((e for e in project.endpoints.values() if e.id == endpoint_id), None)
    if endpoint is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Service integration endpoint not found")
    return None, endpoint


def _checked_config(body: Wire) -> Wire:
    config = body.get("user_config") or {}
    if not isinstance(config, dict):
        raise _invalid("user_config", "must be an object")
    alias = config.get("cluster_alias", "default")
    if not isinstance(alias, str) or len(alias) > ALIAS_MAX_LENGTH or not re.fullmatch(ALIAS_PATTERN, alias):
        raise _invalid("cluster_alias", f"must match {ALIAS_PATTERN} and have {ALIAS_MAX_LENGTH} characters at most")
    return config


def _merged(old: Wire, new: Wire) -> Wire:
    return old | {key: _merged_value(old.get(key), value) for key, value in new.items()}


def _merged_value(old: JsonValue, new: JsonValue) -> JsonValue:
    return _merged(old, new) if isinstance(old, dict) and isinstance(new, dict) else new


def _mirrormaker_type() -> Wire:
    return {
        "integration_type": MIRRORMAKER,
        "source_description": "Kafka cluster",
        "source_service_types": [KAFKA],
        "source_endpoint_types": [EXTERNAL_KAFKA],
        "dest_description": "MirrorMaker service",
        "dest_service_type": MIRRORMAKER,
        "dest_service_types": [MIRRORMAKER],
        "dest_endpoint_types": [],
        "user_config_schema": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "cluster_alias": {
                    "type": "string",
                    "title": "The alias under which the Kafka cluster is known to MirrorMaker",
                    "pattern": f"^{ALIAS_PATTERN}$",
                    "maxLength": ALIAS_MAX_LENGTH,
                },
                MIRRORMAKER: {"type": "object", "title": "Kafka MirrorMaker configuration values"},
            },
        },
    }
