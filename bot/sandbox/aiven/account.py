"""The endpoints that say who the token is, and what projects, services, alerts and events there are."""

from __future__ import annotations

from aiohttp import web

from bot.core.flow import Wire
from bot.sandbox.aiven.lookup import project_of, service_of
from bot.sandbox.aiven.model import Project
from bot.sandbox.aiven.shapes import project_object, service_object
from bot.sandbox.aiven.wire import reply
from bot.sandbox.aiven.world import CREATED_AT, World

PROJECT_PATH = "/v1/project/{project:[^/]+}"
SERVICES_PATH = f"{PROJECT_PATH}/service"
SERVICE_PATH = SERVICES_PATH + "/{service:[^/]+}"


class Account:
    """Handlers over one world."""

    def __init__(self, world: World) -> None:
        """Reads this world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """What to add to the application."""
        return [
            web.get("/v1/me", self.me),
            web.get("/v1/project", self.projects),
            web.get(f"{PROJECT_PATH}/events", self.events),
            web.get(SERVICES_PATH, self.services),
            web.get(SERVICE_PATH, self.service),
            web.get(f"{SERVICE_PATH}/alerts", self.alerts),
        ]

    async def me(self, _: web.Request) -> web.Response:
        """The token's user."""
        user: Wire = {
            "user": self._world.user,
            "user_id": "u1sandbox",
            "real_name": "Sluice Bot",
            "state": "active",
            "auth": ["token"],
            "projects": [project.name for project in self._own_projects()],
            "token_validity_begin": CREATED_AT,
            "tenant": "aiven",
        }
        return reply({"user": user | self._memberships()})

    async def projects(self, _: web.Request) -> web.Response:
        """The projects in which the token's user has a role."""
        found = [project_object(project) for project in self._own_projects()]
        return reply({"projects": [*found], **self._memberships()})

    def _own_projects(self) -> list[Project]:
        return [project for project in self._world.projects.values() if project.role is not None]

    def _memberships(self) -> Wire:
        return {
            "project_membership": {project.name: project.role for project in self._own_projects()},
            "project_memberships": {project.name: [project.role] for project in self._own_projects()},
        }

    async def services(self, request: web.Request) -> web.Response:
        """All services of a project."""
        project = project_of(self._world, request)
        return reply({"services": [service_object(project, service) for service in project.services.values()]})

    async def service(self, request: web.Request) -> web.Response:
        """One service."""
        service = service_of(self._world, request)
        return reply({"service": service_object(project_of(self._world, request), service)})

    async def alerts(self, request: web.Request) -> web.Response:
        """What is wrong with a service."""
        return reply({"alerts": service_of(self._world, request).alerts})

    async def events(self, request: web.Request) -> web.Response:
        """What happened in a project, newest first; `?limit=N`."""
        limit = request.query.get("limit", "")
        newest_first = project_of(self._world, request).events[::-1]
        return reply({"events": [*newest_first[: int(limit) if limit.isdecimal() else None]]})
